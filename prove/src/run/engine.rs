//! The loop: starts what may start, waits, reads, ends.

use std::collections::{BTreeMap, HashMap};
use std::io;
use std::time::{Duration, Instant};

use rustix::event::{PollFd, PollFlags, Timespec, poll};
use rustix::process;

use crate::decode::Signal;
use crate::ecosystems::{Done, Input, LaunchId, Pick, Session, Step, Take, Why};
use crate::event::{Event, Problem};
use crate::launch::{Exit, Launch};
use crate::plan::Terms;
use crate::target::CaseName;

use super::attempts::Attempts;
use super::launched::{Birth, Launched, Role};
use super::memo::{Memo, Told};
use super::process::{Process, Scratch};
use super::queue::{Grant, Hold, Queue, Waiting};
use super::reap::{self, Guardian};
use super::signals::{self, Signals};
use super::target::Offered;
use super::work::Work;
use super::{Asked, Ended, Open, STATE_FOLDER, Setup, Sink};

mod offers;
mod verdicts;

/// The run as it stands.
pub(super) struct Engine<'a> {
    setup: &'a Setup,
    asked: Asked<'a>,
    sink: &'a mut dyn Sink,
    began: Instant,
    sessions: Vec<Opened>,
    targets: Vec<Offered>,
    launches: Vec<Launched>,
    queue: Queue<Job>,
    attempts: Attempts,
    /// Failures to be checked alone at the end, by target.
    checks: BTreeMap<usize, Vec<CaseName>>,
    /// Bytes for launches that wait for a slot.
    unsent: Vec<(usize, LaunchId, Vec<u8>)>,
    failed: usize,
    stopping: bool,
    ended: Ended,
    started: usize,
    mark: String,
    memo: Memo,
    /// Outputs of which it is still to be told what they depend on.
    open: HashMap<(usize, LaunchId), Told>,
    scratch: Scratch,
    guardian: Option<Guardian>,
    signals: Signals,
}

struct Opened {
    session: Box<dyn Session>,
    project: String,
    offers_done: bool,
    /// Takes that wait or run.
    open: usize,
}

/// What ended a wait.
struct Woken {
    /// A child ended, or the user wants the run to end.
    signals: bool,
    /// The launches that can be read or written.
    launches: Vec<usize>,
}

/// What waits for a slot.
enum Job {
    Tool(usize, LaunchId, Box<Launch>),
    Take(Order),
}

/// A take that waits for a slot.
#[derive(Clone)]
struct Order {
    target: usize,
    pick: Pick,
    why: Why,
    /// To see whether failures stay failures with nothing beside them.
    check: bool,
    /// How it runs: settled when it is queued.
    terms: Terms,
}

impl Order {
    /// An order that is no check, on terms that are still to be settled.
    fn new(target: usize, pick: Pick, why: Why) -> Self {
        Self { target, pick, why, check: false, terms: Terms::default() }
    }
}

impl<'a> Engine<'a> {
    /// A run about to begin.
    pub(super) fn new(
        setup: &'a Setup,
        asked: Asked<'a>,
        sessions: Vec<Open<'_>>,
        sink: &'a mut dyn Sink,
    ) -> io::Result<Self> {
        let mark = format!("{:x}-{:x}", std::process::id(), setup.seed);
        let opened = sessions.into_iter().map(|open| Opened {
            session: open.session,
            project: open.project.root.to_string(),
            offers_done: false,
            open: 0,
        });
        Ok(Self {
            sessions: opened.collect(),
            sink,
            began: Instant::now(),
            targets: Vec::new(),
            launches: Vec::new(),
            queue: Queue::new(setup.slots),
            attempts: Attempts::default(),
            checks: BTreeMap::new(),
            unsent: Vec::new(),
            failed: 0,
            stopping: false,
            ended: Ended::default(),
            started: 0,
            open: HashMap::new(),
            memo: Memo::new(&setup.root.join(STATE_FOLDER)),
            scratch: Scratch::new(&mark),
            mark,
            guardian: None,
            signals: Signals::new()?,
            setup,
            asked,
        })
    }

