//! The tree as the walk saw it: what ecosystems decide from. Nothing in it was executed.

use std::any::Any;
use std::path::PathBuf;

use crate::event::Problem;
use crate::target::TreePath;

/// The folder of a tree's state, at its root.
pub const STATE_FOLDER: &str = ".prove.d";

/// What an ecosystem learned from a file, in a type of its own.
pub type Facts = Box<dyn Any + Send + Sync>;

/// How much of a file an ecosystem wants to see.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Reads {
    /// Not even its first byte.
    Nothing,
    /// Its first 4 KiB.
    Head,
    /// All of it, up to 4 MiB.
    Whole,
}

impl Reads {
    /// The most bytes that this reads.
    pub fn limit(self) -> usize {
        match self {
            Self::Nothing => 0,
            Self::Head => 4 << 10,
            Self::Whole => 4 << 20,
        }
    }
}

/// A file as an ecosystem sees it during the walk.
#[derive(Clone, Copy, Debug)]
pub struct File<'a> {
    /// Where it is.
    pub path: &'a TreePath,
    /// What was read of it.
    pub content: &'a [u8],
    /// How large it is, in bytes.
    pub size: u64,
    /// Whether its owner may execute it.
    pub executable: bool,
}

impl File<'_> {
    /// Whether `content` is all there is.
    pub fn is_whole(&self) -> bool {
        self.content.len() as u64 >= self.size
    }

    /// The first line, if the file begins with `#!`.
    pub fn shebang(&self) -> Option<&str> {
        let line = self.content.strip_prefix(b"#!")?;
        let line = &line[..memchr::memchr(b'\n', line).unwrap_or(line.len())];
        str::from_utf8(line).ok().map(str::trim)
    }
}

/// The tree: its root, its files, and what each ecosystem learned from them.
#[derive(Default)]
pub struct Tree {
    /// On this machine.
    pub root: PathBuf,
    /// Every file that ignore rules leave, sorted.
    pub files: Vec<TreePath>,
    /// For each ecosystem of the table, in its order: the files that it
    /// learned something from, sorted.
    pub facts: Vec<Vec<(TreePath, Facts)>>,
    /// What could not be read.
    pub problems: Vec<Problem>,
    /// The files and folders that the arguments name: what an ecosystem takes
    /// only when it is asked for, it takes inside of these.
    pub named: Vec<TreePath>,
}

impl Tree {
    /// Whether there is such a file.
    pub fn has(&self, path: &TreePath) -> bool {
        self.files.binary_search(path).is_ok()
    }

    /// The files in a folder and below, sorted.
    pub fn under<'a>(&'a self, folder: &'a TreePath) -> impl Iterator<Item = &'a TreePath> {
        // `folder/` sorts among other names that begin with `folder`, so files
        // under it are not one run: the filter is what decides.
        let from = self.files.partition_point(|path| path < folder);
        let prefix = folder.as_str();
        self.files[from..]
            .iter()
            .take_while(move |path| path.as_str().starts_with(prefix))
            .filter(move |path| path.is_under(folder))
    }
}

/// One ecosystem's view of the tree: only its own facts, in their own type.
#[derive(Clone, Copy)]
pub struct View<'a> {
    /// The whole tree.
    pub tree: &'a Tree,
    /// The ecosystem's place in the table.
    pub index: usize,
}

impl<'a> View<'a> {
    /// The files that this ecosystem learned something from, sorted by path.
    pub fn facts<T: 'static>(&self) -> impl Iterator<Item = (&'a TreePath, &'a T)> + use<'a, T> {
        let facts: &'a [(TreePath, Facts)] =
            self.tree.facts.get(self.index).map_or(&[], Vec::as_slice);
        facts.iter().filter_map(|(path, facts)| Some((path, facts.downcast_ref()?)))
    }
}
