//! Which targets and cases were asked for.

use std::path::Path;

use super::arguments::{Arguments, Named, Unmatched, Verdict};
use super::expression::{self, Error, Expression};
use crate::ecosystems::{Case, Ignored, Pick};
use crate::target::{Addressable, Kind, Target, TreePath};

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

/// What is taken of one target.
#[derive(Clone, Debug, PartialEq)]
pub struct Picked {
    /// Which cases, if any.
    pub pick: Option<Pick>,
    /// The words that asked for less than what is taken, because the target's
    /// cases cannot run alone: to be said aloud.
    pub widened: Option<String>,
}

/// What was asked for. The default asks for everything.
#[derive(Clone, Debug, Default)]
pub struct Selection {
    names: Arguments,
    expression: Option<(String, Expression)>,
    kind: Option<Kind>,
    ecosystems: Vec<&'static str>,
    ignored: Ignored,
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
            names: Arguments::parse(words.names, words.cwd, words.root)?,
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

    /// Learns the targets that can be seen before anything runs. An argument
    /// that is exactly the path of one has matched, even if that target never
    /// builds, and is not looked for among the files that cases stand in.
    /// Before this, more targets are [`Verdict::Maybe`] than need be.
    pub fn settle<'t>(&mut self, sighted: impl IntoIterator<Item = &'t Target>) {
        for target in sighted {
            self.names.settle(target);
        }
        self.names.settled();
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
        let named = self.names.verdict(target, &label);
        let taken = match self.takes(target, &label, None) {
            Some(true) => Verdict::All,
            Some(false) => Verdict::No,
            None => Verdict::Maybe,
        };
        let most = if self.ignored == Ignored::Only { Verdict::Maybe } else { Verdict::All };
        named.min(taken).min(most)
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
        let named = self.names.named(target, &label, cases, &ids);
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
        self.names.excuse(target, &target.label());
    }

    /// Whether cases that are not known yet, and come from one of these files,
    /// may be asked for of a target. Names that can only mean those count as
    /// matched.
    pub fn may_take(&mut self, target: &Target, files: &[TreePath]) -> bool {
        self.target(target) > Verdict::No && self.names.may_name(target, &target.label(), files)
    }

    /// The arguments that have matched nothing so far.
    pub fn unmatched(&self) -> Vec<Unmatched> {
        self.names.unmatched()
    }

    fn takes(&self, target: &Target, label: &str, id: Option<&str>) -> Option<bool> {
        match &self.expression {
            Some((_, expression)) => expression.takes(target, label, id),
            None => Some(true),
        }
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
            _ => self.names.narrow().collect::<Vec<_>>().join(" "),
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
