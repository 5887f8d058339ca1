//! The progress of one take, and what follows from how it ended: who is to
//! blame, what runs again, what is missing. Pure: times come in as seconds.

use std::collections::HashSet;
use std::time::Duration;

use crate::decode::{Broken, Capture, Verdict};
use crate::ecosystems::{Pick, Why};
use crate::event::{Cause, Outcome};
use crate::launch::Exit;
use crate::target::{Addressable, CaseName, END, LOAD, Location};

/// How many failed cases of one take are told. More are a flood, not news; and
/// what is kept of failures is what memory has to be bounded for.
const MOST_FAILURES: usize = 100_000;

/// How many cases that nobody announced give a take more time. A stream that
/// never ends would otherwise never be late.
const MOST_UNANNOUNCED: usize = 1_000_000;

/// One take as it runs.
pub(super) struct Work {
    /// The target's place in the engine.
    pub(super) target: usize,
    /// Why it was taken.
    pub(super) why: Why,
    /// Whether anything ran beside it.
    pub(super) beside: bool,
    /// Whether it is to see if failures stay failures with nothing beside them.
    pub(super) check: bool,
    pick: Pick,
    /// The cases it is to report, where they are known.
    expected: Option<Vec<CaseName>>,
    /// The cases that it has reported; not kept where they cannot be picked.
    finished: HashSet<CaseName>,
    keeps_names: bool,
    reported: usize,
    failures: usize,
    running: Vec<Running>,
    /// Cases that have ended, and whose verdict is still to come.
    ended: Vec<Ended>,
    broken: Option<Broken>,
    output: Capture,
    /// When it began, or the last case ended.
    progress: f64,
    /// How many cases its stream has announced, where it did.
    plan: Option<usize>,
    /// How long it may go on without a case that runs.
    limit: Option<Duration>,
}

struct Running {
    case: CaseName,
    since: f64,
    limit: Option<Duration>,
    output: Capture,
    overdue: bool,
    location: Option<Location>,
}

struct Ended {
    case: CaseName,
    seconds: f64,
    output: Capture,
    location: Option<Location>,
}

/// The circumstances of a take, for a verdict.
#[derive(Clone, Copy, Debug)]
pub(super) struct About {
    /// It is a check of failures, alone.
    pub(super) check: bool,
    /// Something ran beside it.
    pub(super) beside: bool,
    /// Why it ran.
    pub(super) why: Why,
}

impl About {
    /// Of a verdict after which there is nothing to check.
    pub(super) const LAST_WORD: Self = Self { check: true, beside: false, why: Why::Alone };
}

/// What follows from the end of a take.
#[derive(Debug, Default)]
pub(super) struct Closing {
    /// Cases that ended with it, never well.
    pub(super) verdicts: Vec<Verdict>,
    /// Cases to be taken again.
    pub(super) again: Vec<(Pick, Why)>,
    /// Cases that the stop of the run left.
    pub(super) not_run: Vec<CaseName>,
    /// Several cases ran when the process died: each runs again alone (they
    /// are in `again`), and if none of them fails then, this is still true.
    pub(super) suspected: Option<(usize, String)>,
}

impl Work {
    /// A take that begins now, without a limit. `known`: all cases of the
    /// target that the take's runner would report.
    pub(super) fn new(
        target: usize,
        pick: Pick,
        why: Why,
        known: Option<&[CaseName]>,
        addressable: Addressable,
        now: f64,
    ) -> Self {
        let expected = match (&pick, known) {
            (Pick::Only(names), _) => Some(names.clone()),
            (Pick::All, known) => known.map(<[_]>::to_vec),
            (Pick::Not(names), known) => known
                .map(|known| known.iter().filter(|name| !names.contains(name)).cloned().collect()),
        };
        Self {
            target,
            why,
            beside: false,
            check: false,
            pick,
            keeps_names: expected.is_some() || addressable == Addressable::Case,
            expected,
            finished: HashSet::new(),
            reported: 0,
            failures: 0,
            running: Vec::new(),
            ended: Vec::new(),
            broken: None,
            output: Capture::default(),
            progress: now,
            plan: None,
            limit: None,
        }
    }

    /// The same, which may go on so long without a case that runs.
    pub(super) fn within(mut self, limit: Option<Duration>) -> Self {
        self.limit = limit;
        self
    }

    /// Its circumstances.
    pub(super) fn about(&self) -> About {
        About { check: self.check, beside: self.beside, why: self.why }
    }

