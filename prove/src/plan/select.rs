//! Which targets and cases were asked for.

use std::path::Path;

use super::expression::{self, Error, Expression};
use super::names::{self, Match};
use crate::ecosystems::{Case, Ignored, Pick};
use crate::target::{Addressable, END, Kind, LOAD, Target, TreePath};

/// How many names are suggested for one that matches nothing.
const SUGGESTIONS: usize = 3;

/// What was typed to select, as it was typed.
#[derive(Clone, Copy, Debug)]
pub struct Words<'a> {
    /// `PATH` and `ID` arguments.
    pub names: &'a [String],
    /// `-k`
    pub expression: Option<&'a str>,
    /// `--kind`
    pub kind: Option<Kind>,
    /// `--ecosystem`; none means all.
    pub ecosystems: &'a [String],
    /// `--ignored`
    pub ignored: Ignored,
    /// The folder it was typed in.
    pub cwd: &'a TreePath,
    /// The tree's root on this machine.
    pub root: &'a Path,
}

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

/// What is taken of one target.
#[derive(Clone, Debug, PartialEq)]
pub struct Picked {
    /// Which cases, if any.
    pub pick: Option<Pick>,
    /// The words that asked for less than what is taken, because the target's
    /// cases cannot run alone: to be said aloud.
    pub widened: Option<String>,
}

/// An argument that matched nothing.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Unmatched {
    /// As it was typed.
    pub typed: String,
    /// Known names that could have been meant, the nearest first.
    pub nearest: Vec<String>,
}

/// What was asked for. The default asks for everything.
#[derive(Clone, Debug, Default)]
pub struct Selection {
    names: Vec<Name>,
    expression: Option<(String, Expression)>,
    kind: Option<Kind>,
    ecosystems: Vec<&'static str>,
    ignored: Ignored,
}

/// One argument.
#[derive(Clone, Debug)]
struct Name {
    typed: String,
    /// From the tree's root.
    wanted: String,
    /// It names a target, so it is not looked for among the files of cases.
    settled: bool,
    matched: bool,
    nearest: Vec<(usize, String)>,
}

impl Selection {
    /// Reads what was typed.
    ///
    /// # Errors
    /// An expression that cannot be read, an unknown ecosystem, a path that
    /// leads out of the tree.
    pub fn parse(words: &Words<'_>) -> Result<Self, Error> {
        let expression = match words.expression {
            Some(text) => Some((text.to_owned(), Expression::parse(text)?)),
            None => None,
        };
        Ok(Self {
            names: words
                .names
                .iter()
                .map(|name| Name::parse(name, words))
                .collect::<Result<_, _>>()?,
            expression,
            kind: words.kind,
            ecosystems: words
                .ecosystems
                .iter()
                .map(|name| ecosystem(name))
                .collect::<Result<_, _>>()?,
            ignored: words.ignored,
        })
    }

    /// Whether all that is found was asked for.
    pub fn is_everything(&self) -> bool {
        self.names.is_empty()
            && self.expression.is_none()
            && self.kind.is_none()
            && self.ecosystems.is_empty()
            && self.ignored != Ignored::Only
    }

