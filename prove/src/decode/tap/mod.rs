//! TAP, versions 12 to 14, in constant memory.
//!
//! What is said of a test is read where it is said: in its line, in the YAML
//! block or the comments below it, on stderr, in its subtest. A failed point
//! of a subtest fails the test that the subtest belongs to, even where that
//! one says `ok`; only tests of the outermost document are cases, as Perl's
//! `prove` counts them.

use std::fmt::Write;

use crate::event::Outcome;
use crate::launch as protocol;
use crate::launch::Exit;

use super::{Broken, Decode, Lines, Signal, Stream, Verdict};

mod line;
mod document;
mod yaml;
mod diagnostics;
mod held;
mod level;
mod end;
#[cfg(test)]
mod tests;

use document::Counted;
use held::Held;
use level::Level;
use line::{Dialect, Directive, Line, Plan, Point, parse, unescape};

/// The deepest subtest that is followed.
const DEEPEST: usize = 32;
/// How many bytes of a description become part of a name.
const LONGEST_NAME: usize = 1 << 10;

/// The decoder of a TAP stream.
pub(super) struct Tap {
    stdout: Lines,
    stderr: Lines,
    state: State,
}

struct State {
    dialect: Dialect,
    ignore_exit: bool,
    /// The document, and the subtests that are open in it.
    levels: Vec<Level>,
    /// The depth of a `# Subtest` comment whose subtest has not begun.
    announced: Option<usize>,
    /// The depth of the last point, as long as a YAML block may follow.
    last: Option<usize>,
    yaml: Option<yaml::Block>,
    held: Held,
    /// The name of the last case.
    name: String,
    skipped: Option<String>,
    bailed: bool,
    on_failure: OnFailure,
    /// Whether the last line was a lone `not`.
    lone_not: bool,
}

/// What a failed test means for those behind it.
#[derive(Debug, Default, PartialEq, Eq)]
enum OnFailure {
    #[default]
    GoOn,
    /// `pragma +bail`: it ends them all.
    Bail,
    /// It has failed; not all is said of it yet.
    Bailing(String),
}

impl Tap {
    pub(super) fn new(protocol: &protocol::Tap) -> Self {
        let state = State {
            dialect: Dialect::Perl,
            ignore_exit: protocol.ignore_exit,
            levels: vec![Level::default()],
            announced: None,
            last: None,
            yaml: None,
            held: Held::new(&protocol.base, &protocol.script),
            name: String::new(),
            skipped: None,
            bailed: false,
            on_failure: OnFailure::GoOn,
            lone_not: false,
        };
        Self { stdout: Lines::default(), stderr: Lines::default(), state }
    }
}

impl Decode for Tap {
    fn bytes(&mut self, from: Stream, chunk: &[u8], out: &mut Vec<Signal>) {
        let Self { stdout, stderr, state } = self;
        match from {
            Stream::Stdout => {
                state.held.chunk(out);
                stdout.push(chunk, |line| state.line(line, out));
            }
            Stream::Stderr => stderr.push(chunk, |line| state.held.stderr(line, out)),
            Stream::Log => {}
        }
    }

    fn end(&mut self, exit: &Exit, out: &mut Vec<Signal>) {
        let Self { stdout, stderr, state } = self;
        stdout.end(|line| state.line(line, out));
        stderr.end(|line| state.held.stderr(line, out));
        state.end(exit, out);
    }
}

