//! Which targets a package has, by cargo's rules of discovery.

use crate::decode::paths::join;
use crate::target::TreePath;
use crate::tree::Tree;

use super::manifest::{Manifest, TargetTable};

/// What a target is for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub(super) enum Role {
    Lib,
    Bin,
    Test,
    Example,
    Bench,
}

impl Role {
    /// In cargo's messages; libraries have their crate types there.
    pub(super) fn of(kind: &[String]) -> Option<Self> {
        Some(match kind.first()?.as_str() {
            "bin" => Self::Bin,
            "test" => Self::Test,
            "example" => Self::Example,
            "bench" => Self::Bench,
            "custom-build" => return None,
            _ => Self::Lib,
        })
    }

    fn as_str(self) -> &'static str {
        match self {
            Self::Lib => "library",
            Self::Bin => "binary",
            Self::Test => "integration test",
            Self::Example => "example",
            Self::Bench => "benchmark",
        }
    }
}

/// A target of a package.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Found {
    pub(super) role: Role,
    pub(super) name: String,
    pub(super) path: TreePath,
    /// Whether `cargo test` runs it.
    pub(super) test: bool,
    /// Whether rustc writes its `main`.
    pub(super) harness: bool,
    /// Whether its doc examples run.
    pub(super) doctest: bool,
    pub(super) required: Vec<String>,
}

impl Found {
    pub(super) fn evidence(&self, package: &str) -> String {
        let harness = if self.harness { "" } else { ", harness = false" };
        format!("{} `{}` of package `{package}`{harness}", self.role.as_str(), self.name)
    }
}

/// The targets of the package in `folder`.
pub(super) fn find(tree: &Tree, folder: &TreePath, manifest: &Manifest) -> Vec<Found> {
    let package = Package { tree, folder, manifest };
    let mut found: Vec<Found> = package.lib().into_iter().collect();
    found.extend(package.many(Role::Bin, &manifest.bin, "autobins", &["src/bin"]));
    found.extend(package.many(Role::Test, &manifest.test, "autotests", &["tests"]));
    found.extend(package.many(Role::Example, &manifest.example, "autoexamples", &["examples"]));
    found.extend(package.many(Role::Bench, &manifest.bench, "autobenches", &["benches"]));
    found
}

struct Package<'a> {
    tree: &'a Tree,
    folder: &'a TreePath,
    manifest: &'a Manifest,
}

impl Package<'_> {
    fn name(&self) -> &str {
        self.manifest.text("name").unwrap_or_default()
    }

    fn at(&self, path: &str) -> TreePath {
        TreePath::new(&join(self.folder.as_str(), path))
    }

    fn existing(&self, path: &str) -> Option<TreePath> {
        let path = self.at(path);
        self.tree.has(&path).then_some(path)
    }

    fn lib(&self) -> Option<Found> {
        let table = self.manifest.lib.clone().unwrap_or_default();
        let auto = self.manifest.switch("autolib").unwrap_or(true) || self.manifest.lib.is_some();
        let path = match &table.path {
            Some(path) => self.at(path),
            None => auto.then(|| self.existing("src/lib.rs")).flatten()?,
        };
        let name = table.name.clone().unwrap_or_else(|| self.name().replace('-', "_"));
        // Of a library that is only linked from C, rustdoc runs nothing.
        let documented = table.crate_type.is_empty()
            || table
                .crate_type
                .iter()
                .any(|t| ["lib", "rlib", "dylib", "proc-macro"].contains(&&**t));
        let mut found = of_table(Role::Lib, name, path, &table);
        found.doctest = documented && table.doctest.unwrap_or(true);
        Some(found)
    }

    /// The targets that the manifest names, then those that lie where cargo looks.
    fn many(&self, role: Role, tables: &[TargetTable], switch: &str, at: &[&str]) -> Vec<Found> {
        let mut found: Vec<Found> =
            tables.iter().filter_map(|table| self.named(role, table, at)).collect();
        // In edition 2015, naming one turned the discovery off.
        let old = !self.manifest.package.as_ref().is_some_and(|p| p.contains_key("edition"));
        let auto = self.manifest.switch(switch).unwrap_or(!old || tables.is_empty());
        if auto {
            for (name, path) in self.discovered(role, at) {
                if !found.iter().any(|found| found.name == name || found.path == path) {
                    found.push(of_table(role, name, path, &TargetTable::default()));
                }
            }
        }
        found
    }

    fn named(&self, role: Role, table: &TargetTable, at: &[&str]) -> Option<Found> {
        let name = table.name.clone()?;
        let path = match &table.path {
            Some(path) => self.at(path),
            None => self.inferred(role, &name, at)?,
        };
        Some(of_table(role, name, path, table))
    }

    fn inferred(&self, role: Role, name: &str, at: &[&str]) -> Option<TreePath> {
        let main = || {
            let is_main = role == Role::Bin && name == self.name();
            is_main.then(|| self.existing("src/main.rs")).flatten()
        };
        let places =
            at.iter().flat_map(|at| [format!("{at}/{name}.rs"), format!("{at}/{name}/main.rs")]);
        main().or_else(|| places.into_iter().find_map(|path| self.existing(&path)))
    }

    fn discovered(&self, role: Role, at: &[&str]) -> Vec<(String, TreePath)> {
        let mut all = Vec::new();
        if role == Role::Bin {
            all.extend(self.existing("src/main.rs").map(|path| (self.name().to_owned(), path)));
        }
        for folder in at {
            let folder = self.at(folder);
            for path in self.tree.under(&folder) {
                let below = path.below(&folder).unwrap_or_default();
                let name = below.strip_suffix("/main.rs").or_else(|| below.strip_suffix(".rs"));
                if let Some(name) = name.filter(|name| !name.is_empty() && !name.contains('/')) {
                    all.push((name.to_owned(), path.clone()));
                }
            }
        }
        all
    }
}

