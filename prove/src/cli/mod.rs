//! What was typed and configured, as one configuration.

mod args;
mod config;
mod duration;
mod overrides;
mod root;

pub use args::{Args, Color, Command, DocsArg, Format, IgnoredArg, ReportTo};
pub use config::{Config, Output};
