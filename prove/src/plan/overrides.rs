//! `[[override]]`: what some cases ask for that others do not. Pure.
//!
//! What a case asks for is of two kinds. A limit or a number of retries is
//! looked up when the case begins or fails, so it costs nothing before. The
//! [`Terms`] of a take have to be settled before it begins: a target whose
//! cases differ in them is split into several takes.

use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::fmt;
use std::sync::Arc;
use std::time::Duration;

use super::expression::Expression;
use crate::ecosystems::{Isolation, Pick};
use crate::target::{Addressable, CaseName, Target};

/// One `[[override]]` of `prove.toml`.
#[derive(Clone, Debug, PartialEq)]
pub struct Override {
    /// Its pattern, as written.
    pub pattern: String,
    /// Which cases it is about.
    pub expression: Expression,
    /// What it asks for.
    pub asks: Asks,
}

/// What an override asks for; what it does not say stays as it is.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Asks {
    /// What may not run at the same time.
    pub serial: Option<Serial>,
    /// What keeps its cases apart from others of their target.
    pub isolation: Option<Isolation>,
    /// How many slots each of its cases needs.
    pub threads: Option<usize>,
    /// Variables for the processes of its cases.
    pub env: BTreeMap<String, String>,
    /// How long each of its cases may take.
    pub timeout: Option<Duration>,
    /// How often one that failed is run again.
    pub retries: Option<u32>,
}

/// What may not run at the same time.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Serial {
    /// Anything at all.
    Alone,
    /// Another case of one of these groups.
    Groups(BTreeSet<Arc<str>>),
}

/// How a take runs.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Terms {
    /// With nothing beside it.
    pub alone: bool,
    /// With nothing of these groups beside it.
    pub groups: Arc<BTreeSet<Arc<str>>>,
    /// Kept apart in this way.
    pub isolation: Isolation,
    /// With so many slots, where the run has them; at least one.
    pub slots: usize,
    /// With these variables, by name.
    pub env: Arc<[(String, String)]>,
}

/// How long a case may take, and how often it is tried.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Limits {
    /// How long it may take.
    pub timeout: Option<Duration>,
    /// How often it is run again where it fails.
    pub retries: u32,
}

/// What every case is given, before any override.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Defaults {
    /// How long it may take, and how often it is tried.
    pub limits: Limits,
    /// What keeps cases of one target apart.
    pub isolation: Isolation,
}

/// A target, as far as it is known before it runs.
#[derive(Clone, Copy, Debug)]
pub struct Whole<'a> {
    /// The target.
    pub target: &'a Target,
    /// Whether its cases can be picked.
    pub addressable: Addressable,
    /// Its cases, where they are known.
    pub known: Option<&'a [CaseName]>,
}

/// How much of a target an override is about, as far as can be seen.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Reach {
    /// Nothing of it.
    Nothing,
    /// Only its cases can tell, and they are not known.
    Unknown,
    /// So many of its cases.
    Cases(usize),
    /// All of it.
    Whole,
}

/// All overrides, and which of them have matched something.
#[derive(Clone, Debug, Default)]
pub struct Overrides {
    defaults: Defaults,
    all: Vec<Override>,
    matched: Vec<bool>,
}

impl Overrides {
    /// Overrides in the order in which they are written: of two that say the
    /// same thing differently of one case, the later one holds. Groups and
    /// variables add up.
    pub fn new(defaults: Defaults, all: Vec<Override>) -> Self {
        let matched = vec![false; all.len()];
        Self { defaults, all, matched }
    }

    /// Each of them.
    pub fn iter(&self) -> impl Iterator<Item = &Override> {
        self.all.iter()
    }

    /// Whether the terms of this target can be decided only case by case.
    pub fn needs_cases(&self, target: &Target) -> bool {
        self.all.iter().any(|one| one.asks.splits() && one.takes_whole(target).is_none())
    }

