//! One process to start, as plain data that can be printed and tested.

use std::ffi::OsString;
use std::fmt;
use std::path::PathBuf;
use std::time::Duration;

use crate::target::{CaseName, Location};

/// Stands in `argv` for the path of the log that the runner makes (see [`Launch::log`]).
pub const LOG_PATH: &str = "\u{0}log";

/// One process to start.
#[derive(Clone, Debug, PartialEq)]
pub struct Launch {
    /// The program, then its arguments. Never goes through a shell.
    pub argv: Vec<OsString>,
    /// Set (or, for `None`, removed) on top of the inherited environment.
    pub env: Vec<(OsString, Option<OsString>)>,
    /// The working directory.
    pub cwd: PathBuf,
    /// What it reads.
    pub stdin: Stdin,
    /// Whether stderr goes into the same pipe as stdout, which keeps their order.
    pub merge: bool,
    /// Whether it gets a named pipe, whose path replaces [`LOG_PATH`] in
    /// `argv`: a way for results that tests cannot write to by accident.
    pub log: bool,
    /// How its output is read.
    pub protocol: Protocol,
    /// How many slots it occupies while it works; 0 for what mostly waits.
    pub slots: usize,
    /// Where set, its output depends only on these files (and on `argv`,
    /// `cwd` and `env`), so that an earlier output may serve.
    pub memo: Option<Vec<PathBuf>>,
    /// Its output depends on what its session tells when it has ended: then
    /// an earlier output may serve as well.
    pub recall: bool,
}

/// What an output depends on, besides its launch.
///
/// ```
/// use prove::launch::Depends;
/// let one = Depends::parse("names /p/tests").unwrap();
/// assert_eq!(one, Depends::Names("/p/tests".into()));
/// assert_eq!(one.to_string(), "names /p/tests");
/// assert_eq!(Depends::parse("nothing /p"), None);
/// ```
#[derive(Clone, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Depends {
    /// A file.
    File(PathBuf),
    /// That there is no such file or folder.
    Absent(PathBuf),
    /// The names in a folder, and in the folders in it.
    Names(PathBuf),
    /// All that is in a folder and below.
    Tree(PathBuf),
    /// An environment variable.
    Variable(String),
    /// All environment variables whose names begin so.
    Variables(String),
}

impl Depends {
    /// Reads what [`fmt::Display`] writes.
    pub fn parse(line: &str) -> Option<Self> {
        let (what, of) = line.split_once(' ')?;
        Some(match what {
            "file" => Self::File(of.into()),
            "absent" => Self::Absent(of.into()),
            "names" => Self::Names(of.into()),
            "tree" => Self::Tree(of.into()),
            "variable" => Self::Variable(of.to_owned()),
            "variables" => Self::Variables(of.to_owned()),
            _ => return None,
        })
    }
}

/// On one line. A path that is not a line of text cannot be read back.
impl fmt::Display for Depends {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::File(path) => write!(f, "file {}", path.display()),
            Self::Absent(path) => write!(f, "absent {}", path.display()),
            Self::Names(path) => write!(f, "names {}", path.display()),
            Self::Tree(path) => write!(f, "tree {}", path.display()),
            Self::Variable(name) => write!(f, "variable {name}"),
            Self::Variables(prefix) => write!(f, "variables {prefix}"),
        }
    }
}

impl Launch {
    /// A process with null stdin, its stdout read as lines, in one slot.
    pub fn new(
        argv: impl IntoIterator<Item = impl Into<OsString>>,
        cwd: impl Into<PathBuf>,
    ) -> Self {
        Self {
            argv: argv.into_iter().map(Into::into).collect(),
            env: Vec::new(),
            cwd: cwd.into(),
            stdin: Stdin::Null,
            merge: false,
            log: false,
            protocol: Protocol::Lines,
            slots: 1,
            memo: None,
            recall: false,
        }
    }

    /// The same, with this environment variable set.
    #[must_use]
    pub fn env(mut self, key: impl Into<OsString>, value: impl Into<OsString>) -> Self {
        self.env.push((key.into(), Some(value.into())));
        self
    }
}

/// As one would type it, quoted where a shell needs it.
impl fmt::Display for Launch {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (i, word) in self.argv.iter().enumerate() {
            let word = word.to_string_lossy();
            f.write_str(if i == 0 { "" } else { " " })?;
            f.write_str(&quote(&word))?;
        }
        Ok(())
    }
}

