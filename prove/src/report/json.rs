//! The events themselves, as JSON lines.

use std::io::{self, Write};

use super::Report;
use crate::event::Event;
use crate::ledger::Ledger;

/// Writes each event as one line of JSON, in the order in which things happen.
///
/// JSON has its own escapes for control characters below U+0020. The rest of
/// what a terminal may act on (C1 controls, bidi) is escaped as well, so that a
/// stream can be looked at.
#[derive(Debug)]
pub struct Json<W> {
    out: W,
}

impl<W: Write> Json<W> {
    /// A report to this writer.
    pub fn new(out: W) -> Self {
        Self { out }
    }
}

impl<W: Write> Report for Json<W> {
    fn event(&mut self, event: &Event, _: &Ledger) -> io::Result<()> {
        let mut line = tagged_json::to_string(event).map_err(io::Error::other)?;
        if !line.is_ascii() && line.chars().any(acts) {
            line = line.chars().map(escaped).collect();
        }
        line.push('\n');
        self.out.write_all(line.as_bytes())
    }

    /// A buffered writer gives away what it has, so that who reads along is
    /// never far behind.
    fn tick(&mut self, _: f64, _: &Ledger) -> io::Result<()> {
        self.out.flush()
    }

    fn finish(&mut self, _: &Ledger) -> io::Result<()> {
        self.out.flush()
    }
}

/// Whether a terminal may act on it. All of these are in the basic plane and
/// can only stand inside JSON strings.
fn acts(c: char) -> bool {
    !c.is_ascii() && super::escape::acts(c) || c == '\u{7f}'
}

fn escaped(c: char) -> String {
    if acts(c) { format!("\\u{:04x}", u32::from(c)) } else { c.to_string() }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::event::Problem;

    #[test]
    fn what_a_terminal_acts_on_is_escaped_and_read_back() {
        let event = Event::Problem(Problem::note("a\u{1b}[31m\u{9b}2J", "\u{202e}\n\u{7f}", "é"));
        let mut out = Vec::new();
        Json::new(&mut out).event(&event, &Ledger::default()).unwrap();
        let text = String::from_utf8(out).unwrap();
        assert!(text.contains(r"a\u001b[31m\u009b2J"), "{text}");
        assert!(text.contains(r"\u202e\n\u007f"), "{text}");
        assert!(text.contains('é'));
        assert_eq!(tagged_json::from_str::<Event>(&text).unwrap(), event);
    }
}
