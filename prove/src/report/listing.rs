//! `prove list`: what would run.

use std::io::{self, Write};

use super::{Report, escape};
use crate::event::{CaseFound, Event, Problem, Severity};
use crate::ledger::Ledger;
use crate::target::{Addressable, Kind};

/// Writes the cases that are found: to a person in groups, to a pipe one ID a
/// line.
#[derive(Debug)]
pub struct Listing<W, A> {
    out: W,
    aside: A,
    grouped: bool,
    /// The group that the last case was in.
    last: Option<(String, String, Kind)>,
}

impl<W: Write, A: Write> Listing<W, A> {
    /// One ID a line to `out`; problems, and how much there is, to `aside`.
    pub fn new(out: W, aside: A) -> Self {
        Self { out, aside, grouped: false, last: None }
    }

    /// The same, grouped by ecosystem and target.
    #[must_use]
    pub fn grouped(mut self) -> Self {
        self.grouped = true;
        self
    }

    fn found(&mut self, case: &CaseFound) -> io::Result<()> {
        if !self.grouped {
            return writeln!(self.out, "{}", escape::line(&case.id));
        }
        self.headings(case)?;
        let prefix = format!("{}::", case.target);
        let unsure = case.unsure.as_deref().map(escape::line);
        let Some(name) = case.id.strip_prefix(&prefix) else {
            // The target alone: its cases, or others, are known only as it runs.
            return match unsure {
                Some(more) => writeln!(self.out, "    ({more})"),
                None => Ok(()),
            };
        };
        let unsure = unsure.map(|condition| format!("  ({condition})")).unwrap_or_default();
        let skipped =
            case.skipped.as_deref().map(|why| format!("  (skipped: {})", escape::line(why)));
        let skipped = skipped.unwrap_or_default();
        writeln!(self.out, "    {}{unsure}{skipped}", escape::line(name))
    }

    fn headings(&mut self, case: &CaseFound) -> io::Result<()> {
        let last = self.last.as_ref();
        if last.is_none_or(|(ecosystem, ..)| *ecosystem != case.ecosystem) {
            writeln!(self.out, "{}", escape::line(&case.ecosystem))?;
        }
        let group = (case.ecosystem.clone(), case.target.clone(), case.kind);
        if last != Some(&group) {
            let doc = if case.kind == Kind::Doc { " (doc)" } else { "" };
            let whole = match case.addressable {
                Addressable::Target if case.unsure.is_none() => "  (runs as a whole)",
                Addressable::Target | Addressable::Case => "",
            };
            writeln!(self.out, "  {}{doc}{whole}", escape::line(&case.target))?;
            self.last = Some(group);
        }
        Ok(())
    }

    fn problem(&mut self, problem: &Problem) -> io::Result<()> {
        let head = match problem.severity {
            Severity::Error => "error",
            Severity::Note => "note",
        };
        writeln!(self.aside, "{head}: {}", escape::line(&problem.what))?;
        super::indented(&mut self.aside, "  ", &problem.why)?;
        super::indented(&mut self.aside, "  remedy: ", &problem.remedy)
    }
}

impl<W: Write, A: Write> Report for Listing<W, A> {
    fn event(&mut self, event: &Event, _: &Ledger) -> io::Result<()> {
        match event {
            Event::CaseFound(case) => self.found(case),
            Event::Problem(problem) => self.problem(problem),
            Event::RunStarted(_)
            | Event::ProjectFound(_)
            | Event::BuildStarted(_)
            | Event::BuildFinished(_)
            | Event::TargetStarted(_)
            | Event::CaseStarted(_)
            | Event::CaseFinished(_)
            | Event::TargetFinished(_)
            | Event::RunFinished(_) => Ok(()),
        }
    }

    fn finish(&mut self, ledger: &Ledger) -> io::Result<()> {
        self.out.flush()?;
        if ledger.found() == 0 {
            writeln!(
                self.aside,
                "Nothing to run was found; `prove explain` tells what was looked at."
            )?;
        }
        let examples = ledger.finished().map_or(0, |run| run.examples_not_run);
        if examples > 0 {
            writeln!(self.aside, "{}", super::not_run(examples))?;
        }
        self.aside.flush()
    }
}
