//! What is said between `prove` and a process of pytest's, and its program.

use std::ffi::OsString;
use std::path::Path;

use serde::{Deserialize, Serialize};
use tagged_json::Envelope;

use crate::launch::{Launch, Protocol, Stdin};
use crate::target::Kind;

/// What each process runs.
pub(super) const PROGRAM: &str = concat!(
    include_str!("pipe.py"),
    include_str!("report.py"),
    include_str!("collect.py"),
    include_str!("plugin.py"),
);

/// A process in a folder, whose messages carry this nonce. It reads its program
/// from its stdin: so the process list stays readable.
pub(super) fn launch(python: &Path, cwd: &Path, nonce: &str) -> Launch {
    let argv: [OsString; 3] = [python.into(), "-c".into(), boot().into()];
    let mut launch = Launch::new(argv, cwd);
    launch.stdin = Stdin::Pipe;
    launch.merge = true;
    launch.protocol = Protocol::Worker { nonce: nonce.to_owned() };
    launch
}

/// What it is sent first.
pub(super) fn first(nonce: &str, start: Start) -> Vec<u8> {
    let mut input = [PROGRAM, nonce, "\n"].concat().into_bytes();
    Command::Setup(start).append_to(&mut input);
    input
}

/// What a process says besides the frames of a worker: an array whose head is its type.
#[derive(Envelope)]
#[envelope(tag = 0, rename_all = "lowercase")]
pub(super) enum Told {
    /// It has come further, and that took less than the time that there is for a case.
    Alive,
    /// It loads a file.
    Loading { path: String },
    /// The cases of a file: a name, a line, and the file if it is another one.
    File { path: String, kind: Kind, cases: Vec<(String, Option<u32>, Option<String>)> },
    /// The file is skipped as a whole.
    Skips { path: String, reason: String },
    /// The file does not load.
    Unloaded { path: String, message: String, file: Option<String>, line: Option<u32> },
    /// There is no pytest.
    Nopytest { python: String, why: String },
    /// So many warnings were given, and these were the first.
    Warned { count: usize, first: Vec<String> },
}

/// What a process is told: an array whose head is its type.
#[derive(Envelope)]
#[envelope(tag = 0, rename_all = "lowercase")]
pub(super) enum Command<'a> {
    /// The first of all.
    Setup(Start),
    /// Run these cases.
    Run(Work<'a>),
}

/// What a process has to know.
#[derive(Serialize, Deserialize)]
pub(super) struct Start {
    pub(super) args: Vec<String>,
    /// The files that it collects.
    pub(super) files: Vec<String>,
    /// All files that somebody collects.
    pub(super) known: Vec<String>,
    /// Folders that are other projects.
    pub(super) elsewhere: Vec<String>,
    /// Whether it collects what nobody knew of.
    pub(super) explores: bool,
    /// Whether it tells what it collects.
    pub(super) collects: bool,
    /// How long a file may take to load, in seconds.
    pub(super) timeout: Option<f64>,
}

/// Some cases of a target.
#[derive(Serialize, Deserialize)]
pub(super) struct Work<'a> {
    pub(super) path: String,
    pub(super) kind: Kind,
    #[serde(borrow)]
    pub(super) only: Option<Vec<&'a str>>,
    #[serde(borrow)]
    pub(super) not: Option<Vec<&'a str>>,
}

impl Command<'_> {
    pub(super) fn append_to(&self, input: &mut Vec<u8>) {
        let written = tagged_json::write_line(input, self);
        debug_assert!(written.is_ok(), "there is nothing in it that JSON does not have");
    }
}

fn boot() -> String {
    let length = PROGRAM.len();
    format!(
        "import os\ns=b''\nwhile len(s)<{length}:\n c=os.read(0,{length}-len(s))\n if not c:raise SystemExit\n s+=c\n\
         exec(compile(s,'<prove pytest>','exec'),{{'__name__':'prove pytest'}})"
    )
}
