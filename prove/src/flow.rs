//! From a configuration to an exit code: where the stages meet.

use std::hash::{BuildHasher, RandomState};
use std::io::{self, Write};
use std::path::PathBuf;
use std::time::{Duration, Instant, SystemTime};

use chrono::{SecondsFormat, Utc};
use indicatif::ProgressDrawTarget;

use crate::cli::{Command, Config, Format, ReportTo};
use crate::discover::{Found, Walk, discover};
use crate::ecosystems::{ALL, Case, Context, Docs, Pick, Project, Sighted};
use crate::error::Error;
use crate::event::{
    CaseFound, Event, Problem, ProjectFound, RunFinished, RunStarted, Severity, VERSION,
};
use crate::gate::{Ending, judge};
use crate::ledger::Ledger;
use crate::plan::{self, Overrides};
use crate::report::{Fanout, Json, Junit, Listing, Look, Report, Terminal, explain};
use crate::run::{Asked, Ended, Open, Setup, Sink, run};
use crate::target::{Addressable, Location, Target, TreePath};

/// The ledger and the reports, which hear of every event in this order.
struct Stage<'a> {
    began: Instant,
    ledger: Ledger,
    reports: Fanout<'a>,
    /// The first report that could not be written; the run ends with it.
    error: Option<io::Error>,
    every: Duration,
    raw: bool,
}

impl Stage<'_> {
    fn tell(&mut self, mut event: Event) {
        event.stamp(self.began.elapsed().as_secs_f64());
        self.ledger.apply(&event);
        if let Err(error) = self.reports.event(&event, &self.ledger) {
            self.error.get_or_insert(error);
        }
    }
}

impl Sink for Stage<'_> {
    fn event(&mut self, event: Event) {
        self.tell(event);
    }

    fn tick(&mut self, _now: f64) {
        let now = self.began.elapsed().as_secs_f64();
        if let Err(error) = self.reports.tick(now, &self.ledger) {
            self.error.get_or_insert(error);
        }
    }

    fn every(&self) -> Duration {
        self.every
    }

    fn is_lost(&self) -> bool {
        self.error.is_some()
    }

    fn raw(&mut self, bytes: &[u8]) {
        if self.raw {
            // What tests print is theirs; where it cannot go, it is lost to them.
            let _ = io::stderr().write_all(bytes);
        }
    }
}

/// Finds, runs and reports; what the process exits with.
///
/// # Errors
/// A report that cannot be written, or a system that cannot run anything.
pub fn conduct(mut config: Config, stdout: impl Write) -> Result<u8, Error> {
    let began = Instant::now();
    let walk = Walk {
        root: config.root.clone(),
        exclude: std::mem::take(&mut config.exclude),
        named: config.named.clone(),
    };
    let mut found = discover(&walk, ALL);
    let notes = config.set_aside(&mut found);
    if config.command == Command::Explain {
        return tell_why(&found, &notes, &config.overrides, stdout);
    }
    let mut stage = Stage {
        began,
        ledger: Ledger::default(),
        reports: reports(&config, stdout)?,
        error: None,
        every: Duration::from_millis(if config.output.live { 100 } else { 1000 }),
        raw: config.no_capture,
    };
    stage.tell(Event::RunStarted(run_started(&config)));
    for problem in notes {
        stage.tell(Event::Problem(problem));
    }
    let ended = run_projects(&mut config, &found, &mut stage)?;
    let unmatched = say_unmatched(&config, &mut stage);
    if ended.signal.is_none() {
        note_overrides(&config, &mut stage);
    }
    let ending = Ending { interrupted: ended.signal, unmatched };
    let exit_code = judge(&stage.ledger, &config.rules, &ending);
    let examples = if config.selection.is_everything() { examples_not_run(&found) } else { 0 };
    stage.tell(Event::RunFinished(run_finished(&stage.ledger, examples, exit_code, began)));
    let Stage { ledger, mut reports, error, .. } = stage;
    let finished = reports.finish(&ledger);
    match error.map_or(finished, Err) {
        Ok(()) => Ok(exit_code),
        Err(source) => {
            Err(Error::Report { to: "stdout, or a file of --report".to_owned(), source })
        }
    }
}

