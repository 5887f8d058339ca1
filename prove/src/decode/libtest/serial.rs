//! stdout of `--test-threads=1 --nocapture`: `test NAME ... `, what the test
//! prints, its verdict; then the next.

use std::collections::VecDeque;

use crate::decode::{Capture, Signal};

use super::{Cases, Frame};

/// A line longer than this is handed on in parts.
const LONGEST: usize = 64 << 10;

/// Follows which case is printing. Cases are reported strictly in turn: the
/// next has begun only when the log has the verdict of the one before, so
/// that a test that prints another's name is no more than noise.
pub(super) struct Serial {
    /// The line that is not complete yet.
    line: Vec<u8>,
    /// `test NAME` of the next case.
    needle: String,
    /// How many cases stdout has named.
    seen: usize,
    /// How many cases were reported as finished.
    finished: usize,
    /// Whether the one after those was reported as started.
    started: bool,
    /// What the cases from `finished` to `seen` printed.
    captures: VecDeque<Capture>,
    /// A line that may be the verdict, and after the last case the empty line behind it.
    held: Vec<Vec<u8>>,
    /// Whether stdout is behind the last case.
    tail: bool,
}

impl Serial {
    pub(super) fn new(cases: &Cases) -> Self {
        let mut serial = Self {
            line: Vec::new(),
            needle: String::new(),
            seen: 0,
            finished: 0,
            started: false,
            captures: VecDeque::new(),
            held: Vec::new(),
            tail: cases.len() == 0,
        };
        serial.aim(cases);
        serial
    }

    pub(super) fn push(
        &mut self,
        chunk: &[u8],
        cases: &Cases,
        frame: &mut Frame,
        out: &mut Vec<Signal>,
    ) {
        for piece in chunk.split_inclusive(|&byte| byte == b'\n') {
            self.line.extend_from_slice(piece);
            self.look_for_next(cases, frame, out);
            if self.line.ends_with(b"\n") {
                let line = std::mem::take(&mut self.line);
                self.complete(line, cases, frame, out);
            } else if self.line.len() > LONGEST {
                self.release(out);
                let part = std::mem::take(&mut self.line);
                self.output(&part, out);
            }
        }
        self.advance(cases, out);
    }

    /// Reports what both streams together allow to say.
    pub(super) fn advance(&mut self, cases: &Cases, out: &mut Vec<Signal>) {
        while self.finished < cases.len() {
            if !self.started && self.seen > self.finished {
                self.start(cases, out);
            }
            let over = self.tail || self.seen > self.finished + 1;
            if !(self.started && over && self.finish(cases, out)) {
                break;
            }
        }
    }

    /// The process is gone: what the log says holds, whatever stdout lacks.
    pub(super) fn end(&mut self, cases: &Cases, frame: &mut Frame, out: &mut Vec<Signal>) {
        self.release(out);
        let rest = std::mem::take(&mut self.line);
        if self.seen == 0 || self.tail {
            frame.line(&rest, out);
        } else {
            self.output(&rest, out);
        }
        while self.finished < cases.len() && cases.outcome(self.finished).is_some() {
            if !self.started {
                self.start(cases, out);
            }
            self.finish(cases, out);
        }
        if self.finished < self.seen && !self.started {
            self.start(cases, out);
        }
    }

    fn aim(&mut self, cases: &Cases) {
        self.needle.clear();
        if self.seen < cases.len() {
            self.needle = format!("test {}", cases.printed(self.seen));
        }
    }

    fn start(&mut self, cases: &Cases, out: &mut Vec<Signal>) {
        self.started = true;
        cases.started(self.finished, out);
        // It may have printed before its turn to be reported came.
        if let Some(capture) = self.captures.front().filter(|capture| !capture.is_empty()) {
            out.push(Signal::Output(capture.text().into_bytes()));
        }
    }

    /// Whether the log has its verdict, which is then reported.
    fn finish(&mut self, cases: &Cases, out: &mut Vec<Signal>) -> bool {
        let none = Capture::default();
        let output = self.captures.front().unwrap_or(&none);
        let Some(verdict) = cases.verdict(self.finished, output) else { return false };
        out.push(Signal::Finished(Box::new(verdict)));
        self.captures.pop_front();
        self.finished += 1;
        self.started = false;
        true
    }

