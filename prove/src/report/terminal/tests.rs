//! What the golden files cannot show: time, and a live terminal.

use indicatif::InMemoryTerm;

use super::*;
use crate::event::{CaseStarted, RunFinished};
use crate::target::Kind;

fn started(id: &str, time: f64) -> Event {
    Event::CaseStarted(CaseStarted {
        time,
        id: id.into(),
        target: "t/a.t".into(),
        ecosystem: "tap".into(),
        kind: Kind::Test,
        attempt: 1,
    })
}

fn target_started(time: f64) -> Event {
    Event::TargetStarted(TargetStarted {
        time,
        target: "t/a.t".into(),
        ecosystem: "tap".into(),
        kind: Kind::Test,
        cases: Some(3),
    })
}

fn target_finished(time: f64) -> Event {
    Event::TargetFinished(TargetFinished {
        time,
        target: "t/a.t".into(),
        ecosystem: "tap".into(),
        kind: Kind::Test,
        passed: 0,
        failed: 0,
        skipped: 0,
        todo: 0,
        not_run: 0,
        seconds: time,
        reason: None,
    })
}

/// Ticks through the seconds, with events at their times; what is printed.
fn ticked(look: Look, until: u32, events: &[Event]) -> String {
    let mut out = Vec::new();
    let mut ledger = Ledger::default();
    let mut report = Terminal::new(&mut out, look);
    for event in events {
        ledger.apply(event);
        report.event(event, &ledger).unwrap();
    }
    for second in 0..=until {
        report.tick(f64::from(second), &ledger).unwrap();
    }
    String::from_utf8(out).unwrap()
}

#[test]
fn a_slow_case_is_named_at_doubling_times() {
    let events = [target_started(0.0), started("t/a.t::x\u{1b}", 10.0)];
    let expected = "still running after 60s: t/a.t::x\\x1b\n\
                    still running after 120s: t/a.t::x\\x1b\n\
                    still running after 240s: t/a.t::x\\x1b\n";
    assert_eq!(ticked(Look::default(), 300, &events), expected);
    assert_eq!(ticked(Look { slow_after: None, ..Look::default() }, 300, &events), "");
    let quiet = Look { verbosity: Verbosity::Summary, ..Look::default() };
    assert_eq!(ticked(quiet, 300, &events), "");
}

#[test]
fn a_target_that_does_not_tell_is_named_itself() {
    let shown = ticked(Look::default(), 70, &[target_started(5.0)]);
    assert_eq!(shown, "still running after 60s: t/a.t\n");
    let events = [target_started(5.0), target_finished(6.0)];
    assert_eq!(ticked(Look::default(), 70, &events), "t/a.t .. no cases\n");
}

#[test]
fn a_live_line_tells_what_runs_and_leaves_nothing_behind() {
    let term = InMemoryTerm::new(10, 60);
    let mut ledger = Ledger::default();
    let mut report = Terminal::new(io::sink(), Look::default())
        .live(ProgressDrawTarget::term_like(Box::new(term.clone())));
    for event in [target_started(0.0), started("t/a.t::slow", 1.0), started("t/a.t::x", 2.0)] {
        ledger.apply(&event);
        report.event(&event, &ledger).unwrap();
    }
    report.tick(9.5, &ledger).unwrap();
    let shown = term.contents();
    assert!(shown.contains("0 passed of 3 so far | t/a.t::slow 8.0s, and 1 more"), "{shown}");

    ledger.apply(&Event::RunFinished(RunFinished::default()));
    report.finish(&ledger).unwrap();
    assert_eq!(term.contents(), "");
}
