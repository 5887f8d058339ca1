//! Where modules are imported from: packages, `src`, loose folders.

use crate::target::TreePath;
use crate::tree::Tree;

/// How a file is imported.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Import {
    /// The module's full name.
    pub(super) module: String,
    /// The folders that go to the head of `sys.path`; the last is the project's root.
    pub(super) paths: Vec<TreePath>,
    /// The first of them is a folder of modules that are in no package.
    pub(super) loose: bool,
}

/// A project's folder, in the tree.
pub(super) struct Layout<'a> {
    /// The tree.
    pub(super) tree: &'a Tree,
    /// The project's root.
    pub(super) root: &'a TreePath,
    /// Where else it says that modules are imported from.
    pub(super) configured: Vec<TreePath>,
}

impl Layout<'_> {
    /// How a file is imported; `None` where its name is no module's.
    ///
    /// `nested` tells whether something in the project imports a module of
    /// this name from a namespace package.
    pub(super) fn import(
        &self,
        file: &TreePath,
        relative: bool,
        nested: impl Fn(&str) -> bool,
    ) -> Option<Import> {
        let src = self.root.join("src");
        let folder = file.parent();
        let mut top = folder.clone();
        while top != *self.root && self.is_package(&top) {
            top = top.parent();
        }
        let base = if top.is_under(&src) && self.has_src() { &src } else { self.root };
        let packaged = top != folder || top == *base;
        if top != *base {
            // In a namespace package if it is known as one, else on its own.
            let name = dotted(file, base);
            let known = relative && !packaged || name.as_deref().is_some_and(nested);
            if known && name.is_some() {
                top = base.clone();
            }
        }
        let loose = !packaged && top == folder;
        let mut paths = self.paths();
        if !paths.contains(&top) {
            paths.insert(0, top.clone());
        }
        Some(Import { module: dotted(file, &top)?, paths, loose })
    }

    /// Where everything in the project is imported from.
    pub(super) fn paths(&self) -> Vec<TreePath> {
        let src = self.has_src().then(|| self.root.join("src"));
        let mut paths = self.configured.clone();
        paths.extend(src);
        paths.push(self.root.clone());
        let mut seen = std::collections::HashSet::new();
        paths.retain(|path| seen.insert(path.as_str().to_owned()));
        paths
    }

    /// Whether a folder is a package.
    pub(super) fn is_package(&self, folder: &TreePath) -> bool {
        self.tree.has(&folder.join("__init__.py"))
    }

    /// Whether `src` is where packages are, and no package itself.
    fn has_src(&self) -> bool {
        let src = self.root.join("src");
        !self.is_package(&src) && self.tree.under(&src).any(|file| file.extension() == Some("py"))
    }
}

/// A file's name as a module, seen from a folder.
fn dotted(file: &TreePath, from: &TreePath) -> Option<String> {
    let path = file.below(from)?.strip_suffix(".py")?;
    let path = path.strip_suffix("/__init__").unwrap_or(path);
    let parts: Vec<&str> = path.split('/').collect();
    parts.iter().all(|part| is_identifier(part)).then(|| parts.join("."))
}

/// Whether Python takes this for a name.
pub(super) fn is_identifier(text: &str) -> bool {
    let mut chars = text.chars();
    chars.next().is_some_and(|c| c.is_alphabetic() || c == '_')
        && chars.all(|c| c.is_alphanumeric() || c == '_')
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(files: &[&str], file: &str, relative: bool, expect: (&str, &[&str], bool)) {
        let mut tree =
            Tree { files: files.iter().map(|f| TreePath::new(f)).collect(), ..Tree::default() };
        tree.files.push(TreePath::new(file));
        tree.files.sort();
        let root = TreePath::new("p");
        let layout = Layout { tree: &tree, root: &root, configured: Vec::new() };
        let nested = |name: &str| name.starts_with("ns.");
        let import = layout.import(&TreePath::new(file), relative, nested).unwrap();
        let paths: Vec<_> = import.paths.iter().map(TreePath::as_str).collect();
        assert_eq!((import.module.as_str(), paths.as_slice(), import.loose), expect);
    }

    #[test]
    fn modules_are_imported_as_their_project_does() {
        check(&[], "p/test_a.py", false, ("test_a", &["p"], false));
        check(&["p/t/__init__.py"], "p/t/test_a.py", false, ("t.test_a", &["p"], false));
        check(&["p/t/__init__.py"], "p/t/__init__.py", false, ("t", &["p"], false));
        check(&["p/src/a/__init__.py"], "p/src/a/b.py", false, ("a.b", &["p/src", "p"], false));
        check(&["p/src/a.py"], "p/test_a.py", false, ("test_a", &["p/src", "p"], false));
        check(
            &["p/src/a.py"],
            "p/tests/test_a.py",
            false,
            ("test_a", &["p/tests", "p/src", "p"], true),
        );
    }

    #[test]
    fn folders_that_are_no_packages_stand_alone_or_are_namespaces() {
        check(&[], "p/tests/test_a.py", false, ("test_a", &["p/tests", "p"], true));
        check(&[], "p/tests/test_a.py", true, ("tests.test_a", &["p"], false));
        check(&["p/ns/q/__init__.py"], "p/ns/q/m.py", false, ("ns.q.m", &["p"], false));
        check(&["p/x/q/__init__.py"], "p/x/q/m.py", false, ("q.m", &["p/x", "p"], false));
        check(&["p/x/q/__init__.py"], "p/x/q/m.py", true, ("q.m", &["p/x", "p"], false));
    }

    #[test]
    fn some_files_are_no_modules() {
        let tree = Tree { files: vec![TreePath::new("p/test-a.py")], ..Tree::default() };
        let root = TreePath::new("p");
        let layout = Layout { tree: &tree, root: &root, configured: Vec::new() };
        assert_eq!(layout.import(&tree.files[0], false, |_| false), None);
    }
}
