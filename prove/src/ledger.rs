//! The fold of all events: what every report, and the gate, reads.
//!
//! It is fed with events alone, so a replayed or merged stream gives the same
//! ledger as the run that wrote it. Memory is bounded by the number of targets
//! and of failures: of a case that passed at once only a count remains.

use std::collections::HashMap;

use crate::event::{
    BuildStarted, CaseFinished, Event, Outcome, Problem, ProjectFound, RunFinished, RunStarted,
    Severity, TargetFinished, TargetStarted,
};
use crate::target::Kind;

/// How many of the slowest cases are kept.
const SLOWEST: usize = 10;

/// How much output of failed cases is kept in all. One case's output is
/// bounded by its capture; this bounds a run in which thousands fail.
const OUTPUT: usize = 64 << 20;

/// How many cases ended in which way. Each case counts once, by its last attempt.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Counts {
    /// Passed, the flaky ones among them.
    pub passed: usize,
    /// Failed.
    pub failed: usize,
    /// Skipped.
    pub skipped: usize,
    /// Failed as expected.
    pub todo: usize,
    /// Not reached.
    pub not_run: usize,
    /// Passed after a failure.
    pub flaky: usize,
}

impl Counts {
    /// All cases.
    pub fn total(&self) -> usize {
        self.passed + self.failed + self.skipped + self.todo + self.not_run
    }

    fn add(&mut self, case: &CaseFinished) {
        match case.outcome {
            Outcome::Passed => self.passed += 1,
            Outcome::Failed => self.failed += 1,
            Outcome::Skipped => self.skipped += 1,
            Outcome::Todo => self.todo += 1,
            Outcome::NotRun => self.not_run += 1,
        }
        self.flaky += usize::from(case.flaky);
    }
}

/// A target, and how its cases ended so far.
#[derive(Clone, Debug, PartialEq)]
pub struct Tally {
    /// The target's label.
    pub target: String,
    /// The ecosystem.
    pub ecosystem: String,
    /// Test or doc.
    pub kind: Kind,
    /// How many cases were announced, where that is known.
    pub announced: Option<usize>,
    /// It has begun and not ended.
    pub running: bool,
    /// How its cases ended.
    pub counts: Counts,
    /// Cases that have failed and will be repeated.
    pub to_repeat: usize,
    /// When it last made a step, in seconds since the run began.
    pub moved: f64,
    /// How long it took, once it has ended.
    pub seconds: Option<f64>,
    /// Why all of it was skipped, where it was.
    pub reason: Option<String>,
}

/// All attempts at one case.
#[derive(Clone, Debug, PartialEq)]
pub struct Story {
    /// The attempt that counts.
    pub last: CaseFinished,
    /// Those before it, the first one first.
    pub earlier: Vec<CaseFinished>,
}

/// A case and how long it took.
#[derive(Clone, Debug, PartialEq)]
pub struct Slow {
    /// The case.
    pub id: String,
    /// How long its last attempt took.
    pub seconds: f64,
}

/// A case that has begun and not ended.
#[derive(Clone, Debug, PartialEq)]
pub struct Running {
    /// The case.
    pub id: String,
    /// Its target's label.
    pub target: String,
    /// Test or doc.
    pub kind: Kind,
    /// When it began, in seconds since the run began.
    pub since: f64,
}

/// What has happened so far.
#[derive(Debug, Default)]
pub struct Ledger {
    started: Option<RunStarted>,
    finished: Option<RunFinished>,
    projects: Vec<ProjectFound>,
    counts: Counts,
    targets: Vec<Tally>,
    index: HashMap<(String, Kind), usize>,
    attempts: HashMap<String, Vec<CaseFinished>>,
    failures: Vec<Story>,
    flaky: Vec<Story>,
    problems: Vec<Problem>,
    slowest: Vec<Slow>,
    running: Vec<Running>,
    builds: Vec<BuildStarted>,
    found: usize,
    kept: usize,
}

