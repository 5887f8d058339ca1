//! libtest, and rustdoc's test run, which is a libtest as well.
//!
//! Verdicts come from the log alone, and only on cases that are expected:
//! tests may print what they like. stdout says when a case begins, what it
//! printed, and whether the harness came to its end.

use crate::event::{Cause, Outcome};
use crate::launch as protocol;
use crate::launch::Exit;
use crate::target::{CaseName, Location};

use super::{Broken, Capture, Decode, Signal, Stream, Verdict};

mod place;
mod panic;
mod log;
mod doc;
mod serial;
mod captured;

pub(crate) use doc::{Example, examples};
pub(crate) use log::COMPILING;
pub(super) use panic::reason;

use log::{Log, Record};
use place::place;

/// What libtest says of `--logfile`, without a newline.
const DEPRECATED: &[u8] = b"warning: `--logfile` is deprecated";

/// The decoder.
pub(super) struct Libtest {
    log: Log,
    cases: Cases,
    stdout: Stdout,
    frame: Frame,
}

/// How stdout is read.
enum Stdout {
    /// One case at a time, its output behind its name.
    Serial(serial::Serial),
    /// Several at a time, the output of the failed ones at the end.
    Captured(captured::Captured),
}

impl Libtest {
    pub(super) fn new(protocol: &protocol::Libtest) -> Self {
        let cases = Cases::new(protocol);
        let stdout = if protocol.threads <= 1 && !protocol.doc {
            Stdout::Serial(serial::Serial::new(&cases))
        } else {
            Stdout::Captured(captured::Captured::new(protocol.threads))
        };
        Self { log: Log::new(&protocol.order), cases, stdout, frame: Frame::default() }
    }

    fn verdicts(&mut self, chunk: &[u8], out: &mut Vec<Signal>) {
        let Self { log, cases, stdout, .. } = self;
        let busy = log.push(chunk, |record| {
            let index = record.index;
            cases.record(record);
            if let Stdout::Captured(captured) = stdout {
                captured.ended(index, cases, out);
            }
        });
        out.extend(busy.then_some(Signal::Busy));
        if let Stdout::Serial(serial) = stdout {
            serial.advance(cases, out);
        }
    }
}

impl Decode for Libtest {
    fn bytes(&mut self, from: Stream, chunk: &[u8], out: &mut Vec<Signal>) {
        match (from, &mut self.stdout) {
            (Stream::Log, _) => self.verdicts(chunk, out),
            (Stream::Stdout | Stream::Stderr, Stdout::Serial(serial)) => {
                serial.push(chunk, &self.cases, &mut self.frame, out);
            }
            (Stream::Stdout | Stream::Stderr, Stdout::Captured(captured)) => {
                captured.push(chunk, &self.cases, &mut self.frame, out);
            }
        }
    }

    fn end(&mut self, exit: &Exit, out: &mut Vec<Signal>) {
        match &mut self.stdout {
            Stdout::Serial(serial) => serial.end(&self.cases, &mut self.frame, out),
            Stdout::Captured(captured) => captured.end(&self.cases, &mut self.frame, out),
        }
        out.extend(self.frame.broken(&self.cases, exit).map(Signal::Broken));
    }
}

/// The cases that are expected, and what the log says of them.
struct Cases {
    protocol: protocol::Libtest,
    /// Their names in IDs, and where they stand.
    shown: Vec<Example>,
    records: Vec<Option<Record>>,
    known: usize,
    failed: usize,
}

impl Cases {
    fn new(protocol: &protocol::Libtest) -> Self {
        let shown = if protocol.doc && protocol.places.is_empty() {
            examples(&protocol.order, &protocol.base)
        } else {
            let places = protocol.places.iter().cloned().chain(std::iter::repeat(None));
            let named = protocol.order.iter().cloned().zip(places);
            named.map(|(name, location)| Example { name, location }).collect()
        };
        let records = protocol.order.iter().map(|_| None).collect();
        Self { protocol: protocol.clone(), shown, records, known: 0, failed: 0 }
    }

    fn len(&self) -> usize {
        self.shown.len()
    }

    /// The name that libtest prints.
    fn printed(&self, index: usize) -> &CaseName {
        &self.protocol.order[index]
    }

    fn started(&self, index: usize, out: &mut Vec<Signal>) {
        let Example { name, location } = &self.shown[index];
        out.push(Signal::Started(name.clone()));
        out.extend(location.clone().map(Signal::Stands));
    }

