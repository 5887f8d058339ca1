//! Which files are projects, and which of their modules are targets.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use crate::event::Problem;
use crate::target::{Addressable, Kind, Location, TreePath};
use crate::tree::{Tree, View};

use super::super::{Case, Claims, PassedOver, Project, Sighted, Unsure};
use super::environment;
use super::layout::{Layout, is_identifier};
use super::module::ITSELF;
use super::pytest::{self, Ini};
use super::{Manifest, Module, NAME, Plan, Seen, Spec, Text, is_test};

/// Folders whose Python files are material for tests, unless they are packages.
const MATERIAL: [&str; 8] =
    ["data", "fixture", "fixtures", "samples", "snapshots", "test_data", "testdata", "cassettes"];

/// What is claimed.
pub(super) fn claim(view: View<'_>) -> Claims {
    let mut claims = Claims::default();
    let all = roots(view);
    for (root, found) in &all {
        found.project(view.tree, root, &all, &mut claims);
    }
    for (path, seen) in view.facts::<Seen>() {
        let test =
            matches!(seen, Seen::Module(module) if module.holds_cases) && is_test(path.file_name());
        if test && is_material(view.tree, path) {
            let why = "its folder looks like material for tests: make it a package, or name it";
            claims.passed_over.push(passed_over(path, why, 0));
        }
    }
    claims
}

/// What stands under one root.
#[derive(Default)]
struct Found<'a> {
    manifests: Vec<(&'a TreePath, &'a Manifest)>,
    modules: Vec<(&'a TreePath, &'a Module)>,
    texts: Vec<(&'a TreePath, &'a Text)>,
}

/// The roots, and what stands under each.
type Roots<'a> = BTreeMap<TreePath, Found<'a>>;

/// A target with examples, its evidence, and whether it runs unasked.
type Doc = ((Spec, String), bool);

/// The roots, and what belongs to each: a file belongs to the nearest.
fn roots<'a>(view: View<'a>) -> Roots<'a> {
    let mut roots = BTreeSet::new();
    for (path, seen) in view.facts::<Seen>() {
        match seen {
            Seen::Manifest(manifest) if manifest.root && !is_material(view.tree, path) => {
                roots.insert(path.parent());
            }
            Seen::Manifest(_) | Seen::Module(_) | Seen::Text(_) => {}
        }
    }
    roots.extend(bases(view, &roots));
    let mut found: BTreeMap<TreePath, Found<'a>> = BTreeMap::new();
    for (path, seen) in view.facts::<Seen>() {
        if is_material(view.tree, path) {
            continue;
        }
        let Some(root) = nearest(&roots, path) else { continue };
        let found = found.entry(root).or_default();
        match seen {
            Seen::Manifest(manifest) => found.manifests.push((path, manifest)),
            Seen::Module(module) => found.modules.push((path, module)),
            Seen::Text(text) => found.texts.push((path, text)),
        }
    }
    found
}

/// Where modules that no configuration covers are imported from: the folder
/// that their package, or their folder of tests, is in.
fn bases(view: View<'_>, roots: &BTreeSet<TreePath>) -> BTreeSet<TreePath> {
    let mut bases = BTreeSet::new();
    for (path, seen) in view.facts::<Seen>() {
        if matches!(seen, Seen::Module(_)) && nearest(roots, path).is_none() {
            let mut base = path.parent();
            while !base.as_str().is_empty() && view.tree.has(&base.join("__init__.py")) {
                base = base.parent();
            }
            if matches!(base.file_name(), "test" | "tests" | "src") {
                base = base.parent();
            }
            bases.insert(base);
        }
    }
    let inner: Vec<_> =
        bases.iter().filter(|base| nearest_above(&bases, base).is_some()).cloned().collect();
    bases.retain(|base| !inner.contains(base));
    bases
}

/// The nearest root that a file is under.
fn nearest(roots: &BTreeSet<TreePath>, path: &TreePath) -> Option<TreePath> {
    let folder = path.parent();
    if roots.contains(&folder) { Some(folder) } else { nearest_above(roots, &folder) }
}

fn nearest_above(roots: &BTreeSet<TreePath>, folder: &TreePath) -> Option<TreePath> {
    let mut at = folder.clone();
    while !at.as_str().is_empty() {
        at = at.parent();
        if roots.contains(&at) {
            return Some(at);
        }
    }
    None
}

