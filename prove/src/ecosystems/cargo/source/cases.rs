//! From the files of a program to its cases.

use std::collections::{BTreeMap, HashMap, HashSet};

use crate::decode::paths::join;
use crate::ecosystems::{Case, Unsure};
use crate::target::{CaseName, Location, TreePath};
use crate::tree::Tree;

use super::cfg::{Built, Cfg, Truth};
use super::comments::At;
use super::{Defined, Documented, Maker, Makes, Module, Source, Test, unraw};

/// The item of examples that stand at the crate's root.
const CRATE: &str = "(crate)";

/// Every file that has something to say, by path.
pub(in super::super) type Sources<'a> = HashMap<&'a TreePath, &'a Source>;

/// The examples of each file of Markdown: on which lines they begin.
pub(in super::super) type Markdown<'a> = HashMap<&'a TreePath, &'a [u32]>;

/// What macros may make, by name.
#[derive(Debug, Default)]
pub(in super::super) struct Macros<'a> {
    defined: HashMap<&'a str, Vec<&'a Defined>>,
}

impl<'a> Macros<'a> {
    /// Those that these files define.
    pub(in super::super) fn of(sources: &Sources<'a>) -> Self {
        let mut defined: HashMap<&str, Vec<&Defined>> = HashMap::new();
        for one in sources.values().flat_map(|source| &source.macros) {
            defined.entry(&one.name).or_default().push(one);
        }
        Self { defined }
    }

    /// What a call may make; of what others define, tests.
    fn makes(&self, name: &str) -> Makes {
        if !self.defined.contains_key(name) {
            return Makes { tests: true, docs: false };
        }
        let mut found = Makes::default();
        let mut ahead = vec![name];
        let mut seen = HashSet::new();
        while let Some(name) = ahead.pop() {
            for one in self.defined.get(name).into_iter().flatten() {
                if seen.insert(name) {
                    ahead.extend(one.calls.iter().map(String::as_str));
                }
                found = Makes {
                    tests: found.tests || one.makes.tests,
                    docs: found.docs || one.makes.docs,
                };
            }
        }
        found
    }
}

/// Where a program's files are looked up.
#[derive(Clone, Copy)]
pub(in super::super) struct Crate<'a> {
    pub(in super::super) tree: &'a Tree,
    pub(in super::super) sources: &'a Sources<'a>,
    pub(in super::super) markdown: &'a Markdown<'a>,
    pub(in super::super) macros: &'a Macros<'a>,
}

/// Cases that can be seen.
#[derive(Debug, Default)]
pub(in super::super) struct Seen {
    pub(in super::super) cases: Vec<Case>,
    pub(in super::super) unsure: Unsure,
    /// The files of its modules, for cases that macros make.
    pub(in super::super) files: HashMap<String, TreePath>,
}

impl Seen {
    /// Where a case stands, as far as that can be said.
    pub(in super::super) fn place(&self, case: &str) -> Option<Location> {
        let found = self.cases.binary_search_by(|known| (*known.name).cmp(case));
        if let Ok(at) = found {
            return self.cases[at].location.clone();
        }
        let mut module = case;
        while let Some((around, _)) = module.rsplit_once("::") {
            if let Some(file) = self.files.get(around) {
                return Some(Location { file: file.to_string(), line: None });
            }
            module = around;
        }
        None
    }
}

/// A case on the way.
struct Draft {
    location: Location,
    ignored: bool,
    /// Whether it is there: at least maybe.
    built: Truth,
}

