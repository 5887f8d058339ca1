//! Rust: every Cargo workspace in the tree.
//!
//! Cargo builds; its messages name the test programs as they become ready.
//! Each is asked for its list, offered, and run in the environment that
//! `cargo test` would give it. Doc examples are extracted by rustdoc, with the
//! command line that cargo has for it, and have a way of their own (`docs`).

use crate::target::TreePath;
use crate::tree::{Facts, File, Reads, View};

use super::{Claims, Context, Ecosystem, Project, Session};

mod manifest;
mod workspace;
mod targets;
mod package;
mod claim;
mod messages;
mod docs;
mod env;
mod config;
mod build;
mod inputs;
mod run;
mod session;
mod source;

pub use docs::{StandIn, doc_examples, rustdoc_capture};
pub use inputs::build_inputs;

use manifest::{Broken, Manifest, Parsed};
use source::{Examples, Source};

pub(super) struct Cargo;

impl Ecosystem for Cargo {
    fn name(&self) -> &'static str {
        "cargo"
    }

    fn reads(&self, path: &TreePath) -> Reads {
        let ours = path.file_name() == "Cargo.toml"
            || path.extension().is_some_and(|extension| ["rs", "md"].contains(&extension));
        if ours { Reads::Whole } else { Reads::Nothing }
    }

    fn examine(&self, file: File<'_>) -> Option<Facts> {
        if file.path.extension() == Some("rs") {
            return Some(Box::new(Source::read(file)?));
        }
        if file.path.extension() == Some("md") {
            return Some(Box::new(Examples::read(file)?));
        }
        let too_long = || Broken { message: "it is too long".to_owned(), line: None };
        let parsed: Parsed =
            if file.is_whole() { Manifest::parse(file.content) } else { Err(too_long()) };
        Some(Box::new(parsed))
    }

    fn claim(&self, view: View<'_>) -> Claims {
        claim::claim(view)
    }

    fn open(&self, project: &Project, context: &Context) -> Box<dyn Session> {
        Box::new(session::Cargo::new(project, context))
    }
}