    /// Learns the targets that can be seen before anything runs: an argument
    /// that is exactly the path of one is not looked for among the files that
    /// cases stand in.
    pub fn settle<'t>(&mut self, sighted: impl IntoIterator<Item = &'t Target>) {
        for target in sighted {
            for name in &mut self.names {
                name.settled |= name.is(target);
            }
        }
    }

    /// Whether something of these targets can be decided only case by case.
    pub fn needs_cases<'t>(&self, sighted: impl IntoIterator<Item = &'t Target>) -> bool {
        sighted.into_iter().any(|target| self.target(target) == Verdict::Maybe)
    }

    /// Whether this ecosystem was asked for.
    pub fn ecosystem(&self, name: &str) -> bool {
        self.ecosystems.is_empty() || self.ecosystems.contains(&name)
    }

    /// How much of this target was asked for, as far as can be said without
    /// its cases.
    pub fn target(&self, target: &Target) -> Verdict {
        if !self.ecosystem(target.ecosystem) || self.kind.is_some_and(|kind| kind != target.kind) {
            return Verdict::No;
        }
        let label = target.label();
        let named = self.names.iter().map(|name| name.target(target, &label)).max();
        let taken = match self.takes(target, &label, None) {
            Some(true) => Verdict::All,
            Some(false) => Verdict::No,
            None => Verdict::Maybe,
        };
        let most = if self.ignored == Ignored::Only { Verdict::Maybe } else { Verdict::All };
        named.unwrap_or(Verdict::All).min(taken).min(most)
    }

    /// What to take of a target. `cases` is none where they are known only as
    /// they run.
    pub fn pick(
        &mut self,
        target: &Target,
        cases: Option<&[Case]>,
        addressable: Addressable,
    ) -> Picked {
        let label = target.label();
        let ids: Vec<String> = cases
            .filter(|_| !self.is_everything())
            .map(|cases| cases.iter().map(|case| target.id(&case.name)).collect())
            .unwrap_or_default();
        // First of all, so that a name counts as matched even where `-k` or
        // `--kind` leaves nothing of it.
        let named = self.named(target, &label, cases, &ids);
        if self.target(target) == Verdict::No {
            return Picked { pick: None, widened: None };
        }
        match cases {
            Some(cases) if !ids.is_empty() => {
                self.pick_known(target, cases, &ids, &named, addressable)
            }
            Some(_) | None => self.pick_whole(target, &label, &named),
        }
    }

    /// Counts the names that lead to this target as matched: it is there, but
    /// its cases cannot be known, as it does not build or load.
    pub fn excuse(&mut self, target: &Target) {
        let label = target.label();
        for name in &mut self.names {
            name.matched |= name.target(target, &label) > Verdict::No;
        }
    }

    /// The arguments that have matched nothing so far.
    pub fn unmatched(&self) -> Vec<Unmatched> {
        let unmatched = self.names.iter().filter(|name| !name.matched);
        unmatched
            .map(|name| Unmatched {
                typed: name.typed.clone(),
                nearest: name.nearest.iter().map(|(_, known)| known.clone()).collect(),
            })
            .collect()
    }

    fn takes(&self, target: &Target, label: &str, id: Option<&str>) -> Option<bool> {
        match &self.expression {
            Some((_, expression)) => expression.takes(target, label, id),
            None => Some(true),
        }
    }

    /// Which cases the arguments name, argument by argument.
    fn named(
        &mut self,
        target: &Target,
        label: &str,
        cases: Option<&[Case]>,
        ids: &[String],
    ) -> Named {
        let mut named =
            Named { whole: self.names.is_empty(), part: None, cases: vec![false; ids.len()] };
        for name in &mut self.names {
            match (name.target(target, label), cases) {
                (Verdict::All, _) => {
                    named.whole = true;
                    name.matched = true;
                }
                (Verdict::Maybe, Some(cases)) => name.cases(cases, ids, &mut named.cases),
                (Verdict::Maybe, None) if name.has_case() => {
                    named.part = Some(name.typed.clone());
                    name.matched = true;
                }
                (Verdict::Maybe | Verdict::No, _) => {}
            }
            if !name.matched {
                name.consider(label);
                for id in ids {
                    name.consider(id);
                }
            }
        }
        named
    }

    fn pick_known(
        &self,
        target: &Target,
        cases: &[Case],
        ids: &[String],
        named: &Named,
        addressable: Addressable,
    ) -> Picked {
        let taken: Vec<_> = (cases.iter().zip(ids).zip(&named.cases))
            .filter(|((case, id), by_name)| {
                (named.whole || **by_name)
                    && self.takes(target, "", Some(id)) == Some(true)
                    && (self.ignored != Ignored::Only || case.ignored)
            })
            .map(|((case, _), _)| case.name.clone())
            .collect();
        let whole = taken.len() == cases.len();
        match addressable {
            _ if taken.is_empty() => Picked { pick: None, widened: None },
            _ if whole => Picked { pick: Some(Pick::All), widened: None },
            Addressable::Case => Picked { pick: Some(Pick::Only(taken)), widened: None },
            Addressable::Target => {
                Picked { pick: Some(Pick::All), widened: Some(self.narrowest(named)) }
            }
        }
    }

    /// What asks for less than a whole target.
    fn narrowest(&self, named: &Named) -> String {
        match &self.expression {
            Some((text, _)) if named.whole => format!("-k {text}"),
            _ => {
                let typed = self.names.iter().filter(|name| name.matched && name.has_case());
                typed.map(|name| name.typed.as_str()).collect::<Vec<_>>().join(" ")
            }
        }
    }

    /// Of a target without known cases: all or nothing. The parts of a name
    /// that `-k` asks for are looked for in the target's own name.
    fn pick_whole(&self, target: &Target, label: &str, named: &Named) -> Picked {
        // No ecosystem whose cases are known only as they run has ignored ones.
        let taken =
            self.takes(target, label, Some(label)) == Some(true) && self.ignored != Ignored::Only;
        let widened = named.part.clone().filter(|_| !named.whole);
        if taken && (named.whole || widened.is_some()) {
            return Picked { pick: Some(Pick::All), widened };
        }
        Picked { pick: None, widened: None }
    }
}