impl Ledger {
    /// Takes one event in.
    pub fn apply(&mut self, event: &Event) {
        match event {
            Event::RunStarted(run) => self.started = Some(run.clone()),
            Event::ProjectFound(project) => self.projects.push(project.clone()),
            Event::Problem(problem) => self.problems.push(problem.clone()),
            Event::CaseFound(_) => self.found += 1,
            Event::BuildStarted(build) => self.builds.push(build.clone()),
            Event::BuildFinished(build) => {
                if let Some(at) = self.builds.iter().position(|b| b.project == build.project) {
                    self.builds.remove(at);
                }
            }
            Event::TargetStarted(target) => self.target_started(target),
            Event::CaseStarted(case) => {
                self.tally(&case.target, case.kind, &case.ecosystem).moved = case.time;
                self.running.push(Running {
                    id: case.id.clone(),
                    target: case.target.clone(),
                    kind: case.kind,
                    since: case.time,
                });
            }
            Event::CaseFinished(case) => self.case_finished(case),
            Event::TargetFinished(target) => self.target_finished(target),
            Event::RunFinished(run) => self.run_finished(run),
        }
    }

    fn target_started(&mut self, target: &TargetStarted) {
        let tally = self.tally(&target.target, target.kind, &target.ecosystem);
        tally.announced = target.cases;
        tally.running = true;
        tally.moved = target.time;
    }

    fn case_finished(&mut self, case: &CaseFinished) {
        self.running.retain(|running| running.id != case.id);
        let earlier = self.attempts.remove(&case.id).unwrap_or_default();
        let tally = self.tally(&case.target, case.kind, &case.ecosystem);
        tally.moved = case.time;
        if !earlier.is_empty() {
            tally.to_repeat = tally.to_repeat.saturating_sub(1);
        }
        if case.last {
            tally.counts.add(case);
            self.counts.add(case);
            self.settle(case, earlier);
        } else {
            tally.to_repeat += 1;
            let mut attempts = earlier;
            attempts.push(self.bounded(case));
            self.attempts.insert(case.id.clone(), attempts);
        }
    }

    /// A case has its last word: keeps what a report will want of it.
    fn settle(&mut self, case: &CaseFinished, earlier: Vec<CaseFinished>) {
        if let Some(seconds) = case.seconds {
            self.remember_slow(&case.id, seconds);
        }
        if case.outcome == Outcome::Failed {
            let last = self.bounded(case);
            self.failures.push(Story { last, earlier });
        } else if case.flaky {
            let last = CaseFinished { output: String::new(), ..case.clone() };
            self.flaky.push(Story { last, earlier });
        } else {
            self.kept -= earlier.iter().map(|attempt| attempt.output.len()).sum::<usize>();
        }
    }

    /// The attempt, without its output once too much is kept.
    fn bounded(&mut self, case: &CaseFinished) -> CaseFinished {
        if self.kept + case.output.len() > OUTPUT {
            return CaseFinished { output: String::new(), truncated: true, ..case.clone() };
        }
        self.kept += case.output.len();
        case.clone()
    }

    fn remember_slow(&mut self, id: &str, seconds: f64) {
        let at = self.slowest.partition_point(|slow| slow.seconds >= seconds);
        if at < SLOWEST {
            self.slowest.insert(at, Slow { id: id.to_owned(), seconds });
            self.slowest.truncate(SLOWEST);
        }
    }

    fn target_finished(&mut self, target: &TargetFinished) {
        self.running.retain(|case| case.target != target.target || case.kind != target.kind);
        let tally = self.tally(&target.target, target.kind, &target.ecosystem);
        tally.moved = target.time;
        tally.running = false;
        tally.seconds = Some(target.seconds);
        tally.reason.clone_from(&target.reason);
    }