/// A word as a POSIX shell reads it back.
///
/// ```
/// assert_eq!(prove::launch::quote("a-b/c.rs::x"), "a-b/c.rs::x");
/// assert_eq!(prove::launch::quote("it's"), r"'it'\''s'");
/// ```
pub fn quote(word: &str) -> String {
    let plain = |c: char| c.is_ascii_alphanumeric() || "-_./:=,+@%".contains(c);
    if !word.is_empty() && word.chars().all(plain) {
        return word.to_owned();
    }
    format!("'{}'", word.replace('\'', r"'\''"))
}

/// What a process reads.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Stdin {
    /// Nothing.
    Null,
    /// What its session sends; closed when there is no more work for it.
    Pipe,
}

/// How a process's output becomes signals. Plain data: `decode` makes the
/// decoder.
#[derive(Clone, Debug, PartialEq)]
pub enum Protocol {
    /// Lines of stdout, handed to the session.
    Lines,
    /// A libtest binary, or rustdoc's test run.
    Libtest(Libtest),
    /// TAP on stdout.
    Tap(Tap),
    /// A worker that prefixes each message with this nonce.
    Worker {
        /// What no test can print by accident.
        nonce: String,
    },
    /// Its exit code is the one case of this name; libtest-like output, if
    /// that is what it prints, gives cases.
    Bare {
        /// The case's name.
        case: CaseName,
        /// The folder its messages' paths are relative to, from the root.
        base: String,
    },
}

/// What a decoder of libtest's output has to know.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Libtest {
    /// The cases that will run, in the order in which libtest starts them,
    /// under the names it prints.
    pub order: Vec<CaseName>,
    /// Where each of them stands, as far as that is known. Doc examples that
    /// rustdoc itself runs say it in their names, and have none here.
    pub places: Vec<Option<Location>>,
    /// How many run at once. With one, output comes uncaptured and between
    /// the names.
    pub threads: usize,
    /// The folder that paths in its messages are relative to, from the tree's
    /// root: cargo's workspace root.
    pub base: String,
    /// Doc examples. Without places, rustdoc's `FILE - ITEM (line N)` becomes `ITEM #K`.
    pub doc: bool,
}

/// What a decoder of TAP has to know.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Tap {
    /// Do not count the exit status (Perl's `--ignore-exit`).
    pub ignore_exit: bool,
    /// The script, from the root: the file of every location that has none.
    pub script: String,
    /// The folder that paths in diagnostics are relative to, from the root.
    pub base: String,
}

/// How a process ended.
#[derive(Clone, Debug, PartialEq)]
pub enum Exit {
    /// It left with this code.
    Code(i32),
    /// A signal ended it.
    Signal(i32),
    /// It was ended: something in it ran longer than this.
    TimedOut(Duration),
    /// It was ended because the run was.
    Stopped,
    /// It could not be started.
    NotStarted(String),
}

impl Exit {
    /// Whether it left with code 0.
    pub fn success(&self) -> bool {
        *self == Self::Code(0)
    }
}

/// What stands after "the process": `exited with code 3`, `was killed by SIGSEGV`.
impl fmt::Display for Exit {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Code(code) => write!(f, "exited with code {code}"),
            Self::Signal(signal) => match signal_name(*signal) {
                Some(name) => write!(f, "was killed by {name}"),
                None => write!(f, "was killed by signal {signal}"),
            },
            Self::TimedOut(limit) => write!(f, "was ended after {}s", limit.as_secs_f64()),
            Self::Stopped => f.write_str("was ended with the run"),
            Self::NotStarted(why) => write!(f, "could not be started: {why}"),
        }
    }
}

/// The signals that mean the same on every POSIX system we know, by number.
fn signal_name(signal: i32) -> Option<&'static str> {
    Some(match signal {
        1 => "SIGHUP",
        2 => "SIGINT",
        3 => "SIGQUIT",
        4 => "SIGILL",
        5 => "SIGTRAP",
        6 => "SIGABRT",
        8 => "SIGFPE",
        9 => "SIGKILL",
        11 => "SIGSEGV",
        13 => "SIGPIPE",
        14 => "SIGALRM",
        15 => "SIGTERM",
        _ => return None,
    })
}