/// Whether a file is material for tests, and not asked for by name.
fn is_material(tree: &Tree, path: &TreePath) -> bool {
    let mut folder = path.parent();
    while !folder.as_str().is_empty() {
        if MATERIAL.contains(&folder.file_name()) && !tree.has(&folder.join("__init__.py")) {
            let asked = |named: &TreePath| named.is_under(&folder) && path.is_under(named);
            return !tree.named.iter().any(asked);
        }
        folder = folder.parent();
    }
    false
}

impl Found<'_> {
    /// Claims the projects of a root: one, or pytest's and the examples beside it.
    fn project(&self, tree: &Tree, root: &TreePath, all: &Roots<'_>, claims: &mut Claims) {
        self.broken(claims);
        let paths = self.manifests.iter().flat_map(|(at, manifest)| {
            manifest.paths.iter().map(|path| resolve(&at.parent(), path))
        });
        let layout = Layout { tree, root, configured: paths.collect() };
        let pytest = self.pytest();
        let (mut tests, mut taken) = (Vec::new(), BTreeSet::new());
        if let Some(why) = &pytest {
            if let Some(project) = self.of_pytest(tree, root, all, why) {
                let docs = project.targets.iter().filter(|s| s.target.kind == Kind::Doc);
                taken.extend(docs.map(|sighted| sighted.target.path.clone()));
                claims.projects.push(project);
            }
        } else {
            tests = self.tests(&layout, claims);
        }
        let mut docs = self.docs(&layout, pytest.is_some(), &taken, claims);
        docs.extend(self.documents(&layout, &taken, claims));
        let (sighted, extra): (Vec<_>, Vec<_>) = docs.into_iter().partition(|(_, runs)| *runs);
        let targets: Vec<_> =
            tests.into_iter().chain(sighted.into_iter().map(|(target, _)| target)).collect();
        if targets.is_empty() && extra.is_empty() {
            return;
        }
        let plan = Plan {
            root: root.clone(),
            python: environment::python(tree, root, self.poetry()),
            targets: targets.iter().map(|(spec, _)| spec.clone()).collect(),
            extra: extra.into_iter().map(|((spec, _), _)| spec).collect(),
            flags: self.manifests.iter().flat_map(|(_, m)| m.flags.iter().cloned()).collect(),
        };
        claims.projects.push(Project {
            ecosystem: NAME,
            root: root.clone(),
            evidence: self.evidence(),
            targets: targets.into_iter().map(|found| self.sighted(found)).collect(),
            detail: Arc::new(plan),
        });
    }

    fn of_pytest(
        &self,
        tree: &Tree,
        root: &TreePath,
        all: &Roots<'_>,
        why: &str,
    ) -> Option<Project> {
        let above = all.iter().filter(|(at, _)| *at != root && root.is_under(at));
        let seen = pytest::Seen {
            tree,
            root,
            why,
            own: self.inis().collect(),
            above: above.rev().find_map(|(_, found)| Ini::first(found.inis())),
            nested: all.keys().filter(|at| *at != root && at.is_under(root)).cloned().collect(),
            modules: &self.modules,
            python: environment::python(tree, root, self.poetry()),
        };
        seen.project()
    }

    /// The configurations of pytest in its folder.
    fn inis(&self) -> impl Iterator<Item = &Ini> {
        self.manifests.iter().filter_map(|(_, manifest)| manifest.ini.as_ref())
    }

    /// What Poetry calls the project, if it is Poetry's.
    fn poetry(&self) -> Option<&str> {
        self.manifests.iter().find_map(|(_, manifest)| manifest.poetry.as_deref())
    }

    fn evidence(&self) -> String {
        let roots: Vec<_> = self
            .manifests
            .iter()
            .filter(|(_, manifest)| manifest.root)
            .map(|(path, _)| path.file_name())
            .collect();
        if roots.is_empty() {
            "Python modules with tests or examples".into()
        } else {
            roots.join(", ")
        }
    }

    fn broken(&self, claims: &mut Claims) {
        for (path, manifest) in &self.manifests {
            if let Some((why, line)) = &manifest.broken {
                let what = format!("{path} cannot be read");
                let remedy = "correct the file: how its tests are to be run may stand in it";
                claims
                    .problems
                    .push(Problem::error(what, why, remedy).at(path.as_str(), Some(*line)));
            }
        }
    }

    /// On what evidence its tests are pytest's.
    fn pytest(&self) -> Option<String> {
        let configured = self
            .manifests
            .iter()
            .find_map(|(path, manifest)| Some((*path, manifest.pytest?)))
            .map(|(path, why)| format!("{why} (in {})", path.parent()));
        let tests = || self.modules.iter().filter(|(path, _)| is_test(path.file_name()));
        let at = |path: &TreePath, line: u32, what: &str| format!("{path}:{line} {what}");
        configured
            .or_else(|| tests().find_map(|(path, m)| Some(at(path, m.pytest?, "imports pytest"))))
            .or_else(|| {
                // A stray test function in a unittest suite is passed over instead.
                let cases = tests().any(|(_, module)| module.holds_cases);
                let bare = |(path, m): &(&TreePath, &Module)| {
                    Some(at(path, m.bare?, "is a test that only pytest runs"))
                };
                if cases { None } else { tests().find_map(bare) }
            })
    }

    /// The modules that unittest takes, and those that it loses because their
    /// folder is no package.
    fn tests(&self, layout: &Layout<'_>, claims: &mut Claims) -> Vec<(Spec, String)> {
        let owners: Vec<_> = self
            .modules
            .iter()
            .filter(|(path, module)| path.file_name() == "__init__.py" && module.load_tests)
            .map(|(path, _)| path.parent())
            .collect();
        let mut tests = Vec::new();
        for (path, module) in &self.modules {
            let name = path.file_name();
            let package = name == "__init__.py";
            let owned =
                |owner: &TreePath| path.is_under(owner) && !(package && path.parent() == *owner);
            let wanted =
                if package { module.defines_cases || module.load_tests } else { is_test(name) };
            if !wanted {
                continue;
            }
            match refusal(path, module) {
                _ if owners.iter().any(owned) => {
                    let why = "load_tests of a package above it says what runs here";
                    claims.passed_over.push(passed_over(path, why, 0));
                }
                Some(why) => claims.passed_over.push(passed_over(path, why, 0)),
                None => match layout.import(path, module.relative, |name| self.is_nested(name)) {
                    Some(import) => tests.push((
                        Spec::new(path, Kind::Test, import),
                        if module.load_tests { "load_tests" } else { "unittest cases" }.to_owned(),
                    )),
                    None => claims.passed_over.push(passed_over(
                        path,
                        "a folder in its path cannot be imported",
                        0,
                    )),
                },
            }
        }
        tests
    }

    /// Whether something imports from a package of this name's first part.
    fn is_nested(&self, name: &str) -> bool {
        let Some((top, _)) = name.split_once('.') else { return false };
        self.modules.iter().flat_map(|(_, module)| &module.imports).any(|import| {
            import.strip_prefix(top).is_some_and(|rest| rest.is_empty() || rest.starts_with('.'))
        })
    }

    /// The modules with examples, and whether those run unasked.
    fn docs(
        &self,
        layout: &Layout<'_>,
        pytest: bool,
        taken: &BTreeSet<TreePath>,
        claims: &mut Claims,
    ) -> Vec<Doc> {
        let runner = pytest || self.manifests.iter().any(|(_, manifest)| manifest.runner);
        let mut docs = Vec::new();
        for (path, module) in self.modules.iter().filter(|(_, module)| module.examples > 0) {
            if taken.contains(*path) {
                continue; // They are pytest's.
            }
            let Some(import) = layout.import(path, module.relative, |name| self.is_nested(name))
            else {
                let why = "its name is no module's, so that nothing can import it";
                claims.passed_over.push(passed_over(path, why, 0));
                continue;
            };
            if let Some(owner) = self.runs_doctests_of(&import.module, path) {
                let why = format!("load_tests in {owner} runs its examples");
                claims.passed_over.push(passed_over(path, &why, 0));
                continue;
            }
            let packaged = layout.is_package(&path.parent());
            let refusal = if module.testmod || is_named(layout.tree, path) {
                None
            } else if runner {
                Some(
                    "the project configures how its tests run, and its examples are not among them; `--docs all` runs them",
                )
            } else if module.script && !packaged {
                Some("it is a script: to import it would execute it; `--docs all` does")
            } else {
                None
            };
            if let Some(why) = refusal {
                claims.passed_over.push(passed_over(path, why, module.examples));
            }
            let evidence = format!("{} examples in docstrings", module.examples);
            docs.push(((Spec::new(path, Kind::Doc, import), evidence), refusal.is_none()));
        }
        docs
    }

    /// The texts with examples. Nothing looks at them by itself: they run where
    /// a module of the project has them run, where one is named, or where all are
    /// asked for.
    fn documents(
        &self,
        layout: &Layout<'_>,
        taken: &BTreeSet<TreePath>,
        claims: &mut Claims,
    ) -> Vec<Doc> {
        let mut docs = Vec::new();
        for (path, text) in self.texts.iter().filter(|(path, _)| !taken.contains(*path)) {
            let owner = self.modules.iter().find(|(at, module)| {
                module.load_tests && module.doc_files.iter().any(|file| leads_to(at, file, path))
            });
            if let Some((owner, _)) = owner {
                let why = format!("load_tests in {owner} runs its examples");
                claims.passed_over.push(passed_over(path, &why, 0));
                continue;
            }
            let runs = is_named(layout.tree, path)
                || self.modules.iter().any(|(at, module)| {
                    module.doc_files.iter().any(|file| leads_to(at, file, path))
                });
            if !runs {
                let why = "nothing in the project runs its examples; `--docs all` does";
                claims.passed_over.push(passed_over(path, why, text.examples));
            }
            let evidence = format!("{} examples in a text", text.examples);
            docs.push(((Spec::text(path, text, layout.paths()), evidence), runs));
        }
        docs
    }

    /// A target, with the cases that its source tells.
    fn sighted(&self, (spec, evidence): (Spec, String)) -> Sighted {
        let Spec { target, import, text } = spec;
        let module = self.modules.binary_search_by_key(&&target.path, |(path, _)| path);
        let seen = module.ok().map(|at| &self.modules[at].1.cases);
        let found = seen.map(|cases| match target.kind {
            Kind::Test => &cases.tests,
            Kind::Doc => &cases.docs,
        });
        // doctest's names begin with that of the module, or are that of the text.
        let head = if target.kind == Kind::Doc { import.module.as_str() } else { "" };
        let at = |line: u32| Location { file: target.path.as_str().to_owned(), line: Some(line) };
        let case = |name: &str, line: u32| Case {
            location: Some(at(line)),
            ..Case::named(format!("{head}{name}"))
        };
        let cases = match (&text, found) {
            (Some(_), _) => Some(vec![case("", 1)]),
            (None, found) => found
                .and_then(|found| found.cases.as_ref())
                .map(|cases| cases.iter().map(|(name, line)| case(name, *line)).collect()),
        };
        let mut unsure = Unsure::default();
        let more = found.filter(|_| text.is_none()).into_iter().flat_map(|found| &found.more);
        unsure.more.extend(more.map(|(what, line)| (what.clone(), at(*line))));
        Sighted { target, evidence, cases, unsure, addressable: Addressable::Case }
    }

    /// The test module whose `load_tests` adds the doctests of a module.
    fn runs_doctests_of(&self, name: &str, path: &TreePath) -> Option<&TreePath> {
        let is_it = |suite: &String| {
            let relative = suite.trim_start_matches('.');
            let of_it = || name.strip_suffix(relative).is_some_and(|head| head.ends_with('.'));
            suite == name || relative.len() < suite.len() && of_it()
        };
        let adds = |(_, module): &&(&TreePath, &Module)| module.doc_suites.iter().any(is_it);
        let own = |(at, module): &&(&TreePath, &Module)| {
            *at == path && module.doc_suites.iter().any(|suite| suite == ITSELF)
        };
        self.modules.iter().find(|found| adds(found) || own(found)).map(|(owner, _)| *owner)
    }
}

