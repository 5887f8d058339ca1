//! Hands targets to warm workers.

use std::collections::{HashMap, HashSet};
use std::path::PathBuf;
use std::sync::Arc;

use serde::{Deserialize, Serialize};
use tagged_json::Envelope;

use crate::event::{Event, Problem};
use crate::launch::{Launch, Protocol, Stdin};
use crate::target::{Addressable, CaseName, Kind, Location, TreePath};

use super::super::{
    Case, Cases, Context, Docs, Done, Input, Isolation, LaunchId, Offer, Pick, Session, Step, Take,
    TargetId, Why,
};
use super::code::{self, Compiled};
use super::interpreter::{self, Interpreter};
use super::{Plan, Spec};

/// The work on one Python project.
pub(super) struct Python {
    context: Context,
    root: TreePath,
    specs: Vec<Spec>,
    /// doctest's option flags.
    flags: Vec<String>,
    /// How many of them, from the first, something is asked of.
    asked: usize,
    /// The interpreters that are still to be tried, by name.
    sought: &'static [&'static str],
    chosen: Option<Interpreter>,
    interpreter: PathBuf,
    launches: u32,
    probe: Option<(LaunchId, Vec<String>)>,
    /// The worker's program, as it is compiled; workers that are started before
    /// it is there compile it themselves.
    compiler: Option<(LaunchId, Compiled)>,
    compiled: Option<Vec<u8>>,
    collector: Option<Collector>,
    idle: Vec<LaunchId>,
    /// What each worker was started for.
    workers: HashMap<LaunchId, Purpose>,
    /// Whether a worker has threads from its start, so that none forks.
    threads: bool,
    /// Whether the cases of a target were offered by name.
    known: HashMap<TargetId, bool>,
}

/// What a worker was started for.
#[derive(PartialEq, Eq)]
struct Purpose {
    isolation: Isolation,
    /// The variables that its take brought.
    env: Arc<[(String, String)]>,
}

/// A worker that loads modules and tells their cases, without running any.
struct Collector {
    launch: LaunchId,
    /// Where it is in the list of targets.
    at: usize,
    found: Vec<Case>,
    unloaded: bool,
}

/// What a collecting worker says: an array whose head is its type.
#[derive(Envelope)]
#[envelope(tag = 0, rename_all = "lowercase")]
enum Told {
    /// A case, and where it stands.
    Found { name: String, file: Option<String>, line: Option<u32> },
    /// The module does not load: the message, and where that happened.
    Unloaded { message: String, file: Option<String>, line: Option<u32> },
    /// All cases of a target were told.
    Collected,
    /// It has threads before any test began, so that it does not fork.
    Threads,
}

