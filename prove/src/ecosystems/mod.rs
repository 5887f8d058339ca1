//! The families of tests, and what each of them must be able to say.
//!
//! An [`Ecosystem`] claims projects in the tree from what the walk saw. For
//! each project it opens a [`Session`]: a state machine without I/O, clock or
//! processes, which is told what happened ([`Input`]) and answers with what to
//! do ([`Step`]). The runner does it. So streaming builds, doc examples that
//! exist only after a compile, crash remainders and retries are one mechanism,
//! and each ecosystem is tested with recorded input.
//!
//! To add one: a folder here, and a line in [`ALL`].

use std::any::Any;
use std::collections::HashMap;
use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use serde::Deserialize;

use crate::event::{CaseFound, Event, Problem};
use crate::launch::{Depends, Exit, Launch};
use crate::target::{Addressable, CaseName, Location, Target, TreePath};
use crate::tree::{Facts, File, Reads, View};

pub mod cargo;
mod python;
mod tap;

/// Every ecosystem, in the order in which they look at the tree.
pub static ALL: &[&dyn Ecosystem] = &[&cargo::Cargo, &python::Python, &tap::Tap];

/// A family of tests that can be found, built, run and decoded.
pub trait Ecosystem: Sync {
    /// Its name, as on the command line.
    fn name(&self) -> &'static str;

    /// How much of this file it wants to see. Asked for every file in the
    /// tree, so it decides by name alone.
    fn reads(&self, path: &TreePath) -> Reads;

    /// What a file says. Called on the walk's threads, once for each file it
    /// asked for. `None`: nothing of interest.
    fn examine(&self, file: File<'_>) -> Option<Facts>;

    /// What it claims in the tree. Pure.
    fn claim(&self, view: View<'_>) -> Claims;

    /// Begins the work on a project.
    fn open(&self, project: &Project, context: &Context) -> Box<dyn Session>;
}

/// What an ecosystem found.
#[derive(Debug, Default)]
pub struct Claims {
    /// The projects it will test.
    pub projects: Vec<Project>,
    /// What looks like a project and cannot be used.
    pub problems: Vec<Problem>,
    /// What looks like a test and is not taken, and why.
    pub passed_over: Vec<PassedOver>,
}

/// Something that looks like a test and is not taken.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PassedOver {
    /// The file or folder.
    pub path: TreePath,
    /// Why it is not taken, and what would change that.
    pub why: String,
    /// How many documentation examples it has that are found and not run.
    pub examples: usize,
}

/// What an ecosystem claims in the tree: a Cargo workspace, a Python root, a
/// folder of `.t` scripts.
#[derive(Clone, Debug)]
pub struct Project {
    /// The ecosystem.
    pub ecosystem: &'static str,
    /// Its folder.
    pub root: TreePath,
    /// On what evidence it is claimed, for `explain`.
    pub evidence: String,
    /// The targets that can be seen without executing anything.
    pub targets: Vec<Sighted>,
    /// Whatever the ecosystem wants to find again in `open`.
    pub detail: Arc<dyn Any + Send + Sync>,
}

/// A target as seen without executing anything.
#[derive(Clone, Debug)]
pub struct Sighted {
    /// The target.
    pub target: Target,
    /// On what evidence it is taken.
    pub evidence: String,
    /// The cases that can be seen; `None` where only a run can tell.
    pub cases: Option<Vec<Case>>,
    /// What of its cases only a build can tell.
    pub unsure: Unsure,
    /// Whether its cases can run one by one.
    pub addressable: Addressable,
}

/// What of a target's cases only a build can tell.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Unsure {
    /// What may make cases besides those that are seen (`proptest!`), and where.
    pub more: Vec<(String, Location)>,
    /// Cases that may not be there, and on what that depends (`feature = "x"`).
    pub cases: HashMap<CaseName, String>,
}

impl Unsure {
    /// What may make more, as a listing has it: `and what proptest! makes (src/x.rs:3)`.
    pub fn shown(&self) -> Option<String> {
        let (what, location) = self.more.first()?;
        let others = match self.more.len() {
            1 => String::new(),
            n => format!(", and {} more", n - 1),
        };
        Some(format!("and what {what} makes ({location}{others})"))
    }
}

/// A case that is known before it runs.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Case {
    /// Its name in the target.
    pub name: CaseName,
    /// Where it stands.
    pub location: Option<Location>,
    /// Left out of a run by default, as its runner does (`#[ignore]`).
    pub ignored: bool,
}