/// Whether an argument is exactly this file: then its examples are asked for.
fn is_named(tree: &Tree, path: &TreePath) -> bool {
    tree.named.contains(path)
}

/// Whether a module that names a file, relative to its own folder, means this one.
fn leads_to(module: &TreePath, file: &str, path: &TreePath) -> bool {
    resolve(&module.parent(), file) == *path
}

/// The file or folder that is meant by a relative path in this folder.
fn resolve(folder: &TreePath, path: &str) -> TreePath {
    let mut at = folder.clone();
    for part in path.split('/') {
        at = match part {
            "" | "." => at,
            ".." => at.parent(),
            name => at.join(name),
        };
    }
    at
}

/// Why a file of a test module's name is not one.
fn refusal(path: &TreePath, module: &Module) -> Option<&'static str> {
    let stem = path.file_name().strip_suffix(".py").unwrap_or_default();
    if stem == "__init__" {
        None
    } else if module.bare.is_some() && !module.holds_cases {
        Some("pytest runs functions and plain classes, unittest does not: rename, or run pytest")
    } else if !module.holds_cases {
        Some("no test case is defined or imported in it")
    } else if !stem.starts_with("test") {
        Some("unittest looks for test*.py only: rename it to be found")
    } else if !is_identifier(stem) {
        Some("its name is no module's, so that nothing can import it: rename it")
    } else {
        None
    }
}

fn passed_over(path: &TreePath, why: &str, examples: usize) -> PassedOver {
    PassedOver { path: path.clone(), why: why.to_owned(), examples }
}

#[cfg(test)]
mod tests;