    /// The takes that this pick of a target makes, and the terms of each.
    /// `apart`: whether each case needs a take of its own where they are to be
    /// kept apart in this way.
    pub fn split(
        &mut self,
        whole: Whole<'_>,
        pick: Pick,
        apart: impl Fn(Isolation) -> bool,
    ) -> Vec<(Pick, Terms)> {
        let standing = self.standing(whole);
        let applies: Vec<_> = standing.iter().map(|stands| *stands == Some(true)).collect();
        let terms = self.terms(&applies);
        let may_split = standing.contains(&None) || apart(terms.isolation);
        let names = if may_split { names(whole, &pick) } else { None };
        let Some(names) = names else { return vec![(pick, terms)] };
        let parts = self.parts(whole.target, &standing, &names);
        let single = parts.len() == 1;
        let mut takes = Vec::with_capacity(parts.len());
        for (terms, cases) in parts {
            if apart(terms.isolation) {
                let alone = |case| (Pick::Only(vec![case]), terms.clone());
                takes.extend(cases.into_iter().map(alone));
            } else if single {
                // As it was: all of a target needs no names.
                return vec![(pick, terms)];
            } else {
                takes.push((Pick::Only(cases), terms));
            }
        }
        takes
    }

    /// The limits of a case; without one, of the target while none of its
    /// cases is known to run.
    pub fn limits(&mut self, target: &Target, case: Option<&str>) -> Limits {
        let mut limits = self.defaults.limits;
        if self.all.is_empty() {
            return limits;
        }
        let id = &case.map_or_else(|| target.label(), |case| target.id(case));
        for (one, matched) in self.all.iter().zip(&mut self.matched) {
            if one.expression.takes(target, id, Some(id)) == Some(true) {
                *matched = true;
                limits.timeout = one.asks.timeout.or(limits.timeout);
                limits.retries = one.asks.retries.unwrap_or(limits.retries);
            }
        }
        limits
    }

    /// Counts those that may be about this target as matched: its cases cannot
    /// be known, as it does not build or load.
    pub fn excuse(&mut self, target: &Target) {
        for (one, matched) in self.all.iter().zip(&mut self.matched) {
            *matched |= one.takes_whole(target) != Some(false);
        }
    }

    /// Those that have matched nothing so far.
    pub fn unmatched(&self) -> impl Iterator<Item = &Override> {
        self.all.iter().zip(&self.matched).filter(|(_, matched)| !**matched).map(|(one, _)| one)
    }

    /// How each of them stands to the target as a whole; `None` where its
    /// cases differ in that. What runs as a whole has the terms of all its cases.
    fn standing(&mut self, whole: Whole<'_>) -> Vec<Option<bool>> {
        let standing = |one: &Override| match whole.addressable {
            Addressable::Case => one.takes_whole(whole.target),
            Addressable::Target => Some(matches!(one.reach(whole), Reach::Whole | Reach::Cases(_))),
        };
        let standing: Vec<_> = self.all.iter().map(standing).collect();
        for (matched, stands) in self.matched.iter_mut().zip(&standing) {
            *matched |= *stands == Some(true);
        }
        standing
    }

    /// Cases by their terms, in their order.
    fn parts(
        &mut self,
        target: &Target,
        standing: &[Option<bool>],
        names: &[CaseName],
    ) -> Vec<(Terms, Vec<CaseName>)> {
        let mut parts: Vec<(Terms, Vec<CaseName>)> = Vec::new();
        let mut seen: HashMap<Vec<bool>, usize> = HashMap::new();
        let undecided = standing.contains(&None);
        for name in names {
            let id = if undecided { target.id(name) } else { String::new() };
            let taken: Vec<bool> = (self.all.iter().zip(standing))
                .map(|(one, stands)| stands.unwrap_or_else(|| one.takes(target, &id)))
                .collect();
            let at = if let Some(&at) = seen.get(&taken) {
                at
            } else {
                for (matched, taken) in self.matched.iter_mut().zip(&taken) {
                    *matched |= taken;
                }
                let terms = self.terms(&taken);
                let known = parts.iter().position(|(other, _)| *other == terms);
                let at = known.unwrap_or_else(|| {
                    parts.push((terms, Vec::new()));
                    parts.len() - 1
                });
                seen.insert(taken, at);
                at
            };
            parts[at].1.push(name.clone());
        }
        parts
    }

