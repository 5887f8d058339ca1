//! The work on one workspace: build, list, offer, run; then the doc examples.

use std::collections::{HashMap, HashSet};
use std::path::{Path, PathBuf};
use std::sync::Arc;

use crate::ecosystems::{
    Case, Cases, Context, Done, Ignored, Input, LaunchId, Offer, Project, Session, Step, Take,
    TargetId,
};
use crate::event::{BuildFinished, BuildStarted, Event, Problem};
use crate::launch::{Exit, Launch, Libtest, Protocol};
use crate::target::{Addressable, CaseName, Kind, Target, TreePath};

use super::build::Build;
use super::claim::{Detail, Known};
use super::config::{self, Configured, Reading};
use super::docs::Rustdoc;
use super::env::{Parts, Toolchain, cargo_home, variables};
use super::messages::{Artifact, Message};
use super::run;

mod command;
mod recall;
mod docs;

use command::Command;
use recall::Recall;

/// The session.
pub(super) struct Cargo {
    detail: Arc<Detail>,
    context: Context,
    command: Command,
    /// The workspace's folder, in the tree and on this machine.
    root: TreePath,
    folder: PathBuf,
    last: u32,
    tools: HashMap<LaunchId, Tool>,
    build: Build,
    recall: Recall,
    toolchain: Option<Toolchain>,
    configured: Option<Configured>,
    /// The test programs that cargo named so far.
    seen: HashSet<PathBuf>,
    /// Whether cargo was asked to go on behind what does not compile.
    went_on: bool,
    /// Test programs that wait for the two above.
    waiting: Vec<Artifact>,
    /// How rustdoc is called, for each library.
    rustdocs: Vec<Rustdoc>,
    offered: HashMap<TargetId, Offered>,
    /// Whether the build is over, and the doc examples asked for.
    built: bool,
    documented: bool,
}

/// What a tool that runs is for.
enum Tool {
    Build,
    /// `rustc --print`: its lines.
    Toolchain(Vec<PathBuf>),
    Config(Reading),
    /// The cases of a test program; and which of them are ignored, where that is asked.
    List {
        artifact: Box<Artifact>,
        cases: Vec<Case>,
    },
    Ignored {
        artifact: Box<Artifact>,
        cases: Vec<Case>,
        ignored: Vec<CaseName>,
    },
    /// `cargo test --doc`, with us as rustdoc.
    Docs,
    /// The examples of a library, by the helper; else by rustdoc itself.
    DocList(Box<docs::DocList>),
    PlainDocList {
        rustdoc: Box<Rustdoc>,
        names: Vec<CaseName>,
    },
}

/// What can be taken.
enum Offered {
    Tests { artifact: Artifact, cases: Vec<Case> },
    Bare(Artifact),
    Examples { rustdoc: Rustdoc, cases: Vec<Case> },
    Docs { rustdoc: Rustdoc, names: Vec<CaseName> },
}

impl Cargo {
    pub(super) fn new(project: &Project, context: &Context) -> Self {
        let detail = Arc::clone(&project.detail).downcast::<Detail>().unwrap_or_default();
        let workspace = detail.workspace;
        Self {
            detail,
            context: context.clone(),
            command: Command::new(context, workspace),
            root: project.root.clone(),
            folder: project.root.on_disk(&context.root),
            last: 0,
            tools: HashMap::new(),
            build: Build::default(),
            recall: Recall::default(),
            toolchain: None,
            configured: None,
            seen: HashSet::new(),
            went_on: false,
            waiting: Vec::new(),
            rustdocs: Vec::new(),
            offered: HashMap::new(),
            built: false,
            documented: false,
        }
    }

    fn tool(&mut self, tool: Tool, launch: Launch, steps: &mut Vec<Step>) {
        let id = self.launch_id();
        self.tools.insert(id, tool);
        steps.push(Step::Tool(id, launch));
    }

    fn launch_id(&mut self) -> LaunchId {
        self.last += 1;
        LaunchId(self.last)
    }