impl Case {
    /// A case at an unknown place.
    pub fn named(name: impl Into<CaseName>) -> Self {
        Self { name: name.into(), location: None, ignored: false }
    }

    /// The case as it is listed.
    pub fn found(&self, target: &Target, addressable: Addressable, ignored: Ignored) -> CaseFound {
        CaseFound {
            location: self.location.clone(),
            skipped: (self.ignored && ignored == Ignored::No).then(|| "ignored".to_owned()),
            ..CaseFound::of(target, target.id(&self.name), addressable)
        }
    }
}

/// Which of the ignored cases run.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Ignored {
    /// None: each is reported as skipped.
    #[default]
    No,
    /// Those alone.
    Only,
    /// All cases.
    Also,
}

/// Which doc examples run.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Docs {
    /// Those that the project or its ecosystem runs itself.
    #[default]
    Auto,
    /// All that are found.
    All,
    /// None.
    Off,
}

/// What keeps cases apart from each other: each case of a Rust test binary,
/// each module of Python, whose fixtures are its own. A script is always apart.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, PartialOrd, Ord, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Isolation {
    /// Nothing: they share a process, as under their own runner.
    #[default]
    Shared,
    /// Each has a fork of a process that has loaded its target; where an
    /// ecosystem cannot fork, a process.
    Fork,
    /// Each has a process.
    Process,
}

impl Isolation {
    /// Its word, as on the command line.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Shared => "shared",
            Self::Fork => "fork",
            Self::Process => "process",
        }
    }
}

/// What a session has to know of the run, besides its project.
#[derive(Clone, Debug, Default)]
pub struct Context {
    /// The tree's root on this machine.
    pub root: PathBuf,
    /// Whether cases have to be known before they are taken: a selection
    /// names some of them, or they are to be listed. Then a session offers
    /// `Cases::Known` wherever its ecosystem can.
    pub resolve: bool,
    /// Which ignored cases run.
    pub ignored: Ignored,
    /// Which doc examples run.
    pub docs: Docs,
    /// `--args ECOSYSTEM=...` for this ecosystem, split as a shell would.
    pub args: Vec<String>,
    /// This ecosystem's table in `prove.toml`.
    pub settings: toml::Table,
    /// Whether tools may colour their messages.
    pub color: bool,
    /// Whether tests write straight to the terminal (`--no-capture`).
    pub no_capture: bool,
    /// The program itself, for a session that has it called back by a tool.
    pub prove: PathBuf,
    /// The environment that launches inherit, as far as sessions ask for it.
    pub env: Env,
    /// A number that no other run has, for nonces.
    pub seed: u64,
    /// How many launches run side by side.
    pub slots: usize,
    /// How long a case may take.
    pub timeout: Option<Duration>,
    /// The sighted targets of the project of which nothing is asked for: what
    /// it costs to learn their cases can be saved.
    pub unasked: Vec<Target>,
}

/// The inherited environment, so that sessions do not read the process's own.
#[derive(Clone, Debug, Default)]
pub struct Env(pub HashMap<String, String>);

impl Env {
    /// The value of a variable, if it is set and not empty.
    pub fn get(&self, name: &str) -> Option<&str> {
        self.0.get(name).map(String::as_str).filter(|value| !value.is_empty())
    }
}

/// Names a launch within its session.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct LaunchId(pub u32);

/// Names a target within its session.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct TargetId(pub u32);