    /// Runs everything.
    pub(super) fn run(mut self) -> io::Result<Ended> {
        reap::adopt_orphans();
        for session in 0..self.sessions.len() {
            self.tell(session, Input::Start);
        }
        loop {
            // Outputs that were kept are there at once, so they come before the
            // work that can use them.
            self.reap(false);
            self.start_what_may();
            if self.is_over() {
                break;
            }
            let woken = self.wait()?;
            if woken.signals {
                self.mind_signals();
            }
            self.read(&woken.launches);
            self.mind_time();
            self.reap(woken.signals);
            self.close_idle();
        }
        self.close();
        Ok(self.ended)
    }

    fn now(&self) -> f64 {
        self.began.elapsed().as_secs_f64()
    }

    fn emit(&mut self, event: Event) {
        self.sink.event(event);
    }

    /// Tells a session what happened, and does what it answers.
    fn tell(&mut self, session: usize, input: Input<'_>) {
        let mut steps = Vec::new();
        self.sessions[session].session.on(input, &mut steps);
        for step in steps {
            self.step(session, step, None);
        }
    }

    /// Lets a session answer a take; whatever it answers, the slots are accounted for.
    fn order(&mut self, order: Order, hold: Hold) {
        let target = &self.targets[order.target];
        let session = target.session;
        let beside = order.terms.beside() && !order.check;
        let take = Take {
            threads: if beside { hold.slots } else { 1 },
            isolation: order.terms.isolation,
            env: order.terms.env.clone(),
            ..Take::new(target.id, order.pick.clone(), order.why)
        };
        let mut steps = Vec::new();
        self.sessions[session].session.on(Input::Take(take), &mut steps);
        let mut grant = Some(Grant { item: order, hold });
        for step in steps {
            let answers = matches!(step, Step::Run(..) | Step::Reuse(..) | Step::Refuse(..));
            let grant = if answers { grant.take() } else { None };
            self.step(session, step, grant);
        }
        if let Some(grant) = grant {
            self.refuse(grant, "its session gave no answer".to_owned());
        }
    }

    fn step(&mut self, session: usize, step: Step, grant: Option<Grant<Order>>) {
        match (step, grant) {
            (Step::Tool(id, launch), _) => self.tool(session, id, launch),
            (Step::Offer(offer), _) => self.offer(session, offer),
            (Step::OffersDone, _) => self.sessions[session].offers_done = true,
            (Step::Run(id, _, mut launch), Some(Grant { item: order, hold })) => {
                for (name, value) in &*order.terms.env {
                    launch = launch.env(name, value);
                }
                let work = self.work(&order);
                self.launch(session, id, &launch, Role::Work(Box::new(work)), hold);
            }
            (Step::Reuse(id, _, bytes), Some(grant)) => {
                match self
                    .find(session, id)
                    .filter(|&at| matches!(self.launches[at].role, Role::Idle(_)))
                {
                    Some(at) => {
                        let work = self.work(&grant.item);
                        self.launches[at].assign(work, grant.hold, &bytes);
                        self.mark_beside(at);
                    }
                    // It died while it waited; the session learns of it and starts another.
                    None => self.put_back(grant),
                }
            }
            (Step::Refuse(_, why), Some(grant)) => self.refuse(grant, why),
            (Step::Run(..) | Step::Reuse(..) | Step::Refuse(..), None) => {}
            (Step::Send(id, bytes), _) => match self.find(session, id) {
                Some(at) => self.launches[at].send(&bytes),
                None => self.unsent.push((session, id, bytes)),
            },
            (Step::Close(id), _) => {
                if let Some(at) = self.find(session, id) {
                    self.launches[at].close_stdin();
                }
            }
            (Step::Remember(id, depends), _) => {
                if let Some(open) = self.open.remove(&(session, id)) {
                    open.keep(&depends);
                }
            }
            (Step::Emit(event), _) => self.emit(event),
            (Step::NotLoaded { target, message, remedy, location }, _) => {
                self.not_loaded(session, target, message, remedy, location);
            }
        }
    }

    fn find(&self, session: usize, id: LaunchId) -> Option<usize> {
        self.launches.iter().position(|launched| launched.session == session && launched.id == id)
    }

    fn tool(&mut self, session: usize, id: LaunchId, launch: Launch) {
        if self.stopping {
            return;
        }
        if launch.slots == 0 {
            return self.start_tool(session, id, &launch, Hold::default());
        }
        let item = Job::Tool(session, id, Box::new(launch));
        // Tools lead to offers, so they go first.
        let (cases, needs) = (Some(1), Hold::default());
        self.queue.add_first(Waiting { item, cases, threaded: false, needs });
    }

