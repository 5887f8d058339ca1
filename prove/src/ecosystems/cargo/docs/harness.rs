//! What is asked of the helper, and how it answers: as a test program of
//! libtest would be asked, and would answer.

use std::fs::File;
use std::io::{self, Write};
use std::path::PathBuf;
use std::sync::{Mutex, mpsc};
use std::thread;
use std::time::Duration;

use crate::decode::libtest::COMPILING;

/// How often it is said that the compiler is at work.
const BEAT: Duration = Duration::from_millis(200);

/// The arguments of a test program.
#[derive(Debug, Default, PartialEq)]
pub(super) struct Asked {
    names: Vec<String>,
    skipped: Vec<String>,
    pub(super) threads: usize,
    ignored: Option<Only>,
    pub(super) log: PathBuf,
}

#[derive(Clone, Copy, Debug, PartialEq)]
enum Only {
    Ignored,
    All,
}

impl Asked {
    /// Reads them, as the session writes them.
    pub(super) fn read(args: &[String]) -> Self {
        let mut asked = Self { threads: 1, ..Self::default() };
        let mut args = args.iter();
        while let Some(arg) = args.next() {
            match arg.as_str() {
                "--exact" | "--nocapture" => {}
                "--ignored" => asked.ignored = Some(Only::Ignored),
                "--include-ignored" => asked.ignored = Some(Only::All),
                "--skip" => asked.skipped.extend(args.next().cloned()),
                "--logfile" => asked.log = args.next().map(PathBuf::from).unwrap_or_default(),
                arg => match arg.strip_prefix("--test-threads=") {
                    Some(threads) => asked.threads = threads.parse().unwrap_or(1).max(1),
                    None => asked.names.push(arg.to_owned()),
                },
            }
        }
        asked
    }

    /// Whether this case is among them.
    pub(super) fn takes(&self, name: &str, ignored: bool) -> bool {
        let is = |names: &[String]| names.iter().any(|other| other == name);
        let chosen = if self.names.is_empty() { !is(&self.skipped) } else { is(&self.names) };
        chosen && (self.ignored != Some(Only::Ignored) || ignored)
    }

    /// Whether an ignored case runs all the same.
    pub(super) fn runs_ignored(&self) -> bool {
        self.ignored.is_some()
    }
}

/// How a case ended.
#[derive(Debug, PartialEq)]
pub(super) enum Verdict {
    Passed,
    Ignored,
    /// With what there is to say of it.
    Failed(String),
}

/// What was found, as libtest prints it: verdicts into the log as they come,
/// and what failed cases said at the end.
pub(super) struct Answer {
    log: File,
    failed: Mutex<Vec<(String, String)>>,
}

impl Answer {
    pub(super) fn new(asked: &Asked) -> io::Result<Self> {
        let log = File::options().append(true).open(&asked.log)?;
        Ok(Self { log, failed: Mutex::default() })
    }

    /// Does what has to be done before the first case, and says again and
    /// again that it does: time that a compiler takes is no case's.
    pub(super) fn while_busy<T>(&self, work: impl FnOnce() -> T) -> T {
        let (done, until) = mpsc::channel::<()>();
        thread::scope(|scope| {
            scope.spawn(move || {
                while until.recv_timeout(BEAT) == Err(mpsc::RecvTimeoutError::Timeout) {
                    let _ = (&self.log).write_all(format!("{COMPILING}\n").as_bytes());
                }
            });
            let made = work();
            drop(done);
            made
        })
    }

    /// The cases begin.
    pub(super) fn begin(&self, cases: usize) -> io::Result<()> {
        let _ = (&self.log).write_all(format!("{COMPILING}\n").as_bytes());
        writeln!(io::stdout(), "\nrunning {cases} tests")
    }

    /// A case ended.
    pub(super) fn verdict(&self, name: &str, verdict: Verdict) -> io::Result<()> {
        let word = match verdict {
            Verdict::Passed => "ok",
            Verdict::Ignored => "ignored",
            Verdict::Failed(said) => {
                if let Ok(mut failed) = self.failed.lock() {
                    failed.push((name.to_owned(), said));
                }
                "failed"
            }
        };
        // At once: a pipe keeps short writes whole.
        (&self.log).write_all(format!("{word} {name}\n").as_bytes())
    }

    /// All cases have ended; whether all is well.
    pub(super) fn end(self) -> io::Result<bool> {
        let failed = self.failed.into_inner().unwrap_or_default();
        let mut out = io::stdout().lock();
        if !failed.is_empty() {
            writeln!(out, "\nfailures:\n")?;
            for (name, said) in &failed {
                writeln!(out, "---- {name} stdout ----\n{}", said.trim_end())?;
            }
            writeln!(out, "\nfailures:")?;
        }
        let word = if failed.is_empty() { "ok" } else { "FAILED" };
        writeln!(out, "\ntest result: {word}. {} failed", failed.len())?;
        out.flush()?;
        Ok(failed.is_empty())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn asked(words: &[&str]) -> Asked {
        Asked::read(&words.iter().map(ToString::to_string).collect::<Vec<_>>())
    }

    #[test]
    fn as_a_session_asks() {
        let some = asked(&["--test-threads=2", "--exact", "a #1", "b", "--logfile", "/l"]);
        assert_eq!((some.threads, some.log.to_str()), (2, Some("/l")));
        assert!(some.takes("a #1", false) && some.takes("b", true) && !some.takes("c", false));
        assert!(!some.runs_ignored());
        let others = asked(&["--include-ignored", "--exact", "--skip", "b"]);
        assert!(others.takes("a", true) && !others.takes("b", true) && others.runs_ignored());
        let ignored = asked(&["--ignored"]);
        assert!(ignored.takes("a", true) && !ignored.takes("a", false));
    }
}
