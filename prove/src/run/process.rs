//! The one place that starts processes.
//!
//! Every process gets a process group of its own, so that a signal reaches
//! all of it, and a mark in its environment, by which what it leaves behind
//! is found (see [`super::reap`]). Its pipes never block the runner.

use std::ffi::{OsStr, OsString};
use std::fs::File;
use std::io::{self, Read, Write};
use std::os::fd::{AsFd, BorrowedFd, OwnedFd};
use std::os::unix::process::{CommandExt, ExitStatusExt};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};

use rustix::fs::{Mode, OFlags};
use rustix::process::{Pid, Signal, WaitId, WaitIdOptions};

use crate::decode::Stream;
use crate::launch::{Exit, LOG_PATH, Launch, Stdin};

/// The variable that marks every descendant of a run.
pub(crate) const MARK: &str = "PROVE_RUN";

/// How much one read takes.
const CHUNK: usize = 64 << 10;
/// How many reads one stream gets before the others have their turn.
const TURN: usize = 16;

/// A process that runs, or has ended with its output still to be read.
pub(super) struct Process {
    child: Child,
    pid: Pid,
    stdin: Option<File>,
    unsent: Vec<u8>,
    streams: Vec<(Stream, Option<File>)>,
    log: Option<Log>,
    buffer: Box<[u8]>,
}

/// A named pipe, and our own writing end of it: without that, a reader sees
/// the end of the file whenever nobody else has it open.
struct Log {
    path: PathBuf,
    _writer: OwnedFd,
}

impl Drop for Log {
    fn drop(&mut self) {
        let _ = std::fs::remove_file(&self.path);
    }
}

impl Process {
    /// Starts a launch; `scratch` is the folder for its named pipe.
    pub(super) fn start(launch: &Launch, mark: &str, scratch: &Scratch) -> io::Result<Self> {
        let log = if launch.log { Some(scratch.fifo()?) } else { None };
        let log_path = log.as_ref().map(|(log, _)| log.path.as_path());
        let (program, args) = launch.argv.split_first().ok_or_else(|| {
            io::Error::new(io::ErrorKind::InvalidInput, "there is no program to start")
        })?;
        let mut command = command(program);
        command.args(args.iter().map(|arg| match log_path {
            Some(path) if arg.as_os_str() == OsStr::new(LOG_PATH) => path.as_os_str(),
            _ => arg.as_os_str(),
        }));
        command.current_dir(&launch.cwd).process_group(0).env(MARK, mark);
        for (key, value) in &launch.env {
            match value {
                Some(value) => command.env(key, value),
                None => command.env_remove(key),
            };
        }
        let mut streams = Vec::with_capacity(3);
        let (reader, writer) = io::pipe()?;
        if launch.merge {
            command.stderr(writer.try_clone()?);
        } else {
            let (reader, writer) = io::pipe()?;
            command.stderr(writer);
            streams.push((Stream::Stderr, nonblocking(reader.into())?));
        }
        command.stdout(writer);
        streams.push((Stream::Stdout, nonblocking(reader.into())?));
        command.stdin(match launch.stdin {
            Stdin::Null => Stdio::null(),
            Stdin::Pipe => Stdio::piped(),
        });
        let mut child = command.spawn()?;
        let pid = i32::try_from(child.id())
            .ok()
            .and_then(Pid::from_raw)
            .ok_or_else(|| io::Error::other("the system gave no process id"))?;
        let stdin = match child.stdin.take() {
            Some(stdin) => Some(nonblocking(stdin.into())?),
            None => None,
        };
        let mut streams: Vec<_> =
            streams.into_iter().map(|(from, file)| (from, Some(file))).collect();
        let log = log.map(|(log, reader)| {
            // First, so that a verdict is known before the output behind it.
            streams.insert(0, (Stream::Log, Some(reader)));
            log
        });
        let buffer = vec![0; CHUNK].into_boxed_slice();
        Ok(Self { child, pid, stdin, unsent: Vec::new(), streams, log, buffer })
    }

    /// The process's id, which is its group's as well.
    pub(super) fn pid(&self) -> Pid {
        self.pid
    }

    /// The descriptors to wait for: to read, and (`true`) to write.
    pub(super) fn waits(&self) -> impl Iterator<Item = (BorrowedFd<'_>, bool)> {
        let reads =
            self.streams.iter().filter_map(|(_, file)| Some((file.as_ref()?.as_fd(), false)));
        let writes = self
            .stdin
            .as_ref()
            .filter(|_| !self.unsent.is_empty())
            .map(|file| (file.as_fd(), true));
        reads.chain(writes)
    }

    /// Reads what is there, up to a bound.
    pub(super) fn read(&mut self, mut chunk: impl FnMut(Stream, &[u8])) {
        let Self { streams, buffer, .. } = self;
        for (from, slot) in streams {
            let mut turns = 0;
            while let Some(file) = slot {
                if turns == TURN {
                    break;
                }
                turns += 1;
                match file.read(buffer) {
                    Ok(0) => *slot = None,
                    Ok(n) => {
                        chunk(*from, &buffer[..n]);
                        // Less than there was room for: that was all.
                        if n < buffer.len() {
                            break;
                        }
                    }
                    Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
                    Err(error) if error.kind() == io::ErrorKind::WouldBlock => break,
                    Err(_) => *slot = None,
                }
            }
        }
    }