impl State {
    fn line(&mut self, line: &[u8], out: &mut Vec<Signal>) {
        let line = line.strip_suffix(b"\r").unwrap_or(line);
        if self.bailed {
            return held::print(line, out);
        }
        if self.yaml.is_some() && self.yaml_line(line, out) {
            return;
        }
        let spaces = line.iter().take_while(|&&byte| byte == b' ').count();
        let (depth, text) = (spaces / 4, &line[spaces..]);
        if spaces % 4 == 2 && self.last == Some(depth) && text.starts_with(b"---") {
            self.yaml = Some(yaml::Block::new(spaces, depth));
            return;
        }
        let indented = spaces % 4 == 0 && depth <= DEEPEST;
        let lone_not = std::mem::take(&mut self.lone_not);
        let parsed = parse(text, self.dialect);
        if !matches!(parsed, Line::Blank | Line::Comment(_) | Line::Other) && self.fail_all(out) {
            return held::print(line, out);
        }
        match parsed {
            Line::Blank => {}
            Line::Comment(comment) => self.comment(depth.min(DEEPEST), comment, line, out),
            Line::Bail(reason) => self.bail(unescape(reason), out),
            Line::Point(mut point) if indented => {
                point.ok &= !lone_not;
                self.point(depth, &point, text, out);
            }
            Line::Plan(plan) if indented => self.plan(depth, &plan, out),
            Line::Version(version) if indented => self.version(depth, version, out),
            Line::Pragma(keys) if indented && depth + 1 == self.levels.len() => {
                self.pragma(depth, keys);
            }
            Line::Open if indented && self.last == Some(depth) => self.open(depth),
            Line::Close if indented && self.levels.len() > depth => self.close(depth, line, out),
            Line::Point(_)
            | Line::Plan(_)
            | Line::Version(_)
            | Line::Pragma(_)
            | Line::Open
            | Line::Close
            | Line::Other => self.other(depth, line, out),
        }
    }

    /// A line while a YAML block is open: whether it was part of it.
    fn yaml_line(&mut self, line: &[u8], out: &mut Vec<Signal>) -> bool {
        let Some(mut block) = self.yaml.take() else { return false };
        match block.line(line) {
            yaml::Step::Inside => {
                self.yaml = Some(block);
                true
            }
            yaml::Step::End => {
                self.diagnosed(&block);
                true
            }
            yaml::Step::Broken => {
                self.not_yaml(&block, out);
                false
            }
        }
    }

    /// A YAML block that is none is lines that are not TAP.
    fn not_yaml(&mut self, block: &yaml::Block, out: &mut Vec<Signal>) {
        for line in block.printed().lines() {
            self.other(block.depth, line.as_bytes(), out);
        }
    }

    /// A YAML block is about the last point.
    fn diagnosed(&mut self, block: &yaml::Block) {
        if block.depth == 0 {
            if let Some(failure) = self.held.current() {
                failure.facts = Some(block.facts());
            }
        } else if let Some(level) = self.levels.get_mut(block.depth) {
            level.diagnosed(block);
        }
    }

    fn comment(&mut self, depth: usize, comment: &[u8], line: &[u8], out: &mut Vec<Signal>) {
        if comment.trim_ascii_start().starts_with(b"Subtest") {
            self.announced = Some(depth);
            self.held.move_on(out);
            return;
        }
        match self.held.current() {
            Some(failure) => failure.remarks.push(comment),
            None => held::print(line, out),
        }
    }

    fn bail(&mut self, reason: String, out: &mut Vec<Signal>) {
        self.held.move_on(out);
        out.push(Signal::Bail(reason));
        self.bailed = true;
    }

    /// Bails out if a failure was to end it all; whether it did.
    fn fail_all(&mut self, out: &mut Vec<Signal>) -> bool {
        match std::mem::take(&mut self.on_failure) {
            OnFailure::Bailing(reason) => {
                self.bail(reason, out);
                true
            }
            other @ (OnFailure::GoOn | OnFailure::Bail) => {
                self.on_failure = other;
                false
            }
        }
    }

    /// A line that is not TAP, or not where TAP could be.
    fn other(&mut self, depth: usize, line: &[u8], out: &mut Vec<Signal>) {
        if let Some(reason) = line::bail(line.trim_ascii_start()) {
            return self.bail(unescape(reason), out);
        }
        // Some systems cut `not ok 1` in two; older harnesses join it again,
        // and here the stricter reading counts.
        self.lone_not = line.trim_ascii() == b"not";
        let depth = depth.min(self.levels.len() - 1);
        if self.levels[depth].doc.strict {
            let shown = String::from_utf8_lossy(&line[..line.len().min(100)]).into_owned();
            self.levels[depth].doc.fault(format_args!("not TAP, under `pragma +strict`: {shown}"));
        }
        held::print(line, out);
    }

