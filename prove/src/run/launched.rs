//! A launch, from its start to its end.

use rustix::process::{Pid, Signal};

use crate::decode::{Capture, Decode, Signal as Decoded, Stream};
use crate::ecosystems::LaunchId;
use crate::launch::{Exit, Launch};

use super::memo::Entry;
use super::process::{Process, Scratch};
use super::queue::Hold;
use super::work::Work;

/// How long a process has to leave after it was asked to, in seconds.
const GRACE: f64 = 2.0;

/// What a launch is for.
pub(super) enum Role {
    /// For its session. Its output may be kept.
    Tool(Option<Entry>),
    /// To run cases.
    Work(Box<Work>),
    /// A worker without work, and the target that it ran last.
    Idle(Option<usize>),
}

/// Where and when a launch begins.
pub(super) struct Birth {
    /// Whose it is.
    pub(super) session: usize,
    /// What the session calls it.
    pub(super) id: LaunchId,
    /// What it holds while it works.
    pub(super) hold: Hold,
    /// When it begins.
    pub(super) now: f64,
}

/// A launch, from its start to its end.
pub(super) struct Launched {
    /// Whose it is.
    pub(super) session: usize,
    /// What the session calls it.
    pub(super) id: LaunchId,
    /// What it is for.
    pub(super) role: Role,
    /// What it holds while it works.
    pub(super) hold: Hold,
    /// When it began.
    pub(super) began: f64,
    /// What it wrote to stderr.
    pub(super) stderr: Capture,
    /// What its environment is marked with.
    pub(super) mark: String,
    /// Whether its output is known without it.
    pub(super) kept: bool,
    state: State,
    decoder: Box<dyn Decode>,
}

enum State {
    Running(Process),
    /// It was asked to leave, for this reason; by that time it has to.
    Ending(Process, Exit, f64),
    /// Its output is known without it.
    Kept(Vec<u8>),
    /// It could not be started.
    Failed(String),
    Over,
}

impl Launched {
    /// Starts a launch; one that cannot be started ends at once.
    pub(super) fn start(
        birth: Birth,
        launch: &Launch,
        role: Role,
        mark: String,
        scratch: &Scratch,
    ) -> Self {
        let state = match Process::start(launch, &mark, scratch) {
            Ok(process) => State::Running(process),
            Err(error) => State::Failed(why_not_started(launch, &error)),
        };
        Self::new(birth, launch, role, mark, state)
    }

    /// A launch whose output was kept from another time.
    pub(super) fn kept(birth: Birth, launch: &Launch, output: Vec<u8>) -> Self {
        Self::new(birth, launch, Role::Tool(None), String::new(), State::Kept(output))
    }

    fn new(birth: Birth, launch: &Launch, role: Role, mark: String, state: State) -> Self {
        let Birth { session, id, hold, now } = birth;
        let kept = matches!(state, State::Kept(_));
        let decoder = crate::decode::decoder(&launch.protocol);
        Self {
            session,
            id,
            role,
            hold,
            began: now,
            stderr: Capture::default(),
            mark,
            kept,
            state,
            decoder,
        }
    }

    /// The process, while there is one.
    pub(super) fn process(&self) -> Option<&Process> {
        match &self.state {
            State::Running(process) | State::Ending(process, ..) => Some(process),
            State::Kept(_) | State::Failed(_) | State::Over => None,
        }
    }

    fn process_mut(&mut self) -> Option<&mut Process> {
        match &mut self.state {
            State::Running(process) | State::Ending(process, ..) => Some(process),
            State::Kept(_) | State::Failed(_) | State::Over => None,
        }
    }

    /// Its process id, while there is one.
    pub(super) fn pid(&self) -> Option<Pid> {
        self.process().map(Process::pid)
    }

    /// Whether it works: everything but a worker that waits.
    pub(super) fn is_active(&self) -> bool {
        !matches!(self.role, Role::Idle(_))
    }

    /// The work it does, if it does any.
    pub(super) fn work(&mut self) -> Option<&mut Work> {
        match &mut self.role {
            Role::Work(work) => Some(work),
            Role::Tool(_) | Role::Idle(_) => None,
        }
    }

    /// Gives it the next target.
    pub(super) fn assign(&mut self, work: Work, hold: Hold, bytes: &[u8]) {
        self.role = Role::Work(Box::new(work));
        self.hold = hold;
        self.decoder.next_target();
        self.send(bytes);
    }