    /// Writes these bytes to its stdin, as soon as it takes them.
    pub(super) fn send(&mut self, bytes: &[u8]) {
        self.unsent.extend_from_slice(bytes);
        self.flush();
    }

    /// Writes what waits; a process that does not read any more gets no more.
    pub(super) fn flush(&mut self) {
        let Some(stdin) = &mut self.stdin else { return self.unsent.clear() };
        while !self.unsent.is_empty() {
            match stdin.write(&self.unsent) {
                Ok(n) if n > 0 => drop(self.unsent.drain(..n)),
                Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
                Err(error) if error.kind() == io::ErrorKind::WouldBlock => return,
                Ok(_) | Err(_) => {
                    self.stdin = None;
                    return self.unsent.clear();
                }
            }
        }
    }

    /// Closes its stdin: there is no more work.
    pub(super) fn close_stdin(&mut self) {
        self.flush();
        self.stdin = None;
    }

    /// Signals the whole group.
    pub(super) fn signal(&self, signal: Signal) {
        let _ = rustix::process::kill_process_group(self.pid, signal);
    }

    /// The exit, once there is one. The group's remains are killed *before*
    /// the process is reaped: until then its id cannot belong to another.
    pub(super) fn exit(&mut self) -> Option<Exit> {
        let options = WaitIdOptions::EXITED | WaitIdOptions::NOHANG | WaitIdOptions::NOWAIT;
        match rustix::process::waitid(WaitId::Pid(self.pid), options) {
            Ok(None) => return None,
            Ok(Some(_)) => self.signal(Signal::KILL),
            // Somebody else reaped it; `wait` below tells what is known.
            Err(_) => {}
        }
        Some(match self.child.wait() {
            Ok(status) => match (status.code(), status.signal()) {
                (Some(code), _) => Exit::Code(code),
                (None, Some(signal)) => Exit::Signal(signal),
                (None, None) => Exit::NotStarted("its end is unknown".to_owned()),
            },
            Err(error) => Exit::NotStarted(error.to_string()),
        })
    }
}

impl Drop for Process {
    fn drop(&mut self) {
        // Only where the run was cut short; an ended process was reaped above.
        if matches!(self.child.try_wait(), Ok(None)) {
            self.signal(Signal::KILL);
            let _ = self.child.wait();
        }
        self.log = None;
    }
}

/// A command that this program starts; nowhere else is one made.
#[expect(clippy::disallowed_methods, reason = "the one place that starts processes")]
pub(crate) fn command(program: impl AsRef<OsStr>) -> Command {
    Command::new(program)
}

/// Becomes this program; returns only where that cannot be.
pub(crate) fn replace(program: &Path, args: &[OsString]) -> io::Error {
    command(program).args(args).exec()
}

fn nonblocking(fd: OwnedFd) -> io::Result<File> {
    let flags = rustix::fs::fcntl_getfl(&fd)?;
    rustix::fs::fcntl_setfl(&fd, flags | OFlags::NONBLOCK)?;
    Ok(fd.into())
}

/// A private folder for named pipes, made when the first is asked for and
/// removed at the end.
pub(super) struct Scratch {
    path: PathBuf,
    made: std::cell::Cell<u32>,
}

impl Scratch {
    /// A folder of this name in the system's place for temporary files.
    pub(super) fn new(mark: &str) -> Self {
        Self {
            path: std::env::temp_dir().join(format!("prove-{mark}")),
            made: std::cell::Cell::new(0),
        }
    }

    fn fifo(&self) -> io::Result<(Log, File)> {
        let n = self.made.replace(self.made.get() + 1);
        if n == 0 {
            std::os::unix::fs::DirBuilderExt::mode(&mut std::fs::DirBuilder::new(), 0o700)
                .create(&self.path)?;
        }
        let path = self.path.join(n.to_string());
        make_fifo(&path)?;
        let open = |flags| rustix::fs::open(&path, flags | OFlags::CLOEXEC, Mode::empty());
        let reader = open(OFlags::RDONLY | OFlags::NONBLOCK)?;
        let writer = open(OFlags::WRONLY | OFlags::NONBLOCK)?;
        Ok((Log { path, _writer: writer }, reader.into()))
    }
}

fn make_fifo(path: &Path) -> io::Result<()> {
    let mode = Mode::RUSR | Mode::WUSR;
    Ok(rustix::fs::mknodat(rustix::fs::CWD, path, rustix::fs::FileType::Fifo, mode, 0)?)
}

impl Drop for Scratch {
    fn drop(&mut self) {
        if self.made.get() > 0 {
            let _ = std::fs::remove_dir_all(&self.path);
        }
    }
}