/// What a worker is told: an array whose head is its type.
#[derive(Envelope)]
#[envelope(tag = 0, rename_all = "lowercase")]
enum Command<'a> {
    /// Load it and tell its cases.
    Collect(Work<'a>),
    /// Load it and run it.
    Run(Work<'a>),
    /// The same, in a child.
    Fork(Work<'a>),
}

/// A target, as a worker needs it.
#[derive(Serialize, Deserialize)]
struct Work<'a> {
    /// Whether the cases are known, so that each is to be accounted for.
    account: bool,
    /// doctest's option flags.
    #[serde(borrow, skip_serializing_if = "Vec::is_empty")]
    flags: Vec<&'a str>,
    kind: Kind,
    loose: bool,
    module: &'a str,
    /// All cases but these.
    #[serde(borrow)]
    not: Option<Vec<&'a str>>,
    /// These cases alone.
    #[serde(borrow)]
    only: Option<Vec<&'a str>>,
    path: String,
    /// Where imports are looked for first.
    paths: Vec<String>,
    /// Of a text, which is not imported: the lines that belong to no example.
    #[serde(skip_serializing_if = "Option::is_none")]
    text: Option<Vec<(u32, u32)>>,
}

impl Python {
    pub(super) fn new(plan: &Plan, context: &Context) -> Self {
        let wanted = |spec: &&Spec| spec.target.kind != Kind::Doc || context.docs != Docs::Off;
        let extra = if context.docs == Docs::All { plan.extra.as_slice() } else { &[] };
        let unasked: HashSet<_> = context.unasked.iter().collect();
        let specs = plan.targets.iter().filter(wanted).chain(extra).cloned();
        let (mut specs, others): (Vec<_>, Vec<_>) =
            specs.partition(|spec| !unasked.contains(&spec.target));
        let asked = specs.len();
        specs.extend(others);
        Self {
            root: plan.root.clone(),
            specs,
            flags: plan.flags.clone(),
            asked,
            sought: &[],
            chosen: Some(Interpreter::choose(plan, context)),
            interpreter: PathBuf::new(),
            launches: 0,
            probe: None,
            compiler: None,
            compiled: None,
            collector: None,
            idle: Vec::new(),
            workers: HashMap::new(),
            threads: false,
            known: HashMap::new(),
            context: context.clone(),
        }
    }

    fn start(&mut self, steps: &mut Vec<Step>) {
        match self.chosen.take() {
            _ if self.specs.is_empty() => steps.push(Step::OffersDone),
            Some(Interpreter::Known(python)) => self.offer(python, steps),
            Some(Interpreter::Sought(names)) => self.seek(names, steps),
            None => {}
        }
    }

    fn seek(&mut self, names: &'static [&'static str], steps: &mut Vec<Step>) {
        let Some((name, rest)) = names.split_first() else { return };
        let launch = self.next_launch();
        steps.push(Step::Tool(launch, interpreter::probe(name, self.cwd(), &self.context)));
        self.probe = Some((launch, Vec::new()));
        self.sought = rest;
    }

    fn line(&mut self, launch: LaunchId, line: &[u8], steps: &mut Vec<Step>) {
        match (&mut self.probe, &mut self.compiler) {
            (Some((probe, lines)), _) if *probe == launch => {
                lines.push(String::from_utf8_lossy(line).into_owned());
            }
            (_, Some((compiler, code))) if *compiler == launch => code.line(line),
            _ => self.told(launch, line, steps),
        }
    }

    /// The probe has ended: its answer, or the next name, or the end of it.
    fn sought(&mut self, lines: &[String], done: Done<'_>, steps: &mut Vec<Step>) {
        let name = if self.sought.is_empty() { "python" } else { "python3" };
        match interpreter::answer(name, lines, done) {
            Ok(python) => self.offer(python, steps),
            Err(_) if !self.sought.is_empty() => self.seek(self.sought, steps),
            Err(problem) => {
                steps.push(Step::Emit(Event::Problem(problem)));
                steps.push(Step::OffersDone);
            }
        }
    }

    fn offer(&mut self, python: PathBuf, steps: &mut Vec<Step>) {
        let compiler = self.next_launch();
        steps.push(Step::Tool(compiler, code::compiler(&python, self.cwd())));
        self.compiler = Some((compiler, Compiled::default()));
        self.interpreter = python;
        if self.context.resolve {
            // Not to be loaded for nothing; offered, so that their names are known.
            for at in self.asked..self.specs.len() {
                steps.push(self.offered(at, Cases::Dynamic));
            }
            return self.collect(0, steps);
        }
        for at in 0..self.specs.len() {
            steps.push(self.offered(at, Cases::Dynamic));
        }
        steps.push(Step::OffersDone);
    }

    fn offered(&mut self, at: usize, cases: Cases) -> Step {
        let id = target_id(at);
        self.known.insert(id, cases != Cases::Dynamic);
        let target = self.specs[at].target.clone();
        Step::Offer(Offer {
            id,
            target,
            cases,
            addressable: Addressable::Case,
            threaded: false,
            lane: None,
        })
    }

    /// Collects the cases of all targets from this one on, as far as they are asked for.
    fn collect(&mut self, at: usize, steps: &mut Vec<Step>) {
        if at >= self.asked {
            return steps.push(Step::OffersDone);
        }
        let (launch, mut worker, mut input) = self.worker();
        // At once: until it has told them, there is nothing to wait for.
        worker.slots = 0;
        for at in at..self.asked {
            Command::Collect(self.work(at, &Pick::All)).append_to(&mut input);
        }
        steps.push(Step::Tool(launch, worker));
        steps.push(Step::Send(launch, input));
        self.collector = Some(Collector { launch, at, found: Vec::new(), unloaded: false });
    }

    /// A worker has threads before any test began: it runs this one target.
    fn has_threads(&mut self, launch: LaunchId, steps: &mut Vec<Step>) {
        if let Some(purpose) = self.workers.get_mut(&launch) {
            purpose.isolation = Isolation::Process;
        }
        if !std::mem::replace(&mut self.threads, true) {
            steps.push(Step::Emit(Event::Problem(Problem::note(
                format!("{} does not fork", self.interpreter.display()),
                "it has threads before any test begins, and a fork would leave them in an unknown state; each module gets a process",
                "find what starts them with `python -X importtime`: sitecustomize, or a .pth file",
            ))));
        }
    }

    /// A line from a worker.
    fn told(&mut self, launch: LaunchId, line: &[u8], steps: &mut Vec<Step>) {
        let told = tagged_json::from_slice(line);
        if let Ok(Told::Threads) = told {
            return self.has_threads(launch, steps);
        }
        let Some(collector) = &mut self.collector else { return };
        let at = collector.at;
        match told {
            Ok(Told::Found { name, file, line }) => {
                let location = location(&self.context, file, line);
                collector.found.push(Case { location, ..Case::named(name) });
            }
            Ok(Told::Unloaded { message, file, line }) => {
                collector.unloaded = true;
                let location = location(&self.context, file, line);
                steps.push(not_loaded(&self.specs[at], message, location));
            }
            Ok(Told::Collected) => {
                collector.at += 1;
                if collector.at == self.asked {
                    steps.push(Step::Close(collector.launch));
                }
                let found = std::mem::take(&mut collector.found);
                if !std::mem::take(&mut collector.unloaded) {
                    steps.push(self.offered(at, Cases::Known(found)));
                }
            }
            Ok(Told::Threads) | Err(_) => {}
        }
    }

    /// The collector has ended. If it died, the module that it was loading is
    /// to blame, and another one goes on behind it.
    fn collected(&mut self, at: usize, done: Done<'_>, steps: &mut Vec<Step>) {
        if let Some(spec) = self.specs[..self.asked].get(at) {
            let message = format!("the process {} while it was loading the module", done.exit);
            steps.push(not_loaded(spec, message, None));
        }
        self.collect(at + 1, steps);
    }

    fn take(&mut self, take: &Take, steps: &mut Vec<Step>) {
        let isolation = match take.isolation {
            Isolation::Fork if self.threads => Isolation::Process,
            asked => asked,
        };
        let purpose = Purpose { isolation, env: Arc::clone(&take.env) };
        let work = self.work(take.target.0 as usize, &take.pick);
        let mut input = Vec::new();
        match isolation {
            Isolation::Shared | Isolation::Process => Command::Run(work),
            Isolation::Fork => Command::Fork(work),
        }
        .append_to(&mut input);
        let fresh = match take.why {
            Why::First => isolation == Isolation::Process,
            Why::Alone | Why::Retry(_) | Why::AfterCrash | Why::AfterTimeout => {
                // A fork is as fresh as a process.
                isolation != Isolation::Fork
            }
        };
        let idle = if fresh { None } else { self.idle_for(&purpose) };
        if let Some(worker) = idle {
            return steps.push(Step::Reuse(worker, take.target, input));
        }
        let (launch, worker, mut first) = self.worker();
        self.workers.insert(launch, purpose);
        first.append(&mut input);
        steps.push(Step::Run(launch, take.target, worker));
        steps.push(Step::Send(launch, first));
    }

    /// A worker that waits, and was started for this.
    fn idle_for(&mut self, purpose: &Purpose) -> Option<LaunchId> {
        let fits = |worker: &LaunchId| self.workers.get(worker) == Some(purpose);
        let at = self.idle.iter().rposition(fits)?;
        Some(self.idle.remove(at))
    }

    fn ready(&mut self, launch: LaunchId, steps: &mut Vec<Step>) {
        match self.workers.get(&launch).map(|purpose| purpose.isolation) {
            Some(Isolation::Process) => steps.push(Step::Close(launch)),
            Some(Isolation::Shared | Isolation::Fork) | None => self.idle.push(launch),
        }
    }

    /// A new worker, and what it is to be sent before its commands.
    fn worker(&mut self) -> (LaunchId, Launch, Vec<u8>) {
        let id = self.next_launch();
        let nonce = format!("{:016x}{:04x}", self.context.seed, id.0);
        let (boot, program) = code::boot(self.compiled.as_deref());
        let mut launch = Launch::new(
            [self.interpreter.clone().into_os_string(), "-c".into(), boot.into()],
            self.cwd(),
        );
        launch.stdin = Stdin::Pipe;
        launch.merge = true;
        launch.protocol = Protocol::Worker { nonce: nonce.clone() };
        (id, launch, [&*program, nonce.as_bytes(), b"\n"].concat())
    }

    fn work<'a>(&'a self, at: usize, pick: &'a Pick) -> Work<'a> {
        let spec = &self.specs[at];
        let on_disk =
            |path: &TreePath| path.on_disk(&self.context.root).to_string_lossy().into_owned();
        let names = |names: &'a [CaseName]| Some(names.iter().map(|name| &**name).collect());
        let (only, not) = match pick {
            Pick::All => (None, None),
            Pick::Only(cases) => (names(cases), None),
            Pick::Not(cases) => (None, names(cases)),
        };
        Work {
            account: self.known.get(&target_id(at)).copied().unwrap_or(false),
            flags: match spec.target.kind {
                Kind::Doc => self.flags.iter().map(String::as_str).collect(),
                Kind::Test => Vec::new(),
            },
            kind: spec.target.kind,
            loose: spec.import.loose,
            module: &spec.import.module,
            not,
            only,
            path: on_disk(&spec.target.path),
            paths: spec.import.paths.iter().map(on_disk).collect(),
            text: spec.text.clone(),
        }
    }

    fn next_launch(&mut self) -> LaunchId {
        self.launches += 1;
        LaunchId(self.launches)
    }

    fn cwd(&self) -> PathBuf {
        self.root.on_disk(&self.context.root)
    }
}