/// Opens the sessions of the projects that are asked for, and runs them.
fn run_projects(config: &mut Config, found: &Found, stage: &mut Stage<'_>) -> Result<Ended, Error> {
    let projects = found.claims.iter().flat_map(|claims| &claims.projects);
    let sighted = || projects.clone().flat_map(|project| &project.targets);
    config.selection.settle(sighted().map(|sighted| &sighted.target));
    let asked: Vec<&Project> =
        projects.clone().filter(|project| config.is_asked(project)).collect();
    for project in &asked {
        stage.tell(Event::ProjectFound(ProjectFound {
            time: 0.0,
            ecosystem: project.ecosystem.to_owned(),
            path: project.root.to_string(),
            evidence: project.evidence.clone(),
        }));
    }
    if config.command == Command::List && !config.resolve {
        for sighted in asked.iter().flat_map(|project| &project.targets) {
            list(config, sighted, stage);
        }
        return Ok(Ended::default());
    }
    let seed = seed();
    let prove = std::env::current_exe().unwrap_or_else(|_| PathBuf::from("prove"));
    let sessions = asked.iter().filter_map(|project| {
        let ecosystem = ALL.iter().find(|ecosystem| ecosystem.name() == project.ecosystem)?;
        let context = config.context(project, &prove, seed);
        Some(Open { project, session: ecosystem.open(project, &context) })
    });
    let sessions = sessions.collect();
    let setup = Setup {
        root: config.root.clone(),
        slots: config.slots,
        max_fail: config.max_fail,
        recheck: config.max_fail.is_none(),
        ignored: config.ignored,
        list: config.command == Command::List,
        prove,
        seed,
    };
    let asked = Asked { selection: &mut config.selection, overrides: &mut config.overrides };
    run(&setup, asked, sessions, stage).map_err(Error::Run)
}

/// Says what of a target would run, as far as that can be seen.
fn list(config: &mut Config, sighted: &Sighted, stage: &mut Stage<'_>) {
    let Sighted { target, cases, unsure, addressable, .. } = sighted;
    let picked = config.selection.pick(target, cases.as_deref(), *addressable);
    let taken = |case: &&Case| match &picked.pick {
        None => false,
        Some(Pick::All) => true,
        Some(Pick::Only(names)) => names.contains(&case.name),
        Some(Pick::Not(names)) => !names.contains(&case.name),
    };
    match cases {
        Some(cases) => {
            for case in cases.iter().filter(taken) {
                let found = case.found(target, *addressable, config.ignored);
                let condition = unsure.cases.get(&case.name).map(|on| format!("if {on}"));
                stage.tell(Event::CaseFound(CaseFound { unsure: condition, ..found }));
            }
            let file = |location: &Location| TreePath::new(&location.file);
            let files: Vec<_> = unsure.more.iter().map(|(_, at)| file(at)).collect();
            if let Some(more) = unsure.shown()
                && config.selection.may_take(target, &files)
            {
                let found = CaseFound::of(target, target.label(), Addressable::Target);
                stage.tell(Event::CaseFound(CaseFound { unsure: Some(more), ..found }));
            }
        }
        None if picked.pick.is_some() => {
            let found = CaseFound::of(target, target.label(), Addressable::Target);
            stage.tell(Event::CaseFound(found));
        }
        None => {}
    }
}

impl Config {
    /// Leaves out what `--ecosystem` does not ask for, and makes notes of
    /// errors in parts of the tree that the arguments do not name. All
    /// problems, in the order of the tree.
    fn set_aside(&self, found: &mut Found) -> Vec<Problem> {
        let mut problems = std::mem::take(&mut found.tree.problems);
        for (ecosystem, claims) in ALL.iter().zip(&mut found.claims) {
            if self.selection.ecosystem(ecosystem.name()) {
                problems.append(&mut claims.problems);
            } else {
                *claims = crate::ecosystems::Claims::default();
            }
        }
        let sighted = |path: &TreePath| {
            let projects = found.claims.iter().flat_map(|claims| &claims.projects);
            projects
                .flat_map(|project| &project.targets)
                .any(|sighted| sighted.target.path == *path)
        };
        // A file that somebody claims needs no manifest that nobody can read.
        let unclaimed: Vec<_> = self.named.iter().filter(|named| !sighted(named)).collect();
        let is_asked = |file: &TreePath| {
            self.named.is_empty()
                || self.named.iter().any(|named| file.is_under(named))
                || unclaimed.iter().any(|named| named.is_under(&file.parent()))
        };
        for problem in &mut problems {
            let file = problem.location.as_ref().map(|location| TreePath::new(&location.file));
            let elsewhere = file.is_some_and(|file| !is_asked(&file));
            if elsewhere {
                problem.severity = Severity::Note;
            }
        }
        problems
    }

    fn is_asked(&self, project: &Project) -> bool {
        // `--docs all` has targets that are not sighted: they were passed over.
        project.targets.is_empty()
            || self.docs == Docs::All
            || project
                .targets
                .iter()
                .any(|sighted| self.selection.target(&sighted.target) > plan::Verdict::No)
    }

    fn context(&self, project: &Project, prove: &std::path::Path, seed: u64) -> Context {
        let targets = || project.targets.iter().map(|sighted| &sighted.target);
        let needs_cases = self.selection.needs_cases(targets())
            || targets().any(|target| self.overrides.needs_cases(target));
        let none = |target: &&Target| self.selection.target(target) == plan::Verdict::No;
        let unasked = targets().filter(none).cloned().collect();
        Context {
            root: self.root.clone(),
            resolve: self.command == Command::List || needs_cases,
            ignored: self.ignored,
            docs: self.docs,
            args: self.args.get(project.ecosystem).cloned().unwrap_or_default(),
            settings: self.tables.get(project.ecosystem).cloned().unwrap_or_default(),
            color: self.output.color,
            no_capture: self.no_capture,
            prove: prove.to_owned(),
            env: self.env.clone(),
            seed,
            slots: self.slots,
            timeout: self.timeout,
            unasked,
        }
    }
}