    /// Looks for the name of the next case in the line, which need not begin
    /// with it: a thread that an earlier test left behind may print as well.
    fn look_for_next(&mut self, cases: &Cases, frame: &mut Frame, out: &mut Vec<Signal>) {
        if self.needle.is_empty() || self.line.len() < self.needle.len() {
            return;
        }
        let Some(at) = memchr::memmem::find(&self.line, self.needle.as_bytes()) else { return };
        let Some(rest) = behind_name(&self.line[at + self.needle.len()..]).map(<[u8]>::to_vec)
        else {
            return;
        };
        let before = self.line[..at].to_vec();
        self.line = rest;
        if self.seen == 0 {
            frame.line(&before, out);
        } else {
            self.strip_verdict();
            self.release(out);
            self.output(&before, out);
        }
        self.seen += 1;
        self.captures.push_back(Capture::default());
        self.aim(cases);
        self.advance(cases, out);
    }

    fn complete(&mut self, line: Vec<u8>, cases: &Cases, frame: &mut Frame, out: &mut Vec<Signal>) {
        let last = self.seen == cases.len();
        if self.seen == 0 || self.tail {
            self.outside(&line, frame, out);
        } else if is_verdict(&line) {
            self.release(out);
            self.held.push(line);
        } else if last && line == b"\n" && self.held.len() == 1 {
            self.held.push(line);
        } else if last && self.held.len() == 2 && is_tail(&line) {
            self.held.pop();
            self.strip_verdict();
            self.release(out);
            self.tail = true;
            self.advance(cases, out);
            self.outside(&line, frame, out);
        } else {
            self.release(out);
            self.output(&line, out);
        }
    }

    /// Before the first case or behind the last, where libtest lists failures
    /// whose output was seen already.
    fn outside(&mut self, line: &[u8], frame: &mut Frame, out: &mut Vec<Signal>) {
        if self.seen == 0 || frame.complete || line.starts_with(b"test result: ") {
            frame.line(line, out);
        }
    }

    /// Takes the verdict's word from the held line; what a test printed
    /// without a newline stands before it.
    fn strip_verdict(&mut self) {
        if let Some(line) = self.held.last_mut() {
            let text = line.trim_ascii_end();
            let kept =
                [b"ok".as_slice(), b"FAILED"].iter().find_map(|word| text.strip_suffix(*word));
            let kept = kept.map_or(0, <[u8]>::len);
            line.truncate(kept);
        }
    }

    /// The held lines turned out to be output.
    fn release(&mut self, out: &mut Vec<Signal>) {
        for line in std::mem::take(&mut self.held) {
            self.output(&line, out);
        }
    }

    fn output(&mut self, bytes: &[u8], out: &mut Vec<Signal>) {
        if bytes.is_empty() {
            return;
        }
        if let Some(capture) = self.captures.back_mut() {
            capture.push(bytes);
        }
        let in_turn = self.seen == self.finished + usize::from(self.started);
        if in_turn || self.captures.is_empty() {
            out.push(Signal::Output(bytes.to_vec()));
        }
    }
}

/// What follows `... ` behind a name and, maybe, ` - should panic`.
fn behind_name(rest: &[u8]) -> Option<&[u8]> {
    let rest = rest.strip_prefix(b" - should panic").unwrap_or(rest);
    // Where there are benchmarks, names are padded into a column.
    rest.trim_ascii_start().strip_prefix(b"... ").filter(|_| rest.starts_with(b" "))
}

/// Whether a verdict may end this line.
fn is_verdict(line: &[u8]) -> bool {
    let text = line.trim_ascii_end();
    text.ends_with(b"ok") || text.ends_with(b"FAILED") || text.starts_with(b"ignored")
}

/// What comes behind the last case and an empty line.
fn is_tail(line: &[u8]) -> bool {
    line == b"failures:\n" || line == b"successes:\n" || line.starts_with(b"test result: ")
}