    /// A stream that was cut short may hold failures whose repetition never
    /// came: they stand.
    fn run_finished(&mut self, run: &RunFinished) {
        let mut open: Vec<_> = self
            .attempts
            .drain()
            .filter_map(|(_, mut all)| all.pop().map(|last| (last, all)))
            .collect();
        open.sort_by(|a, b| a.0.time.total_cmp(&b.0.time).then_with(|| a.0.id.cmp(&b.0.id)));
        for (last, earlier) in open {
            let tally = self.tally(&last.target, last.kind, &last.ecosystem);
            tally.to_repeat = tally.to_repeat.saturating_sub(1);
            tally.counts.add(&last);
            self.counts.add(&last);
            self.kept -= last.output.len();
            self.settle(&last, earlier);
        }
        self.running.clear();
        self.builds.clear();
        self.finished = Some(run.clone());
    }

    fn tally(&mut self, target: &str, kind: Kind, ecosystem: &str) -> &mut Tally {
        let next = self.targets.len();
        let at = *self.index.entry((target.to_owned(), kind)).or_insert(next);
        if at == next {
            self.targets.push(Tally {
                target: target.to_owned(),
                ecosystem: ecosystem.to_owned(),
                kind,
                announced: None,
                running: false,
                counts: Counts::default(),
                to_repeat: 0,
                moved: 0.0,
                seconds: None,
                reason: None,
            });
        }
        &mut self.targets[at]
    }
}

/// What is in it.
impl Ledger {
    /// The run's first event.
    pub fn started(&self) -> Option<&RunStarted> {
        self.started.as_ref()
    }

    /// The run's last event, once it has come.
    pub fn finished(&self) -> Option<&RunFinished> {
        self.finished.as_ref()
    }

    /// The projects, in the order in which they were found.
    pub fn projects(&self) -> &[ProjectFound] {
        &self.projects
    }

    /// How all cases ended.
    pub fn counts(&self) -> &Counts {
        &self.counts
    }

    /// The targets, in the order in which they began.
    pub fn targets(&self) -> &[Tally] {
        &self.targets
    }

    /// One target, if it has begun.
    pub fn target(&self, label: &str, kind: Kind) -> Option<&Tally> {
        let at = self.index.get(&(label.to_owned(), kind))?;
        self.targets.get(*at)
    }

    /// The failed cases, in the order in which they failed for good.
    pub fn failures(&self) -> &[Story] {
        &self.failures
    }

    /// The cases that passed after a failure.
    pub fn flaky(&self) -> &[Story] {
        &self.flaky
    }

    /// The attempts so far at a case that will be repeated.
    pub fn attempts(&self, id: &str) -> &[CaseFinished] {
        self.attempts.get(id).map_or(&[], Vec::as_slice)
    }

    /// All problems, as they came.
    pub fn problems(&self) -> &[Problem] {
        &self.problems
    }

    /// How many problems are of severity `error`.
    pub fn errors(&self) -> usize {
        self.problems.iter().filter(|problem| problem.severity == Severity::Error).count()
    }

    /// The slowest cases, the slowest first.
    pub fn slowest(&self) -> &[Slow] {
        &self.slowest
    }

    /// The cases that run now, the oldest first.
    pub fn running(&self) -> &[Running] {
        &self.running
    }

    /// The builds that run now.
    pub fn builds(&self) -> &[BuildStarted] {
        &self.builds
    }

    /// How many cases a listing has found.
    pub fn found(&self) -> usize {
        self.found
    }