    fn start_tool(&mut self, session: usize, id: LaunchId, launch: &Launch, hold: Hold) {
        match self.memo.look_up(launch) {
            Ok(output) => {
                let birth = Birth { session, id, hold, now: self.now() };
                self.launches.push(Launched::kept(birth, launch, output));
            }
            Err(entry) => self.launch(session, id, launch, Role::Tool(entry), hold),
        }
    }

    fn launch(&mut self, session: usize, id: LaunchId, launch: &Launch, role: Role, hold: Hold) {
        self.guardian.get_or_insert_with(|| Guardian::start(&self.setup.prove, &self.mark));
        self.started += 1;
        let mark = format!("{}.{}", self.mark, self.started);
        let birth = Birth { session, id, hold, now: self.now() };
        self.launches.push(Launched::start(birth, launch, role, mark, &self.scratch));
        let at = self.launches.len() - 1;
        let of_it = |(of, to, _): &mut (usize, LaunchId, Vec<u8>)| (*of, *to) == (session, id);
        for (_, _, bytes) in self.unsent.extract_if(.., of_it) {
            self.launches[at].send(&bytes);
        }
        self.mark_beside(at);
    }

    /// Remembers of all that works now that it did not work alone.
    fn mark_beside(&mut self, at: usize) {
        let others =
            self.launches.iter().enumerate().any(|(i, launched)| i != at && launched.is_active());
        if others {
            self.launches.iter_mut().filter_map(Launched::work).for_each(|work| work.beside = true);
        }
    }

    fn start_what_may(&mut self) {
        while !self.stopping {
            let settled = self.sessions.iter().all(|opened| opened.offers_done)
                && !self.launches.iter().any(Launched::is_active);
            if settled && self.queue.is_empty() {
                self.queue_checks();
            }
            let Some(Grant { item, hold }) = self.queue.next(settled) else { return };
            match item {
                Job::Tool(session, id, launch) => self.start_tool(session, id, &launch, hold),
                Job::Take(order) => self.order(order, hold),
            }
        }
    }

    fn is_over(&mut self) -> bool {
        if !self.launches.is_empty() || !self.stopping && !self.queue.is_empty() {
            return false;
        }
        for at in 0..self.sessions.len() {
            if !self.stopping && !self.sessions[at].offers_done {
                let what = format!("the project {}", self.sessions[at].project);
                let why = "nothing of it runs any more, and it was not finished";
                self.emit(Event::Problem(Problem::error(what, why, "please report this")));
            }
        }
        true
    }

    /// Waits until something can be read or written, a child ends, a signal
    /// comes, or it is time for something.
    fn wait(&mut self) -> io::Result<Woken> {
        let now = self.now();
        let every = self.sink.every().as_secs_f64();
        let until = self.launches.iter().map(Launched::deadline).fold(now + every, f64::min);
        // Rounded up: woken too early, the loop would turn for nothing.
        let pause = Duration::from_secs_f64((until - now).max(0.0)) + Duration::from_micros(500);
        let pause = if until <= now { Duration::ZERO } else { pause };
        let mut fds: Vec<_> =
            self.signals.waits().map(|fd| PollFd::from_borrowed_fd(fd, PollFlags::IN)).collect();
        let signals = fds.len();
        let mut owners = Vec::new();
        for (at, launched) in self.launches.iter().enumerate() {
            for (fd, write) in launched.process().into_iter().flat_map(Process::waits) {
                fds.push(PollFd::from_borrowed_fd(
                    fd,
                    if write { PollFlags::OUT } else { PollFlags::IN },
                ));
                owners.push(at);
            }
        }
        match poll(&mut fds, Timespec::try_from(pause).ok().as_ref()) {
            Ok(_) | Err(rustix::io::Errno::INTR) => {}
            Err(error) => return Err(error.into()),
        }
        let is_ready = |fd: &PollFd<'_>| !fd.revents().is_empty();
        let (of_signals, of_launches) = fds.split_at(signals);
        let mut launches: Vec<_> = owners
            .into_iter()
            .zip(of_launches)
            .filter(|(_, fd)| is_ready(fd))
            .map(|(at, _)| at)
            .collect();
        launches.dedup();
        Ok(Woken { signals: of_signals.iter().any(is_ready), launches })
    }