impl Crate<'_> {
    /// The tests of the program with this root, in libtest's order.
    pub(in super::super) fn tests(self, root: &TreePath, features: &[String]) -> Seen {
        let when = depends_on(features);
        let mut found: BTreeMap<String, Vec<Draft>> = BTreeMap::new();
        let mut seen = Seen::default();
        for part in self.parts(root, Built::Tests, when, &mut seen) {
            let tests = &self.sources.get(&part.file).map_or(&[][..], |source| &source.tests);
            for Test { path, line, ignored, when } in *tests {
                let built = part.builds(when, Built::Tests);
                let draft = Draft {
                    location: Location { file: part.file.to_string(), line: Some(*line) },
                    ignored: ignored.truth(Built::Tests) == Truth::Yes,
                    built,
                };
                if draft.built == Truth::No {
                    continue;
                }
                found.entry(part.full(path)).or_default().push(draft);
            }
        }
        for (name, drafts) in found {
            seen.add(name.into(), &drafts);
        }
        seen
    }

    /// The doc examples of the library with this root.
    pub(in super::super) fn docs(self, root: &TreePath, features: &[String]) -> Seen {
        let when = depends_on(features);
        let mut found: BTreeMap<String, Vec<(TreePath, u32, Draft)>> = BTreeMap::new();
        let mut seen = Seen::default();
        for part in self.parts(root, Built::Docs, when, &mut seen) {
            let docs = &self.sources.get(&part.file).map_or(&[][..], |source| &source.docs);
            for documented in *docs {
                let built = part.builds(&documented.when, Built::Docs);
                if built == Truth::No {
                    continue;
                }
                let name = part.full(&documented.item);
                let name = if name.is_empty() { CRATE.to_owned() } else { name };
                let order = match part.above.last() {
                    // To rustdoc they go on where `/// ... mod name;` ends.
                    Some(above) if documented.item.is_empty() => (above.clone(), part.line),
                    _ => (part.file.clone(), documented.first()),
                };
                for location in self.examples(&part, documented, &mut seen) {
                    let draft = Draft { location, ignored: false, built: built.clone() };
                    found.entry(name.clone()).or_default().push((order.0.clone(), order.1, draft));
                }
            }
        }
        for (item, mut drafts) in found {
            drafts.sort_by(|a, b| (&a.0, a.1).cmp(&(&b.0, b.1)));
            // Where one may not be there, the numbers of the others hang on it.
            let unsure = drafts.iter().map(|(.., draft)| &draft.built).find(|b| **b != Truth::Yes);
            let built = unsure.unwrap_or(&Truth::Yes).clone();
            for (k, (.., mut draft)) in drafts.into_iter().enumerate() {
                draft.built.clone_from(&built);
                seen.add(format!("{item} #{}", k + 1).into(), &[draft]);
            }
        }
        seen
    }

    fn examples(self, part: &Part, documented: &Documented, seen: &mut Seen) -> Vec<Location> {
        let mut found = Vec::new();
        for at in &documented.at {
            match at {
                At::Line(line) => {
                    found.push(Location { file: part.file.to_string(), line: Some(*line) });
                }
                At::File(path, line) => {
                    let file = TreePath::new(&join(part.file.parent().as_str(), path));
                    match self.markdown.get(&file) {
                        Some(lines) => found.extend(
                            lines
                                .iter()
                                .map(|line| Location { file: file.to_string(), line: Some(*line) }),
                        ),
                        None if self.tree.has(&file) && file.extension() == Some("md") => {}
                        None => seen.more("include_str!", &part.file, *line),
                    }
                }
            }
        }
        found
    }

    /// Every file of the program; and what there is besides.
    fn parts(self, root: &TreePath, built: Built, when: Cfg, seen: &mut Seen) -> Vec<Part> {
        let root = Part {
            file: root.clone(),
            modules: Vec::new(),
            owns_folder: true,
            above: Vec::new(),
            line: 0,
            when,
        };
        let mut ahead = vec![root];
        let mut parts = Vec::new();
        let mut times: HashMap<TreePath, usize> = HashMap::new();
        while let Some(mut part) = ahead.pop() {
            let times = times.entry(part.file.clone()).or_default();
            *times += 1;
            if *times > MOST {
                continue;
            }
            seen.files.insert(part.modules.join("::"), part.file.clone());
            let Some(source) = self.sources.get(&part.file) else { continue };
            part.when = part.when.and(source.when.clone());
            if source.odd {
                seen.more("a syntax that is not understood", &part.file, 1);
            }
            for maker in &source.makers {
                if part.builds(&maker.when, built) != Truth::No && self.makes(maker, built) {
                    seen.more(&maker.what, &part.file, maker.line);
                }
            }
            for module in &source.modules {
                if part.builds(&module.when, built) == Truth::No {
                    continue;
                }
                match part.follow(module, self.tree) {
                    Some(next) if next.above.contains(&next.file) => {}
                    Some(next) => ahead.push(next),
                    None => seen.more(&format!("mod {}", module.name), &part.file, module.line),
                }
            }
            parts.push(part);
        }
        parts
    }

    fn makes(self, maker: &Maker, built: Built) -> bool {
        let called = maker.called.then(|| self.macros.makes(maker.what.trim_end_matches('!')));
        let called = called.unwrap_or_default();
        match built {
            Built::Tests => maker.makes.tests || called.tests,
            Built::Docs => maker.makes.docs || called.docs,
        }
    }
}

