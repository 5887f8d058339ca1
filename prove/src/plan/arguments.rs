//! The `PATH` and `ID` arguments of a selection.
//!
//! A shell's glob gives thousands of them, so each target asks for those that
//! concern it by its own names, and not each of them in turn.

use std::collections::HashMap;
use std::iter;
use std::path::Path;

use super::expression::Error;
use super::names::{self, Match};
use crate::ecosystems::Case;
use crate::target::{END, LOAD, Target, TreePath};

/// How many names are suggested for one that matches nothing.
const SUGGESTIONS: usize = 3;

/// For how many arguments names are suggested.
const SUGGESTED: usize = 20;

/// With how many known names one argument is compared letter by letter.
const COMPARED: usize = 5_000;

/// How a selection stands to a target.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Verdict {
    /// Nothing in it was asked for.
    No,
    /// Its cases have to be looked at.
    Maybe,
    /// All of it was asked for.
    All,
}

/// An argument that matched nothing.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Unmatched {
    /// As it was typed.
    pub typed: String,
    /// Known names that could have been meant, the nearest first.
    pub nearest: Vec<String>,
}

/// All arguments.
#[derive(Clone, Debug, Default)]
pub(super) struct Arguments {
    all: Vec<Argument>,
    /// Those without a case, by what they name.
    paths: HashMap<String, Vec<usize>>,
    /// Those with a case, by each part before a `::`.
    heads: HashMap<String, Vec<usize>>,
    /// Those that may name the file of a case: without a case, and not the
    /// path of a target that is known.
    loose: Vec<usize>,
}

/// One argument.
#[derive(Clone, Debug)]
struct Argument {
    typed: String,
    /// From the tree's root.
    wanted: TreePath,
    /// The same, with the escapes read that reports write.
    unescaped: Option<TreePath>,
    /// It names something that is there.
    matched: bool,
    /// It is exactly the path of a target.
    settled: bool,
    compared: usize,
    nearest: Vec<(usize, String)>,
}

/// What the arguments name of one target.
#[derive(Debug)]
pub(super) struct Named {
    /// All of it.
    pub(super) whole: bool,
    /// A case that can only be reached by running all; the argument.
    pub(super) part: Option<String>,
    /// Which of its known cases.
    pub(super) cases: Vec<bool>,
}

impl Arguments {
    pub(super) fn parse(typed: &[String], cwd: &TreePath, root: &Path) -> Result<Self, Error> {
        let mut arguments = Self::default();
        for (at, typed) in typed.iter().enumerate() {
            let argument = Argument::parse(typed, cwd, root)?;
            for wanted in argument.readings().map(TreePath::as_str) {
                if argument.has_case() {
                    for (end, _) in wanted.match_indices("::") {
                        arguments.heads.entry(wanted[..end].to_owned()).or_default().push(at);
                    }
                } else {
                    arguments.paths.entry(wanted.to_owned()).or_default().push(at);
                }
            }
            if !argument.has_case() {
                arguments.loose.push(at);
            }
            arguments.all.push(argument);
        }
        Ok(arguments)
    }

    pub(super) fn is_empty(&self) -> bool {
        self.all.is_empty()
    }

    /// A target is there: an argument that is exactly its path has matched,
    /// whatever becomes of it, and is not looked for among the files of cases.
    pub(super) fn settle(&mut self, target: &Target) {
        let label = target.name.is_some().then(|| target.label());
        for name in [Some(target.path.as_str()), label.as_deref()].into_iter().flatten() {
            for &at in self.paths.get(name).into_iter().flatten() {
                self.all[at].settled = true;
                self.all[at].matched = true;
            }
        }
    }

    /// To be called after the last [`Self::settle`].
    pub(super) fn settled(&mut self) {
        let all = &self.all;
        self.loose.retain(|&at| !all[at].settled);
    }

    /// How much of a target they name; all, where there are none.
    pub(super) fn verdict(&self, target: &Target, label: &str) -> Verdict {
        if self.all.is_empty() {
            return Verdict::All;
        }
        let concerned = self.concerned(target, label);
        concerned.into_iter().map(|(_, verdict)| verdict).max().unwrap_or(Verdict::No)
    }

    /// The arguments that concern a target, and how.
    fn concerned(&self, target: &Target, label: &str) -> Vec<(usize, Verdict)> {
        let mut concerned = Vec::new();
        let path = target.path.as_str();
        let folders = path.match_indices('/').map(|(end, _)| &path[..end]);
        let names = [path, ""].into_iter().chain(folders);
        let labels = target.name.is_some().then_some(label);
        for name in names.chain(labels) {
            let found = self.paths.get(name).into_iter().flatten();
            concerned.extend(found.map(|&at| (at, Verdict::All)));
        }
        for &at in self.heads.get(label).into_iter().flatten() {
            // These two stand for the whole, and no runner knows them.
            let whole = self.all[at].readings().any(|wanted| {
                let case =
                    wanted.as_str().strip_prefix(label).and_then(|rest| rest.strip_prefix("::"));
                matches!(case, Some(LOAD | END))
            });
            concerned.push((at, if whole { Verdict::All } else { Verdict::Maybe }));
        }
        // The files of its cases stand beside its source or below, as the
        // modules of a crate do.
        let beside = target.path.parent();
        let is_beside =
            |&&at: &&usize| self.all[at].readings().any(|wanted| wanted.is_under(&beside));
        let loose = self.loose.iter().filter(is_beside);
        concerned.extend(loose.map(|&at| (at, Verdict::Maybe)));
        concerned
    }

