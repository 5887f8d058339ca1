//! Failures that wait for what is said of them.
//!
//! Perl prints `not ok` to stdout and then the place and the reason to stderr:
//! two pipes, whose order is lost. So a failure is held back until its
//! diagnostics have come, or the pipes were read often enough since to be sure
//! that none will.

use std::collections::VecDeque;

use crate::decode::paths::join;
use crate::target::Location;

use super::super::{Capture, Signal, Verdict};
use super::diagnostics::{Remarks, heading};
use super::yaml::Facts;

/// How many failures, and how many diagnostics without one, wait at most.
const WAITING: usize = 64;
/// For how many chunks of stdout a failure waits. The runner reads up to 16 of
/// them before it turns to stderr.
const PATIENCE: u64 = 40;

/// A failure, and what is said of it.
#[derive(Debug)]
pub(super) struct Failure {
    /// The verdict so far.
    pub(super) verdict: Box<Verdict>,
    /// The description of its point.
    pub(super) description: String,
    /// `#` lines on stdout.
    pub(super) remarks: Remarks,
    /// Its YAML block.
    pub(super) facts: Option<Facts>,
    /// What failed in its subtest.
    pub(super) inner: Remarks,
    stderr: Option<Remarks>,
    since: u64,
}

/// The failures that wait.
#[derive(Debug, Default)]
pub(super) struct Held {
    base: String,
    script: String,
    failures: VecDeque<Failure>,
    /// Whether the last of them is the last point, so that what follows on
    /// stdout is about it.
    current: bool,
    /// What stderr says of failures that stdout has not reported yet.
    early: VecDeque<(String, Remarks)>,
    /// What stderr says just now.
    open: Option<(String, Remarks)>,
    /// What stderr says of a subtest, whose own failure follows.
    inner: Remarks,
    chunks: u64,
}

impl Held {
    /// Nothing waits. Places are relative to `base`; `script` is where
    /// failures are that name no place.
    pub(super) fn new(base: &str, script: &str) -> Self {
        Self { base: base.to_owned(), script: script.to_owned(), ..Self::default() }
    }

    /// Keeps a failure: the last point so far.
    pub(super) fn hold(&mut self, verdict: Verdict, description: String, inner: Remarks) {
        let early = self.early.iter().position(|(name, _)| *name == description);
        let stderr = early.and_then(|at| self.early.remove(at)).map(|(_, remarks)| remarks);
        self.failures.push_back(Failure {
            verdict: Box::new(verdict),
            description,
            remarks: Remarks::default(),
            facts: None,
            inner,
            stderr,
            since: self.chunks,
        });
        self.current = true;
    }

    /// The failure that stdout speaks of, if the last point is one.
    pub(super) fn current(&mut self) -> Option<&mut Failure> {
        self.failures.back_mut().filter(|_| self.current)
    }

    /// Stdout speaks of something else now.
    pub(super) fn move_on(&mut self, out: &mut Vec<Signal>) {
        if std::mem::take(&mut self.current) {
            self.release(out);
        }
    }

    /// A chunk of stdout was read.
    pub(super) fn chunk(&mut self, out: &mut Vec<Signal>) {
        self.chunks += 1;
        if !self.failures.is_empty() {
            self.release(out);
        }
    }

    /// A line of stderr.
    pub(super) fn stderr(&mut self, line: &[u8], out: &mut Vec<Signal>) {
        let spaces = line.iter().take_while(|&&byte| byte == b' ').count();
        let comment = line[spaces..].strip_prefix(b"#").filter(|text| !is_summary(text));
        let Some(text) = comment else {
            self.close(out);
            return print(line, out);
        };
        match (heading(text), spaces > 0) {
            (Some(_), true) => {
                self.close(out);
                self.inner.push(text);
            }
            (Some(name), false) => {
                self.close(out);
                let mut remarks = Remarks::default();
                remarks.push(text);
                remarks.push_inner(std::mem::take(&mut self.inner));
                self.open = Some((name, remarks));
            }
            (None, true) if !self.inner.is_empty() => self.inner.push(text),
            (None, _) => match &mut self.open {
                Some((_, remarks)) => remarks.push(text),
                None => print(line, out),
            },
        }
    }