/// The condition of a target that requires these features.
fn depends_on(features: &[String]) -> Cfg {
    let feature = |name: &String| Cfg::Open(format!("feature = {name:?}"));
    features.iter().fold(Cfg::ALWAYS, |when, name| when.and(feature(name)))
}

/// How many modules one file is at most; more than one is rare.
const MOST: usize = 8;

impl Seen {
    fn more(&mut self, what: &str, file: &TreePath, line: u32) {
        let location = Location { file: file.to_string(), line: Some(line) };
        self.unsure.more.push((what.to_owned(), location));
    }

    /// One case; where several of its name are written out, a platform or a
    /// feature chooses between them.
    fn add(&mut self, name: CaseName, drafts: &[Draft]) {
        let [first, others @ ..] = drafts else { return };
        let sure = drafts.iter().any(|draft| draft.built == Truth::Yes);
        if let (false, Truth::If(condition)) = (sure, &first.built) {
            self.unsure.cases.insert(name.clone(), condition.clone());
        }
        self.cases.push(Case {
            name,
            location: others.is_empty().then(|| first.location.clone()),
            ignored: drafts.iter().all(|draft| draft.ignored),
        });
    }
}

/// A file of a program.
struct Part {
    file: TreePath,
    modules: Vec<String>,
    /// Whether its modules lie beside it, and not in a folder of its name.
    owns_folder: bool,
    /// The files whose module it is in.
    above: Vec<TreePath>,
    /// Where the last of them says so.
    line: u32,
    when: Cfg,
}

impl Part {
    fn full(&self, inside: &str) -> String {
        let inside = (!inside.is_empty()).then_some(inside);
        self.modules.iter().map(String::as_str).chain(inside).collect::<Vec<_>>().join("::")
    }

    /// Whether something in it is built.
    fn builds(&self, when: &Cfg, built: Built) -> Truth {
        self.when.and(when.clone()).truth(built)
    }

    fn follow(&self, module: &Module, tree: &Tree) -> Option<Self> {
        if module.elsewhere {
            return None;
        }
        let mut modules = self.modules.clone();
        modules.extend(module.inside.iter().chain([&module.name]).cloned());
        let mut folder = self.file.parent();
        let beside = module.path.is_some() && module.inside.is_empty();
        if !self.owns_folder && !beside {
            folder = folder.join(self.file.file_name().strip_suffix(".rs")?);
        }
        let folder = module.inside.iter().fold(folder, |folder, name| folder.join(unraw(name)));
        let name = unraw(&module.name);
        let when = self.when.and(module.when.clone());
        let at = |path: &str, owns_folder| {
            let file = TreePath::new(&join(folder.as_str(), path));
            let above = self.above.iter().chain([&self.file]).cloned().collect();
            let (modules, when) = (modules.clone(), when.clone());
            let line = module.line;
            tree.has(&file).then_some(Self { file, modules, owns_folder, above, line, when })
        };
        match &module.path {
            Some(path) => at(path, true),
            None => {
                at(&format!("{name}.rs"), false).or_else(|| at(&format!("{name}/mod.rs"), true))
            }
        }
    }
}

impl Documented {
    /// The line of its first example.
    pub(super) fn first(&self) -> u32 {
        self.at.first().map_or(0, |at| match at {
            At::Line(line) | At::File(_, line) => *line,
        })
    }
}