    /// Writes to its stdin.
    pub(super) fn send(&mut self, bytes: &[u8]) {
        if let Some(process) = self.process_mut() {
            process.send(bytes);
        }
    }

    /// Writes what still waits to be written.
    pub(super) fn flush(&mut self) {
        if let Some(process) = self.process_mut() {
            process.flush();
        }
    }

    /// Closes its stdin.
    pub(super) fn close_stdin(&mut self) {
        if let Some(process) = self.process_mut() {
            process.close_stdin();
        }
    }

    /// Reads and decodes what is there, up to a bound.
    pub(super) fn read(&mut self, signals: &mut Vec<Decoded>) {
        let Self { state, decoder, stderr, .. } = self;
        let (State::Running(process) | State::Ending(process, ..)) = state else { return };
        process.read(|from, chunk| {
            if from == Stream::Stderr {
                stderr.push(chunk);
            }
            decoder.bytes(from, chunk, signals);
        });
    }

    /// The exit, once the process has ended, with all that it wrote decoded.
    pub(super) fn end(&mut self, signals: &mut Vec<Decoded>) -> Option<Exit> {
        let exit = match &mut self.state {
            State::Running(process) => process.exit()?,
            State::Ending(process, reason, _) => {
                process.exit()?;
                reason.clone()
            }
            State::Kept(output) => {
                let output = std::mem::take(output);
                self.decoder.bytes(Stream::Stdout, &output, signals);
                Exit::Code(0)
            }
            State::Failed(why) => Exit::NotStarted(std::mem::take(why)),
            State::Over => return None,
        };
        // Once more, and no longer: a daemon that holds the pipe may write for ever.
        self.read(signals);
        self.decoder.end(&exit, signals);
        self.state = State::Over;
        Some(exit)
    }

    /// Signals all of it.
    pub(super) fn signal(&self, signal: Signal) {
        if let Some(process) = self.process() {
            process.signal(signal);
        }
    }

    /// Asks it to leave, for this reason; said again, makes it.
    pub(super) fn stop(&mut self, reason: Exit, now: f64) {
        match std::mem::replace(&mut self.state, State::Over) {
            State::Running(process) => {
                process.signal(Signal::TERM);
                self.state = State::Ending(process, reason, now + GRACE);
            }
            State::Ending(process, reason, _) => {
                process.signal(Signal::KILL);
                self.state = State::Ending(process, reason, f64::INFINITY);
            }
            other => self.state = other,
        }
    }

    /// Kills it if its time to leave is over.
    pub(super) fn kill_if_late(&mut self, now: f64) {
        if let State::Ending(process, _, by) = &mut self.state
            && now >= *by
        {
            process.signal(Signal::KILL);
            *by = f64::INFINITY;
        }
    }

    /// When something has to be done about it, at the latest.
    pub(super) fn deadline(&self) -> f64 {
        match (&self.state, &self.role) {
            (State::Ending(_, _, by), _) => *by,
            (State::Running(_), Role::Work(work)) => work.deadline(),
            (State::Kept(_) | State::Failed(_), _) => 0.0,
            (State::Running(_), Role::Tool(_) | Role::Idle(_)) | (State::Over, _) => f64::INFINITY,
        }
    }

    /// Asks it to leave if what it runs has lasted longer than it may.
    pub(super) fn check_time(&mut self, now: f64) {
        if let (State::Running(_), Role::Work(work)) = (&self.state, &mut self.role)
            && let Some(limit) = work.mark_overdue(now)
        {
            self.stop(Exit::TimedOut(limit), now);
        }
    }
}

/// Names what is not there: the system says the same of a program, of its
/// interpreter and of the working directory.
fn why_not_started(launch: &Launch, error: &std::io::Error) -> String {
    let program =
        launch.argv.first().map(|word| word.to_string_lossy().into_owned()).unwrap_or_default();
    if !launch.cwd.is_dir() {
        return format!("the working directory {} is not there", launch.cwd.display());
    }
    match error.kind() {
        std::io::ErrorKind::NotFound
            if program.contains('/') && std::path::Path::new(&program).exists() =>
        {
            format!("the interpreter that `{program}` names in its first line is not there")
        }
        std::io::ErrorKind::NotFound => format!("`{program}` is not installed, or not on PATH"),
        _ => format!("`{program}`: {error}"),
    }
}