    /// How many cases it is to report, where that is known.
    pub(super) fn announced(&self) -> Option<usize> {
        self.expected.as_ref().map(Vec::len)
    }

    /// Its stream announces so many cases more.
    pub(super) fn planned(&mut self, cases: usize) {
        // Some harnesses announce each of their parts; to announce for ever
        // is no better than to announce nothing.
        self.plan = Some(match self.plan {
            None => cases,
            Some(plan) => plan.saturating_add(cases).min(plan.max(MOST_UNANNOUNCED)),
        });
    }

    /// A case began, and may take so long.
    pub(super) fn started(&mut self, case: CaseName, limit: Option<Duration>, now: f64) {
        let (output, overdue, location) = (Capture::default(), false, None);
        self.running.push(Running { case, since: now, limit, output, overdue, location });
    }

    /// Where the case that began last stands.
    pub(super) fn stands(&mut self, location: Location) {
        if let Some(running) = self.running.last_mut() {
            running.location = Some(location);
        }
    }

    /// It works towards the next case.
    pub(super) fn busy(&mut self, now: f64) {
        self.progress = now;
    }

    /// A case has ended; its verdict is still to come.
    pub(super) fn ended(&mut self, case: &CaseName, now: f64) {
        let began = self.running.iter().position(|running| running.case == *case);
        if began.is_some() || self.is_progress() {
            self.progress = now;
        }
        if let Some(at) = began {
            let Running { case, since, output, location, .. } = self.running.remove(at);
            self.ended.push(Ended { case, seconds: now - since, output, location });
        }
    }

    /// The verdict on a case, whether or not it is to be told.
    pub(super) fn finished(&mut self, verdict: &mut Verdict, now: f64) -> bool {
        self.reported += 1;
        self.ended(&verdict.case, now);
        if self.keeps_names {
            self.finished.insert(verdict.case.clone());
        }
        self.complete(verdict);
        // What was printed since the last verdict, by whatever ran, is of this one.
        let printed = self.output.take();
        if verdict.output.is_empty() {
            verdict.output = printed;
        }
        self.failures += usize::from(verdict.outcome == Outcome::Failed);
        if self.failures > MOST_FAILURES && verdict.outcome == Outcome::Failed {
            let message =
                format!("more than {MOST_FAILURES} cases failed; the others are not told");
            self.broke(Broken { cause: Cause::Assertion, message });
            return false;
        }
        true
    }

    /// Whether the end of a case that nobody saw begin is a step to the end of all.
    fn is_progress(&self) -> bool {
        let most = self.plan.filter(|_| self.expected.is_none()).unwrap_or(MOST_UNANNOUNCED);
        self.reported <= most && self.failures < MOST_FAILURES
    }

    /// Fills in what the case's protocol does not tell.
    fn complete(&mut self, verdict: &mut Verdict) {
        let Some(at) = self.ended.iter().position(|ended| ended.case == verdict.case) else {
            return;
        };
        let ended = self.ended.remove(at);
        verdict.seconds = verdict.seconds.or(Some(ended.seconds));
        verdict.location = verdict.location.take().or(ended.location);
        if verdict.output.is_empty() {
            verdict.output = ended.output;
        }
    }

    /// Something was printed: by the case that runs, if there is just one.
    pub(super) fn printed(&mut self, bytes: &[u8]) {
        match self.running.as_mut_slice() {
            [running] => running.output.push(bytes),
            _ => self.output.push(bytes),
        }
    }

    /// It does something that is not about a case: it starts, or collects.
    pub(super) fn goes_on(&mut self, now: f64) {
        self.progress = now;
    }

    /// The stream ended wrongly.
    pub(super) fn broke(&mut self, broken: Broken) {
        self.broken.get_or_insert(broken);
    }

    /// When the next case, or the wait for one, will have lasted too long.
    pub(super) fn deadline(&self) -> f64 {
        if self.running.is_empty() {
            return end(self.progress, self.limit);
        }
        let ends = self.running.iter().map(|running| end(running.since, running.limit));
        ends.fold(f64::INFINITY, f64::min)
    }

    /// Marks what has lasted too long; the limit of the first of them.
    pub(super) fn mark_overdue(&mut self, now: f64) -> Option<Duration> {
        if self.running.is_empty() {
            return self.limit.filter(|_| now >= end(self.progress, self.limit));
        }
        for running in &mut self.running {
            running.overdue = now >= end(running.since, running.limit);
        }
        self.running.iter().find(|running| running.overdue).and_then(|running| running.limit)
    }