/// The work on one project: told what happened, answers with steps.
pub trait Session: Send {
    /// Takes one input, adds what is to be done.
    fn on(&mut self, input: Input<'_>, steps: &mut Vec<Step>);

    /// Whether it keeps the cases of one take apart in this way by itself.
    /// For a session that does not, the runner takes each case on its own,
    /// where cases are known and can be picked.
    fn isolates(&self, _how: Isolation) -> bool {
        false
    }
}

/// What happened.
#[derive(Debug)]
pub enum Input<'a> {
    /// The run begins. The first input, once.
    Start,
    /// A line from a launch: of a tool's stdout, or a worker's message that
    /// is not about a case.
    Line(LaunchId, &'a [u8]),
    /// Run these cases of an offered target now: answer with exactly one
    /// [`Step::Run`], [`Step::Reuse`] or [`Step::Refuse`].
    Take(Take),
    /// A worker finished the target it was given, and can be reused.
    Ready(LaunchId),
    /// A launch ended, and all its output has been read.
    Done(LaunchId, Done<'a>),
}

/// How a launch ended.
#[derive(Clone, Copy, Debug)]
pub struct Done<'a> {
    /// The exit.
    pub exit: &'a Exit,
    /// What it wrote to stderr, bounded, as text.
    pub stderr: &'a str,
    /// How long it took, in seconds.
    pub seconds: f64,
    /// It was not started: an earlier output served.
    pub kept: bool,
}

/// An order to run cases.
#[derive(Clone, Debug, PartialEq)]
pub struct Take {
    /// Of this target.
    pub target: TargetId,
    /// These cases.
    pub pick: Pick,
    /// For this reason.
    pub why: Why,
    /// With so many at once, where the target's runner has threads.
    pub threads: usize,
    /// Kept apart in this way.
    pub isolation: Isolation,
    /// With these variables on top of what its session sets, by name. The
    /// runner adds them to the launch; a worker that was started with others
    /// is not reused.
    pub env: Arc<[(String, String)]>,
}

impl Take {
    /// A take for which nothing special is asked.
    pub fn new(target: TargetId, pick: Pick, why: Why) -> Self {
        let (isolation, env) = (Isolation::Shared, Arc::default());
        Self { target, pick, why, threads: 1, isolation, env }
    }
}

/// Which cases of a target.
#[derive(Clone, Debug, PartialEq)]
pub enum Pick {
    /// All that its runner would run.
    All,
    /// Exactly these.
    Only(Vec<CaseName>),
    /// All but these: the remainder of a target whose cases are learned as it runs.
    Not(Vec<CaseName>),
}

/// Why cases are taken.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Why {
    /// They have not run yet.
    First,
    /// The process that ran them died under another case.
    AfterCrash,
    /// The process that ran them was ended for another case's time.
    AfterTimeout,
    /// To run in a process of its own: to find a culprit, or to see whether it
    /// fails when nothing runs beside it.
    Alone,
    /// They failed; this is the attempt's number.
    Retry(u32),
}

/// What is to be done.
#[derive(Debug)]
pub enum Step {
    /// Start a tool: its lines come back as [`Input::Line`].
    Tool(LaunchId, Launch),
    /// There is a target to run.
    Offer(Offer),
    /// There will be no more offers.
    OffersDone,
    /// The answer to a take: this launch runs it.
    Run(LaunchId, TargetId, Launch),
    /// The answer to a take: this worker, which is ready, gets these bytes.
    Reuse(LaunchId, TargetId, Vec<u8>),
    /// The answer to a take: it cannot be run, for this reason.
    Refuse(TargetId, String),
    /// Write to the stdin of a launch.
    Send(LaunchId, Vec<u8>),
    /// Close the stdin of a launch.
    Close(LaunchId),
    /// The output of this launch, which has ended with success, depends on
    /// these: keep it (see [`Launch::recall`]). None of them may have changed
    /// since the launch began, else it is not kept.
    Remember(LaunchId, Vec<Depends>),
    /// Say this: a problem, or the begin and end of a build.
    Emit(Event),
    /// This target could not be built or loaded: the failed case
    /// `PATH::(load)` with cause `setup`, and an `error` problem.
    NotLoaded {
        /// The target.
        target: Target,
        /// What the tool says of it.
        message: String,
        /// What to do about it.
        remedy: String,
        /// Where.
        location: Option<Location>,
    },
}

/// A target that can be taken.
#[derive(Debug)]
pub struct Offer {
    /// What the session calls it.
    pub id: TargetId,
    /// The target.
    pub target: Target,
    /// Its cases.
    pub cases: Cases,
    /// Whether its cases can be picked.
    pub addressable: Addressable,
    /// Whether its launches can run several cases at once (`Take::threads`).
    pub threaded: bool,
    /// What it must not run beside.
    pub lane: Option<Lane>,
}

/// Targets of one session that are taken one after another, in the order of
/// their offers: one process has what they need.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Lane {
    /// Tells the lanes of a session apart.
    pub number: u32,
    /// Whether a slot that has nothing else to do may take from its end: what
    /// is needed is only cheaper in the lane.
    pub lends: bool,
}

/// The cases of an offer.
#[derive(Clone, Debug, PartialEq)]
pub enum Cases {
    /// All of them, in the order in which they run.
    Known(Vec<Case>),
    /// Known only as they run.
    Dynamic,
}