    fn mind_signals(&mut self) {
        if self.signals.take_stop() {
            self.stand_still();
        }
        let Some((signal, count)) = self.signals.take() else { return };
        if self.ended.signal.is_none() {
            self.ended.signal = Some(signal);
            self.stop();
        } else if count > 1 {
            let now = self.now();
            self.launches.iter_mut().for_each(|launched| launched.stop(Exit::Stopped, now));
        }
    }

    /// Stops all that runs, and this process, until somebody continues it. The
    /// children have groups of their own, which no terminal stops. No clock
    /// runs meanwhile: nobody is late for it.
    fn stand_still(&mut self) {
        let began = Instant::now();
        self.launches.iter().for_each(|launched| launched.signal(process::Signal::STOP));
        signals::stop_here();
        self.launches.iter().for_each(|launched| launched.signal(process::Signal::CONT));
        self.began += began.elapsed();
        // Said again while it stood still, it was meant for this time.
        self.signals.take_stop();
    }

    fn read(&mut self, launches: &[usize]) {
        let mut signals = Vec::new();
        for &at in launches {
            self.launches[at].flush();
            self.launches[at].read(&mut signals);
            self.hear(at, &mut signals);
        }
    }

    fn mind_time(&mut self) {
        let now = self.now();
        for launched in &mut self.launches {
            launched.kill_if_late(now);
            launched.check_time(now);
        }
        self.sink.tick(now);
        if self.sink.is_lost() {
            self.stop();
        }
    }

    /// Ends the launches whose processes have ended: a signal tells of that.
    fn reap(&mut self, child_ended: bool) {
        let mut signals: Vec<Signal> = Vec::new();
        let mut at = 0;
        while at < self.launches.len() {
            let may_end = child_ended || self.launches[at].process().is_none();
            let Some(exit) = (if may_end { self.launches[at].end(&mut signals) } else { None })
            else {
                at += 1;
                continue;
            };
            self.hear(at, &mut signals);
            let launched = self.launches.swap_remove(at);
            self.kill_left_behind(&launched.mark);
            self.queue.release(launched.hold);
            match launched.role {
                Role::Work(work) => self.close_work(*work, Some(&exit)),
                Role::Tool(Some(entry)) if exit.success() => {
                    if let Some(open) = entry.keep() {
                        self.open.insert((launched.session, launched.id), open);
                    }
                }
                Role::Tool(_) | Role::Idle(_) => {}
            }
            let seconds = self.now() - launched.began;
            let stderr = launched.stderr.text();
            let done = Done { exit: &exit, stderr: &stderr, seconds, kept: launched.kept };
            self.tell(launched.session, Input::Done(launched.id, done));
        }
    }

    fn kill_left_behind(&self, mark: &str) {
        if let Some(guardian) = &self.guardian {
            let ours: Vec<_> = self.launches.iter().filter_map(Launched::pid).collect();
            reap::kill_orphans(&ours, guardian, Some(mark));
        }
    }

    /// Lets workers go for which there is no more work.
    fn close_idle(&mut self) {
        for launched in &mut self.launches {
            let opened = &self.sessions[launched.session];
            let needed = opened.open > 0 || !opened.offers_done || !self.checks.is_empty();
            if matches!(launched.role, Role::Idle(_)) && (!needed || self.stopping) {
                launched.close_stdin();
            }
        }
    }

    /// Ends the run before its time: what runs is ended, what waits is not run.
    fn stop(&mut self) {
        if std::mem::replace(&mut self.stopping, true) {
            return;
        }
        let now = self.now();
        self.launches.iter_mut().for_each(|launched| launched.stop(Exit::Stopped, now));
        let waiting: Vec<_> = self.queue.drain().collect();
        for job in waiting {
            if let Job::Take(order) = job {
                self.drop_order(&order);
            }
        }
    }

    fn close(&mut self) {
        self.give_up_checks();
        if let Some(mut guardian) = self.guardian.take() {
            reap::kill_all_orphans(&guardian);
            guardian.dismiss();
        }
    }

    fn work(&mut self, order: &Order) -> Work {
        let now = self.now();
        let target = &self.targets[order.target];
        let known = target.known.as_deref();
        let pick = order.pick.clone();
        let limit = self.asked.overrides.limits(&target.target, None).timeout;
        let mut work =
            Work::new(order.target, pick, order.why, known, target.addressable, now).within(limit);
        work.check = order.check;
        work
    }
}
