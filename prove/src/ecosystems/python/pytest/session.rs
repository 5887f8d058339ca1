//! Splits the files of a project among processes of its pytest.
//!
//! Each process first collects its share of the files, as a tool, so that a
//! file that ends it is known by name and its cases are known before they run.
//! From then on it is a worker, and its files are a lane: they run in it one
//! after another, until a process that has none left takes one from the end.

use std::collections::{BTreeSet, HashMap, HashSet};
use std::path::PathBuf;

use crate::event::{Event, Problem};
use crate::launch::Launch;
use crate::target::{Addressable, CaseName, Kind, LOAD, Location, Target, TreePath};

use super::super::super::{
    Case, Cases, Context, Docs, Done, Input, Isolation, Lane, LaunchId, Offer, Pick, Session, Step,
    Take, TargetId, Why,
};
use super::super::interpreter::{self, Interpreter};
use super::share::shares;
use super::wire::{self, Command, Start, Told, Work};
use super::{Pytest, options, target_of};

/// With more files than this in a share it is the folder that pytest is given,
/// and it is kept from the others: to look for each argument takes it longer.
const MOST_ARGUMENTS: usize = 8;

/// The work on one pytest project.
pub(super) struct Running {
    context: Context,
    root: TreePath,
    targets: Vec<Target>,
    index: HashMap<(TreePath, Kind), TargetId>,
    elsewhere: Vec<String>,
    /// The files of each process.
    shares: Vec<Vec<TreePath>>,
    /// Whether some files are not asked for, so that nothing else is looked for.
    narrowed: bool,
    /// All options, wherever they come from.
    all_options: Vec<String>,
    /// Those of them that a process is started with.
    options: Vec<String>,
    /// Whether all runs in one process.
    whole: bool,
    chosen: Option<Interpreter>,
    sought: &'static [&'static str],
    probe: Option<(LaunchId, Vec<String>)>,
    python: PathBuf,
    launches: u32,
    collectors: Vec<Collector>,
    /// Files that end whoever loads them.
    deadly: BTreeSet<TreePath>,
    offered: HashSet<TargetId>,
    unloaded: HashSet<TreePath>,
    idle: Vec<LaunchId>,
    /// Processes of one take: for isolation, or with an environment of their own.
    apart: HashSet<LaunchId>,
    /// What each process has collected.
    has: HashMap<LaunchId, HashSet<TargetId>>,
    /// Whether it has been said that pytest does not start.
    said: bool,
    warnings: Warnings,
}

/// A process that collects.
struct Collector {
    launch: LaunchId,
    lane: usize,
    loading: Option<TreePath>,
    found: Vec<(TargetId, Vec<Case>)>,
}

/// What pytest warns of, and in how many processes it still may.
#[derive(Default)]
struct Warnings {
    count: usize,
    first: Vec<String>,
    open: usize,
}

impl Running {
    pub(super) fn new(plan: &Pytest, context: &Context) -> Self {
        let docs = |target: &Target| target.kind != Kind::Doc || context.docs != Docs::Off;
        let asked: Vec<_> = plan
            .targets
            .iter()
            .filter(|(target, _)| docs(target) && !context.unasked.contains(target))
            .map(|(target, size)| (target.path.clone(), *size))
            .collect();
        let all: HashSet<_> = plan.targets.iter().map(|(target, _)| &target.path).collect();
        let given = given(context);
        let environment = options::split(context.env.get("PYTEST_ADDOPTS").unwrap_or_default());
        let options: Vec<_> =
            plan.addopts.iter().chain(&environment).chain(&given).cloned().collect();
        let whole = options::whole(&options).is_some();
        let shares = shares(asked, if whole { 1 } else { context.slots });
        let targets: Vec<_> = plan.targets.iter().map(|(target, _)| target.clone()).collect();
        let index = targets.iter().zip(0..).map(|(t, at)| ((t.path.clone(), t.kind), TargetId(at)));
        Self {
            root: plan.base.root.clone(),
            index: index.collect(),
            elsewhere: plan.elsewhere.iter().map(|path| on_disk(context, path)).collect(),
            narrowed: shares.iter().map(Vec::len).sum::<usize>() < all.len(),
            shares,
            whole,
            chosen: Some(Interpreter::choose(&plan.base, context)),
            sought: &[],
            probe: None,
            python: PathBuf::new(),
            launches: 0,
            collectors: Vec::new(),
            deadly: BTreeSet::new(),
            offered: HashSet::new(),
            unloaded: HashSet::new(),
            idle: Vec::new(),
            apart: HashSet::new(),
            has: HashMap::new(),
            said: false,
            warnings: Warnings::default(),
            targets,
            options: given.into_iter().chain(options::tamed(&options, false)).collect(),
            all_options: options,
            context: context.clone(),
        }
    }