    fn start(&mut self, steps: &mut Vec<Step>) {
        let rustc = ["rustc", "--print", "sysroot", "--print", "target-libdir"];
        let mut toolchain = Launch::new(rustc, &self.folder);
        toolchain.slots = 0;
        toolchain.memo = Some(command::toolchain_files(&self.folder, &self.context.env));
        for name in ["PATH", "RUSTUP_TOOLCHAIN", "RUSTUP_HOME"] {
            if let Some(value) = self.context.env.get(name) {
                toolchain = toolchain.env(name, value);
            }
        }
        if self.command.tests {
            let launch = self.recalled(self.command.build(&self.folder));
            self.begin_build(&launch, steps);
            self.tool(Tool::Build, launch, steps);
        } else {
            self.built = true;
        }
        self.tool(Tool::Toolchain(Vec::new()), toolchain, steps);
        let reader = config::reader(&self.folder, &self.context.env);
        self.tool(Tool::Config(Reading::default()), reader, steps);
    }

    fn begin_build(&self, launch: &Launch, steps: &mut Vec<Step>) {
        steps.push(Step::Emit(Event::BuildStarted(BuildStarted {
            time: 0.0,
            project: self.root.as_str().to_owned(),
            command: launch.to_string(),
        })));
    }

    fn line(&mut self, id: LaunchId, line: &[u8], steps: &mut Vec<Step>) {
        if self.recall.line(id, line) {
            return;
        }
        let Some(tool) = self.tools.get_mut(&id) else { return };
        match tool {
            Tool::Build | Tool::Docs => self.message(line, steps),
            Tool::Toolchain(paths) => paths.push(String::from_utf8_lossy(line).trim().into()),
            Tool::Config(reading) => {
                reading.line(line, &config::files(&self.folder, &self.context.env));
            }
            Tool::List { cases, .. } => cases.extend(listed(line).map(Case::named)),
            Tool::Ignored { ignored: names, .. } | Tool::PlainDocList { names, .. } => {
                names.extend(listed(line));
            }
            Tool::DocList(list) => list.line(line),
        }
    }

    fn message(&mut self, line: &[u8], steps: &mut Vec<Step>) {
        match Message::parse(line) {
            Some(Message::CompilerArtifact(artifact)) => {
                self.recall.message(line);
                let program = artifact.executable.clone().filter(|_| artifact.profile.test);
                self.build.artifact(&artifact);
                if program.is_some_and(|path| self.seen.insert(path)) && !self.built {
                    self.waiting.push(artifact);
                    self.list_waiting(steps);
                }
            }
            Some(Message::CompilerMessage(message)) => {
                self.build.message(message, self.root.as_str());
            }
            Some(Message::BuildScriptExecuted(script)) => {
                self.recall.message(line);
                self.build.script(script);
            }
            Some(Message::ProveRustdoc(rustdoc)) => {
                if self.has_examples(&rustdoc) {
                    self.rustdocs.push(recall::without_mark(rustdoc));
                }
            }
            Some(Message::Other) | None => {}
        }
    }

    fn done(&mut self, id: LaunchId, done: Done<'_>, steps: &mut Vec<Step>) {
        match self.tools.remove(&id) {
            None if self.recall.told(id) => {}
            None => return,
            Some(Tool::Build) => {
                self.recall(id, done, Vec::new());
                self.build_done(done, steps);
            }
            Some(Tool::Toolchain(paths)) => {
                let mut paths = paths.into_iter();
                let sysroot = paths.next().unwrap_or_default();
                let libdir = paths.next().unwrap_or_default();
                self.toolchain = Some(Toolchain { sysroot, libdir });
            }
            Some(Tool::Config(reading)) => {
                let files = config::files(&self.folder, &self.context.env);
                let given: Vec<_> = self.command.values("--config").map(str::to_owned).collect();
                self.configured = Some(reading.configured(&files, &given, &self.folder));
            }
            Some(Tool::List { artifact, cases }) => self.listed(*artifact, cases, done, steps),
            Some(Tool::Ignored { artifact, mut cases, ignored }) => {
                let ignored: HashSet<_> = ignored.into_iter().collect();
                for case in &mut cases {
                    case.ignored = ignored.contains(&case.name);
                }
                self.offer_tests(*artifact, cases, steps);
            }
            Some(Tool::Docs) => {
                self.recall(id, done, self.behind_docs());
                self.docs_done(done, steps);
            }
            Some(Tool::DocList(list)) => self.doc_listed(*list, done, steps),
            Some(Tool::PlainDocList { rustdoc, names }) => {
                self.plain_doc_listed(*rustdoc, names, done, steps);
            }
        }
        self.list_waiting(steps);
        self.start_docs(steps);
        self.remember(steps);
        if self.built && self.documented && self.tools.is_empty() {
            steps.push(Step::OffersDone);
        }
    }