    /// Whether there was nothing to run: no case, run or listed, and no target
    /// that says why it was skipped as a whole.
    pub fn is_empty(&self) -> bool {
        self.counts.total() == 0
            && self.found == 0
            && self.targets.iter().all(|target| target.reason.is_none())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::event::{CaseStarted, Cause};

    fn case(id: &str, outcome: Outcome) -> CaseFinished {
        CaseFinished {
            time: 1.0,
            id: id.into(),
            target: "t/a.t".into(),
            ecosystem: "tap".into(),
            kind: Kind::Test,
            outcome,
            cause: (outcome == Outcome::Failed).then_some(Cause::Assertion),
            attempt: 1,
            last: true,
            flaky: false,
            seconds: None,
            message: None,
            reason: None,
            location: None,
            output: "printed".into(),
            truncated: false,
        }
    }

    fn fold(events: impl IntoIterator<Item = Event>) -> Ledger {
        let mut ledger = Ledger::default();
        for event in events {
            ledger.apply(&event);
        }
        ledger
    }

    fn finished(case: CaseFinished) -> Event {
        Event::CaseFinished(Box::new(case))
    }

    #[test]
    fn each_outcome_has_its_count() {
        let outcomes = [
            Outcome::Passed,
            Outcome::Failed,
            Outcome::Skipped,
            Outcome::Todo,
            Outcome::NotRun,
            Outcome::Passed,
        ];
        let ledger = fold(
            outcomes.iter().enumerate().map(|(i, o)| finished(case(&format!("t/a.t::{i}"), *o))),
        );
        let expected = Counts { passed: 2, failed: 1, skipped: 1, todo: 1, not_run: 1, flaky: 0 };
        assert_eq!(*ledger.counts(), expected);
        assert_eq!(ledger.targets()[0].counts, expected);
        assert_eq!(ledger.failures()[0].last.output, "printed");
    }

    #[test]
    fn the_last_attempt_counts_and_the_earlier_ones_are_told() {
        let first = CaseFinished { last: false, ..case("t/a.t::x", Outcome::Failed) };
        let mut ledger = fold([finished(first)]);
        assert_eq!(ledger.counts().total(), 0);
        assert_eq!(ledger.targets()[0].to_repeat, 1);

        let second = CaseFinished { attempt: 2, flaky: true, ..case("t/a.t::x", Outcome::Passed) };
        ledger.apply(&finished(second));
        assert_eq!(*ledger.counts(), Counts { passed: 1, flaky: 1, ..Counts::default() });
        assert_eq!(ledger.targets()[0].to_repeat, 0);
        assert_eq!(ledger.flaky()[0].earlier[0].outcome, Outcome::Failed);
        assert!(ledger.failures().is_empty());
    }

    #[test]
    fn a_failure_whose_repetition_never_came_stands() {
        let first = CaseFinished { last: false, ..case("t/a.t::x", Outcome::Failed) };
        let ledger = fold([finished(first), Event::RunFinished(RunFinished::default())]);
        assert_eq!(ledger.counts().failed, 1);
        assert_eq!(ledger.failures().len(), 1);
    }

    #[test]
    fn output_is_kept_within_the_budget() {
        let big = "x".repeat(OUTPUT / 2 + 1);
        let failed = |id: &str| CaseFinished { output: big.clone(), ..case(id, Outcome::Failed) };
        let ledger = fold([finished(failed("a")), finished(failed("b"))]);
        assert_eq!(ledger.failures()[0].last.output.len(), big.len());
        assert_eq!(ledger.failures()[1].last.output, "");
        assert!(ledger.failures()[1].last.truncated);
    }

    #[test]
    fn the_slowest_are_sorted_and_few() {
        let timed = |i: u32| CaseFinished {
            seconds: Some(f64::from(i)),
            ..case(&i.to_string(), Outcome::Passed)
        };
        let ledger = fold((0..50).map(|i| finished(timed((i * 7) % 50))));
        let ids: Vec<_> = ledger.slowest().iter().map(|slow| slow.id.as_str()).collect();
        assert_eq!(ids, ["49", "48", "47", "46", "45", "44", "43", "42", "41", "40"]);
    }

    #[test]
    fn what_runs_is_known() {
        let started = |id: &str| {
            Event::CaseStarted(CaseStarted {
                time: 2.0,
                id: id.into(),
                target: "t/a.t".into(),
                ecosystem: "tap".into(),
                kind: Kind::Test,
                attempt: 1,
            })
        };
        let ledger = fold([started("x"), started("y"), finished(case("x", Outcome::Passed))]);
        assert_eq!(ledger.running().len(), 1);
        assert_eq!(ledger.running()[0].id, "y");
    }
}