/// What the arguments name of one target.
struct Named {
    /// All of it.
    whole: bool,
    /// A case that can only be reached by running all; the argument.
    part: Option<String>,
    /// Which of its known cases.
    cases: Vec<bool>,
}

impl Name {
    fn parse(typed: &str, words: &Words<'_>) -> Result<Self, Error> {
        let wanted = names::from_root(typed, words.cwd, words.root).ok_or_else(|| Error {
            option: "argument",
            text: typed.into(),
            at: 0,
            why: "this leads out of the tree".into(),
            remedy: format!(
                "the tree is {}; a `prove.toml` further up would make it larger",
                words.root.display()
            ),
        })?;
        Ok(Self {
            typed: typed.into(),
            wanted,
            settled: false,
            matched: false,
            nearest: Vec::new(),
        })
    }

    fn has_case(&self) -> bool {
        self.wanted.contains("::")
    }

    /// Whether it is exactly this target.
    fn is(&self, target: &Target) -> bool {
        self.wanted == target.path.as_str()
            || (target.name.is_some() && self.wanted == target.label())
    }

    fn target(&self, target: &Target, label: &str) -> Verdict {
        let path = TreePath::new(&self.wanted);
        if self.is(target) || target.path.is_under(&path) {
            return Verdict::All;
        }
        match self.wanted.strip_prefix(label).and_then(|rest| rest.strip_prefix("::")) {
            // They stand for the whole, and no runner knows them.
            Some(LOAD | END) => Verdict::All,
            Some(_) => Verdict::Maybe,
            // The file of one of its cases: these stand beside its source or
            // below, as the modules of a crate do.
            None if !self.settled && !self.has_case() && path.is_under(&target.path.parent()) => {
                Verdict::Maybe
            }
            None => Verdict::No,
        }
    }

    /// Marks the cases that it names: the one that it names exactly, or else
    /// all within it.
    fn cases(&mut self, cases: &[Case], ids: &[String], marked: &mut [bool]) {
        let matches: Vec<_> =
            (cases.iter().zip(ids)).map(|(case, id)| self.case(case, id)).collect();
        let exact = matches.contains(&Some(Match::Exact));
        for (marked, found) in marked.iter_mut().zip(matches) {
            let taken = found.is_some_and(|found| !exact || found == Match::Exact);
            *marked |= taken;
            self.matched |= taken;
        }
    }

    fn case(&self, case: &Case, id: &str) -> Option<Match> {
        if self.has_case() {
            return names::matches(&self.wanted, id);
        }
        let file = TreePath::new(&case.location.as_ref()?.file);
        file.is_under(&TreePath::new(&self.wanted)).then_some(Match::Within)
    }

    /// Keeps a known name if it is among the nearest to this one.
    fn consider(&mut self, known: &str) {
        let Some(far) = names::distance(&self.wanted, known) else { return };
        let at = self.nearest.partition_point(|(other, _)| *other <= far);
        if at < SUGGESTIONS && !self.nearest.iter().any(|(_, other)| other == known) {
            self.nearest.insert(at, (far, known.to_owned()));
            self.nearest.truncate(SUGGESTIONS);
        }
    }
}

fn ecosystem(name: &str) -> Result<&'static str, Error> {
    expression::ecosystem(name).ok_or_else(|| Error {
        option: "--ecosystem",
        text: name.into(),
        at: 0,
        why: format!("there is no ecosystem `{name}`"),
        remedy: expression::known_ecosystems(),
    })
}

#[cfg(test)]
mod tests;