    fn plan(&mut self, depth: usize, plan: &Plan<'_>, out: &mut Vec<Signal>) {
        self.next(depth, out);
        self.levels[depth].doc.plan(plan);
        if depth > 0 {
            return;
        }
        out.push(Signal::Announced(usize::try_from(plan.count).unwrap_or(usize::MAX)));
        if plan.count == 0 {
            let reason = unescape(plan.reason);
            self.skipped = Some(if reason.is_empty() { "no reason given".into() } else { reason });
        }
    }

    fn version(&mut self, depth: usize, version: u64, out: &mut Vec<Signal>) {
        self.next(depth, out);
        let doc = &mut self.levels[depth].doc;
        if !doc.is_fresh() {
            return doc.fault("the version line is not the first");
        }
        doc.versioned = true;
        if !(13..=14).contains(&version) {
            doc.fault(format_args!("version {version} of TAP: only 13 and 14 can be named"));
        }
        if depth == 0 && version >= 13 {
            doc.any_order = true;
            self.dialect = if version == 13 { Dialect::V13 } else { Dialect::V14 };
        }
    }

    fn pragma(&mut self, depth: usize, keys: &[u8]) {
        for key in keys.split(|&byte| byte == b',').map(<[u8]>::trim_ascii) {
            match key {
                b"+strict" => self.levels[depth].doc.strict = true,
                b"-strict" => self.levels[depth].doc.strict = false,
                // Whether what fails in a subtest counts is said by the test behind it.
                b"+bail" if depth == 0 => self.on_failure = OnFailure::Bail,
                b"-bail" if depth == 0 => self.on_failure = OnFailure::GoOn,
                // Any producer may have pragmas of its own.
                _ => {}
            }
        }
    }

    /// `{` on a line of its own: the subtest of the point above.
    fn open(&mut self, depth: usize) {
        self.levels.truncate(depth + 1);
        self.levels[depth].late = true;
        self.enter(depth + 1);
        self.levels[depth + 1].introduced = true;
    }

    /// `}`: the end of a buffered subtest, if there is one.
    fn close(&mut self, depth: usize, line: &[u8], out: &mut Vec<Signal>) {
        if std::mem::take(&mut self.levels[depth].late) {
            let child = self.child(depth);
            return self.failed_late(depth, child);
        }
        if self.levels[depth].buffered.is_none() {
            return self.other(depth, line, out);
        }
        self.settle_buffered(depth, out);
    }

    /// The subtest behind a point that was told already.
    fn failed_late(&mut self, depth: usize, child: Option<Level>) {
        let Some((child, wrong)) = child.and_then(|child| child.wrong().map(|why| (child, why)))
        else {
            return;
        };
        match self.held.current().filter(|_| depth == 0) {
            Some(failure) => failure.inner.push_inner(child.notes),
            None if self.levels[depth].last_failed => {}
            None => {
                let level = &mut self.levels[depth];
                level.doc.failed += 1;
                level.doc.fault(format_args!("`ok` before a subtest that failed: {wrong}"));
            }
        }
    }

    fn point(&mut self, depth: usize, point: &Point<'_>, text: &[u8], out: &mut Vec<Signal>) {
        if depth == 0 && self.levels.len() == 1 && !point.opens && self.levels[0].buffered.is_none()
        {
            // The most frequent line by far.
            self.held.move_on(out);
            self.last = Some(0);
            return self.case(point, None, out);
        }
        self.next(depth, out);
        if point.opens {
            self.levels.truncate(depth + 1);
            self.levels[depth].buffered = Some(text.to_vec());
        } else {
            let child = self.child(depth);
            self.settle(depth, point, child, out);
        }
    }

    /// A TAP line of this depth: what waited for it is settled.
    fn next(&mut self, depth: usize, out: &mut Vec<Signal>) {
        self.held.move_on(out);
        self.last = None;
        self.enter(depth);
        self.levels[depth].late = false;
        self.settle_buffered(depth, out);
    }

    /// Opens the subtests down to this depth.
    fn enter(&mut self, depth: usize) {
        while self.levels.len() <= depth {
            let at = self.levels.len();
            let announced = self.announced.take_if(|announced| at >= *announced).is_some();
            let parent = &self.levels[at - 1];
            let introduced = announced || parent.buffered.is_some();
            let level = Level::inside(parent, introduced);
            self.levels.push(level);
        }
    }

