//! Projects whose tests are pytest's: their own pytest runs them.
//!
//! `options` reads pytest's configuration, this module sees from it which
//! files are targets. `session` splits them among processes, one for a slot;
//! each is pytest on the project's folder with a plugin (`*.py`) that keeps it
//! from the files of the others, tells what it collects, and runs of it what it
//! is told to.

use std::collections::BTreeMap;
use std::path::PathBuf;
use std::sync::Arc;

use ignore::gitignore::{Gitignore, GitignoreBuilder};

use crate::target::{Addressable, Kind, Target, TreePath};
use crate::tree::Tree;

use super::super::{Context, Project, Session, Sighted, Unsure};
use super::module::Module;
use super::{NAME, Plan};

mod options;
mod share;
mod wire;
mod session;

pub(super) use options::Ini;

/// What a session needs of its project.
#[derive(Debug)]
pub(super) struct Pytest {
    /// Its folder and its interpreter.
    base: Plan,
    /// The targets that can be seen, and how large their files are.
    targets: Vec<(Target, u64)>,
    /// Folders in it that are other projects.
    elsewhere: Vec<TreePath>,
    /// The options of every run.
    addopts: Vec<String>,
}

impl Pytest {
    pub(super) fn open(&self, context: &Context) -> Box<dyn Session> {
        Box::new(session::Running::new(self, context))
    }
}

/// A root whose tests are pytest's, as far as it can be seen.
pub(super) struct Seen<'a> {
    pub(super) tree: &'a Tree,
    pub(super) root: &'a TreePath,
    /// On what evidence.
    pub(super) why: &'a str,
    /// The configuration files in it.
    pub(super) own: Vec<&'a Ini>,
    /// The configuration of the nearest root above that has one.
    pub(super) above: Option<&'a Ini>,
    /// Roots inside of it.
    pub(super) nested: Vec<TreePath>,
    pub(super) modules: &'a [(&'a TreePath, &'a Module)],
    /// The interpreter of a virtual environment in the tree.
    pub(super) python: Option<PathBuf>,
}

impl Seen<'_> {
    /// The project; none if nothing is there that pytest would look at.
    pub(super) fn project(&self) -> Option<Project> {
        let own = Ini::first(self.own.iter().copied());
        // Where it looks is configured for the folder of the configuration alone.
        let above = self.above.map(Ini::seen_from_below);
        let ini = own.cloned().or(above).unwrap_or_default();
        let sighted = self.sighted(&ini);
        if sighted.is_empty() {
            return None;
        }
        let size = |target: &Target| {
            std::fs::metadata(target.path.on_disk(&self.tree.root)).map_or(0, |file| file.len())
        };
        let pytest = Pytest {
            base: Plan { python: self.python.clone(), ..Plan::empty(self.root) },
            targets: sighted.iter().map(|s| (s.target.clone(), size(&s.target))).collect(),
            elsewhere: self.nested.clone(),
            addopts: ini.addopts.clone(),
        };
        Some(Project {
            ecosystem: NAME,
            root: self.root.clone(),
            evidence: evidence(self.why, &ini),
            targets: sighted,
            detail: Arc::new(pytest),
        })
    }

    fn sighted(&self, ini: &Ini) -> Vec<Sighted> {
        let modules: BTreeMap<_, _> = self.modules.iter().copied().collect();
        let view = View {
            root: self.root,
            named: &self.tree.named,
            testpaths: testpaths(ini),
            python_files: patterns(&ini.python_files()),
            norecursedirs: patterns(&ini.norecursedirs()),
            ignored: options::values(&ini.addopts, "--ignore"),
            doctests: options::doctests(&ini.addopts),
            renamed: ini.renamed,
        };
        let texts = patterns(&view.doctests.globs);
        let own = |path: &&TreePath| !self.nested.iter().any(|nested| path.is_under(nested));
        let mut sighted = Vec::new();
        for path in self.tree.under(self.root).filter(own).filter(|path| view.is_in_sight(path)) {
            let module = modules.get(path).copied();
            if path.extension() == Some("py") {
                if view.is_test(path, module) {
                    sighted.push(target(path, Kind::Test, "pytest's, by its name"));
                }
                if view.doctests.modules && module.is_some_and(|module| module.examples > 0) {
                    sighted.push(target(path, Kind::Doc, "examples, by --doctest-modules"));
                }
            } else if matches(&texts, path.as_str(), false) {
                sighted.push(target(path, Kind::Doc, "a text that pytest looks for examples in"));
            }
        }
        sighted
    }
}

