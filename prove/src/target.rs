//! What is run: targets, and the cases inside them.

use std::ffi::OsStr;
use std::fmt::{self, Write as _};
use std::path::{Path, PathBuf};
use std::sync::Arc;

use serde::{Deserialize, Serialize};

/// The name that a case's own runner gives it, unique inside its target.
pub type CaseName = Arc<str>;

/// The case that stands for a module, script or binary that does not load.
pub const LOAD: &str = "(load)";
/// The case that stands for a target that dies, or falls silent, at its end.
pub const END: &str = "(end)";

/// A path from the tree's root, with `/`, as it stands in IDs.
///
/// A name that is not UTF-8 is shown with its odd bytes as `\xff`, and keeps
/// its true form for the file system.
///
/// ```
/// use prove::target::TreePath;
/// let path = TreePath::new("tests/cli.rs");
/// assert_eq!(path.parent().as_str(), "tests");
/// assert_eq!(path.file_name(), "cli.rs");
/// assert!(path.is_under(&TreePath::new("tests")));
/// assert_eq!(TreePath::root().join("t").as_str(), "t");
/// ```
#[derive(Clone, Debug)]
pub struct TreePath {
    text: Arc<str>,
    /// Only where the text is not the whole truth.
    raw: Option<Arc<Path>>,
}

impl TreePath {
    /// A path whose text is its name on disk. The root is the empty text.
    pub fn new(text: &str) -> Self {
        Self { text: text.into(), raw: None }
    }

    /// The tree's root itself.
    pub fn root() -> Self {
        Self::new("")
    }

    /// The path of one entry of this folder, of whatever name.
    #[must_use]
    pub fn child(&self, name: &OsStr) -> Self {
        match (name.to_str(), &self.raw) {
            (Some(name), None) => self.join(name),
            _ => Self {
                text: join(&self.text, &escape(name)).into(),
                raw: Some(self.on_disk(Path::new("")).join(name).into()),
            },
        }
    }

    /// The path of `name` under this folder.
    #[must_use]
    pub fn join(&self, name: &str) -> Self {
        Self {
            text: join(&self.text, name).into(),
            raw: self.raw.as_ref().map(|raw| raw.join(name).into()),
        }
    }

    /// The path as text, with `/`.
    pub fn as_str(&self) -> &str {
        &self.text
    }

    /// The path on disk, given where the root is.
    pub fn on_disk(&self, root: &Path) -> PathBuf {
        match &self.raw {
            Some(raw) => root.join(raw),
            None if self.text.is_empty() => root.to_owned(),
            None => root.join(&*self.text),
        }
    }

    /// The folder this is in; the root's is the root.
    #[must_use]
    pub fn parent(&self) -> Self {
        Self {
            text: self.text.rsplit_once('/').map_or("", |(parent, _)| parent).into(),
            raw: self.raw.as_ref().and_then(|raw| raw.parent()).map(Into::into),
        }
    }

    /// The last component.
    pub fn file_name(&self) -> &str {
        let from = memchr::memrchr(b'/', self.text.as_bytes()).map_or(0, |slash| slash + 1);
        &self.text[from..]
    }

    /// What follows the last dot of the file name, if anything stands before it.
    pub fn extension(&self) -> Option<&str> {
        let name = self.file_name();
        let dot = memchr::memrchr(b'.', name.as_bytes()).filter(|dot| *dot > 0)?;
        Some(&name[dot + 1..])
    }

    /// Is this `folder` itself or inside it?
    pub fn is_under(&self, folder: &Self) -> bool {
        self.below(folder).is_some()
    }

    /// What follows `folder/`, the empty text for the folder itself.
    pub fn below(&self, folder: &Self) -> Option<&str> {
        if folder.text.is_empty() {
            return Some(&self.text);
        }
        let rest = self.text.strip_prefix(&*folder.text)?;
        if rest.is_empty() { Some(rest) } else { rest.strip_prefix('/') }
    }
}

fn join(folder: &str, name: &str) -> String {
    if folder.is_empty() {
        return name.to_owned();
    }
    // By hand: this is said of every file of a tree, and formatting costs twice.
    let mut joined = String::with_capacity(folder.len() + 1 + name.len());
    joined.push_str(folder);
    joined.push('/');
    joined.push_str(name);
    joined
}

