//! Bytes into signals: pure, total, no I/O, no clock.
//!
//! A decoder never fails: an odd line is output. Whatever is fed to it, in
//! chunks of any size, memory stays bounded.

use crate::event::{Cause, Outcome};
use crate::launch::{Exit, Protocol};
use crate::target::{CaseName, Location};

mod capture;
mod lines;
mod plain;
pub(crate) mod paths;
pub(crate) mod libtest;
mod bare;
mod tap;
mod worker;

pub use capture::Capture;
pub use lines::Lines;

/// Where bytes came from.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Stream {
    /// Standard output; with `Launch::merge`, standard error as well.
    Stdout,
    /// Standard error.
    Stderr,
    /// The named pipe of `Launch::log`.
    Log,
}

/// What a decoder learned.
#[derive(Clone, Debug, PartialEq)]
pub enum Signal {
    /// So many cases are announced.
    Announced(usize),
    /// A case began.
    Started(CaseName),
    /// Where the case that began last stands, for those that cannot say it
    /// themselves any more.
    Stands(Location),
    /// A case no longer runs, and this is how it ended; its verdict follows when what it
    /// printed is known. Clocks stop here.
    Ended(CaseName, Outcome),
    /// A case ended: all there is to say of it.
    Finished(Box<Verdict>),
    /// The whole target is skipped, for this reason.
    SkippedAll(String),
    /// Printed outside of any case.
    Output(Vec<u8>),
    /// A line for the session.
    Line(Vec<u8>),
    /// The worker has finished the target that it was given, and is ready for another.
    Ready,
    /// It works on what no case is to be blamed for: whoever waits for the next
    /// case begins to count anew.
    Busy,
    /// The stream, or the process, did not end as it should: results are
    /// incomplete, or not to be believed. The runner blames the case that was
    /// running, else `(end)`.
    Broken(Broken),
    /// The test asks to stop the whole run (TAP's `Bail out!`).
    Bail(String),
}

/// How the end of a stream was wrong.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Broken {
    /// `Crashed` for a death, `Missing` for announced results that never came,
    /// `Setup` for something that did not even begin.
    pub cause: Cause,
    /// In one or a few lines.
    pub message: String,
}

/// How a case ended, as its own runner says.
#[derive(Clone, Debug, PartialEq)]
pub struct Verdict {
    /// The case.
    pub case: CaseName,
    /// How it ended.
    pub outcome: Outcome,
    /// Why it failed.
    pub cause: Option<Cause>,
    /// What the test said of it.
    pub message: Option<String>,
    /// Why skipped, todo, or passed unexpectedly.
    pub reason: Option<String>,
    /// Where it failed, or stands.
    pub location: Option<Location>,
    /// How long it took, where the protocol tells; else the runner measures.
    pub seconds: Option<f64>,
    /// What it printed.
    pub output: Capture,
}

impl Verdict {
    /// A verdict with nothing to add.
    pub fn new(case: impl Into<CaseName>, outcome: Outcome) -> Self {
        Self {
            case: case.into(),
            outcome,
            cause: (outcome == Outcome::Failed).then_some(Cause::Assertion),
            message: None,
            reason: None,
            location: None,
            seconds: None,
            output: Capture::default(),
        }
    }
}

/// The decoder for a protocol.
pub fn decoder(protocol: &Protocol) -> Box<dyn Decode> {
    match protocol {
        Protocol::Lines => Box::new(plain::Plain::default()),
        Protocol::Libtest(libtest) => Box::new(libtest::Libtest::new(libtest)),
        Protocol::Tap(tap) => Box::new(tap::Tap::new(tap)),
        Protocol::Worker { nonce } => Box::new(worker::Worker::new(nonce)),
        Protocol::Bare { case, base } => Box::new(bare::Bare::new(case, base)),
    }
}

/// A decoder of one process's output.
pub trait Decode: Send {
    /// The next bytes of one stream.
    fn bytes(&mut self, from: Stream, chunk: &[u8], out: &mut Vec<Signal>);
    /// The process has ended and its streams are empty: closes what is open.
    fn end(&mut self, exit: &Exit, out: &mut Vec<Signal>);
    /// A worker was given another target.
    fn next_target(&mut self) {}
}