    fn start(&mut self, steps: &mut Vec<Step>) {
        match self.chosen.take() {
            _ if self.shares.is_empty() => steps.push(Step::OffersDone),
            Some(Interpreter::Known(python)) => self.collect_all(python, steps),
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

    fn sought(&mut self, lines: &[String], done: Done<'_>, steps: &mut Vec<Step>) {
        let name = if self.sought.is_empty() { "python" } else { "python3" };
        match interpreter::answer(name, lines, done) {
            Ok(python) => self.collect_all(python, steps),
            Err(_) if !self.sought.is_empty() => self.seek(self.sought, steps),
            Err(problem) => {
                steps.push(Step::Emit(Event::Problem(problem)));
                steps.push(Step::OffersDone);
            }
        }
    }

    fn collect_all(&mut self, python: PathBuf, steps: &mut Vec<Step>) {
        self.python = python;
        for lane in 0..self.shares.len() {
            self.collect(lane, steps);
        }
    }

    /// Starts a process that collects a share.
    fn collect(&mut self, lane: usize, steps: &mut Vec<Step>) {
        let files: Vec<_> =
            self.shares[lane].iter().filter(|path| !self.deadly.contains(path)).cloned().collect();
        let explores = lane == 0 && !self.narrowed;
        if files.is_empty() && !explores {
            return self.collected_all(steps);
        }
        let named = self.narrowed && files.len() <= MOST_ARGUMENTS;
        let (launch, process, input) =
            self.process(&files, named, Some(explores), self.options.clone());
        steps.push(Step::Tool(launch, process));
        steps.push(Step::Send(launch, input));
        self.collectors.push(Collector { launch, lane, loading: None, found: Vec::new() });
    }

    /// A process on these files, and what it is sent first. `explores`: it
    /// tells what it collects, and whether also of files that nobody knew of.
    fn process(
        &mut self,
        files: &[TreePath],
        named: bool,
        explores: Option<bool>,
        mut args: Vec<String>,
    ) -> (LaunchId, Launch, Vec<u8>) {
        let id = self.next_launch();
        self.warnings.open += 1;
        let nonce = format!("{:016x}{:04x}", self.context.seed, id.0);
        let launch = wire::launch(&self.python, &self.cwd(), &nonce);
        let paths = |paths: &mut dyn Iterator<Item = &TreePath>| -> Vec<String> {
            paths.map(|path| on_disk(&self.context, path)).collect()
        };
        let files = paths(&mut files.iter());
        if self.context.no_capture {
            args.push("--capture=no".to_owned());
        }
        if named {
            args.extend(files.iter().cloned());
        }
        let known = self.targets.iter().map(|target| &target.path).chain(&self.deadly);
        let start = Start {
            args,
            files,
            known: paths(&mut known.into_iter()),
            elsewhere: self.elsewhere.clone(),
            explores: explores == Some(true),
            collects: explores.is_some(),
            timeout: self.context.timeout.map(|limit| limit.as_secs_f64()),
        };
        (id, launch, wire::first(&nonce, start))
    }

    fn line(&mut self, launch: LaunchId, line: &[u8], steps: &mut Vec<Step>) {
        if let Some((probe, lines)) = &mut self.probe
            && *probe == launch
        {
            return lines.push(String::from_utf8_lossy(line).into_owned());
        }
        match tagged_json::from_slice(line) {
            Ok(Told::Warned { count, first }) => {
                self.warnings.count += count;
                self.warnings.first.extend(first);
            }
            Ok(Told::Nopytest { python, why }) => self.no_pytest(&python, &why, steps),
            Ok(told) => self.told(launch, told, steps),
            Err(_) => {}
        }
    }

    /// What a collecting process found.
    fn told(&mut self, launch: LaunchId, told: Told, steps: &mut Vec<Step>) {
        let Some(at) = self.collectors.iter().position(|c| c.launch == launch) else { return };
        match told {
            Told::Loading { path } => self.collectors[at].loading = Some(self.path(&path)),
            Told::File { path, kind, cases } => {
                let path = self.path(&path);
                let case = |(name, line, file): (String, Option<u32>, Option<String>)| {
                    let file = file.map_or_else(|| path.clone(), |file| self.path(&file));
                    let location =
                        line.map(|line| Location { file: file.to_string(), line: Some(line) });
                    Case { location, ..Case::named(name) }
                };
                let cases = cases.into_iter().map(case).collect();
                let target = self.target(path, kind);
                self.collectors[at].found.push((target, cases));
            }
            Told::Skips { path, .. } => {
                let target = self.target(self.path(&path), Kind::Test);
                self.collectors[at].found.push((target, vec![Case::named(LOAD)]));
            }
            Told::Unloaded { path, message, file, line } => {
                let file = file.map(|file| Location { file: self.path(&file).to_string(), line });
                let path = self.path(&path);
                self.not_loaded(path, message, file, steps);
            }
            Told::Alive | Told::Nopytest { .. } | Told::Warned { .. } => {}
        }
    }

    fn not_loaded(
        &mut self,
        path: TreePath,
        message: String,
        location: Option<Location>,
        steps: &mut Vec<Step>,
    ) {
        if self.unloaded.insert(path.clone()) {
            let remedy = format!("make pytest collect {path}, or exclude it in prove.toml");
            let target = target_of(path, Kind::Test);
            steps.push(Step::NotLoaded { target, message, remedy, location });
        }
    }

    fn no_pytest(&mut self, python: &str, why: &str, steps: &mut Vec<Step>) {
        if !std::mem::replace(&mut self.said, true) {
            let what = format!("{} needs pytest, which is not there", self.root);
            let remedy = format!(
                "install it with its plugins (`{python} -m pip install pytest`), or name the interpreter that has it as `python` in [python] of prove.toml"
            );
            let why = format!("{python}: {why}");
            steps.push(Step::Emit(Event::Problem(Problem::error(what, why, remedy))));
        }
    }

    /// A process is ready: if it has just collected its share, that is offered.
    fn ready(&mut self, launch: LaunchId, steps: &mut Vec<Step>) {
        if self.apart.contains(&launch) {
            return steps.push(Step::Close(launch));
        }
        self.idle.push(launch);
        let Some(at) = self.collectors.iter().position(|c| c.launch == launch) else { return };
        let collector = self.collectors.swap_remove(at);
        let number = u32::try_from(collector.lane).unwrap_or(u32::MAX);
        let lane = Some(Lane { number, lends: !self.whole });
        for (id, cases) in collector.found {
            let target = self.targets[id.0 as usize].clone();
            if target.kind == Kind::Doc && self.context.docs == Docs::Off
                || !self.offered.insert(id)
            {
                continue;
            }
            self.has.entry(launch).or_default().insert(id);
            let (cases, addressable) = (Cases::Known(cases), Addressable::Case);
            let offer = Offer { id, target, cases, addressable, threaded: false, lane };
            steps.push(Step::Offer(offer));
        }
        self.collected_all(steps);
    }

    fn collected_all(&self, steps: &mut Vec<Step>) {
        if self.collectors.is_empty() {
            steps.push(Step::OffersDone);
        }
    }

    fn done(&mut self, launch: LaunchId, done: Done<'_>, steps: &mut Vec<Step>) {
        self.idle.retain(|idle| *idle != launch);
        self.has.remove(&launch);
        self.apart.remove(&launch);
        if let Some((_, lines)) = self.probe.take_if(|(probe, _)| *probe == launch) {
            return self.sought(&lines, done, steps);
        }
        self.warnings.open = self.warnings.open.saturating_sub(1);
        if let Some(at) = self.collectors.iter().position(|c| c.launch == launch) {
            let ended = self.collectors.swap_remove(at);
            self.died(ended, done, steps);
        }
        self.warn(steps);
    }

    /// A process ended as it collected: the file that it was loading is to
    /// blame, and another process goes on without it.
    fn died(&mut self, ended: Collector, done: Done<'_>, steps: &mut Vec<Step>) {
        let said = done.stderr.trim_end();
        if let Some(path) = ended.loading.filter(|path| !self.deadly.contains(path)) {
            let message = format!("the process {} while it was loading it\n{said}", done.exit);
            self.deadly.insert(path.clone());
            self.not_loaded(path, message.trim_end().to_owned(), None, steps);
            return self.collect(ended.lane, steps);
        }
        if !std::mem::replace(&mut self.said, true) {
            let what = format!("pytest does not start in {}", self.root);
            let why = if said.is_empty() { format!("it {}", done.exit) } else { said.to_owned() };
            let remedy = format!("make `python -m pytest` work in {}", self.root);
            steps.push(Step::Emit(Event::Problem(Problem::error(what, why, remedy))));
        }
        self.collected_all(steps);
    }

    /// The last process has ended: says how much pytest warned of.
    fn warn(&mut self, steps: &mut Vec<Step>) {
        if self.warnings.open > 0 || self.warnings.count == 0 {
            return;
        }
        let Warnings { count, mut first, .. } = std::mem::take(&mut self.warnings);
        first.dedup();
        first.truncate(5);
        let times = if count == 1 { "once".to_owned() } else { format!("{count} times") };
        let what = format!("pytest warns {times} in {}", self.root);
        let remedy = "`--args python=\"-W error\"` makes failures of warnings";
        steps.push(Step::Emit(Event::Problem(Problem::note(what, first.join("\n"), remedy))));
    }

    fn take(&mut self, take: &Take, steps: &mut Vec<Step>) {
        let target = self.targets[take.target.0 as usize].clone();
        let (only, not) = match &take.pick {
            Pick::All => (None, None),
            Pick::Only(cases) => (Some(names(cases)), None),
            Pick::Not(cases) => (None, Some(names(cases))),
        };
        let mut input = Vec::new();
        let work =
            Work { path: on_disk(&self.context, &target.path), kind: target.kind, only, not };
        Command::Run(work).append_to(&mut input);
        let apart = take.isolation != Isolation::Shared || !take.env.is_empty();
        if let Some(worker) = (!apart).then(|| self.idle_for(take)).flatten() {
            return steps.push(Step::Reuse(worker, take.target, input));
        }
        let mut options = self.options.clone();
        options.extend(options::tamed(&self.all_options, true));
        let (launch, process, mut first) = self.process(&[target.path], true, None, options);
        first.append(&mut input);
        if apart {
            self.apart.insert(launch);
        }
        self.has.entry(launch).or_default().insert(take.target);
        steps.push(Step::Run(launch, take.target, process));
        steps.push(Step::Send(launch, first));
    }

    /// An idle process, best of all one that has collected the target.
    fn idle_for(&mut self, take: &Take) -> Option<LaunchId> {
        match take.why {
            Why::First => {}
            Why::Alone | Why::Retry(_) | Why::AfterCrash | Why::AfterTimeout => return None,
        }
        let has =
            |launch: &LaunchId| self.has.get(launch).is_some_and(|has| has.contains(&take.target));
        let at = self.idle.iter().position(has).or(self.idle.len().checked_sub(1))?;
        Some(self.idle.swap_remove(at))
    }

    /// The target of a file; a new one if nobody knew of it.
    fn target(&mut self, path: TreePath, kind: Kind) -> TargetId {
        if let Some(id) = self.index.get(&(path.clone(), kind)) {
            return *id;
        }
        let id = TargetId(u32::try_from(self.targets.len()).unwrap_or(u32::MAX));
        self.targets.push(target_of(path.clone(), kind));
        self.index.insert((path, kind), id);
        id
    }

    /// A path as a process says it, from the tree's root.
    fn path(&self, path: &str) -> TreePath {
        let path = std::path::Path::new(path);
        TreePath::new(&path.strip_prefix(&self.context.root).unwrap_or(path).to_string_lossy())
    }

    fn next_launch(&mut self) -> LaunchId {
        self.launches += 1;
        LaunchId(self.launches)
    }

    fn cwd(&self) -> PathBuf {
        self.root.on_disk(&self.context.root)
    }
}

impl Session for Running {
    /// A file at a time; a process for each, as pytest may have threads.
    fn isolates(&self, _how: Isolation) -> bool {
        true
    }

    fn on(&mut self, input: Input<'_>, steps: &mut Vec<Step>) {
        match input {
            Input::Start => self.start(steps),
            Input::Line(launch, line) => self.line(launch, line, steps),
            Input::Take(take) => self.take(&take, steps),
            Input::Ready(launch) => self.ready(launch, steps),
            Input::Done(launch, done) => self.done(launch, done, steps),
        }
    }
}

fn names(names: &[CaseName]) -> Vec<&str> {
    names.iter().map(|name| &**name).collect()
}

fn on_disk(context: &Context, path: &TreePath) -> String {
    path.on_disk(&context.root).to_string_lossy().into_owned()
}

/// Options from `args` in [python] of `prove.toml`, and from `--args`.
fn given(context: &Context) -> Vec<String> {
    let setting = match context.settings.get("args") {
        Some(toml::Value::String(text)) => options::split(text),
        Some(toml::Value::Array(items)) => {
            items.iter().filter_map(toml::Value::as_str).map(str::to_owned).collect()
        }
        _ => Vec::new(),
    };
    setting.into_iter().chain(context.args.iter().cloned()).collect()
}

#[cfg(test)]
mod tests;