    /// No more will come: lets all go.
    pub(super) fn end(&mut self, out: &mut Vec<Signal>) {
        self.close(out);
        // What fits none by its name fits by its place: names may have been
        // cut at a newline.
        for failure in self.failures.iter_mut().filter(|failure| failure.stderr.is_none()) {
            failure.stderr = self.early.pop_front().map(|(_, remarks)| remarks);
        }
        for failure in self.failures.drain(..) {
            out.push(Signal::Finished(failure.finish(&self.base, &self.script)));
        }
        let inner = std::mem::take(&mut self.inner);
        for remarks in self.early.drain(..).map(|(_, remarks)| remarks).chain([inner]) {
            if !remarks.is_empty() {
                print(remarks.text().as_bytes(), out);
            }
        }
    }

    /// Lets those go that have waited long enough, or have what they waited for.
    fn release(&mut self, out: &mut Vec<Signal>) {
        let mut at = 0;
        let last = |held: &Self, at: usize| held.current && at + 1 == held.failures.len();
        while at < self.failures.len() {
            let failure = &self.failures[at];
            let old = self.chunks >= failure.since + PATIENCE;
            let full = self.failures.len() > WAITING;
            if last(self, at) || !(failure.stderr.is_some() || old || full) {
                at += 1;
            } else if let Some(failure) = self.failures.remove(at) {
                out.push(Signal::Finished(failure.finish(&self.base, &self.script)));
            }
        }
    }

    /// What stderr says just now is complete: it belongs to one failure.
    fn close(&mut self, out: &mut Vec<Signal>) {
        let Some((name, remarks)) = self.open.take() else { return };
        let fits = |failure: &&mut Failure| failure.stderr.is_none() && failure.description == name;
        if let Some(failure) = self.failures.iter_mut().find(fits) {
            failure.stderr = Some(remarks);
            return self.release(out);
        }
        self.early.push_back((name, remarks));
        if self.early.len() > WAITING
            && let Some((_, remarks)) = self.early.pop_front()
        {
            print(remarks.text().as_bytes(), out);
        }
    }
}

impl Failure {
    fn finish(self, base: &str, script: &str) -> Box<Verdict> {
        let Self { mut verdict, remarks, facts, inner, stderr, .. } = self;
        let stderr = stderr.unwrap_or_default();
        let facts = facts.unwrap_or_default();
        let said = facts.message.as_ref().unwrap_or(&facts.text).clone();
        let beyond = verdict.message.take().unwrap_or_default();
        let mut parts = vec![beyond, stderr.text(), remarks.text(), said, inner.text()];
        parts.retain(|part| !part.is_empty());
        verdict.message = (!parts.is_empty()).then(|| parts.join("\n"));
        if facts.message.is_some() {
            verdict.output = Capture::from(facts.text.as_bytes());
        }
        verdict.seconds = verdict.seconds.or(facts.seconds);
        // The innermost place is the one to look at.
        let place = stderr.place.or(inner.place).or(remarks.place);
        let (file, line) = match (place, facts.file) {
            (Some((file, line)), _) => (join(base, &file), Some(line)),
            (None, Some(file)) => (join(base, &file), facts.line),
            (None, None) => (script.to_owned(), None),
        };
        verdict.location = Some(Location { file, line });
        verdict
    }
}

/// `# Looks like you failed 1 test of 3.`: about no single test.
fn is_summary(text: &[u8]) -> bool {
    text.trim_ascii_start().starts_with(b"Looks like you")
}

/// Adds a line to what was printed outside of cases.
pub(super) fn print(line: &[u8], out: &mut Vec<Signal>) {
    if !matches!(out.last(), Some(Signal::Output(_))) {
        out.push(Signal::Output(Vec::new()));
    }
    if let Some(Signal::Output(text)) = out.last_mut() {
        text.extend_from_slice(line);
        text.push(b'\n');
    }
}