    /// The subtest that a point of this depth closes.
    fn child(&mut self, depth: usize) -> Option<Level> {
        self.levels.truncate(depth + 2);
        if self.levels.len() == depth + 2 { self.levels.pop() } else { None }
    }

    /// The point whose buffered subtest is over.
    fn settle_buffered(&mut self, depth: usize, out: &mut Vec<Signal>) {
        let Some(text) = self.levels[depth].buffered.take() else { return };
        let child = self.child(depth);
        if let Line::Point(point) = parse(&text, self.dialect) {
            self.settle(depth, &point, child, out);
        }
    }

    fn settle(
        &mut self,
        depth: usize,
        point: &Point<'_>,
        child: Option<Level>,
        out: &mut Vec<Signal>,
    ) {
        self.last = Some(depth);
        if depth == 0 {
            self.case(point, child, out);
        } else {
            self.levels[depth].point(point, child);
        }
    }

    /// A point of the outermost document.
    fn case(&mut self, point: &Point<'_>, child: Option<Level>, out: &mut Vec<Signal>) {
        let level = &mut self.levels[0];
        let counted = level.doc.point(point.number);
        let wrong = child.as_ref().and_then(Level::wrong);
        let outcome = outcome(point, &counted, wrong.is_some());
        let description = self.case_name(&counted, point.description);
        let mut verdict = Verdict::new(self.name.as_str(), outcome);
        verdict.seconds = point.seconds;
        verdict.reason = reason(point, outcome, counted.todo);
        if matches!(outcome, Outcome::Passed | Outcome::Skipped) {
            return out.push(Signal::Finished(Box::new(verdict)));
        }
        self.levels[0].doc.failed += u64::from(outcome == Outcome::Failed);
        verdict.message = match (counted.beyond, wrong) {
            (Some(planned), _) => Some(format!("it is beyond the plan, 1..{planned}")),
            (None, Some(wrong)) if point.ok => {
                Some(format!("`ok`, but its subtest failed: {wrong}"))
            }
            (None, _) => None,
        };
        if self.on_failure == OnFailure::Bail && outcome == Outcome::Failed {
            let reason = format!("`{}` failed, under `pragma +bail`", self.name);
            self.on_failure = OnFailure::Bailing(reason);
        }
        let inner = child.map(|child| child.notes).unwrap_or_default();
        out.push(Signal::Ended(verdict.case.clone(), outcome));
        self.held.hold(verdict, description, inner);
    }

    /// Makes the name of a case: `3 - opens`, or `3`; and `3 #7 - opens` for
    /// the seventh test where its number is taken. Gives the description where
    /// it can differ from the name.
    fn case_name(&mut self, counted: &Counted, description: &[u8]) -> String {
        self.name.clear();
        // Writing to a string does not fail.
        let _ = write!(self.name, "{}", counted.number);
        if let Some(place) = counted.place {
            let _ = write!(self.name, " #{place}");
        }
        if description.is_empty() {
            return String::new();
        }
        // A name is to be read: a megabyte of it helps nobody.
        let description = unescape(&description[..description.len().min(LONGEST_NAME)]);
        let _ = write!(self.name, " - {description}");
        description
    }
}

fn outcome(point: &Point<'_>, counted: &Counted, wrong: bool) -> Outcome {
    let ok = point.ok && !wrong;
    match point.directive {
        _ if counted.beyond.is_some() => Outcome::Failed,
        Some((Directive::Skip, _)) => Outcome::Skipped,
        Some((Directive::Todo, _)) if !ok => Outcome::Todo,
        None if !ok && counted.todo => Outcome::Todo,
        None if !ok => Outcome::Failed,
        Some((Directive::Todo, _)) | None => Outcome::Passed,
    }
}

fn reason(point: &Point<'_>, outcome: Outcome, planned_todo: bool) -> Option<String> {
    let said = point.directive.map(|(_, reason)| unescape(reason)).filter(|said| !said.is_empty());
    let todo = planned_todo || matches!(point.directive, Some((Directive::Todo, _)));
    if outcome != Outcome::Passed || !todo {
        return said;
    }
    Some(said.map_or("TODO passed".to_owned(), |said| format!("TODO passed: {said}")))
}
