//! The `CARGO_PKG_*` variables of a package, as its manifest has them.

use toml::{Table, Value};

use crate::decode::paths::join;
use crate::target::TreePath;
use crate::tree::Tree;

use super::manifest::Manifest;

/// `[package]`, with what it inherits from the workspace.
pub(super) struct Package<'a> {
    pub(super) folder: &'a TreePath,
    pub(super) manifest: &'a Manifest,
    pub(super) root: &'a TreePath,
    /// `[workspace.package]` of the root.
    pub(super) inherited: Option<&'a Table>,
}

impl Package<'_> {
    /// The variables, but for those that are paths on this machine.
    pub(super) fn variables(&self, tree: &Tree) -> Vec<(String, String)> {
        let text = |key| self.value(key).and_then(Value::as_str).unwrap_or_default().to_owned();
        let version = self.value("version").and_then(Value::as_str).unwrap_or("0.0.0").to_owned();
        let (numbers, pre) = parts(&version);
        let authors = self.value("authors").and_then(Value::as_array);
        let authors: Vec<_> = authors.into_iter().flatten().filter_map(Value::as_str).collect();
        let mut all = vec![
            ("NAME", text("name")),
            ("VERSION", version.clone()),
            ("VERSION_MAJOR", numbers[0].to_owned()),
            ("VERSION_MINOR", numbers[1].to_owned()),
            ("VERSION_PATCH", numbers[2].to_owned()),
            ("VERSION_PRE", pre.to_owned()),
            ("AUTHORS", authors.join(":")),
            ("LICENSE_FILE", self.path("license-file")),
            ("README", self.readme(tree)),
        ];
        for (name, key) in [
            ("DESCRIPTION", "description"),
            ("HOMEPAGE", "homepage"),
            ("REPOSITORY", "repository"),
            ("LICENSE", "license"),
            ("RUST_VERSION", "rust-version"),
        ] {
            all.push((name, text(key)));
        }
        all.into_iter().map(|(name, value)| (format!("CARGO_PKG_{name}"), value)).collect()
    }

    fn value(&self, key: &str) -> Option<&Value> {
        let value = self.manifest.package.as_ref()?.get(key)?;
        if is_inherited(value) { self.inherited?.get(key) } else { Some(value) }
    }

    /// A path is relative to the manifest it stands in; what is inherited is
    /// turned to be relative to this package.
    fn path(&self, key: &str) -> String {
        let path = self.value(key).and_then(Value::as_str).unwrap_or_default();
        let own = self.manifest.package.as_ref().and_then(|package| package.get(key));
        if path.is_empty() || !own.is_some_and(is_inherited) {
            return path.to_owned();
        }
        relative(self.folder, &join(self.root.as_str(), path))
    }

    fn readme(&self, tree: &Tree) -> String {
        match self.value("readme") {
            Some(Value::Boolean(true)) => "README.md".to_owned(),
            Some(Value::Boolean(false)) => String::new(),
            Some(_) => self.path("readme"),
            None => {
                let there = |name: &&str| tree.has(&self.folder.join(name));
                let found = ["README.md", "README.txt", "README"].into_iter().find(there);
                found.unwrap_or_default().to_owned()
            }
        }
    }
}

/// `key.workspace = true`.
fn is_inherited(value: &Value) -> bool {
    value.get("workspace").and_then(Value::as_bool) == Some(true)
}

/// `MAJOR.MINOR.PATCH-PRE+BUILD`.
fn parts(version: &str) -> ([&str; 3], &str) {
    let version = version.split('+').next().unwrap_or_default();
    let (numbers, pre) = version.split_once('-').unwrap_or((version, ""));
    let mut numbers = numbers.split('.');
    ([(); 3].map(|()| numbers.next().unwrap_or("0")), pre)
}

/// `path`, from the tree's root, as it is seen from `folder`.
fn relative(folder: &TreePath, path: &str) -> String {
    let from: Vec<&str> = folder.as_str().split('/').filter(|part| !part.is_empty()).collect();
    let to: Vec<&str> = path.split('/').collect();
    let common = from.iter().zip(&to).take_while(|(a, b)| a == b).count();
    let up = from[common..].iter().map(|_| "..");
    up.chain(to[common..].iter().copied()).collect::<Vec<_>>().join("/")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(toml: &str, workspace: &str, name: &str, expect: &str) {
        let manifest =
            Manifest::parse(format!("[package]\nname = 'x'\n{toml}").as_bytes()).unwrap();
        let inherited: Table = toml::from_str(workspace).unwrap();
        let tree = Tree { files: vec![TreePath::new("w/a/README.txt")], ..Tree::default() };
        let (folder, root) = (TreePath::new("w/a"), TreePath::new("w"));
        let package = Package {
            folder: &folder,
            manifest: &manifest,
            root: &root,
            inherited: Some(&inherited),
        };
        let variables = package.variables(&tree);
        let found = variables.iter().find(|(key, _)| *key == format!("CARGO_PKG_{name}"));
        assert_eq!(found.map(|(_, value)| value.as_str()), Some(expect));
    }

    #[test]
    fn own_and_inherited() {
        check("version = '1.2.3-rc.1+b'", "", "VERSION_PRE", "rc.1");
        check("version.workspace = true", "version = '4.5.6'", "VERSION_MINOR", "5");
        check("authors = ['a <a@b>', 'c']", "", "AUTHORS", "a <a@b>:c");
        check("", "description = 'x'", "DESCRIPTION", "");
        check("readme = { workspace = true }", "readme = 'R.md'", "README", "../R.md");
        check("readme.workspace = true", "readme = 'a/R.md'", "README", "R.md");
        check("readme = false", "", "README", "");
        check("", "", "README", "README.txt");
    }
}