impl Session for Python {
    /// A module at a time: what its tests share by its fixtures stays together.
    fn isolates(&self, _how: Isolation) -> bool {
        true
    }

    fn on(&mut self, input: Input<'_>, steps: &mut Vec<Step>) {
        match input {
            Input::Start => self.start(steps),
            Input::Line(launch, line) => self.line(launch, line, steps),
            Input::Take(take) => self.take(&take, steps),
            Input::Ready(launch) => self.ready(launch, steps),
            Input::Done(launch, done) => {
                self.idle.retain(|idle| *idle != launch);
                self.workers.remove(&launch);
                if let Some((_, code)) = self.compiler.take_if(|(compiler, _)| *compiler == launch)
                {
                    self.compiled = code.whole().filter(|_| done.exit.success());
                } else if let Some((_, lines)) = self.probe.take_if(|(probe, _)| *probe == launch) {
                    self.sought(&lines, done, steps);
                } else if let Some(ended) = self.collector.take_if(|c| c.launch == launch) {
                    self.collected(ended.at, done, steps);
                }
            }
        }
    }
}

impl Command<'_> {
    fn append_to(&self, input: &mut Vec<u8>) {
        let written = tagged_json::write_line(input, self);
        debug_assert!(written.is_ok(), "there is nothing in it that JSON does not have");
    }
}

fn location(context: &Context, file: Option<String>, line: Option<u32>) -> Option<Location> {
    let file = file?;
    let root = context.root.to_string_lossy();
    let inside = file.strip_prefix(&*root).and_then(|rest| rest.strip_prefix('/'));
    Some(Location { file: inside.map_or_else(|| file.clone(), str::to_owned), line })
}

fn not_loaded(spec: &Spec, message: String, location: Option<Location>) -> Step {
    let remedy = match &spec.text {
        None => {
            format!("make `import {}` work, or exclude the file in prove.toml", spec.import.module)
        }
        Some(_) => "make the text readable, or exclude the file in prove.toml".to_owned(),
    };
    Step::NotLoaded { target: spec.target.clone(), message, remedy, location }
}

fn target_id(at: usize) -> TargetId {
    // More targets than this are more than memory holds.
    TargetId(u32::try_from(at).unwrap_or(u32::MAX))
}

#[cfg(test)]
mod tests;
