//! Signals become events: attempts are counted, failures get their last word.

use crate::decode::{Signal, Verdict};
use crate::ecosystems::{Input, Why};
use crate::event::{Cause, Event, Outcome, Problem, Severity};
use crate::target::{END, LOAD, Location, Target};

use super::super::attempts::{Circumstances, Next, Ruling};
use super::super::launched::Role;
use super::super::target::Offered;
use super::super::work::About;
use super::{Engine, Order};

impl Engine<'_> {
    /// Hears what a launch's decoder learned.
    pub(super) fn hear(&mut self, at: usize, signals: &mut Vec<Signal>) {
        for signal in signals.drain(..) {
            self.hear_one(at, signal);
        }
    }

    fn hear_one(&mut self, at: usize, signal: Signal) {
        let now = self.now();
        let launched = &mut self.launches[at];
        let (session, id) = (launched.session, launched.id);
        match (signal, &mut launched.role) {
            (Signal::Line(line), role) => {
                match role {
                    Role::Tool(Some(entry)) => entry.line(&line),
                    Role::Work(work) => work.goes_on(now),
                    Role::Tool(None) | Role::Idle(_) => {}
                }
                self.tell(session, Input::Line(id, &line));
            }
            (Signal::Announced(n), Role::Work(work)) => {
                work.planned(n);
                let target = work.target;
                self.begin_target(target, Some(n));
            }
            (Signal::Started(case), Role::Work(work)) => {
                let (target, announced) = (work.target, work.announced());
                let of = &self.targets[target].target;
                let limit = self.asked.overrides.limits(of, Some(&case)).timeout;
                work.started(case.clone(), limit, now);
                self.begin_target(target, announced);
                let attempt = self.attempts.next(target, &case);
                let started = self.targets[target].case_started(&case, attempt);
                self.emit(Event::CaseStarted(started));
            }
            (Signal::Ended(case, _), Role::Work(work)) => work.ended(&case, now),
            (Signal::Stands(location), Role::Work(work)) => work.stands(location),
            (Signal::Busy, Role::Work(work)) => work.busy(now),
            (Signal::Finished(mut verdict), Role::Work(work)) => {
                if !work.finished(&mut verdict, now) {
                    return;
                }
                let (target, announced, about) = (work.target, work.announced(), work.about());
                self.begin_target(target, announced);
                self.verdict(target, *verdict, Some(about));
            }
            (Signal::SkippedAll(reason), Role::Work(work)) => {
                let target = work.target;
                self.begin_target(target, Some(0));
                self.targets[target].skip(reason);
            }
            (Signal::Output(bytes), Role::Work(work)) => {
                work.printed(&bytes);
                self.sink.raw(&bytes);
            }
            (Signal::Broken(broken), Role::Work(work)) => work.broke(broken),
            (Signal::Bail(reason), Role::Work(work)) => {
                let target = work.target;
                self.bail(target, &reason);
            }
            (Signal::Ready, role) => {
                let last = if let Role::Work(work) = role { Some(work.target) } else { None };
                let role = std::mem::replace(role, Role::Idle(last));
                let hold = std::mem::take(&mut launched.hold);
                self.queue.release(hold);
                match role {
                    Role::Work(work) => self.close_work(*work, None),
                    Role::Tool(_) | Role::Idle(_) => {}
                }
                self.tell(session, Input::Ready(id));
            }
            // It died on its way out, with all that it was given reported.
            (Signal::Broken(broken), Role::Idle(Some(target))) if !self.stopping => {
                let target = *target;
                let verdict = Verdict {
                    cause: Some(broken.cause),
                    message: Some(broken.message),
                    ..Verdict::new(END, Outcome::Failed)
                };
                self.verdict(target, verdict, Some(About::LAST_WORD));
            }
            // A worker that is a tool for now: both its streams are one.
            (Signal::Output(bytes), Role::Tool(_)) => launched.stderr.push(&bytes),
            // What a tool prints of cases is none of ours.
            (_, Role::Tool(_) | Role::Idle(_)) => {}
        }
    }

    /// A target's first launch begins.
    pub(super) fn begin_target(&mut self, at: usize, cases: Option<usize>) {
        let now = self.now();
        if let Some(started) = self.targets[at].start(now, cases) {
            self.emit(Event::TargetStarted(started));
        }
    }

    /// Says that a target is finished, if it is.
    pub(super) fn end_target(&mut self, at: usize) {
        let now = self.now();
        if let Some(finished) = self.targets[at].finish(now) {
            self.emit(Event::TargetFinished(finished));
        }
    }

    /// A case ended: is it the last word?
    pub(super) fn verdict(&mut self, at: usize, mut verdict: Verdict, about: Option<About>) {
        let about = about.unwrap_or(About { check: false, beside: false, why: Why::First });
        let failed = verdict.outcome == Outcome::Failed;
        let pending = self.attempts.is_pending(at, &verdict.case);
        if about.check && !failed && !pending && !self.targets[at].silent {
            return; // It ran along with the one that is checked, and has its verdict.
        }
        let of = &self.targets[at].target;
        let circumstances = Circumstances {
            retries: self.asked.overrides.limits(of, Some(&verdict.case)).retries,
            recheck: self.setup.recheck && !self.stopping && self.setup.slots > 1,
            beside: about.beside && !about.check,
            why: about.why,
        };
        let ruling = self.attempts.rule(at, &verdict, circumstances);
        if ruling.flaky && about.check {
            verdict.reason = Some("needs serial".to_owned());
        } else if ruling.flaky {
            verdict.reason = Some(format!("passed on attempt {}", ruling.attempt));
        }
        self.place(at, &mut verdict);
        let case = verdict.case.clone();
        self.say(at, verdict, ruling);
        match ruling.next {
            Next::Nothing => {}
            Next::Retry(n) => {
                let pick = self.targets[at].pick_of(&case);
                self.enqueue(Order::new(at, pick, Why::Retry(n)));
            }
            Next::Alone => self.checks.entry(at).or_default().push(case),
        }
    }

    fn say(&mut self, at: usize, verdict: Verdict, ruling: Ruling) {
        let last = ruling.next == Next::Nothing;
        let failed = verdict.outcome == Outcome::Failed && last;
        let unloaded = failed && &*verdict.case == LOAD && verdict.cause == Some(Cause::Setup);
        let problem = unloaded.then(|| not_loaded(&self.targets[at].target, &verdict));
        let finished = self.targets[at].case_finished(verdict, ruling, last);
        self.emit(Event::CaseFinished(Box::new(finished)));
        if let Some(problem) = problem {
            self.asked.overrides.excuse(&self.targets[at].target);
            self.emit(Event::Problem(problem));
        }
        if failed {
            self.failed += 1;
            if self.setup.max_fail.is_some_and(|max| self.failed >= max) {
                self.stop();
            }
        }
    }

    /// Makes an absolute path in the tree relative to its root. A failure of
    /// which nobody says where it is stands in its target's file.
    fn place(&self, at: usize, verdict: &mut Verdict) {
        if verdict.outcome == Outcome::Failed && verdict.location.is_none() {
            let file = self.targets[at].target.path.as_str().to_owned();
            verdict.location = Some(Location { file, line: None });
        }
        if let Some(Location { file, .. }) = &mut verdict.location
            && let Ok(inside) = std::path::Path::new(file.as_str()).strip_prefix(&self.setup.root)
        {
            *file = inside.to_string_lossy().into_owned();
        }
    }

    /// The whole run is to stop, says a test.
    fn bail(&mut self, at: usize, reason: &str) {
        let message =
            if reason.is_empty() { "Bail out!".to_owned() } else { format!("Bail out! {reason}") };
        let verdict = Verdict { message: Some(message), ..Verdict::new(END, Outcome::Failed) };
        // Whatever else may be, the test asked to stop.
        self.verdict(at, verdict, Some(About::LAST_WORD));
        self.stop();
    }

    /// A target could not be built or loaded.
    pub(super) fn not_loaded(
        &mut self,
        session: usize,
        target: Target,
        message: String,
        remedy: String,
        location: Option<Location>,
    ) {
        self.asked.selection.excuse(&target);
        self.asked.overrides.excuse(&target);
        if self.asked.selection.target(&target) == crate::plan::Verdict::No {
            let what = format!("{} is broken", target.label());
            let mut note = Problem::note(what, message, remedy);
            note.location = location;
            return self.emit(Event::Problem(note));
        }
        let at = self.targets.len();
        self.targets.push(Offered::unloaded(session, target));
        self.begin_target(at, None);
        let verdict = Verdict {
            cause: Some(Cause::Setup),
            message: Some(message),
            location,
            reason: Some(remedy),
            ..Verdict::new(LOAD, Outcome::Failed)
        };
        self.verdict(at, verdict, None);
        self.end_target(at);
    }

    /// The checks that were promised do not come: what was said is the last word.
    pub(super) fn give_up_checks(&mut self) {
        self.checks.clear();
        for (at, verdict, attempt) in self.attempts.give_up() {
            self.say(at, verdict, Ruling { attempt, flaky: false, next: Next::Nothing });
        }
    }
}

fn not_loaded(target: &Target, verdict: &Verdict) -> Problem {
    Problem {
        time: 0.0,
        severity: Severity::Error,
        what: format!("{} does not load", target.label()),
        why: verdict.message.clone().unwrap_or_default(),
        remedy: verdict
            .reason
            .clone()
            .unwrap_or_else(|| "mend what the message names, and run it again".to_owned()),
        location: verdict.location.clone(),
    }
}