fn of_table(role: Role, name: String, path: TreePath, table: &TargetTable) -> Found {
    let by_default = match role {
        Role::Lib | Role::Bin | Role::Test => true,
        Role::Example | Role::Bench => false,
    };
    Found {
        role,
        name,
        path,
        test: table.test.unwrap_or(by_default),
        harness: table.harness.unwrap_or(true),
        doctest: false,
        required: table.required_features.clone(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(files: &[&str], toml: &str, expect: &[&str]) {
        let files = files.iter().map(|file| TreePath::new(file)).collect();
        let mut tree = Tree { files, ..Tree::default() };
        tree.files.sort();
        let manifest = Manifest::parse(toml.as_bytes()).unwrap();
        let found = find(&tree, &TreePath::new("p"), &manifest);
        let shown: Vec<String> = found
            .iter()
            .map(|f| {
                let no =
                    |is: bool, word: &str| if is { String::new() } else { format!(" -{word}") };
                let docs = if f.doctest { " +doc" } else { "" };
                let (test, harness) = (no(f.test, "test"), no(f.harness, "harness"));
                format!("{:?} {} {}{test}{harness}{docs}", f.role, f.name, f.path)
            })
            .collect();
        assert_eq!(shown, expect);
    }

    const FILES: [&str; 12] = [
        "p/Cargo.toml",
        "p/src/lib.rs",
        "p/src/main.rs",
        "p/src/bin/x.rs",
        "p/src/bin/y/main.rs",
        "p/src/bin/y/help.rs",
        "p/tests/a.rs",
        "p/tests/b/main.rs",
        "p/tests/common/mod.rs",
        "p/examples/e.rs",
        "p/benches/s.rs",
        "other/tests/z.rs",
    ];

    #[test]
    fn where_cargo_looks() {
        check(
            &FILES,
            "[package]\nname = 'a-b'\nedition = '2021'",
            &[
                "Lib a_b p/src/lib.rs +doc",
                "Bin a-b p/src/main.rs",
                "Bin x p/src/bin/x.rs",
                "Bin y p/src/bin/y/main.rs",
                "Test a p/tests/a.rs",
                "Test b p/tests/b/main.rs",
                "Example e p/examples/e.rs -test",
                "Bench s p/benches/s.rs -test",
            ],
        );
    }

    #[test]
    fn what_the_manifest_says() {
        check(
            &FILES,
            "[package]\nname = 'a'\nedition = '2021'\nautobins = false\nautotests = false\n\
             [lib]\nname = 'l'\ndoctest = false\ntest = false\n\
             [[test]]\nname = 'b'\nharness = false\n\
             [[test]]\nname = 'far'\npath = '../other/tests/z.rs'\n\
             [[example]]\nname = 'e'\ntest = true",
            &[
                "Lib l p/src/lib.rs -test",
                "Test b p/tests/b/main.rs -harness",
                "Test far other/tests/z.rs",
                "Example e p/examples/e.rs",
                "Bench s p/benches/s.rs -test",
            ],
        );
    }

    #[test]
    fn edition_2015_takes_the_list_for_complete() {
        check(
            &FILES,
            "[package]\nname = 'a'\n[lib]\ncrate-type = ['cdylib']\n[[test]]\nname = 'a'",
            &[
                "Lib a p/src/lib.rs",
                "Bin a p/src/main.rs",
                "Bin x p/src/bin/x.rs",
                "Bin y p/src/bin/y/main.rs",
                "Test a p/tests/a.rs",
                "Example e p/examples/e.rs -test",
                "Bench s p/benches/s.rs -test",
            ],
        );
    }
}