    /// The take is over: its process ended, or (`None`) its worker is ready
    /// for another target.
    pub(super) fn close(mut self, exit: Option<&Exit>, addressable: Addressable) -> Closing {
        let rest = self.rest();
        let running = std::mem::take(&mut self.running);
        if exit == Some(&Exit::Stopped) {
            let not_run = running.into_iter().map(|running| running.case).chain(rest).collect();
            return Closing { not_run, ..Closing::default() };
        }
        let mut closing = Closing::default();
        let progress = self.reported > 0 || !running.is_empty();
        let wrong = self.wrong(exit, !running.is_empty());
        let abnormal = wrong.is_some();
        let mut left = match (exit, wrong) {
            (Some(&Exit::TimedOut(limit)), _) => self.blame_overdue(running, limit, &mut closing),
            (_, Some(wrong)) => self.blame(running, wrong, progress, &mut closing),
            (_, None) => Vec::new(),
        };
        left.extend(rest);
        let why = if matches!(exit, Some(Exit::TimedOut(_))) {
            Why::AfterTimeout
        } else {
            Why::AfterCrash
        };
        if abnormal && progress && addressable == Addressable::Case {
            self.take_again(left, why, &mut closing);
        } else {
            for case in left {
                let message = "it was announced, and never reported".to_owned();
                closing.verdicts.push(failed(case, Cause::Missing, message, Capture::default()));
            }
        }
        closing
    }

    /// Expected cases that were neither finished nor running.
    fn rest(&self) -> Vec<CaseName> {
        let running = |name: &CaseName| self.running.iter().any(|running| running.case == *name);
        let open = |name: &&CaseName| !self.finished.contains(*name) && !running(name);
        self.expected.iter().flatten().filter(open).cloned().collect()
    }

    /// What was wrong with the end, if anything was.
    fn wrong(&mut self, exit: Option<&Exit>, running: bool) -> Option<Broken> {
        let crashed = |exit: &Exit| Broken {
            cause: Cause::Crashed,
            message: format!("the process {exit} before this ended"),
        };
        match (self.broken.take(), exit) {
            (_, Some(exit @ Exit::NotStarted(_))) => {
                Some(Broken { cause: Cause::Setup, message: format!("the process {exit}") })
            }
            (_, Some(exit @ Exit::TimedOut(_))) => Some(crashed(exit)),
            (Some(broken), _) => Some(broken),
            (None, Some(exit)) if running => Some(crashed(exit)),
            (None, None) if running => Some(Broken {
                cause: Cause::Missing,
                message: "it began, and never ended".to_owned(),
            }),
            (None, _) => None,
        }
    }

    /// Blames what ran too long; the cases beside it are left.
    fn blame_overdue(
        &mut self,
        running: Vec<Running>,
        limit: Duration,
        closing: &mut Closing,
    ) -> Vec<CaseName> {
        if running.is_empty() {
            let seconds = limit.as_secs_f64();
            let message = format!("nothing was reported for {seconds}s");
            closing.verdicts.push(failed(END, Cause::TimedOut, message, self.output.take()));
        }
        let mut left = Vec::new();
        for running in running {
            if running.overdue {
                let seconds = running.limit.unwrap_or(limit).as_secs_f64();
                let message = format!("it ran longer than {seconds}s");
                let mut verdict = failed(running.case, Cause::TimedOut, message, running.output);
                verdict.seconds = Some(seconds);
                verdict.location = running.location;
                closing.verdicts.push(verdict);
            } else {
                left.push(running.case);
            }
        }
        left
    }

    /// Blames the one case that ran. Of several, each runs again alone; with
    /// none, it is the end, or the target's loading.
    fn blame(
        &mut self,
        mut running: Vec<Running>,
        wrong: Broken,
        progress: bool,
        closing: &mut Closing,
    ) -> Vec<CaseName> {
        if running.len() > 1 {
            closing.suspected = Some((running.len(), wrong.message));
            let alone = |running: Running| (Pick::Only(vec![running.case]), Why::Alone);
            closing.again.extend(running.into_iter().map(alone));
        } else if let Some(running) = running.pop() {
            let output =
                if running.output.is_empty() { self.output.take() } else { running.output };
            let cause = if wrong.cause == Cause::Missing { Cause::Missing } else { Cause::Crashed };
            let mut verdict = failed(running.case, cause, wrong.message, output);
            verdict.location = running.location;
            closing.verdicts.push(verdict);
        } else {
            // Cases were announced and not one came to pass: it does not load.
            let stillborn =
                !progress && self.expected.as_ref().is_some_and(|names| !names.is_empty());
            let (name, blame) = if stillborn || wrong.cause == Cause::Setup {
                (LOAD, Cause::Setup)
            } else {
                (END, wrong.cause)
            };
            closing.verdicts.push(failed(name, blame, wrong.message, self.output.take()));
        }
        Vec::new()
    }