fn reports<'a>(config: &Config, stdout: impl Write + 'a) -> Result<Fanout<'a>, Error> {
    let mut reports = Fanout::default();
    match config.output.format {
        Format::Terminal if config.command == Command::List => {
            let listing = Listing::new(stdout, io::stderr());
            reports.push(if config.output.live { listing.grouped() } else { listing });
        }
        Format::Terminal => {
            let terminal = Terminal::new(stdout, look(config));
            reports.push(if config.output.live {
                terminal.live(ProgressDrawTarget::stdout())
            } else {
                terminal
            });
        }
        Format::Json => reports.push(Json::new(stdout)),
        Format::Quiet => {}
    }
    for to in &config.output.reports {
        let (ReportTo::Junit(path) | ReportTo::Json(path)) = to;
        let file = std::fs::File::create(path)
            .map_err(|source| Error::Report { to: path.display().to_string(), source })?;
        let file = io::BufWriter::new(file);
        match to {
            ReportTo::Junit(_) => reports.push(Junit::new(file)),
            ReportTo::Json(_) => reports.push(Json::new(file)),
        }
    }
    Ok(reports)
}

/// How the terminal report looks here.
fn look(config: &Config) -> Look {
    let width =
        rustix::termios::tcgetwinsize(rustix::stdio::stdout()).map_or(0, |size| size.ws_col.into());
    Look {
        color: config.output.color,
        width: if width > 0 { width } else { Look::default().width },
        verbosity: config.output.verbosity,
        timer: config.output.timer,
        slow_after: if config.timeout.is_some() { None } else { Look::default().slow_after },
        cwd: config.cwd.clone(),
        below: config.below.clone(),
        longest: 0,
    }
}

fn tell_why(
    found: &Found,
    problems: &[Problem],
    overrides: &Overrides,
    mut stdout: impl Write,
) -> Result<u8, Error> {
    let claims: Vec<_> = ALL.iter().map(|ecosystem| ecosystem.name()).zip(&found.claims).collect();
    explain(&mut stdout, &claims, problems, overrides)
        .and_then(|()| stdout.flush())
        .map_err(|source| Error::Report { to: "stdout".to_owned(), source })?;
    Ok(crate::exit::GREEN)
}

fn run_started(config: &Config) -> RunStarted {
    RunStarted {
        time: 0.0,
        version: VERSION,
        root: config.root.display().to_string(),
        slots: config.slots,
        selection: config.typed.clone(),
        shard: None,
        started_at: Utc::now().to_rfc3339_opts(SecondsFormat::Millis, true),
    }
}

fn run_finished(
    ledger: &Ledger,
    examples_not_run: usize,
    exit_code: u8,
    began: Instant,
) -> RunFinished {
    let counts = ledger.counts();
    RunFinished {
        time: 0.0,
        passed: counts.passed,
        failed: counts.failed,
        skipped: counts.skipped,
        todo: counts.todo,
        not_run: counts.not_run,
        flaky: counts.flaky,
        targets: ledger.targets().len(),
        problems: ledger.errors(),
        examples_not_run,
        seconds: began.elapsed().as_secs_f64(),
        exit_code,
    }
}

/// An argument that matches nothing is an error: what it was to test is not tested.
fn say_unmatched(config: &Config, stage: &mut Stage<'_>) -> bool {
    let unmatched = config.selection.unmatched();
    let root = format!("{}/", config.root.display());
    for name in &unmatched {
        let typed = name.typed.strip_prefix(&root).unwrap_or(&name.typed);
        let remedy = match name.nearest.as_slice() {
            [] => "`prove list` says what there is".to_owned(),
            nearest => format!("did you mean {}?", nearest.join(", ")),
        };
        stage.tell(Event::Problem(Problem::error(
            format!("nothing matches `{typed}`"),
            "no file, folder or case in this tree has that name",
            remedy,
        )));
    }
    !unmatched.is_empty()
}

/// An override that matches nothing of a whole run is most likely misspelt.
fn note_overrides(config: &Config, stage: &mut Stage<'_>) {
    let whole = config.command == Command::Run
        && config.selection.is_everything()
        && stage.ledger.counts().not_run == 0;
    for one in config.overrides.unmatched().filter(|_| whole) {
        stage.tell(Event::Problem(Problem::note(
            format!("[[override]] match = {:?} in prove.toml", one.pattern),
            "it matches nothing that ran",
            "mend the pattern, or remove it; `prove explain` says what each is about",
        )));
    }
}

fn examples_not_run(found: &Found) -> usize {
    found
        .claims
        .iter()
        .flat_map(|claims| &claims.passed_over)
        .map(|passed_over| passed_over.examples)
        .sum()
}

/// A number that no other run has: the clock, and this process's own hash keys.
fn seed() -> u64 {
    RandomState::new().hash_one((std::process::id(), SystemTime::now()))
}
