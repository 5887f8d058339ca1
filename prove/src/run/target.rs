//! An offered target, and how far it has come.

use crate::decode::Verdict;
use crate::ecosystems::{Case, Cases, Ignored, Lane, Offer, Pick, TargetId};
use crate::event::{CaseFinished, CaseStarted, Outcome, TargetFinished, TargetStarted};
use crate::plan::Whole;
use crate::target::{Addressable, CaseName, END, LOAD, Target};

use super::attempts::Ruling;

/// An offered target.
pub(super) struct Offered {
    /// Whose it is.
    pub(super) session: usize,
    /// What the session calls it.
    pub(super) id: TargetId,
    /// The target.
    pub(super) target: Target,
    /// Whether its cases can be picked.
    pub(super) addressable: Addressable,
    /// Whether it can use several slots.
    pub(super) threaded: bool,
    /// What it must not run beside.
    pub(super) lane: Option<Lane>,
    /// The cases that its runner would report, where they are known.
    pub(super) known: Option<Vec<CaseName>>,
    /// Takes that wait or run, but for those that check a failure alone.
    pub(super) open: usize,
    /// Checks of failures that wait or run.
    pub(super) checks: usize,
    /// Cases suspected of a crash together: how many are still to run alone,
    /// and what is said if none of them fails.
    pub(super) suspects: Option<(usize, String)>,
    /// None of its cases was reported before its process ended: what a check
    /// reports of them is news.
    pub(super) silent: bool,
    label: String,
    began: Option<f64>,
    done: bool,
    counts: Counts,
    reason: Option<String>,
}

#[derive(Default)]
struct Counts {
    passed: usize,
    failed: usize,
    skipped: usize,
    todo: usize,
    not_run: usize,
    /// Failures that were run again at once: not shown, the last attempt is.
    retried: usize,
}

impl Offered {
    /// A target as it is offered, with what of it would run.
    pub(super) fn new(session: usize, offer: Offer, ignored: Ignored) -> Self {
        let runs = |case: &&Case| match ignored {
            Ignored::No | Ignored::Also => true,
            Ignored::Only => case.ignored,
        };
        let known = match &offer.cases {
            Cases::Known(cases) => {
                Some(cases.iter().filter(runs).map(|case| case.name.clone()).collect())
            }
            Cases::Dynamic => None,
        };
        Self {
            session,
            id: offer.id,
            label: offer.target.label(),
            target: offer.target,
            addressable: offer.addressable,
            threaded: offer.threaded,
            lane: offer.lane,
            known,
            open: 0,
            checks: 0,
            suspects: None,
            silent: false,
            began: None,
            done: false,
            counts: Counts::default(),
            reason: None,
        }
    }

    /// A target that could not even be offered.
    pub(super) fn unloaded(session: usize, target: Target) -> Self {
        let (cases, addressable) = (Cases::Known(Vec::new()), Addressable::Target);
        let offer = Offer {
            id: TargetId(u32::MAX),
            target,
            cases,
            addressable,
            threaded: false,
            lane: None,
        };
        Self::new(session, offer, Ignored::No)
    }

    /// What overrides have to know of it.
    pub(super) fn whole(&self) -> Whole<'_> {
        let Self { target, addressable, known, .. } = self;
        Whole { target, addressable: *addressable, known: known.as_deref() }
    }

    /// What to take to run this case again.
    pub(super) fn pick_of(&self, case: &CaseName) -> Pick {
        let real = !matches!(&**case, END | LOAD);
        match self.addressable {
            Addressable::Case if real => Pick::Only(vec![case.clone()]),
            Addressable::Case | Addressable::Target => Pick::All,
        }
    }

    /// How many cases a take of it has, where that is known.
    pub(super) fn weight(&self, pick: &Pick) -> Option<usize> {
        let known = self.known.as_ref().map(Vec::len);
        match pick {
            Pick::Only(cases) => Some(cases.len()),
            Pick::All => known,
            Pick::Not(cases) => known.map(|known| known.saturating_sub(cases.len())),
        }
    }

    /// Its first launch begins.
    pub(super) fn start(&mut self, now: f64, cases: Option<usize>) -> Option<TargetStarted> {
        if self.began.is_some() {
            return None;
        }
        self.began = Some(now);
        Some(TargetStarted {
            time: now,
            target: self.label.clone(),
            ecosystem: self.target.ecosystem.to_owned(),
            kind: self.target.kind,
            cases,
        })
    }

    /// The whole target is skipped.
    pub(super) fn skip(&mut self, reason: String) {
        self.reason = Some(reason);
    }

    /// A case begins.
    pub(super) fn case_started(&self, case: &str, attempt: u32) -> CaseStarted {
        CaseStarted {
            time: 0.0,
            id: self.target.id(case),
            target: self.label.clone(),
            ecosystem: self.target.ecosystem.to_owned(),
            kind: self.target.kind,
            attempt,
        }
    }

    /// An attempt at a case ended.
    pub(super) fn case_finished(
        &mut self,
        verdict: Verdict,
        ruling: Ruling,
        last: bool,
    ) -> CaseFinished {
        // What fails now and is checked alone later counts as failed here.
        if !self.done {
            *match verdict.outcome {
                Outcome::Passed => &mut self.counts.passed,
                Outcome::Failed if last || ruling.next == super::attempts::Next::Alone => {
                    &mut self.counts.failed
                }
                Outcome::Failed => &mut self.counts.retried,
                Outcome::Skipped => &mut self.counts.skipped,
                Outcome::Todo => &mut self.counts.todo,
                Outcome::NotRun => &mut self.counts.not_run,
            } += 1;
        }
        CaseFinished {
            time: 0.0,
            id: self.target.id(&verdict.case),
            target: self.label.clone(),
            ecosystem: self.target.ecosystem.to_owned(),
            kind: self.target.kind,
            outcome: verdict.outcome,
            cause: verdict.cause,
            attempt: ruling.attempt,
            last,
            flaky: ruling.flaky,
            seconds: verdict.seconds,
            message: verdict.message,
            reason: verdict.reason,
            location: verdict.location,
            truncated: verdict.output.truncated(),
            output: verdict.output.text(),
        }
    }

    /// How many of its cases have been told of.
    pub(super) fn reported(&self) -> usize {
        let Counts { passed, failed, skipped, todo, not_run, retried: _ } = self.counts;
        passed + failed + skipped + todo + not_run
    }

    /// Every case has been reported: said once.
    pub(super) fn finish(&mut self, now: f64) -> Option<TargetFinished> {
        let began = self.began?;
        if self.open > 0 || std::mem::replace(&mut self.done, true) {
            return None;
        }
        let Counts { passed, failed, skipped, todo, not_run, retried: _ } = self.counts;
        Some(TargetFinished {
            time: now,
            target: self.label.clone(),
            ecosystem: self.target.ecosystem.to_owned(),
            kind: self.target.kind,
            passed,
            failed,
            skipped,
            todo,
            not_run,
            seconds: now - began,
            reason: self.reason.take(),
        })
    }
}