    /// What is left of the target takes another turn, in a new process.
    fn take_again(self, left: Vec<CaseName>, why: Why, closing: &mut Closing) {
        if self.expected.is_some() {
            if !left.is_empty() {
                closing.again.push((Pick::Only(left), why));
            }
            return;
        }
        let mut seen: Vec<_> = self.finished.into_iter().collect();
        seen.extend(closing.verdicts.iter().map(|verdict| verdict.case.clone()));
        seen.extend(closing.again.iter().flat_map(|(pick, _)| match pick {
            Pick::Only(names) => names.clone(),
            Pick::All | Pick::Not(_) => Vec::new(),
        }));
        if let Pick::Not(earlier) = self.pick {
            seen.extend(earlier);
        }
        seen.sort();
        closing.again.push((Pick::Not(seen), why));
    }
}

/// When what began then has lasted that long.
fn end(began: f64, limit: Option<Duration>) -> f64 {
    limit.map_or(f64::INFINITY, |limit| began + limit.as_secs_f64())
}

fn failed(name: impl Into<CaseName>, cause: Cause, message: String, output: Capture) -> Verdict {
    Verdict {
        cause: Some(cause),
        message: Some(message),
        output,
        ..Verdict::new(name, Outcome::Failed)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const LIMIT: Option<Duration> = Some(Duration::from_millis(1400));

    /// Plays cases (`+a` begins, `-a` passes, `?T` looks at the clock) until the
    /// exit; says what follows.
    #[track_caller]
    fn check(pick: Pick, known: Option<&str>, play: &str, exit: Option<&Exit>, expect: &str) {
        let names = |text: &str| text.split(' ').map(Into::into).collect::<Vec<CaseName>>();
        let known = known.map(names);
        let mut work = Work::new(0, pick, Why::First, known.as_deref(), Addressable::Case, 0.0)
            .within(Some(Duration::from_millis(500)));
        for word in play.split_ascii_whitespace() {
            match word.split_at(1) {
                ("+", case) => {
                    // The slow one has longer.
                    let limit = if case == "slow" { LIMIT.map(|limit| limit * 2) } else { LIMIT };
                    work.started(case.into(), limit, 1.0);
                }
                ("-", case) => {
                    assert!(work.finished(&mut Verdict::new(case, Outcome::Passed), 2.0));
                }
                ("!", cause) => work.broke(Broken {
                    cause: if cause == "setup" { Cause::Setup } else { Cause::Missing },
                    message: String::new(),
                }),
                (_, now) => {
                    work.mark_overdue(now.parse().unwrap());
                }
            }
        }
        let closing = work.close(exit, Addressable::Case);
        let mut said: Vec<String> = Vec::new();
        for verdict in &closing.verdicts {
            said.push(format!("{} {}", verdict.case, verdict.cause.unwrap().as_str()));
        }
        for (pick, why) in &closing.again {
            said.push(match pick {
                Pick::All => format!("all {why:?}"),
                Pick::Only(names) => format!("{} {why:?}", names.join("+")),
                Pick::Not(names) => format!("not {} {why:?}", names.join("+")),
            });
        }
        said.extend(closing.not_run.iter().map(|case| format!("{case} not-run")));
        said.extend(closing.suspected.map(|(n, _)| format!("{n} suspected")));
        assert_eq!(said.join(", "), expect);
    }

    #[test]
    fn work_on_no_case_takes_no_time() {
        let limit = Some(Duration::from_secs(5));
        let mut work =
            Work::new(0, Pick::All, Why::First, None, Addressable::Case, 0.0).within(limit);
        work.busy(7.0);
        assert_eq!((work.mark_overdue(11.0), work.mark_overdue(12.0)), (None, limit));
    }

    #[test]
    fn a_whole_run_leaves_nothing() {
        check(Pick::All, Some("a b"), "+a -a +b -b", Some(&Exit::Code(0)), "");
        check(Pick::All, None, "+a -a", None, "");
    }

    #[test]
    fn the_case_that_ran_is_blamed_and_the_rest_goes_on() {
        let segv = Exit::Signal(11);
        check(Pick::All, Some("a b c d"), "+a -a +b", Some(&segv), "b crashed, c+d AfterCrash");
        check(Pick::All, None, "+a -a +b", Some(&segv), "b crashed, not a+b AfterCrash");
        let not = Pick::Not(vec!["z".into()]);
        check(not, None, "+a", Some(&segv), "a crashed, not a+z AfterCrash");
    }

    #[test]
    fn of_several_that_ran_each_runs_alone() {
        let exit = Exit::Code(0);
        let expect = "a Alone, b Alone, c AfterCrash, 2 suspected";
        check(Pick::All, Some("a b c"), "+a +b", Some(&exit), expect);
    }

    #[test]
    fn announced_and_never_reported_is_missing() {
        check(Pick::All, Some("a b"), "+a -a", Some(&Exit::Code(0)), "b missing");
        check(Pick::All, None, "+a", None, "a missing, not a AfterCrash");
    }

    #[test]
    fn a_target_of_which_nothing_came_does_not_load() {
        let exit = Exit::Code(127);
        check(Pick::All, Some("a"), "!missing", Some(&exit), "(load) setup, a missing");
        check(Pick::All, None, "!setup", Some(&exit), "(load) setup");
        check(Pick::All, None, "!missing", Some(&exit), "(end) missing");
        check(Pick::All, None, "", Some(&Exit::NotStarted(String::new())), "(load) setup");
    }

    #[test]
    fn a_blamed_case_says_where_it_stands() {
        let location = Location { file: "a.py".to_owned(), line: Some(3) };
        let mut work = Work::new(0, Pick::All, Why::First, None, Addressable::Case, 0.0);
        work.started("a".into(), None, 1.0);
        work.stands(location.clone());
        let closing = work.close(Some(&Exit::Signal(11)), Addressable::Case);
        assert_eq!(closing.verdicts[0].location, Some(location));
    }

    #[test]
    fn only_what_was_overdue_timed_out() {
        let out = Exit::TimedOut(Duration::from_secs(1));
        let known = Some("a b c");
        check(Pick::All, known, "+a +b -b +c ?2.5", Some(&out), "a timed-out, c timed-out");
        let expected = "(end) timed-out, b+c AfterTimeout";
        check(Pick::All, known, "+a -a ?2.5", Some(&out), expected);
        let expected = "a timed-out, slow AfterTimeout";
        check(Pick::All, Some("a slow"), "+a +slow ?2.5", Some(&out), expected);
    }

    #[test]
    fn a_stream_without_end_is_late_in_the_end() {
        let ends = |plan: Option<usize>, cases: u32, outcome| {
            let second = Some(Duration::from_secs(1));
            let mut work =
                Work::new(0, Pick::All, Why::First, None, Addressable::Target, 0.0).within(second);
            if let Some(plan) = plan {
                work.planned(plan);
            }
            for n in 0..cases {
                work.finished(&mut Verdict::new("a", outcome), f64::from(n) * 0.1);
            }
            work.mark_overdue(f64::from(cases) * 0.1)
        };
        let (passed, late) = (Outcome::Passed, Some(Duration::from_secs(1)));
        assert_eq!(ends(Some(100), 100, passed), None);
        assert_eq!(ends(Some(100), 108, passed), None);
        assert_eq!(ends(Some(100), 111, passed), late);
        assert_eq!(ends(None, 1_000_000, passed), None);
        assert_eq!(ends(None, 1_000_011, passed), late);
        assert_eq!(ends(None, 100_011, Outcome::Failed), late);
    }

    #[test]
    fn the_first_limit_that_is_reached_is_the_deadline() {
        let seconds = |seconds| Some(Duration::from_secs(seconds));
        let mut work = Work::new(0, Pick::All, Why::First, None, Addressable::Case, 0.0);
        assert!(work.deadline().is_infinite() && work.mark_overdue(1e9).is_none());
        work = work.within(seconds(7));
        assert!((work.deadline() - 7.0).abs() < 1e-9);
        assert_eq!((work.mark_overdue(6.9), work.mark_overdue(7.0)), (None, seconds(7)));
        work.started("a".into(), seconds(5), 1.0);
        work.started("b".into(), seconds(2), 3.0);
        work.started("c".into(), None, 0.0);
        assert!((work.deadline() - 5.0).abs() < 1e-9);
        assert_eq!((work.mark_overdue(4.9), work.mark_overdue(5.0)), (None, seconds(2)));
    }

    #[test]
    fn a_stop_is_nobodys_fault() {
        check(Pick::All, Some("a b"), "+a", Some(&Exit::Stopped), "a not-run, b not-run");
    }
}