fn escape(name: &OsStr) -> String {
    let mut text = String::new();
    for chunk in name.as_encoded_bytes().utf8_chunks() {
        text.push_str(chunk.valid());
        for byte in chunk.invalid() {
            let _ = write!(text, "\\x{byte:02x}");
        }
    }
    text
}

impl PartialEq for TreePath {
    fn eq(&self, other: &Self) -> bool {
        self.text == other.text
    }
}
impl Eq for TreePath {}
impl PartialOrd for TreePath {
    fn partial_cmp(&self, other: &Self) -> Option<std::cmp::Ordering> {
        Some(self.cmp(other))
    }
}
impl Ord for TreePath {
    fn cmp(&self, other: &Self) -> std::cmp::Ordering {
        self.text.cmp(&other.text)
    }
}
impl std::hash::Hash for TreePath {
    fn hash<H: std::hash::Hasher>(&self, state: &mut H) {
        self.text.hash(state);
    }
}
impl fmt::Display for TreePath {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(if self.text.is_empty() { "." } else { &self.text })
    }
}

/// Is it a test, or an example in documentation?
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Kind {
    /// A test.
    Test,
    /// A documentation example.
    Doc,
}

impl Kind {
    /// `test` or `doc`, as on the command line.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Test => "test",
            Self::Doc => "doc",
        }
    }
}

/// What runs as a whole and has one source path: a test binary, a module, a
/// script, the doc examples of a crate.
#[derive(Clone, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Target {
    /// Its source file.
    pub path: TreePath,
    /// Tests or documentation examples.
    pub kind: Kind,
    /// The ecosystem that found it, such as `cargo`.
    pub ecosystem: &'static str,
    /// Set only where two targets would share an ID; see [`Target::label`].
    pub name: Option<Arc<str>>,
}

impl Target {
    /// How the target is called in reports and IDs: its path, and its name in
    /// parentheses where another target has the same path.
    ///
    /// ```
    /// use prove::target::{Kind, Target, TreePath};
    /// let mut target =
    ///     Target { path: TreePath::new("src/lib.rs"), kind: Kind::Test, ecosystem: "cargo", name: None };
    /// assert_eq!(target.id("a::b"), "src/lib.rs::a::b");
    /// target.name = Some("other".into());
    /// assert_eq!(target.id("a::b"), "src/lib.rs (other)::a::b");
    /// ```
    pub fn label(&self) -> String {
        match &self.name {
            Some(name) => format!("{} ({name})", self.path),
            None => self.path.to_string(),
        }
    }

    /// The ID of a case in this target.
    pub fn id(&self, case: &str) -> String {
        format!("{}::{case}", self.label())
    }
}

/// Where something stands: a file, from the tree's root where it is inside,
/// and a line from 1 where it is known.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Location {
    /// The file.
    pub file: String,
    /// The line, from 1.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub line: Option<u32>,
}

impl fmt::Display for Location {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.line {
            Some(line) => write!(f, "{}:{line}", self.file),
            None => f.write_str(&self.file),
        }
    }
}

/// The finest thing that can be run alone in a target.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Addressable {
    /// Each case.
    Case,
    /// Only the whole target: selecting a case selects its target.
    Target,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[cfg(unix)]
    #[test]
    fn a_name_that_is_not_text_keeps_its_true_form() {
        use std::os::unix::ffi::OsStrExt;
        let path = TreePath::new("t").child(OsStr::from_bytes(b"b\xffd.t"));
        assert_eq!(path.as_str(), "t/b\\xffd.t");
        assert_eq!(path.on_disk(Path::new("/r")).as_os_str().as_bytes(), b"/r/t/b\xffd.t");
        assert_eq!(path.extension(), Some("t"));
    }

    #[test]
    fn below_matches_whole_components() {
        let path = TreePath::new("tests/cli.rs");
        assert_eq!(path.below(&TreePath::new("tests")), Some("cli.rs"));
        assert_eq!(path.below(&TreePath::new("test")), None);
        assert_eq!(path.below(&path), Some(""));
    }
}
