//! What runs, and in which order. Pure.

mod expression;
mod names;
mod arguments;
mod order;
mod select;
mod overrides;

pub use arguments::{Unmatched, Verdict};
pub use expression::{Error, Expression};
pub use names::{from_cwd, from_root, unescape};
pub use order::{largest_first, threads};
pub use overrides::{Asks, Defaults, Limits, Override, Overrides, Reach, Serial, Terms, Whole};
pub use select::{Picked, Selection, Words};