    /// Lists the test programs that were built, as soon as their environment is known.
    fn list_waiting(&mut self, steps: &mut Vec<Step>) {
        if self.toolchain.is_none() || self.configured.is_none() {
            return;
        }
        for artifact in std::mem::take(&mut self.waiting) {
            if !self.has_harness(&artifact) {
                let target = self.target(&artifact, Kind::Test);
                let id = self.offer(target, Cases::Dynamic, Addressable::Target, steps);
                self.offered.insert(id, Offered::Bare(artifact));
                continue;
            }
            let only = self.context.ignored == Ignored::Only;
            let launch = self.list(&artifact, only);
            let tool = Tool::List { artifact: Box::new(artifact), cases: Vec::new() };
            self.tool(tool, launch, steps);
        }
    }

    fn list(&self, artifact: &Artifact, ignored: bool) -> Launch {
        let mut launch = self.program(artifact);
        launch.argv.extend(["--list", "--format", "terse"].map(Into::into));
        launch.argv.extend(ignored.then(|| "--ignored".into()));
        launch.argv.extend(self.command.harness.iter().map(Into::into));
        launch.memo = artifact.executable.clone().map(|path| vec![path]);
        launch
    }

    fn listed(
        &mut self,
        artifact: Artifact,
        mut cases: Vec<Case>,
        done: Done<'_>,
        steps: &mut Vec<Step>,
    ) {
        if !done.exit.success() {
            let target = self.target(&artifact, Kind::Test);
            return steps.push(not_listed(target, &self.list(&artifact, false), done));
        }
        if self.context.ignored == Ignored::Only {
            for case in &mut cases {
                case.ignored = true;
            }
        }
        if cases.is_empty() {
            return;
        }
        if self.context.resolve && self.context.ignored == Ignored::No {
            let launch = self.list(&artifact, true);
            let artifact = Box::new(artifact);
            let tool = Tool::Ignored { artifact, cases, ignored: Vec::new() };
            return self.tool(tool, launch, steps);
        }
        self.offer_tests(artifact, cases, steps);
    }

    fn offer_tests(&mut self, artifact: Artifact, mut cases: Vec<Case>, steps: &mut Vec<Step>) {
        if let Some(known) = self.known(&artifact) {
            for case in &mut cases {
                case.location = known.seen.place(&case.name);
            }
        }
        let target = self.target(&artifact, Kind::Test);
        let known = Cases::Known(cases.clone());
        let id = self.offer(target, known, Addressable::Case, steps);
        self.offered.insert(id, Offered::Tests { artifact, cases });
    }

    fn offer(
        &mut self,
        target: Target,
        cases: Cases,
        addressable: Addressable,
        steps: &mut Vec<Step>,
    ) -> TargetId {
        let id = TargetId(u32::try_from(self.offered.len()).unwrap_or(u32::MAX));
        // What several threads print at once cannot be told apart.
        let threaded = cases != Cases::Dynamic && !self.context.no_capture;
        steps.push(Step::Offer(Offer { id, target, cases, addressable, threaded, lane: None }));
        id
    }

    fn has_harness(&self, artifact: &Artifact) -> bool {
        self.known(artifact).is_none_or(|known| known.found.harness)
    }

    fn known(&self, artifact: &Artifact) -> Option<&Known> {
        self.detail.known(&self.context.root, &artifact.manifest_path, &artifact.target)
    }

    fn target(&self, artifact: &Artifact, kind: Kind) -> Target {
        match self.known(artifact) {
            Some(known) if kind == Kind::Test => known.tests.clone(),
            Some(known) => known.docs.clone(),
            None => self.unknown(&artifact.target.src_path, kind),
        }
    }

