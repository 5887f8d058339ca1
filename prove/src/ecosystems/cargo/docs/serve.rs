//! Runs the examples of a program, each in a process of its own.

use std::fs::{self, File};
use std::io::{self, BufRead, BufReader, Read, Seek, SeekFrom, Write};
use std::os::unix::process::ExitStatusExt;
use std::path::{Path, PathBuf};
use std::process::{Child, ChildStdin, ChildStdout, ExitStatus, Stdio};

use super::process::command;

/// The most that is kept of what an example printed, from its begin and from its end.
const KEPT: u64 = 256 << 10;

/// A program of many examples, which waits to be told which to run.
pub(super) struct Server {
    child: Child,
    stdin: Option<ChildStdin>,
    stdout: BufReader<ChildStdout>,
}

/// How an example's process ended, and what it printed.
pub(super) struct Ran {
    pub(super) status: ExitStatus,
    pub(super) output: String,
}

impl Server {
    /// Starts a program in the folder where examples run.
    pub(super) fn start(program: &Path, folder: Option<&Path>) -> io::Result<Self> {
        let mut command = command(program);
        command.stdin(Stdio::piped()).stdout(Stdio::piped());
        if let Some(folder) = folder {
            command.current_dir(folder);
        }
        let mut child = command.spawn()?;
        let stdin = child.stdin.take();
        let stdout = child.stdout.take().ok_or(io::ErrorKind::BrokenPipe)?;
        Ok(Self { child, stdin, stdout: BufReader::new(stdout) })
    }

    /// Runs the example of this number.
    pub(super) fn run(&mut self, number: usize, output: &Output) -> io::Result<Ran> {
        let stdin = self.stdin.as_mut().ok_or(io::ErrorKind::BrokenPipe)?;
        writeln!(stdin, "{number} {}", output.path.display())?;
        let mut line = String::new();
        self.stdout.read_line(&mut line)?;
        let status: i32 = line.trim_end().parse().map_err(io::Error::other)?;
        Ok(Ran { status: ExitStatus::from_raw(status), output: output.take()? })
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        drop(self.stdin.take());
        let _ = self.child.wait();
    }
}

/// Runs a program that is one example.
pub(super) fn run(program: &Path, folder: Option<&Path>, output: &Output) -> io::Result<Ran> {
    let mut command = command(program);
    let file = File::create(&output.path)?;
    command.stdout(file.try_clone()?).stderr(file);
    if let Some(folder) = folder {
        command.current_dir(folder);
    }
    let status = command.status()?;
    Ok(Ran { status, output: output.take()? })
}

/// The file that takes what examples print, one after the other.
pub(super) struct Output {
    path: PathBuf,
}

impl Output {
    pub(super) fn new(path: PathBuf) -> Self {
        Self { path }
    }

    /// What is in it, without the middle if that is much.
    fn take(&self) -> io::Result<String> {
        let mut file = File::open(&self.path)?;
        let length = file.metadata()?.len();
        let mut bytes = Vec::new();
        (&file).take(KEPT).read_to_end(&mut bytes)?;
        if length > 2 * KEPT {
            bytes.extend_from_slice(b"\n[...]\n");
            file.seek(SeekFrom::Start(length - KEPT))?;
        }
        file.take(KEPT).read_to_end(&mut bytes)?;
        Ok(String::from_utf8_lossy(&bytes).into_owned())
    }
}

impl Drop for Output {
    fn drop(&mut self) {
        let _ = fs::remove_file(&self.path);
    }
}
