//! Offers become takes: what of a target is asked for, and when its turn is over.

use crate::decode::Verdict;
use crate::ecosystems::{Case, Cases, Ignored, Isolation, Offer, Pick, Why};
use crate::event::{CaseFound, Event, Outcome, Problem};
use crate::launch::Exit;
use crate::target::{Addressable, CaseName, END, LOAD};

use super::super::queue::{Grant, Hold, LaneOf, Waiting};
use super::super::target::Offered;
use super::super::work::{About, Work};
use super::{Engine, Job, Order};

impl Engine<'_> {
    /// Takes of an offer what is asked for.
    pub(super) fn offer(&mut self, session: usize, offer: Offer) {
        if self.stopping {
            return;
        }
        let Some(pick) = self.pick(&offer) else { return };
        if self.setup.list {
            return self.list(&offer, &pick);
        }
        let left_out = self.left_out(&offer, &pick);
        let target = self.targets.len();
        self.targets.push(Offered::new(session, offer, self.setup.ignored));
        let pick = without(pick, &left_out);
        for case in left_out {
            self.begin_target(target, None);
            let reason = Some("ignored".to_owned());
            self.verdict(target, Verdict { reason, ..Verdict::new(case, Outcome::Skipped) }, None);
        }
        match pick {
            Pick::Only(cases) if cases.is_empty() => self.end_target(target),
            Pick::All if self.targets[target].known.as_ref().is_some_and(Vec::is_empty) => {}
            pick => self.enqueue(Order::new(target, pick, Why::First)),
        }
    }

    /// Which of its cases are asked for; `None`: none.
    fn pick(&mut self, offer: &Offer) -> Option<Pick> {
        let cases = match &offer.cases {
            Cases::Known(cases) => Some(cases.as_slice()),
            Cases::Dynamic => None,
        };
        let picked = self.asked.selection.pick(&offer.target, cases, offer.addressable);
        if let Some(typed) = picked.widened {
            self.emit(Event::Problem(Problem::note(
                format!("{typed} cannot run alone"),
                format!("the cases of {} are known only as it runs", offer.target.label()),
                "the whole of it runs",
            )));
        }
        picked.pick
    }

    /// Cases that were picked by name, and that their runner leaves out.
    /// (Where it runs the whole target, it says so of them itself.)
    fn left_out(&self, offer: &Offer, pick: &Pick) -> Vec<CaseName> {
        let (Pick::Only(names), Cases::Known(cases)) = (pick, &offer.cases) else {
            return Vec::new();
        };
        let left_out = |case: &&Case| match self.setup.ignored {
            Ignored::No => case.ignored,
            Ignored::Only | Ignored::Also => false,
        };
        cases
            .iter()
            .filter(left_out)
            .map(|case| case.name.clone())
            .filter(|name| names.contains(name))
            .collect()
    }

    /// Says what would run.
    fn list(&mut self, offer: &Offer, pick: &Pick) {
        let ignored = self.setup.ignored;
        let runs = |case: &&Case| match pick {
            Pick::Only(names) => names.contains(&case.name),
            Pick::All | Pick::Not(_) => ignored != Ignored::Only || case.ignored,
        };
        let found: Vec<_> = match &offer.cases {
            Cases::Known(cases) => cases
                .iter()
                .filter(runs)
                .map(|case| case.found(&offer.target, offer.addressable, ignored))
                .collect(),
            Cases::Dynamic => {
                vec![CaseFound::of(&offer.target, offer.target.label(), Addressable::Target)]
            }
        };
        for found in found {
            self.emit(Event::CaseFound(found));
        }
    }

    /// Adds an order to the queue; several, where its cases run on different terms.
    pub(super) fn enqueue(&mut self, order: Order) {
        let target = &self.targets[order.target];
        let session = &self.sessions[target.session].session;
        let apart = |how| how != Isolation::Shared && !session.isolates(how);
        let Order { target: at, pick, why, check, terms: _ } = order;
        for (pick, terms) in self.asked.overrides.split(target.whole(), pick, apart) {
            self.queue_up(Order { target: at, pick, why, check, terms });
        }
    }

    fn queue_up(&mut self, order: Order) {
        let target = &mut self.targets[order.target];
        self.sessions[target.session].open += 1;
        *if order.check { &mut target.checks } else { &mut target.open } += 1;
        if order.check || order.terms.alone {
            return self.queue.add_last(Job::Take(order));
        }
        let cases = target.weight(&order.pick);
        // One case alone needs one thread.
        let threaded = target.threaded && cases != Some(1) && order.terms.beside();
        let first = order.why != Why::First;
        // What runs alone leaves its lane, if that can be done without it.
        let alone = matches!(order.why, Why::Alone | Why::Retry(_));
        let lane = target.lane.filter(|lane| !(lane.lends && alone)).map(|lane| LaneOf {
            session: target.session,
            number: lane.number,
            lends: lane.lends,
        });
        let (slots, groups) = (order.terms.slots, order.terms.groups.clone());
        let needs = Hold { slots, groups, lane };
        // The largest first; but a lane keeps its order.
        let cases = cases.filter(|_| lane.is_none());
        let waiting = Waiting { item: Job::Take(order), cases, threaded, needs };
        if first { self.queue.add_first(waiting) } else { self.queue.add(waiting) }
    }

    /// The order could not be given to the worker after all.
    pub(super) fn put_back(&mut self, grant: Grant<Order>) {
        self.queue.release(grant.hold);
        self.end_order(grant.item.target, grant.item.check);
        self.queue_up(grant.item);
    }

    /// The order cannot be run: its target does not load.
    pub(super) fn refuse(&mut self, grant: Grant<Order>, why: String) {
        self.queue.release(grant.hold);
        let work = self.work(&grant.item);
        self.close_work(work, Some(&Exit::NotStarted(why)));
    }

    /// The order will not be run: the run stops.
    pub(super) fn drop_order(&mut self, order: &Order) {
        if order.check {
            return self.end_order(order.target, true);
        }
        let work = self.work(order);
        self.close_work(work, Some(&Exit::Stopped));
    }

    /// An order is no longer waiting or running.
    fn end_order(&mut self, at: usize, check: bool) {
        let target = &mut self.targets[at];
        self.sessions[target.session].open -= 1;
        *if check { &mut target.checks } else { &mut target.open } -= 1;
    }

    /// A take is over: its verdicts, and what it leaves to do.
    pub(super) fn close_work(&mut self, work: Work, exit: Option<&Exit>) {
        let (at, check, suspect) = (work.target, work.check, work.why == Why::Alone && !work.check);
        let about = work.about();
        self.begin_target(at, work.announced());
        let closing = work.close(exit, self.targets[at].addressable);
        let stopped = exit == Some(&Exit::Stopped);
        if let Some((n, message)) = closing.suspected {
            self.targets[at].suspects = Some((n, message));
        }
        let failed = self.failed;
        let clean = closing.verdicts.is_empty();
        for verdict in closing.verdicts {
            self.verdict(at, verdict, Some(about));
        }
        for case in closing.not_run {
            if !check {
                self.verdict(at, Verdict::new(case, Outcome::NotRun), Some(about));
            }
        }
        for (pick, why) in closing.again {
            self.enqueue_again(Order { check, ..Order::new(at, pick, why) });
        }
        if suspect {
            self.clear_suspect(at, clean && self.failed == failed, stopped);
        }
        self.end_order(at, check);
        if check && !stopped && self.targets[at].checks == 0 {
            self.settle_checks(at, clean);
        }
        self.end_target(at);
    }

    fn enqueue_again(&mut self, order: Order) {
        self.enqueue(order);
        if self.stopping {
            // Too late: it is over before it began.
            for job in self.queue.drain().collect::<Vec<_>>() {
                if let Job::Take(order) = job {
                    self.drop_order(&order);
                }
            }
        }
    }

    /// One of several suspects ran alone. If none of them fails that way, the
    /// crash they shared is still a fact.
    fn clear_suspect(&mut self, at: usize, innocent: bool, stopped: bool) {
        let Some((left, message)) = self.targets[at].suspects.take() else { return };
        if !innocent || stopped {
            return;
        }
        if left > 1 {
            self.targets[at].suspects = Some((left - 1, message));
            return;
        }
        let message =
            format!("{message}\nseveral cases ran then, and none of them brings it about alone");
        let verdict = Verdict {
            cause: Some(crate::event::Cause::Crashed),
            message: Some(message),
            ..Verdict::new(END, Outcome::Failed)
        };
        self.verdict(at, verdict, None);
    }

    /// Queues the checks of failures: each target's alone, when all else is done.
    pub(super) fn queue_checks(&mut self) {
        for (at, cases) in std::mem::take(&mut self.checks) {
            let target = &mut self.targets[at];
            let no_case = |case: &CaseName| matches!(&**case, END | LOAD);
            let by_name = target.addressable == Addressable::Case && !cases.iter().any(no_case);
            target.silent = cases.iter().all(no_case) && target.reported() == cases.len();
            let pick = if by_name { Pick::Only(cases) } else { Pick::All };
            self.enqueue(Order { check: true, ..Order::new(at, pick, Why::Alone) });
        }
    }

    /// After a check: what failed before and did not show itself again.
    fn settle_checks(&mut self, at: usize, clean: bool) {
        for case in self.attempts.pending(at) {
            let outcome = match &*case {
                END | LOAD if clean => Outcome::Passed,
                _ => Outcome::Failed,
            };
            let mut verdict = Verdict::new(case, outcome);
            if outcome == Outcome::Failed {
                verdict.cause = Some(crate::event::Cause::Missing);
                verdict.message =
                    Some("it failed, and did not come again when its target ran alone".to_owned());
            }
            self.verdict(at, verdict, Some(About::LAST_WORD));
        }
    }
}

fn without(pick: Pick, left_out: &[CaseName]) -> Pick {
    match pick {
        Pick::Only(names) => {
            Pick::Only(names.into_iter().filter(|name| !left_out.contains(name)).collect())
        }
        pick @ (Pick::All | Pick::Not(_)) => pick,
    }
}