    /// Which of a target's cases they name; remembers what they have matched.
    pub(super) fn named(
        &mut self,
        target: &Target,
        label: &str,
        cases: Option<&[Case]>,
        ids: &[String],
    ) -> Named {
        let whole = self.all.is_empty();
        let mut named = Named { whole, part: None, cases: vec![false; ids.len()] };
        for (at, verdict) in self.concerned(target, label) {
            let argument = &mut self.all[at];
            match (verdict, cases) {
                (Verdict::All, _) => {
                    named.whole = true;
                    argument.matched = true;
                }
                (Verdict::Maybe, Some(cases)) => argument.mark(cases, ids, &mut named.cases),
                (Verdict::Maybe, None) if argument.has_case() => {
                    named.part = Some(argument.typed.clone());
                    argument.matched = true;
                }
                (Verdict::Maybe | Verdict::No, _) => {}
            }
        }
        let open = self.all.iter_mut().filter(|argument| !argument.matched);
        for argument in open.take(SUGGESTED) {
            argument.consider(label);
            for id in ids {
                argument.consider(id);
            }
        }
        named
    }

    /// Whether they may name a case of this target that is not known yet, and
    /// comes from one of these files. Those that match nothing else have then
    /// matched.
    pub(super) fn may_name(&mut self, target: &Target, label: &str, files: &[TreePath]) -> bool {
        let mut may = self.all.is_empty();
        for (at, verdict) in self.concerned(target, label) {
            let argument = &mut self.all[at];
            let meant = verdict == Verdict::All
                || if argument.has_case() {
                    !argument.matched
                } else {
                    files.iter().any(|file| file.is_under(&argument.wanted))
                };
            argument.matched |= meant;
            may |= meant;
        }
        may
    }

    /// Counts those that concern a target as matched.
    pub(super) fn excuse(&mut self, target: &Target, label: &str) {
        for (at, _) in self.concerned(target, label) {
            self.all[at].matched = true;
        }
    }

    /// Those that have matched a case, or named one.
    pub(super) fn narrow(&self) -> impl Iterator<Item = &str> {
        let narrow = self.all.iter().filter(|argument| argument.matched && argument.has_case());
        narrow.map(|argument| argument.typed.as_str())
    }

    pub(super) fn unmatched(&self) -> Vec<Unmatched> {
        let unmatched = self.all.iter().filter(|argument| !argument.matched);
        unmatched
            .map(|argument| Unmatched {
                typed: argument.typed.clone(),
                nearest: argument.nearest.iter().map(|(_, known)| known.clone()).collect(),
            })
            .collect()
    }
}

impl Argument {
    fn parse(typed: &str, cwd: &TreePath, root: &Path) -> Result<Self, Error> {
        let wanted = names::from_root(typed, cwd, root).ok_or_else(|| Error {
            option: "argument",
            text: typed.into(),
            at: 0,
            why: "this leads out of the tree".into(),
            remedy: format!(
                "the tree is {}; a `prove.toml` further up would make it larger",
                root.display()
            ),
        })?;
        Ok(Self {
            typed: typed.into(),
            unescaped: names::unescape(&wanted).map(|wanted| TreePath::new(&wanted)),
            wanted: TreePath::new(&wanted),
            matched: false,
            settled: false,
            compared: 0,
            nearest: Vec::new(),
        })
    }

    fn has_case(&self) -> bool {
        self.wanted.as_str().contains("::")
    }

    /// What it may mean: what it says, or else what reports write so.
    fn readings(&self) -> impl Iterator<Item = &TreePath> {
        iter::once(&self.wanted).chain(&self.unescaped)
    }

    /// Marks the cases that it names: the one that it names exactly, or else
    /// all within it.
    fn mark(&mut self, cases: &[Case], ids: &[String], marked: &mut [bool]) {
        let of = |wanted: &TreePath| -> Vec<_> {
            cases.iter().zip(ids).map(|(case, id)| self.matches(wanted, case, id)).collect()
        };
        let some = |found: &Vec<_>| found.iter().any(Option::is_some);
        let matches = self.readings().map(of).find(some).unwrap_or_default();
        let exact = matches.contains(&Some(Match::Exact));
        for (marked, found) in marked.iter_mut().zip(matches) {
            let taken = found.is_some_and(|found| !exact || found == Match::Exact);
            *marked |= taken;
            self.matched |= taken;
        }
    }

    fn matches(&self, wanted: &TreePath, case: &Case, id: &str) -> Option<Match> {
        if self.has_case() {
            return names::matches(wanted.as_str(), id);
        }
        let file = TreePath::new(&case.location.as_ref()?.file);
        file.is_under(wanted).then_some(Match::Within)
    }

    /// Keeps a known name if it is among the nearest to this one.
    fn consider(&mut self, known: &str) {
        let wanted = self.wanted.as_str();
        let far = if known.contains(wanted) {
            // Only a part was typed: most likely the end.
            usize::from(!known.ends_with(wanted))
        } else {
            self.compared += 1;
            match (self.compared <= COMPARED).then(|| names::distance(wanted, known)).flatten() {
                Some(far) => far,
                None => return,
            }
        };
        let at = self.nearest.partition_point(|(other, _)| *other <= far);
        if at < SUGGESTIONS && !self.nearest.iter().any(|(_, other)| other == known) {
            self.nearest.insert(at, (far, known.to_owned()));
            self.nearest.truncate(SUGGESTIONS);
        }
    }
}
