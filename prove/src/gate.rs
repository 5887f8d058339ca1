//! The rules that turn the ledger into an exit code. Pure.

use crate::exit::{EMPTY, FAILED, GREEN, INCOMPLETE, USAGE};
use crate::ledger::Ledger;

/// What the user wants to be strict about.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Rules {
    /// A run without a case is fine: asked for, or an empty shard.
    pub allow_empty: bool,
    /// A case that passed after a failure is a failure.
    pub flaky_fails: bool,
}

/// What the events do not tell of how a run ended.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Ending {
    /// The signal that ended the run early.
    pub interrupted: Option<i32>,
    /// A name on the command line matched nothing.
    pub unmatched: bool,
}

/// What the process exits with. Where several reasons hold, the first of 130
/// (or 143), 2, 3, 1, 4.
pub fn judge(ledger: &Ledger, rules: &Rules, ending: &Ending) -> u8 {
    let counts = ledger.counts();
    // What was asked for and did not run is not green, whatever stopped it.
    let red = counts.failed > 0 || counts.not_run > 0 || (rules.flaky_fails && counts.flaky > 0);
    if let Some(signal) = ending.interrupted {
        // As a shell reports a process that a signal ended.
        u8::try_from(signal).map_or(u8::MAX, |signal| signal.saturating_add(128))
    } else if ending.unmatched {
        USAGE
    } else if ledger.errors() > 0 {
        INCOMPLETE
    } else if red {
        FAILED
    } else if ledger.is_empty() && ledger.found() == 0 && !rules.allow_empty {
        EMPTY
    } else {
        GREEN
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::event::Event;

    fn ledger(lines: &[&str]) -> Ledger {
        let mut ledger = Ledger::default();
        for line in lines {
            ledger.apply(&tagged_json::from_str::<Event>(line).unwrap());
        }
        ledger
    }

    fn case(outcome: &str, flaky: bool) -> String {
        format!(
            r#"{{"type":"case-finished","msg":{{"time":1,"id":"a::{outcome}","target":"a","ecosystem":"tap","kind":"test","outcome":"{outcome}","attempt":1,"final":true,"flaky":{flaky}}}}}"#
        )
    }

    const ERROR: &str =
        r#"{"type":"problem","msg":{"severity":"error","what":"w","why":"y","remedy":"r"}}"#;
    const NOTE: &str =
        r#"{"type":"problem","msg":{"severity":"note","what":"w","why":"y","remedy":"r"}}"#;
    const SKIPPED_ALL: &str = r#"{"type":"target-finished","msg":{"time":1,"target":"a","ecosystem":"tap","kind":"test","passed":0,"failed":0,"skipped":0,"todo":0,"not_run":0,"seconds":0.1,"reason":"no network"}}"#;

    const LISTED: &str = r#"{"type":"case-found","msg":{"time":1,"id":"a::b","target":"a","ecosystem":"tap","kind":"test","addressable":"target"}}"#;

    #[test]
    fn the_first_reason_decides() {
        let plain = Rules::default();
        let none = Ending::default();
        let unmatched = Ending { unmatched: true, ..none };
        let signal = |n| Ending { interrupted: Some(n), unmatched: true };
        let passed = case("passed", false);
        let failed = case("failed", false);
        let table: &[(&[&str], Rules, Ending, u8)] = &[
            (&[&passed], plain, none, 0),
            (&[&case("skipped", false)], plain, none, 0),
            (&[&case("todo", false)], plain, none, 0),
            (&[&case("not-run", false)], plain, none, 1),
            (&[&passed, NOTE], plain, none, 0),
            (&[&passed, &failed], plain, none, 1),
            (&[&failed, ERROR], plain, none, 3),
            (&[ERROR], plain, none, 3),
            (&[&failed, ERROR], plain, unmatched, 2),
            (&[&failed, ERROR], plain, signal(2), 130),
            (&[&passed], plain, signal(15), 143),
            (&[], plain, none, 4),
            (&[SKIPPED_ALL], plain, none, 0),
            (&[LISTED], plain, none, 0),
            (&[], Rules { allow_empty: true, ..plain }, none, 0),
            (&[&case("passed", true)], plain, none, 0),
            (&[&case("passed", true)], Rules { flaky_fails: true, ..plain }, none, 1),
        ];
        for (i, (lines, rules, ending, code)) in table.iter().enumerate() {
            assert_eq!(judge(&ledger(lines), rules, ending), *code, "row {i}");
        }
    }
}