/// Says what decides that pytest runs it, and in how many processes.
fn evidence(why: &str, ini: &Ini) -> String {
    match options::whole(&ini.addopts) {
        Some(option) => format!(
            "pytest: {why}; all in one process, because addopts in {} has `{option}`",
            ini.file
        ),
        None => format!("pytest: {why}"),
    }
}

/// Where pytest would look.
struct View<'a> {
    root: &'a TreePath,
    /// What the arguments name.
    named: &'a [TreePath],
    testpaths: Gitignore,
    python_files: Gitignore,
    norecursedirs: Gitignore,
    ignored: Vec<String>,
    doctests: options::Doctests,
    /// Tests may have any names.
    renamed: bool,
}

impl View<'_> {
    /// Whether it comes by this file, unless it is kept from it.
    fn is_in_sight(&self, path: &TreePath) -> bool {
        if self.is_named(path) {
            return true;
        }
        let Some(below) = path.below(self.root) else { return false };
        let mut folders = below.match_indices('/').map(|(at, _)| &below[..at]);
        let anywhere = self.testpaths.is_empty();
        let under = || self.testpaths.matched_path_or_any_parents(below, false).is_ignore();
        let ignored = |option: &String| {
            let option = option.trim_start_matches("./").trim_end_matches('/');
            below.strip_prefix(option).is_some_and(|rest| rest.is_empty() || rest.starts_with('/'))
        };
        (anywhere || under())
            && !folders.any(|folder| matches(&self.norecursedirs, folder, true))
            && !self.ignored.iter().any(ignored)
    }

    fn is_named(&self, path: &TreePath) -> bool {
        self.named.contains(path)
    }

    /// Whether it takes this for a module of tests. One in which no test is to
    /// be seen may have some all the same, which shows as it runs.
    fn is_test(&self, path: &TreePath, module: Option<&Module>) -> bool {
        let seen = |module: &Module| module.holds_cases || module.bare.is_some();
        self.is_named(path)
            || matches(&self.python_files, path.as_str(), false)
                && (self.renamed || module.is_none_or(seen))
    }
}

fn target(path: &TreePath, kind: Kind, evidence: &str) -> Sighted {
    Sighted {
        target: target_of(path.clone(), kind),
        evidence: evidence.to_owned(),
        cases: None,
        unsure: Unsure::default(),
        addressable: Addressable::Case,
    }
}

fn target_of(path: TreePath, kind: Kind) -> Target {
    Target { path, kind, ecosystem: NAME, name: None }
}

/// Patterns of names; the syntax of ignore files reads them as pytest does.
fn patterns<T: AsRef<str>>(all: &[T]) -> Gitignore {
    let mut builder = GitignoreBuilder::new("");
    for pattern in all {
        // One that cannot be read matches nothing; pytest finds its files in the run.
        let _ = builder.add_line(None, pattern.as_ref());
    }
    builder.build().unwrap_or_else(|_| Gitignore::empty())
}

fn matches(patterns: &Gitignore, path: &str, folder: bool) -> bool {
    patterns.matched(path, folder).is_ignore()
}

/// Where it looks, as patterns from the root; empty means everywhere.
fn testpaths(ini: &Ini) -> Gitignore {
    let all = ini.testpaths.iter().map(|path| path.trim_start_matches("./").trim_end_matches('/'));
    let all: Vec<_> = all.map(|path| format!("/{path}")).collect();
    let everywhere = all.iter().any(|path| matches!(path.as_str(), "/" | "/."));
    patterns(if everywhere { &[] } else { all.as_slice() })
}

#[cfg(test)]
mod tests;