    fn record(&mut self, record: Record) {
        self.known += 1;
        self.failed += usize::from(record.outcome == Outcome::Failed);
        let index = record.index;
        self.records[index] = Some(record);
    }

    fn outcome(&self, index: usize) -> Option<Outcome> {
        self.records[index].as_ref().map(|record| record.outcome)
    }

    /// All there is to say of a case, if the log has its verdict.
    fn verdict(&self, index: usize, output: &Capture) -> Option<Verdict> {
        let record = self.records[index].as_ref()?;
        let shown = &self.shown[index];
        let mut verdict = Verdict::new(shown.name.clone(), record.outcome);
        verdict.location.clone_from(&shown.location);
        match record.outcome {
            Outcome::Skipped => {
                verdict.reason = Some(record.text.clone().unwrap_or_else(|| "ignored".to_owned()));
            }
            Outcome::Failed if self.protocol.doc => {
                let own = !self.protocol.places.is_empty();
                let found = doc::reason(&output.text(), &self.protocol.base, own);
                verdict.message = found.message;
                verdict.location = found.location.or(verdict.location);
            }
            Outcome::Failed => {
                let found = reason(&output.text(), &shown.name, &self.protocol.base);
                let said = record.text.as_deref();
                verdict.message = said.map(str::to_owned).or(found.message);
                verdict.location =
                    said.and_then(|text| self.at(text)).or(found.location).or(verdict.location);
            }
            Outcome::Passed | Outcome::Todo | Outcome::NotRun => {}
        }
        Some(verdict)
    }

    /// The place in `test did not panic as expected at FILE:L:C`.
    fn at(&self, text: &str) -> Option<Location> {
        place(text.rsplit_once(" at ")?.1, &self.protocol.base)
    }
}

/// What frames the cases: whether the harness began, and came to its end.
#[derive(Default)]
struct Frame {
    /// `running N tests` came.
    begun: bool,
    /// `test result:` came, and nothing that begins again.
    complete: bool,
    /// Printed before it began.
    before: Capture,
}

impl Frame {
    /// A line outside of every case.
    fn line(&mut self, line: &[u8], out: &mut Vec<Signal>) {
        let line = without(line, DEPRECATED);
        let text = line.trim_ascii();
        if let Some(count) = announced(text) {
            self.begun = true;
            self.complete = false;
            out.push(Signal::Announced(count));
        } else if text.starts_with(b"test result: ") {
            self.complete = true;
        } else if !text.is_empty() && !text.starts_with(b"all doctests ran in ") {
            if !self.begun {
                self.before.push(&line);
            }
            out.push(Signal::Output(line));
        }
    }

    /// Whether the end is as it should be.
    fn broken(&self, cases: &Cases, exit: &Exit) -> Option<Broken> {
        let crashed = |message: String| Some(Broken { cause: Cause::Crashed, message });
        match exit {
            // The runner ended it, and knows why.
            Exit::TimedOut(_) | Exit::Stopped => return None,
            Exit::NotStarted(_) => {
                return Some(Broken { cause: Cause::Setup, message: exit.to_string() });
            }
            Exit::Code(_) | Exit::Signal(_) => {}
        }
        if !self.begun && !exit.success() {
            let said = self.before.text();
            let message = format!("{exit} before the first test\n{}", said.trim_end());
            return Some(Broken { cause: Cause::Setup, message: message.trim_end().to_owned() });
        }
        if !self.complete || cases.known < cases.len() {
            return crashed(format!("{exit} before its results were complete"));
        }
        match (exit, cases.failed) {
            (Exit::Code(0), 0) => None,
            (Exit::Code(0), failed) => {
                crashed(format!("{exit} although {failed} of its cases failed"))
            }
            (Exit::Code(_), 0) => crashed(format!("{exit} although none of its cases failed")),
            (Exit::Code(101), _) => None,
            _ => crashed(format!("{exit} after its last result")),
        }
    }
}

/// `running N tests`.
pub(super) fn announced(line: &[u8]) -> Option<usize> {
    let text = str::from_utf8(line).ok()?;
    let (count, unit) = text.strip_prefix("running ")?.split_once(' ')?;
    if unit != "test" && unit != "tests" {
        return None;
    }
    count.parse().ok()
}

/// `line` without the first `part`.
fn without(line: &[u8], part: &[u8]) -> Vec<u8> {
    match memchr::memmem::find(line, part) {
        Some(at) => [&line[..at], &line[at + part.len()..]].concat(),
        None => line.to_vec(),
    }
}

#[cfg(test)]
mod tests;
#[cfg(test)]
pub(super) use tests::shown;