    /// A target that was not seen in the tree: generated, or outside of it.
    fn unknown(&self, source: &Path, kind: Kind) -> Target {
        let path = source.strip_prefix(&self.context.root).unwrap_or(source);
        let path = TreePath::new(&path.to_string_lossy());
        Target { path, kind, ecosystem: "cargo", name: None }
    }

    /// A test program, in the environment and folder that cargo gives it.
    fn program(&self, artifact: &Artifact) -> Launch {
        let executable = artifact.executable.clone().unwrap_or_default();
        let manifest = &artifact.manifest_path;
        let member = self.detail.member(&self.context.root, manifest);
        let (none, nothing) = (Toolchain::default(), Configured::default());
        let configured = self.configured.as_ref().unwrap_or(&nothing);
        let toolchain = self.toolchain.as_ref().unwrap_or(&none);
        let asked = self.command.values("--target").next();
        let asked = asked.or_else(|| self.context.env.get("CARGO_BUILD_TARGET"));
        let cross =
            asked.or_else(|| configured.target()).map(|target| (target, toolchain.of(target)));
        let settings = configured.variables();
        let parts = Parts {
            inherited: &self.context.env,
            toolchain: cross.as_ref().map_or(toolchain, |(_, toolchain)| toolchain),
            settings: &settings,
            package: member.map_or(&[], |member| &member.variables),
            manifest,
            script: self.build.script_of(&artifact.package_id),
            native: &self.build.native,
            binaries: self.build.binaries_for(artifact),
            executable: &executable,
        };
        let variables = variables(&parts);
        let target = cross.as_ref().map(|(target, _)| *target).or_else(|| toolchain.host());
        let runner = target.and_then(|target| configured.runner(target, &self.context.env));
        let words = runner.unwrap_or_default().into_iter().chain([executable.into()]);
        let mut launch = Launch::new(words, manifest.parent().unwrap_or(&self.folder));
        launch.env.extend(variables.into_iter().map(|(name, value)| (name, Some(value))));
        launch
    }

    fn build_done(&mut self, done: Done<'_>, steps: &mut Vec<Step>) {
        let success = done.exit.success();
        if !success && !self.build.failures.is_empty() && !self.went_on {
            self.went_on = true;
            let launch = self.command.go_on(&self.folder);
            return self.tool(Tool::Build, launch, steps);
        }
        self.built = true;
        steps.push(Step::Emit(Event::BuildFinished(BuildFinished {
            time: 0.0,
            project: self.root.as_str().to_owned(),
            success,
            seconds: done.seconds,
            kept: done.kept,
        })));
        if success {
            return;
        }
        let remedy = self.command.remedy();
        if self.build.failures.is_empty() {
            steps.push(Step::Emit(Event::Problem(self.refused(done, &remedy))));
        }
        for ((manifest, source), failure) in &self.build.failures {
            let message = failure.rendered.join("\n");
            if self.detail.member(&self.context.root, manifest).is_none() {
                let what = format!("dependency {}", manifest.display());
                let problem = Problem::error(what, message, &*remedy);
                steps.push(Step::Emit(Event::Problem(problem)));
                continue;
            }
            let known = self.detail.known(&self.context.root, manifest, &failure.target);
            let target =
                known.map_or_else(|| self.unknown(source, Kind::Test), |known| known.tests.clone());
            let (remedy, location) = (remedy.clone(), failure.location.clone());
            steps.push(Step::NotLoaded { target, message, remedy, location });
        }
        self.not_built(&remedy, steps);
    }

    /// Says which targets are missing because what they need does not compile.
    fn not_built(&self, remedy: &str, steps: &mut Vec<Step>) {
        // Arguments may choose targets and turn on features; then cargo alone
        // knows what was to be built.
        if self.build.failures.is_empty() || !self.context.args.is_empty() {
            return;
        }
        let known = self.detail.members.iter().flat_map(|member| &member.targets);
        for known in known.filter(|known| known.found.test && known.found.required.is_empty()) {
            let source = known.found.path.on_disk(&self.context.root);
            if !self.build.is_settled(&source) {
                steps.push(Step::NotLoaded {
                    target: known.tests.clone(),
                    message: "it was not built: what it needs does not compile".to_owned(),
                    remedy: remedy.to_owned(),
                    location: None,
                });
            }
        }
    }

