//! Hands targets to warm workers.

use std::collections::HashMap;
use std::path::PathBuf;

use serde::{Deserialize, Serialize};
use tagged_json::Envelope;

use crate::event::Event;
use crate::launch::{Launch, Protocol, Stdin};
use crate::target::{Addressable, CaseName, Kind, Location, TreePath};

use super::super::{
    Case, Cases, Context, Docs, Done, Input, LaunchId, Offer, Pick, Session, Step, Take, TargetId,
    Why,
};
use super::code::{self, Compiled};
use super::interpreter::{self, Interpreter};
use super::{Plan, Spec};

/// The work on one Python project.
pub(super) struct Python {
    context: Context,
    root: TreePath,
    specs: Vec<Spec>,
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
    /// Whether the cases of a target were offered by name.
    known: HashMap<TargetId, bool>,
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
}

/// What a worker is told: an array whose head is its type.
#[derive(Envelope)]
#[envelope(tag = 0, rename_all = "lowercase")]
enum Command<'a> {
    /// Load it and tell its cases.
    Collect(Work<'a>),
    /// Load it and run it.
    Run(Work<'a>),
}

/// A target, as a worker needs it.
#[derive(Serialize, Deserialize)]
struct Work<'a> {
    /// Whether the cases are known, so that each is to be accounted for.
    account: bool,
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
}

impl Python {
    pub(super) fn new(plan: &Plan, context: &Context) -> Self {
        let wanted = |spec: &&Spec| spec.target.kind != Kind::Doc || context.docs != Docs::Off;
        let extra = if context.docs == Docs::All { plan.extra.as_slice() } else { &[] };
        Self {
            root: plan.root.clone(),
            specs: plan.targets.iter().filter(wanted).chain(extra).cloned().collect(),
            sought: &[],
            chosen: Some(Interpreter::choose(plan, context)),
            interpreter: PathBuf::new(),
            launches: 0,
            probe: None,
            compiler: None,
            compiled: None,
            collector: None,
            idle: Vec::new(),
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
            _ => self.told(line, steps),
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

    /// Collects the cases of all targets from this one on.
    fn collect(&mut self, at: usize, steps: &mut Vec<Step>) {
        if at >= self.specs.len() {
            return steps.push(Step::OffersDone);
        }
        let (launch, mut worker, mut input) = self.worker();
        // At once: until it has told them, there is nothing to wait for.
        worker.slots = 0;
        for at in at..self.specs.len() {
            Command::Collect(self.work(at, &Pick::All)).append_to(&mut input);
        }
        steps.push(Step::Tool(launch, worker));
        steps.push(Step::Send(launch, input));
        self.collector = Some(Collector { launch, at, found: Vec::new(), unloaded: false });
    }

    /// A line from the collector.
    fn told(&mut self, line: &[u8], steps: &mut Vec<Step>) {
        let Some(collector) = &mut self.collector else { return };
        let at = collector.at;
        match tagged_json::from_slice(line) {
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
                if collector.at == self.specs.len() {
                    steps.push(Step::Close(collector.launch));
                }
                let found = std::mem::take(&mut collector.found);
                if !std::mem::take(&mut collector.unloaded) {
                    steps.push(self.offered(at, Cases::Known(found)));
                }
            }
            Err(_) => {}
        }
    }

    /// The collector has ended. If it died, the module that it was loading is
    /// to blame, and another one goes on behind it.
    fn collected(&mut self, at: usize, done: Done<'_>, steps: &mut Vec<Step>) {
        if let Some(spec) = self.specs.get(at) {
            let message = format!("the process {} while it was loading the module", done.exit);
            steps.push(not_loaded(spec, message, None));
        }
        self.collect(at + 1, steps);
    }

    fn take(&mut self, take: &Take, steps: &mut Vec<Step>) {
        let at = take.target.0 as usize;
        let mut input = Vec::new();
        Command::Run(self.work(at, &take.pick)).append_to(&mut input);
        let fresh = match take.why {
            Why::First => false,
            Why::Alone | Why::Retry(_) | Why::AfterCrash | Why::AfterTimeout => true,
        };
        let idle = if fresh { None } else { self.idle.pop() };
        if let Some(worker) = idle {
            return steps.push(Step::Reuse(worker, take.target, input));
        }
        let (launch, worker, mut first) = self.worker();
        first.append(&mut input);
        steps.push(Step::Run(launch, take.target, worker));
        steps.push(Step::Send(launch, first));
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
            kind: spec.target.kind,
            loose: spec.import.loose,
            module: &spec.import.module,
            not,
            only,
            path: on_disk(&spec.target.path),
            paths: spec.import.paths.iter().map(on_disk).collect(),
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
    fn on(&mut self, input: Input<'_>, steps: &mut Vec<Step>) {
        match input {
            Input::Start => self.start(steps),
            Input::Line(launch, line) => self.line(launch, line, steps),
            Input::Take(take) => self.take(&take, steps),
            Input::Ready(launch) => self.idle.push(launch),
            Input::Done(launch, done) => {
                self.idle.retain(|idle| *idle != launch);
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
    let remedy =
        format!("make `import {}` work, or exclude the file in prove.toml", spec.import.module);
    Step::NotLoaded { target: spec.target.clone(), message, remedy, location }
}

fn target_id(at: usize) -> TargetId {
    // More targets than this are more than memory holds.
    TargetId(u32::try_from(at).unwrap_or(u32::MAX))
}

#[cfg(test)]
mod tests;
