//! The line at the bottom of a terminal: what is running, and for how long.

use std::fmt::Write as _;

use indicatif::{ProgressBar, ProgressDrawTarget, ProgressStyle};

use super::lines;
use crate::ledger::Ledger;
use crate::report::escape;

/// A live line.
#[derive(Debug)]
pub(super) struct Live {
    bar: ProgressBar,
}

impl Live {
    pub(super) fn new(target: ProgressDrawTarget) -> Self {
        let bar = ProgressBar::with_draw_target(None, target);
        if let Ok(style) = ProgressStyle::with_template("{spinner} {wide_msg}") {
            bar.set_style(style);
        }
        Self { bar }
    }

    /// Shows where the run stands.
    pub(super) fn update(&self, now: f64, ledger: &Ledger) {
        self.bar.set_message(status(now, ledger));
        self.bar.tick();
    }

    /// Does something while the line is away.
    pub(super) fn aside<T>(&self, act: impl FnOnce() -> T) -> T {
        self.bar.suspend(act)
    }

    /// Takes the line away for good.
    pub(super) fn end(&self) {
        self.bar.finish_and_clear();
    }
}

/// `[0:12] 5 passed, 1 failed of 20 | tests/cli.rs::slow 8.1s, and 2 more`
fn status(now: f64, ledger: &Ledger) -> String {
    let counts = ledger.counts();
    let announced = ledger.targets().iter();
    let expected: usize = announced.map(|t| t.announced.unwrap_or(0).max(t.counts.total())).sum();
    let mut status = format!("[{}] {} passed", lines::seconds(now.floor()), counts.passed);
    if counts.failed > 0 {
        let _ = write!(status, ", {} failed", counts.failed);
    }
    if expected > counts.total() {
        let _ = write!(status, " of {expected} so far");
    }
    let mut busy = busy(now, ledger);
    if let Some(first) = busy.next() {
        let _ = write!(status, " | {first}");
        let more = busy.count();
        if more > 0 {
            let _ = write!(status, ", and {more} more");
        }
    }
    status
}

/// What goes on: cases, then targets that do not tell of theirs, then builds.
fn busy(now: f64, ledger: &Ledger) -> impl Iterator<Item = String> {
    let cases = ledger.running().iter();
    let cases =
        cases.map(move |case| format!("{} {}", escape::line(&case.id), since(now, case.since)));
    let targets = ledger.targets().iter().filter(move |tally| {
        tally.running && !ledger.running().iter().any(|case| case.target == tally.target)
    });
    let targets = targets.map(|tally| lines::name(&tally.target, tally.kind));
    let builds = ledger
        .builds()
        .iter()
        .map(move |build| format!("{} {}", escape::line(&build.command), since(now, build.time)));
    cases.chain(targets).chain(builds)
}

fn since(now: f64, then: f64) -> String {
    lines::seconds((now - then).max(0.0).floor())
}