    /// Cargo did not build, for a reason that is no compile error.
    fn refused(&self, done: Done<'_>, remedy: &str) -> Problem {
        let what = self.root.join("Cargo.toml");
        let said = done.stderr.trim();
        match done.exit {
            Exit::NotStarted(why) => Problem::error(
                what.as_str(),
                format!("cargo could not be started: {why}"),
                "install Rust from https://rustup.rs, or leave the project out with `--ecosystem`",
            ),
            exit if said.is_empty() => Problem::error(what.as_str(), exit.to_string(), remedy),
            _ => Problem::error(what.as_str(), said, remedy),
        }
    }

    /// As many as there are slots for, and as people let a program have.
    fn threads(&self, slots: usize) -> usize {
        let most = self.context.env.get("RUST_TEST_THREADS").and_then(|n| n.parse().ok());
        slots.min(most.unwrap_or(usize::MAX)).max(1)
    }

    fn take(&mut self, take: &Take, steps: &mut Vec<Step>) {
        let threads = self.threads(take.threads);
        let made = match self.offered.get(&take.target) {
            None => Err("it was never offered".to_owned()),
            Some(Offered::Tests { artifact, cases }) => {
                self.run_tests(artifact, cases, take, threads)
            }
            Some(Offered::Bare(artifact)) => Ok(self.run_bare(artifact)),
            Some(Offered::Examples { rustdoc, cases }) => {
                self.run_examples(rustdoc, cases, take, threads)
            }
            Some(Offered::Docs { rustdoc, names }) => Ok(self.run_docs(rustdoc, names, threads)),
        };
        steps.push(match made {
            Ok(mut launch) => {
                launch.merge = true;
                launch.slots = threads;
                Step::Run(self.launch_id(), take.target, launch)
            }
            Err(why) => Step::Refuse(take.target, why),
        });
    }

    fn run_tests(
        &self,
        artifact: &Artifact,
        cases: &[Case],
        take: &Take,
        threads: usize,
    ) -> Result<Launch, String> {
        let harness = &self.command.harness;
        let order = run::order(cases, &take.pick, threads, &self.context, harness)?;
        let mut launch = self.program(artifact);
        launch.argv.extend(order.args);
        launch.log = true;
        launch.protocol = Protocol::Libtest(Libtest {
            order: order.cases,
            places: order.places,
            threads,
            base: self.root.as_str().to_owned(),
            doc: false,
        });
        Ok(launch)
    }

    fn run_bare(&self, artifact: &Artifact) -> Launch {
        let mut launch = self.program(artifact);
        launch.argv.extend(self.command.harness.iter().map(Into::into));
        let base = self.root.as_str().to_owned();
        launch.protocol = Protocol::Bare { case: "main".into(), base };
        launch
    }
}

impl Session for Cargo {
    fn on(&mut self, input: Input<'_>, steps: &mut Vec<Step>) {
        match input {
            Input::Start => self.start(steps),
            Input::Line(id, line) => self.line(id, line, steps),
            Input::Take(take) => self.take(&take, steps),
            Input::Ready(_) => {}
            Input::Done(id, done) => self.done(id, done, steps),
        }
    }
}

/// The name in `NAME: test`.
fn listed(line: &[u8]) -> Option<CaseName> {
    let line = str::from_utf8(line).ok()?;
    let name = line.strip_suffix(": test").or_else(|| line.strip_suffix(": benchmark"))?;
    Some(name.into())
}

/// A program that could not say which cases it has.
fn not_listed(target: Target, launch: &Launch, done: Done<'_>) -> Step {
    let said = done.stderr.trim();
    let message = format!("{} {}\n{said}", "it could not be listed: the process", done.exit);
    let remedy = format!("see what `{launch}` says");
    Step::NotLoaded { target, message: message.trim_end().to_owned(), remedy, location: None }
}

#[cfg(test)]
mod tests;
