//! The progress of one take, and what follows from how it ended: who is to
//! blame, what runs again, what is missing. Pure: times come in as seconds.

use std::collections::HashSet;
use std::time::Duration;

use crate::decode::{Broken, Capture, Verdict};
use crate::ecosystems::{Pick, Why};
use crate::event::{Cause, Outcome};
use crate::launch::Exit;
use crate::target::{Addressable, CaseName, END, LOAD, Location};

use super::queue::LaneOf;

/// How many failed cases of one take are told. More are a flood, not news; and
/// what is kept of failures is what memory has to be bounded for.
const MOST_FAILURES: usize = 100_000;

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
    /// The lane it occupies.
    pub(super) lane: Option<LaneOf>,
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
}

struct Running {
    case: CaseName,
    since: f64,
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
    /// A take that begins now. `known`: all cases of the target that the
    /// take's runner would report.
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
            lane: None,
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
        }
    }

    /// Its circumstances.
    pub(super) fn about(&self) -> About {
        About { check: self.check, beside: self.beside, why: self.why }
    }

    /// How many cases it is to report, where that is known.
    pub(super) fn announced(&self) -> Option<usize> {
        self.expected.as_ref().map(Vec::len)
    }

    /// A case began.
    pub(super) fn started(&mut self, case: CaseName, now: f64) {
        let output = Capture::default();
        self.running.push(Running { case, since: now, output, overdue: false, location: None });
    }

    /// Where the case that began last stands.
    pub(super) fn stands(&mut self, location: Location) {
        if let Some(running) = self.running.last_mut() {
            running.location = Some(location);
        }
    }

    /// A case has ended; its verdict is still to come.
    pub(super) fn ended(&mut self, case: &CaseName, now: f64) {
        self.progress = now;
        if let Some(at) = self.running.iter().position(|running| running.case == *case) {
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

    /// When the next case, or the wait for one, has lasted `limit`.
    pub(super) fn deadline(&self, limit: f64) -> f64 {
        let since = self.running.iter().map(|running| running.since).fold(f64::INFINITY, f64::min);
        limit + if since.is_finite() { since } else { self.progress }
    }

    /// Marks what has lasted `limit`; whether anything has.
    pub(super) fn mark_overdue(&mut self, limit: f64, now: f64) -> bool {
        if self.running.is_empty() {
            return now >= self.progress + limit;
        }
        for running in &mut self.running {
            running.overdue = now >= running.since + limit;
        }
        self.running.iter().any(|running| running.overdue)
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
        let seconds = limit.as_secs_f64();
        if running.is_empty() {
            let message = format!("nothing was reported for {seconds}s");
            closing.verdicts.push(failed(END, Cause::TimedOut, message, self.output.take()));
        }
        let mut left = Vec::new();
        for running in running {
            if running.overdue {
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

    /// Plays cases (`+a` begins, `-a` passes) until the exit; says what follows.
    #[track_caller]
    fn check(pick: Pick, known: Option<&str>, play: &str, exit: Option<&Exit>, expect: &str) {
        let names = |text: &str| text.split(' ').map(Into::into).collect::<Vec<CaseName>>();
        let known = known.map(names);
        let mut work = Work::new(0, pick, Why::First, known.as_deref(), Addressable::Case, 0.0);
        for word in play.split_ascii_whitespace() {
            match word.split_at(1) {
                ("+", case) => work.started(case.into(), 1.0),
                ("-", case) => {
                    assert!(work.finished(&mut Verdict::new(case, Outcome::Passed), 2.0));
                }
                ("!", cause) => work.broke(Broken {
                    cause: if cause == "setup" { Cause::Setup } else { Cause::Missing },
                    message: String::new(),
                }),
                (_, limit) => {
                    work.mark_overdue(limit.parse().unwrap(), 2.5);
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
        work.started("a".into(), 1.0);
        work.stands(location.clone());
        let closing = work.close(Some(&Exit::Signal(11)), Addressable::Case);
        assert_eq!(closing.verdicts[0].location, Some(location));
    }

    #[test]
    fn only_what_was_overdue_timed_out() {
        let out = Exit::TimedOut(Duration::from_secs(1));
        check(Pick::All, Some("a b c"), "+a +b -b +c ?1.4", Some(&out), "a timed-out, c timed-out");
        check(
            Pick::All,
            Some("a b c"),
            "+a -a ?0.5",
            Some(&out),
            "(end) timed-out, b+c AfterTimeout",
        );
    }

    #[test]
    fn a_stop_is_nobodys_fault() {
        check(Pick::All, Some("a b"), "+a", Some(&Exit::Stopped), "a not-run, b not-run");
    }
}
