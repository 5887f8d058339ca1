//! The end of a report: failures once and in full, and what follows from them.

use std::collections::HashMap;
use std::fmt::Write as _;

use super::Look;
use super::lines::seconds;
use super::style::Style;
use crate::event::{CaseFinished, Cause, Problem, Severity};
use crate::launch::quote;
use crate::ledger::{Ledger, Story};
use crate::plan::from_cwd;
use crate::report::{
    self,
    escape::{self, Colors},
};

/// How many cases the command that repeats the failures names.
const REPEATED: usize = 20;

/// What a case says of itself when it fails because others run beside it.
pub(super) const NEEDS_SERIAL: &str = "needs serial";

/// The end of a report, but for its last line.
pub(super) struct Closing<'a> {
    pub(super) ledger: &'a Ledger,
    pub(super) look: &'a Look,
    pub(super) style: Style,
    pub(super) text: String,
}

impl Closing<'_> {
    /// Everything: for all who did not ask for less.
    pub(super) fn full(&mut self) {
        self.failures();
        self.flaky();
        self.problems(Severity::Error);
        self.problems(Severity::Note);
        if self.look.timer {
            self.slowest();
        }
        self.repeat();
        self.examples();
        self.extent();
    }

    /// One line for each reason not to be content.
    pub(super) fn brief(&mut self) {
        for story in self.ledger.failures() {
            let line = format!("{} {}", self.style.bad("FAILED"), escape::line(&story.last.id));
            self.line(&line);
        }
        for problem in self.ledger.problems().iter().filter(|p| p.severity == Severity::Error) {
            let line = format!("{} {}", self.style.bad("error:"), escape::line(&problem.what));
            self.line(&line);
        }
    }

    fn line(&mut self, line: &str) {
        self.text.push_str(line);
        self.text.push('\n');
    }

    fn heading(&mut self, heading: &str) {
        let heading = self.style.head(heading);
        self.line("");
        self.line(&heading);
    }

    /// A text of several lines, each behind `margin`.
    fn block(&mut self, margin: &str, text: &str, colors: Colors) {
        for line in escape::lines(text, colors) {
            let line = format!("{margin}{line}");
            self.line(line.trim_end());
        }
    }

    fn failures(&mut self) {
        // One error in a build fails many targets with the same long message.
        let mut told: HashMap<&str, &str> = HashMap::new();
        for story in self.ledger.failures() {
            self.line("");
            let (id, last) = (escape::line(&story.last.id), &story.last);
            let line = format!("{} {}", self.style.bad("FAILED"), self.style.head(&id));
            self.line(&line);
            self.attempts(story);
            self.line(&format!("  {}", how(last)));
            let message = last.message.as_deref().unwrap_or_default();
            match told.get(message).copied() {
                Some(other) if message.lines().count() > 2 => {
                    self.line(&format!("  for the same reason as {}", escape::line(other)));
                }
                Some(_) | None => self.said(last),
            }
            told.entry(message).or_insert(&story.last.id);
        }
    }

    /// Earlier attempts: those that failed in another way, and a word for those
    /// that failed in the same.
    fn attempts(&mut self, story: &Story) {
        let said = |case: &CaseFinished| (case.cause, first_line(case));
        let last = said(&story.last);
        let differs = |attempt: &&CaseFinished| said(attempt) != last;
        if !story.earlier.is_empty() && !story.earlier.iter().any(|attempt| differs(&attempt)) {
            self.line(&format!("  on each of {} attempts", story.earlier.len() + 1));
        }
        for attempt in story.earlier.iter().filter(differs) {
            let what = format!("  attempt {}: {}", attempt.attempt, how(attempt));
            let line = format!("{what}{}", first_line(attempt));
            self.line(&line);
        }
    }

    /// What a failed case said, and printed.
    fn said(&mut self, case: &CaseFinished) {
        let message = case.message.as_deref().unwrap_or_default().trim_end();
        // Many runners print the message among the output, at its place there:
        // once is enough.
        if !message.is_empty() && !case.output.contains(message) {
            self.block("  ", message, self.colors(case.cause));
        }
        if !case.output.trim().is_empty() {
            self.block("  | ", &case.output, Colors::Show);
        } else if case.truncated {
            self.line("  | (its output is left out: that of other failures is too large)");
        }
    }

    /// Colours pass in what a build says, where colours are wanted.
    fn colors(&self, cause: Option<Cause>) -> Colors {
        match cause {
            Some(Cause::Setup) if self.look.color => Colors::Keep,
            Some(Cause::Setup) => Colors::Drop,
            Some(Cause::Assertion | Cause::Crashed | Cause::TimedOut | Cause::Missing) | None => {
                Colors::Show
            }
        }
    }

    fn flaky(&mut self) {
        if self.ledger.flaky().is_empty() {
            return;
        }
        self.heading("Flaky, passed after a failure:");
        let mut serial = false;
        for Story { last, earlier } in self.ledger.flaky() {
            let reason = last.reason.as_deref().unwrap_or("failed before");
            serial |= reason == NEEDS_SERIAL;
            let line = format!("  {} ({})", escape::line(&last.id), escape::line(reason));
            self.line(&line);
            for attempt in earlier {
                let what = format!("    attempt {}: {}", attempt.attempt, how(attempt));
                let line = format!("{what}{}", first_line(attempt));
                self.line(&line);
            }
        }
        if serial {
            self.line("  What needs serial fails when other targets run beside it, and passes alone: look");
            self.line("  for a port, file or database that they share, or run all in turn with `prove -j 1`.");
        }
    }

    fn problems(&mut self, severity: Severity) {
        for problem in self.ledger.problems().iter().filter(|p| p.severity == severity) {
            self.line("");
            self.problem(problem);
        }
    }

    fn problem(&mut self, problem: &Problem) {
        let head = match problem.severity {
            Severity::Error => self.style.bad("error:"),
            Severity::Note => self.style.odd("note:"),
        };
        let line = format!("{head} {}", self.style.head(&escape::line(&problem.what)));
        self.line(&line);
        if let Some(location) = &problem.location {
            self.line(&format!("  at {}", escape::line(&location.to_string())));
        }
        // A target that does not load is a failed case as well, and has said
        // there already why.
        let told = |story: &Story| story.last.message.as_deref() == Some(&problem.why);
        if !problem.why.is_empty() && !self.ledger.failures().iter().any(told) {
            let colors = if self.look.color { Colors::Keep } else { Colors::Drop };
            self.block("  ", &problem.why, colors);
        }
        if !problem.remedy.is_empty() {
            let mut lines = escape::lines(&problem.remedy, Colors::Drop);
            let first = lines.next().unwrap_or_default();
            self.line(&format!("  remedy: {first}"));
            for line in lines {
                self.line(&format!("          {line}"));
            }
        }
    }

    fn slowest(&mut self) {
        if self.ledger.slowest().is_empty() {
            return;
        }
        self.heading("Slowest:");
        for slow in self.ledger.slowest() {
            self.line(&format!("  {:>7} {}", seconds(slow.seconds), escape::line(&slow.id)));
        }
    }

    fn repeat(&mut self) {
        let failures = self.ledger.failures();
        if failures.is_empty() {
            return;
        }
        let words = failures.iter().take(REPEATED).map(|story| {
            let id = from_cwd(&story.last.id, &self.look.cwd);
            let id = self.look.below.join(&id).to_string();
            escape::line(&quote(&id)).into_owned()
        });
        let mut command = words.fold("  prove".to_owned(), |line, word| line + " " + &word);
        if failures.len() > REPEATED {
            let _ = write!(command, "  # and {} more", failures.len() - REPEATED);
        }
        self.heading("To repeat what failed:");
        self.line(&command);
    }

    fn examples(&mut self) {
        let count = self.ledger.finished().map_or(0, |run| run.examples_not_run);
        if count > 0 {
            self.line("");
            self.line(&report::not_run(count));
        }
    }

    /// How much ran, or why nothing did.
    fn extent(&mut self) {
        self.line("");
        let count = self.ledger.targets().len();
        if self.ledger.is_empty() {
            self.line("Nothing to run was found; `prove explain` tells what was looked at.");
        } else if let Some(run) = self.ledger.finished() {
            let s = if count == 1 { "" } else { "s" };
            let how = if run.exit_code >= 128 { "interrupted after" } else { "in" };
            self.line(&format!("{count} target{s} {how} {}", seconds(run.seconds)));
        }
    }
}

/// `assertion at tests/cli.rs:12, after 0.3s`
fn how(case: &CaseFinished) -> String {
    let mut how = case.cause.map_or("failed", Cause::as_str).to_owned();
    if let Some(location) = &case.location {
        let _ = write!(how, " at {}", escape::line(&location.to_string()));
    }
    if let Some(took) = case.seconds {
        let _ = write!(how, ", after {}", seconds(took));
    }
    how
}

fn first_line(case: &CaseFinished) -> String {
    let message = case.message.as_deref().unwrap_or_default();
    let first = message.lines().find(|line| !line.trim().is_empty());
    first.map_or(String::new(), |line| format!(": {}", escape::line(line.trim())))
}

/// `12 passed, 1 failed, 0 skipped`, and what else there is.
pub(super) fn last_line(ledger: &Ledger) -> String {
    let counts = ledger.counts();
    let mut line =
        format!("{} passed, {} failed, {} skipped", counts.passed, counts.failed, counts.skipped);
    for (count, word) in
        [(counts.todo, "todo"), (counts.flaky, "flaky"), (counts.not_run, "not run")]
    {
        if count > 0 {
            let _ = write!(line, ", {count} {word}");
        }
    }
    line
}
