//! Scripts that print TAP: `t/` of Perl distributions, and other `.t` files
//! that show what they are. See `examples/mixed/t` for some in shell.
//!
//! Each script is a target, and its tests are cases that are known only as it
//! runs. A script runs in the folder of its distribution (the one around its
//! `t/`), with the interpreter of its first line, else with Perl; `lib/` and
//! `blib/` are in Perl's path, as with `prove -lb`. Author tests in `xt/` wait
//! to be asked for.

use std::sync::Arc;

use crate::target::TreePath;
use crate::tree::{Facts, File, Reads, View};

use super::{Claims, Context, Ecosystem, Project, Session};
use script::Script;
use session::Scripts;

mod script;
mod claim;
mod session;
#[cfg(test)]
mod tests;

/// The ecosystem's name.
const NAME: &str = "tap";

pub(super) struct Tap;

/// What a project is, besides its targets.
#[derive(Debug)]
struct Detail {
    root: TreePath,
    members: Vec<Member>,
    /// Folders for Perl's path, seen from the root.
    libraries: Vec<&'static str>,
}

/// A script of a project.
#[derive(Clone, Debug)]
struct Member {
    path: TreePath,
    script: Script,
}

impl Ecosystem for Tap {
    fn name(&self) -> &'static str {
        NAME
    }

    fn reads(&self, path: &TreePath) -> Reads {
        // A file called `x.t` may have any size: its head says enough.
        if path.extension() == Some("t") { Reads::Head } else { Reads::Nothing }
    }

    fn examine(&self, file: File<'_>) -> Option<Facts> {
        Some(Box::new(Script::read(file)))
    }

    fn claim(&self, view: View<'_>) -> Claims {
        claim::claim(view)
    }

    fn open(&self, project: &Project, context: &Context) -> Box<dyn Session> {
        // A project of another ecosystem has no scripts.
        let none = |_| {
            Arc::new(Detail { root: TreePath::root(), members: Vec::new(), libraries: Vec::new() })
        };
        let detail = Arc::clone(&project.detail).downcast::<Detail>().unwrap_or_else(none);
        Box::new(Scripts::new(detail, context.clone()))
    }
}
