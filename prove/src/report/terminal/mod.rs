//! For people, in the manner of Perl's `prove`: a line for each target as it
//! ends, failures once and in full at the end, and one last line to read.

use std::io::{self, Write};

use indicatif::ProgressDrawTarget;

use self::closing::Closing;
use self::live::Live;
use self::slow::Slow;
use self::style::Style;
use super::{Report, escape};
use crate::event::{
    BuildFinished, BuildStarted, CaseFinished, Event, TargetFinished, TargetStarted,
};
use crate::ledger::Ledger;
use crate::target::TreePath;

mod closing;
mod lines;
mod live;
mod slow;
mod style;

/// How much is said.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord)]
pub enum Verbosity {
    /// The summary alone (`-Q`).
    Summary,
    /// Failures and the summary (`-q`).
    Quiet,
    /// A line for each target.
    #[default]
    Normal,
    /// A line for each case as well (`-v`).
    Verbose,
}

/// How a terminal report looks. What the terminal can do is decided by who
/// makes it.
#[derive(Clone, Debug)]
pub struct Look {
    /// Whether colours are shown.
    pub color: bool,
    /// How wide a line may be.
    pub width: usize,
    /// How much is said.
    pub verbosity: Verbosity,
    /// Whether the slowest cases are listed.
    pub timer: bool,
    /// After how many seconds a case is named as slow; none where a timeout
    /// takes care of it.
    pub slow_after: Option<f64>,
    /// The folder in which a command that is shown would be typed.
    pub cwd: TreePath,
    /// The tree's root as seen from that folder, where that is above it.
    pub below: TreePath,
    /// The length of the longest name of a target, as far as it is known at
    /// the start.
    pub longest: usize,
}

impl Default for Look {
    fn default() -> Self {
        Self {
            color: false,
            width: 80,
            verbosity: Verbosity::Normal,
            timer: false,
            slow_after: Some(60.0),
            cwd: TreePath::root(),
            below: TreePath::root(),
            longest: 0,
        }
    }
}

/// The report for people. Plain lines; see [`Terminal::live`].
#[derive(Debug)]
pub struct Terminal<W> {
    out: W,
    look: Look,
    style: Style,
    longest: usize,
    slow: Option<Slow>,
    live: Option<Live>,
}

impl<W: Write> Terminal<W> {
    /// A report of plain lines to this writer: nothing is ever taken back.
    pub fn new(out: W, look: Look) -> Self {
        let style = Style::new(look.color);
        let slow = look.slow_after.map(Slow::new);
        Self { out, longest: look.longest, look, style, slow, live: None }
    }

    /// The same, with a line at the bottom that tells what is running. The
    /// writer and the target have to be the same terminal.
    #[must_use]
    pub fn live(mut self, target: ProgressDrawTarget) -> Self {
        self.live = Some(Live::new(target));
        self
    }

    /// Prints lines, above the live one if there is one.
    fn print(&mut self, text: &str) -> io::Result<()> {
        let text = escape::defused(text);
        let out = &mut self.out;
        let mut write = || {
            out.write_all(text.as_bytes())?;
            out.flush()
        };
        match &self.live {
            Some(live) => live.aside(write),
            None => write(),
        }
    }

    fn build_started(&mut self, build: &BuildStarted) -> io::Result<()> {
        if self.look.verbosity < Verbosity::Verbose {
            return Ok(());
        }
        let line = format!("building: {}\n", escape::line(&build.command));
        self.print(&self.style.faint(&line))
    }

    fn build_finished(&mut self, build: &BuildFinished) -> io::Result<()> {
        if self.look.verbosity < Verbosity::Verbose || !build.kept {
            return Ok(());
        }
        self.print(&self.style.faint("built before: nothing has changed since\n"))
    }

    fn target_started(&mut self, target: &TargetStarted) {
        let name = lines::name(&target.target, target.kind).chars().count();
        // Beyond this, a name takes its own width rather than everyone's.
        let bound = self.look.width.saturating_sub(30).max(20);
        self.longest = self.longest.max(name).min(bound);
    }

    fn case_finished(&mut self, case: &CaseFinished, ledger: &Ledger) -> io::Result<()> {
        let tally = ledger.target(&case.target, case.kind);
        // The repetition of a case whose target has had its line already.
        let late = case.attempt > 1 && tally.is_some_and(|tally| tally.seconds.is_some());
        let shown = match self.look.verbosity {
            Verbosity::Summary => false,
            Verbosity::Quiet => late && case.outcome == crate::event::Outcome::Failed,
            Verbosity::Normal => late,
            Verbosity::Verbose => true,
        };
        if !shown {
            return Ok(());
        }
        let line = lines::case(case, self.style);
        self.print(&format!("{line}\n"))
    }

    fn target_finished(&mut self, target: &TargetFinished, ledger: &Ledger) -> io::Result<()> {
        let Some(tally) = ledger.target(&target.target, target.kind) else { return Ok(()) };
        let shown = match self.look.verbosity {
            Verbosity::Summary => false,
            Verbosity::Quiet => tally.counts.failed > 0,
            Verbosity::Normal | Verbosity::Verbose => true,
        };
        if !shown {
            return Ok(());
        }
        let line = lines::target(tally, self.longest, self.style);
        self.print(&format!("{line}\n"))
    }

    fn closing(&self, ledger: &Ledger) -> String {
        let mut closing =
            Closing { ledger, look: &self.look, style: self.style, text: String::new() };
        match self.look.verbosity {
            Verbosity::Summary => closing.brief(),
            Verbosity::Quiet | Verbosity::Normal | Verbosity::Verbose => closing.full(),
        }
        let last = closing::last_line(ledger);
        let good = ledger.counts().failed == 0 && ledger.errors() == 0 && !ledger.is_empty();
        let last = if good { self.style.good(&last) } else { self.style.bad(&last) };
        closing.text + &last + "\n"
    }
}

impl<W: Write> Report for Terminal<W> {
    fn event(&mut self, event: &Event, ledger: &Ledger) -> io::Result<()> {
        match event {
            Event::BuildStarted(build) => self.build_started(build),
            Event::BuildFinished(build) => self.build_finished(build),
            Event::TargetStarted(target) => {
                self.target_started(target);
                Ok(())
            }
            Event::CaseFinished(case) => self.case_finished(case, ledger),
            Event::TargetFinished(target) => self.target_finished(target, ledger),
            // Told at the end, or by the live line.
            Event::RunStarted(_)
            | Event::ProjectFound(_)
            | Event::Problem(_)
            | Event::CaseFound(_)
            | Event::CaseStarted(_)
            | Event::RunFinished(_) => Ok(()),
        }
    }

    fn finish(&mut self, ledger: &Ledger) -> io::Result<()> {
        if let Some(live) = self.live.take() {
            live.end();
        }
        let closing = self.closing(ledger);
        self.print(&closing)
    }

    fn tick(&mut self, now: f64, ledger: &Ledger) -> io::Result<()> {
        let due = self.slow.as_mut().map(|slow| slow.due(now, ledger)).unwrap_or_default();
        if self.look.verbosity > Verbosity::Summary {
            for line in due {
                self.print(&format!("{}\n", self.style.odd(&escape::line(&line))))?;
            }
        }
        if let Some(live) = &self.live {
            live.update(now, ledger);
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests;
