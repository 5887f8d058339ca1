//! Python: unittest cases and examples for doctest, run by warm workers.
//!
//! `lexer`, `module` and `cases` look at sources without executing them, `text` at
//! texts, `manifest` at configuration, `layout` knows how files are imported;
//! `claim` makes projects of all that. `environment` and `interpreter` find the Python,
//! `session` hands out targets to workers, which run the program in `worker/`.

use std::path::PathBuf;
use std::sync::Arc;

use crate::target::{Kind, Target, TreePath};
use crate::tree::{Facts, File, Reads, View};

use super::{Claims, Context, Ecosystem, Project, Session};

mod lexer;
mod module;
mod cases;
mod text;
mod manifest;
mod layout;
mod environment;
mod claim;
mod interpreter;
mod code;
mod session;
mod pytest;

use layout::Import;
use manifest::Manifest;
use module::Module;
use text::Text;

pub(super) struct Python;

/// What a file says.
#[derive(Debug)]
enum Seen {
    Module(Module),
    Text(Text),
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
    /// doctest's option flags, where the project sets them.
    flags: Vec<String>,
}

/// A target and how it is imported.
#[derive(Clone, Debug, PartialEq, Eq)]
struct Spec {
    target: Target,
    import: Import,
    /// Of a text, which is not imported: the lines that belong to no example.
    text: Option<Vec<(u32, u32)>>,
}

impl Spec {
    fn new(path: &TreePath, kind: Kind, import: Import) -> Self {
        let target = Target { path: path.clone(), kind, ecosystem: NAME, name: None };
        Self { target, import, text: None }
    }

    fn text(path: &TreePath, text: &Text, paths: Vec<TreePath>) -> Self {
        let import = Import { module: path.file_name().to_owned(), paths, loose: false };
        Self { text: Some(text.hidden.clone()), ..Self::new(path, Kind::Doc, import) }
    }
}

const NAME: &str = "python";

impl Ecosystem for Python {
    fn name(&self) -> &'static str {
        NAME
    }

    fn reads(&self, path: &TreePath) -> Reads {
        let name = path.file_name();
        let extension = path.extension();
        if manifest::is_manifest(name) || extension == Some("py") || text::is_text(extension) {
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
        if !worth_a_look(file.path, file.content) {
            return None;
        }
        let text = String::from_utf8_lossy(file.content);
        let source = text.strip_prefix('\u{feff}').unwrap_or(&text);
        let extension = file.path.extension();
        if text::is_text(extension) {
            let text = Text::of(extension, source);
            return (text.examples > 0 && file.is_whole())
                .then(|| Box::new(Seen::Text(text)) as Facts);
        }
        Some(Box::new(Seen::Module(Module::of(source))))
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
        Self {
            root: root.clone(),
            python: None,
            targets: Vec::new(),
            extra: Vec::new(),
            flags: Vec::new(),
        }
    }
}

/// Most files hold neither tests nor examples: their bytes say so.
fn worth_a_look(path: &TreePath, content: &[u8]) -> bool {
    let has = |needle: &str| memchr::memmem::find(content, needle.as_bytes()).is_some();
    let name = path.file_name();
    if name == "__main__.py" {
        return false; // Made to be executed: it is never imported.
    }
    path.extension() == Some("py") && is_test(name)
        || has(">>>")
        || name == "__init__.py" && (has("TestCase") || has("load_tests"))
}

/// Whether unittest or pytest takes a file of this name for a test module.
fn is_test(name: &str) -> bool {
    name.starts_with("test") || name.ends_with("_test.py")
}