    fn terms(&self, taken: &[bool]) -> Terms {
        let mut terms = Terms { isolation: self.defaults.isolation, ..Terms::default() };
        let (mut groups, mut env) = (BTreeSet::new(), BTreeMap::new());
        for (one, _) in self.all.iter().zip(taken).filter(|(_, taken)| **taken) {
            match &one.asks.serial {
                Some(Serial::Alone) => terms.alone = true,
                Some(Serial::Groups(more)) => groups.extend(more.iter().cloned()),
                None => {}
            }
            terms.isolation = one.asks.isolation.unwrap_or(terms.isolation);
            terms.slots = one.asks.threads.unwrap_or(terms.slots);
            env.extend(one.asks.env.iter().map(|(name, value)| (name.clone(), value.clone())));
        }
        terms.groups = groups.into();
        terms.env = env.into_iter().collect();
        terms
    }
}

impl Default for Terms {
    fn default() -> Self {
        Self {
            alone: false,
            groups: Arc::default(),
            isolation: Isolation::Shared,
            slots: 1,
            env: Arc::default(),
        }
    }
}

impl Terms {
    /// Whether its cases may run beside each other, in one process or in many.
    pub fn beside(&self) -> bool {
        !self.alone && self.groups.is_empty() && self.slots == 1
    }
}

impl Asks {
    /// Whether cases for which it asks need a take of their own.
    fn splits(&self) -> bool {
        let Self { serial, isolation, threads, env, timeout: _, retries: _ } = self;
        serial.is_some() || isolation.is_some() || threads.is_some() || !env.is_empty()
    }
}

/// As one would write it in `prove.toml`.
impl fmt::Display for Asks {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { serial, isolation, threads, env, timeout, retries } = self;
        let serial = serial.as_ref().map(|serial| match serial {
            Serial::Alone => "serial = true".to_owned(),
            Serial::Groups(groups) => format!("serial = {:?}", groups.iter().collect::<Vec<_>>()),
        });
        let env = env.iter().map(|(name, value)| format!("env.{name} = {value:?}"));
        let said = [
            serial,
            isolation.map(|how| format!("isolation = {:?}", how.as_str())),
            threads.map(|threads| format!("threads = {threads}")),
            timeout.map(|timeout| format!("timeout = \"{}s\"", timeout.as_secs_f64())),
            retries.map(|retries| format!("retries = {retries}")),
        ];
        let said: Vec<_> = said.into_iter().flatten().chain(env).collect();
        f.write_str(if said.is_empty() { "nothing more" } else { "" })?;
        f.write_str(&said.join(", "))
    }
}

impl Override {
    fn takes(&self, target: &Target, id: &str) -> bool {
        self.expression.takes(target, id, Some(id)) == Some(true)
    }

    /// Whether it is about all of this target, or nothing of it.
    fn takes_whole(&self, target: &Target) -> Option<bool> {
        self.expression.takes(target, &target.label(), None)
    }

    /// How much of this target it is about. Where cases are known only as they
    /// run, and only as a whole, its pattern is looked for in the target's own name.
    pub fn reach(&self, whole: Whole<'_>) -> Reach {
        let Whole { target, addressable, known } = whole;
        match (self.takes_whole(target), known, addressable) {
            (Some(true), ..) => Reach::Whole,
            (Some(false), ..) => Reach::Nothing,
            (None, Some(cases), _) => {
                match cases.iter().filter(|case| self.takes(target, &target.id(case))).count() {
                    0 => Reach::Nothing,
                    n if n == cases.len() => Reach::Whole,
                    n => Reach::Cases(n),
                }
            }
            (None, None, Addressable::Case) => Reach::Unknown,
            (None, None, Addressable::Target) => {
                if self.takes(target, &target.label()) {
                    Reach::Whole
                } else {
                    Reach::Nothing
                }
            }
        }
    }
}

/// The cases of a pick, where they are known and can be taken one by one.
fn names(whole: Whole<'_>, pick: &Pick) -> Option<Vec<CaseName>> {
    match pick {
        _ if whole.addressable == Addressable::Target => None,
        Pick::Only(names) => Some(names.clone()),
        Pick::All => whole.known.map(<[_]>::to_vec),
        Pick::Not(others) => {
            let left = |name: &&CaseName| !others.contains(name);
            whole.known.map(|known| known.iter().filter(left).cloned().collect())
        }
    }
    .filter(|names| !names.is_empty())
}

#[cfg(test)]
mod tests;
