//! Python: unittest cases and docstring examples, run by warm workers.
//!
//! `lexer` and `module` look at sources without executing them, `manifest` at
//! configuration, `layout` knows how files are imported; `claim` makes
//! projects of all that. `interpreter` finds the Python, `session` hands out
//! targets to workers, which run `worker.py`.

use std::path::PathBuf;
use std::sync::Arc;

use crate::target::{Kind, Target, TreePath};
use crate::tree::{Facts, File, Reads, View};

use super::{Claims, Context, Ecosystem, Project, Session};

mod lexer;
mod module;
mod manifest;
mod layout;
mod claim;
mod interpreter;
mod code;
mod session;
mod pytest;

use layout::Import;
use manifest::Manifest;
use module::Module;

pub(super) struct Python;

/// What a file says.
#[derive(Debug)]
enum Seen {
    Module(Module),
    Manifest(Manifest),
}

/// What a session needs of its project.
#[derive(Debug)]
struct Plan {
    /// The project's folder.
    root: TreePath,
    /// The interpreter of a virtual environment in the tree.
    python: Option<PathBuf>,
    /// What runs.
    targets: Vec<Spec>,
    /// Doc examples that run only where all are asked for.
    extra: Vec<Spec>,
}

/// A target and how it is imported.
#[derive(Clone, Debug, PartialEq, Eq)]
struct Spec {
    target: Target,
    import: Import,
}

impl Spec {
    fn new(path: &TreePath, kind: Kind, import: Import) -> Self {
        let target = Target { path: path.clone(), kind, ecosystem: NAME, name: None };
        Self { target, import }
    }
}

const NAME: &str = "python";

impl Ecosystem for Python {
    fn name(&self) -> &'static str {
        NAME
    }

    fn reads(&self, path: &TreePath) -> Reads {
        let name = path.file_name();
        if manifest::is_manifest(name) || path.extension() == Some("py") {
            Reads::Whole
        } else {
            Reads::Nothing
        }
    }

    fn examine(&self, file: File<'_>) -> Option<Facts> {
        let name = file.path.file_name();
        if manifest::is_manifest(name) {
            let text = String::from_utf8_lossy(file.content);
            let ini = pytest::Ini::of(name, &text);
            return Some(Box::new(Seen::Manifest(Manifest { ini, ..Manifest::of(name, &text) })));
        }
        if !worth_a_look(name, file.content) {
            return None;
        }
        let text = String::from_utf8_lossy(file.content);
        let text = text.strip_prefix('\u{feff}').unwrap_or(&text);
        Some(Box::new(Seen::Module(Module::of(text))))
    }

    fn claim(&self, view: View<'_>) -> Claims {
        claim::claim(view)
    }

    fn open(&self, project: &Project, context: &Context) -> Box<dyn Session> {
        if let Ok(pytest) = Arc::clone(&project.detail).downcast::<pytest::Pytest>() {
            return pytest.open(context);
        }
        match Arc::clone(&project.detail).downcast::<Plan>() {
            Ok(plan) => Box::new(session::Python::new(&plan, context)),
            Err(_) => Box::new(session::Python::new(&Plan::empty(&project.root), context)),
        }
    }
}

impl Plan {
    fn empty(root: &TreePath) -> Self {
        Self { root: root.clone(), python: None, targets: Vec::new(), extra: Vec::new() }
    }
}

/// Most modules hold neither tests nor examples: their bytes say so.
fn worth_a_look(name: &str, content: &[u8]) -> bool {
    let has = |needle: &str| memchr::memmem::find(content, needle.as_bytes()).is_some();
    if name == "__main__.py" {
        return false; // Made to be executed: it is never imported.
    }
    is_test(name) || has(">>>") || name == "__init__.py" && (has("TestCase") || has("load_tests"))
}

/// Whether unittest or pytest takes a file of this name for a test module.
fn is_test(name: &str) -> bool {
    name.starts_with("test") || name.ends_with("_test.py")
}
