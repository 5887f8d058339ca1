//! stdout where libtest captures what tests print: several at once, or
//! rustdoc's.

use std::collections::{BTreeSet, HashMap};

use crate::decode::{Capture, Lines, Signal};
use crate::event::Outcome;
use crate::target::CaseName;

use super::{Cases, Frame};

/// Follows which cases run. libtest starts them in order, the next one when
/// one ends; so with the order and the ends, what runs is known exactly.
pub(super) struct Captured {
    lines: Lines,
    threads: usize,
    /// How many were started.
    started: usize,
    part: Part,
    /// Whether the line before was empty.
    after_blank: bool,
    /// The failed cases that are not yet reported.
    failed: BTreeSet<usize>,
    /// What the failed cases printed. stdout may be read before the log.
    sections: HashMap<usize, Capture>,
    /// The cases by their printed names, made when the first section comes.
    names: HashMap<CaseName, Vec<usize>>,
    /// Whether the summary came, so that there is no more to say of failed cases.
    complete: bool,
}

/// Where in stdout we are.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Part {
    /// Verdicts, one a line, and what got past the capture.
    Cases,
    /// Behind `failures:`, in the section of this case.
    Section(Option<usize>),
    /// The names of the failed, up to the summary.
    Names,
}

impl Captured {
    pub(super) fn new(threads: usize) -> Self {
        Self {
            lines: Lines::default(),
            threads: threads.max(1),
            started: 0,
            part: Part::Cases,
            after_blank: false,
            failed: BTreeSet::new(),
            sections: HashMap::new(),
            names: HashMap::new(),
            complete: false,
        }
    }

    pub(super) fn push(
        &mut self,
        chunk: &[u8],
        cases: &Cases,
        frame: &mut Frame,
        out: &mut Vec<Signal>,
    ) {
        let mut lines = std::mem::take(&mut self.lines);
        lines.push(chunk, |line| self.line(line, cases, frame, out));
        self.lines = lines;
    }

    /// The log has the verdict of a case.
    pub(super) fn ended(&mut self, index: usize, cases: &Cases, out: &mut Vec<Signal>) {
        // The log may be read before the line that says that the tests begin;
        // and a harness that ran another order is followed as it goes.
        self.start(self.threads.max(index + 1), cases, out);
        if cases.outcome(index) == Some(Outcome::Failed) {
            out.push(Signal::Ended(cases.shown[index].name.clone(), Outcome::Failed));
            self.failed.insert(index);
            if self.complete {
                self.report_failed(cases, out);
            }
        } else {
            let verdict = cases.verdict(index, &Capture::default());
            out.extend(verdict.map(|verdict| Signal::Finished(Box::new(verdict))));
        }
        self.start(cases.known + self.threads, cases, out);
    }

    pub(super) fn end(&mut self, cases: &Cases, frame: &mut Frame, out: &mut Vec<Signal>) {
        let mut lines = std::mem::take(&mut self.lines);
        lines.end(|line| self.line(line, cases, frame, out));
        self.report_failed(cases, out);
    }

    fn start(&mut self, up_to: usize, cases: &Cases, out: &mut Vec<Signal>) {
        while self.started < up_to.min(cases.len()) {
            cases.started(self.started, out);
            self.started += 1;
        }
    }

    fn line(&mut self, line: &[u8], cases: &Cases, frame: &mut Frame, out: &mut Vec<Signal>) {
        let begins = self.after_blank && line == b"failures:";
        self.after_blank = line.is_empty();
        match self.part {
            Part::Cases if begins => self.part = Part::Section(None),
            Part::Section(_) if begins => self.part = Part::Names,
            Part::Section(current) => self.section(current, line, cases, frame, out),
            Part::Names if !line.starts_with(b"test result: ") => {}
            Part::Cases | Part::Names => {
                self.part = Part::Cases;
                self.between(line, cases, frame, out);
            }
        }
    }

    fn between(&mut self, line: &[u8], cases: &Cases, frame: &mut Frame, out: &mut Vec<Signal>) {
        if !is_verdict(line) {
            frame.line(&[line, b"\n"].concat(), out);
        }
        if frame.begun {
            self.start(self.threads, cases, out);
        }
        self.complete = frame.complete;
        if self.complete {
            self.report_failed(cases, out);
        }
    }

    fn section(
        &mut self,
        current: Option<usize>,
        line: &[u8],
        cases: &Cases,
        frame: &mut Frame,
        out: &mut Vec<Signal>,
    ) {
        if let Some(index) = self.heading(line, cases) {
            self.part = Part::Section(Some(index));
        } else if let Some(index) = current {
            let capture = self.sections.entry(index).or_default();
            capture.push(line);
            capture.push(b"\n");
        } else if !line.is_empty() {
            // A test printed `failures:`, past the capture.
            self.part = Part::Cases;
            self.between(line, cases, frame, out);
        }
    }

    /// The case in `---- NAME stdout ----`.
    fn heading(&mut self, line: &[u8], cases: &Cases) -> Option<usize> {
        let text = str::from_utf8(line).ok()?;
        let name = text.strip_prefix("---- ")?.strip_suffix(" stdout ----")?;
        if self.names.is_empty() {
            for index in 0..cases.len() {
                self.names.entry(cases.printed(index).clone()).or_default().push(index);
            }
        }
        let places = self.names.get_mut(name)?;
        let failed = |&index: &usize| cases.outcome(index) == Some(Outcome::Failed);
        let at = places.iter().position(failed).unwrap_or(0);
        (at < places.len()).then(|| places.remove(at))
    }

    fn report_failed(&mut self, cases: &Cases, out: &mut Vec<Signal>) {
        for index in std::mem::take(&mut self.failed) {
            let output = self.sections.remove(&index).unwrap_or_default();
            if let Some(mut verdict) = cases.verdict(index, &output) {
                verdict.output = output;
                out.push(Signal::Finished(Box::new(verdict)));
            }
        }
    }
}

/// `test NAME ... WORD`: what the log says better.
fn is_verdict(line: &[u8]) -> bool {
    let words = [b" ... ok".as_slice(), b" ... FAILED", b" ... ignored"];
    line.starts_with(b"test ")
        && words.iter().any(|word| memchr::memmem::find(line, word).is_some())
}
