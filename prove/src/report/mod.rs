//! Views of the ledger and the events. Each writes to a writer it is given.
//!
//! Whatever comes from tests, tools or file names is hostile: no report lets a
//! control character of theirs through.

use std::io;

use crate::event::Event;
use crate::ledger::Ledger;

mod escape;
mod explain;
mod json;
mod junit;
mod listing;
mod terminal;

pub use explain::explain;
pub use json::Json;
pub use junit::Junit;
pub use listing::Listing;
pub use terminal::{Look, Terminal, Verbosity};

/// One way to show a run.
pub trait Report {
    /// Something happened. The ledger has it already.
    ///
    /// # Errors
    /// What the writer says.
    fn event(&mut self, event: &Event, ledger: &Ledger) -> io::Result<()>;

    /// Nothing more will happen.
    ///
    /// # Errors
    /// What the writer says.
    fn finish(&mut self, ledger: &Ledger) -> io::Result<()>;

    /// Time passes: called a few times a second, with seconds since the run began.
    ///
    /// # Errors
    /// What the writer says.
    fn tick(&mut self, now: f64, ledger: &Ledger) -> io::Result<()> {
        let _ = (now, ledger);
        Ok(())
    }
}

/// Several reports as one.
///
/// All of them hear everything: a full disk under one must not silence the
/// others. The first error is what is returned.
#[derive(Default)]
pub struct Fanout<'a> {
    reports: Vec<Box<dyn Report + 'a>>,
}

impl<'a> Fanout<'a> {
    /// Adds a report.
    pub fn push(&mut self, report: impl Report + 'a) {
        self.reports.push(Box::new(report));
    }

    fn all(
        &mut self,
        mut tell: impl FnMut(&mut (dyn Report + 'a)) -> io::Result<()>,
    ) -> io::Result<()> {
        let mut first = Ok(());
        for report in &mut self.reports {
            first = first.and(tell(report.as_mut()));
        }
        first
    }
}

impl Report for Fanout<'_> {
    fn event(&mut self, event: &Event, ledger: &Ledger) -> io::Result<()> {
        self.all(|report| report.event(event, ledger))
    }

    fn finish(&mut self, ledger: &Ledger) -> io::Result<()> {
        self.all(|report| report.finish(ledger))
    }

    fn tick(&mut self, now: f64, ledger: &Ledger) -> io::Result<()> {
        self.all(|report| report.tick(now, ledger))
    }
}

/// Writes a text of several lines, the first one behind `head`, the others
/// behind as much room.
fn indented(out: &mut dyn io::Write, head: &str, text: &str) -> io::Result<()> {
    let room = " ".repeat(head.len());
    let lines = escape::lines(text, escape::Colors::Drop);
    for (i, line) in lines.filter(|_| !text.is_empty()).enumerate() {
        let line = format!("{}{line}", if i == 0 { head } else { &room });
        writeln!(out, "{}", escape::defused(&line))?;
    }
    Ok(())
}

/// The line that counts the examples that nobody asked for.
fn not_run(examples: usize) -> String {
    let s = if examples == 1 { "" } else { "s" };
    format!("Found, not run: {examples} documentation example{s} (--docs all runs them)")
}

#[cfg(test)]
mod golden;

#[cfg(test)]
mod tests {
    use super::*;
    use crate::event::Problem;

    struct Full;
    impl Report for Full {
        fn event(&mut self, _: &Event, _: &Ledger) -> io::Result<()> {
            Err(io::Error::other("disk full"))
        }
        fn finish(&mut self, _: &Ledger) -> io::Result<()> {
            Err(io::Error::other("later"))
        }
    }

    #[test]
    fn one_that_fails_does_not_silence_the_next() {
        let mut out = Vec::new();
        let event = Event::Problem(Problem::note("a", "b", "c"));
        let mut all = Fanout::default();
        all.push(Full);
        all.push(Json::new(&mut out));
        let error = all.event(&event, &Ledger::default()).unwrap_err();
        assert_eq!(error.to_string(), "disk full");
        drop(all);
        assert_eq!(tagged_json::from_slice::<Event>(&out).unwrap(), event);
    }
}
