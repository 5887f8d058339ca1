//! What the walk passes over: ignore files, and folders that tools made.

use std::ffi::OsStr;
use std::path::Path;
use std::sync::Arc;

use ignore::gitignore::{Gitignore, GitignoreBuilder};

/// The ignore files, in ascending order of precedence.
const IGNORE_FILES: [&str; 3] = [".gitignore", ".ignore", ".proveignore"];

/// Folders that hold what tools fetched or made, whatever the project says.
const MADE: [&str; 6] =
    ["node_modules", "__pycache__", "CVS", "_build", "site-packages", "__pypackages__"];

/// The marks, inside a folder, of one that a tool made: a cache
/// (<https://bford.info/cachedir/>, cargo's `target`), a virtual environment.
const MADE_MARKS: [&str; 2] = ["CACHEDIR.TAG", "pyvenv.cfg"];

/// The rules that hold in a folder: its own ignore file's, then its parents'.
#[derive(Clone, Debug, Default)]
pub(super) struct Rules(Option<Arc<Link>>);

#[derive(Debug)]
struct Link {
    own: Gitignore,
    parent: Rules,
}

impl Rules {
    /// The rules at the root: what `prove.toml` excludes, and what git does by
    /// its own settings of this checkout.
    pub(super) fn at_root(root: &Path, exclude: &[String]) -> Self {
        let mut builder = GitignoreBuilder::new(root);
        // Errors of single patterns leave the others in force.
        let _ = builder.add(root.join(".git/info/exclude"));
        for pattern in exclude {
            let _ = builder.add_line(None, pattern);
        }
        Self::default().with(&builder)
    }

    /// The rules in a folder that has entries of these names.
    pub(super) fn in_folder(&self, folder: &Path, names: &[&OsStr]) -> Self {
        let mut builder = GitignoreBuilder::new(folder);
        let mut any = false;
        for file in IGNORE_FILES.iter().filter(|file| names.iter().any(|name| name == *file)) {
            any = true;
            let _ = builder.add(folder.join(file));
        }
        if any { self.clone().with(&builder) } else { self.clone() }
    }

    fn with(self, builder: &GitignoreBuilder) -> Self {
        match builder.build() {
            Ok(own) if !own.is_empty() => Self(Some(Arc::new(Link { own, parent: self }))),
            _ => self,
        }
    }

    /// Whether an entry is passed over. The nearest ignore file that says
    /// anything of it has the word.
    pub(super) fn pass_over(&self, path: &Path, is_folder: bool) -> bool {
        let mut rules = self;
        while let Some(link) = &rules.0 {
            match link.own.matched(path, is_folder) {
                ignore::Match::None => rules = &link.parent,
                ignore::Match::Ignore(_) => return true,
                ignore::Match::Whitelist(_) => return false,
            }
        }
        false
    }
}

/// Whether a folder of this name is never entered unasked.
pub(super) fn is_made(name: &str) -> bool {
    MADE.contains(&name)
}

/// Whether an entry of this name says that its folder was made by a tool.
pub(super) fn marks_made(name: &OsStr) -> bool {
    MADE_MARKS.iter().any(|mark| name == *mark)
}
