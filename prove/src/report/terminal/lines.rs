//! The lines that appear as targets and cases end.

use super::style::Style;
use crate::event::{CaseFinished, Outcome};
use crate::ledger::Tally;
use crate::report::escape;
use crate::target::Kind;

/// `12.3s`, `0.04s`, `2m05s`, `1h02m`.
pub(super) fn seconds(seconds: f64) -> String {
    #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "it saturates")]
    let whole = seconds.round() as u64;
    match whole {
        0..60 if seconds < 0.095 => format!("{seconds:.2}s"),
        0..60 => format!("{seconds:.1}s"),
        60..3600 => format!("{}m{:02}s", whole / 60, whole % 60),
        _ => format!("{}h{:02}m", whole / 3600, whole / 60 % 60),
    }
}

/// What a target is called: its label, and whether it is documentation.
pub(super) fn name(label: &str, kind: Kind) -> String {
    let label = escape::line(label);
    match kind {
        Kind::Test => label.into_owned(),
        Kind::Doc => format!("{label} (doc)"),
    }
}

/// `tests/cli.rs .. ok 14 in 0.3s`, its dots as far as `longest` asks for.
pub(super) fn target(tally: &Tally, longest: usize, style: Style) -> String {
    let name = name(&tally.target, tally.kind);
    let dots = ".".repeat((longest + 2).saturating_sub(name.chars().count()).max(2));
    let took = match tally.seconds {
        Some(took) if tally.counts.total() > 0 => format!(" in {}", seconds(took)),
        Some(_) | None => String::new(),
    };
    format!("{name} {} {}{took}", style.faint(&dots), verdict(tally, style))
}

fn verdict(tally: &Tally, style: Style) -> String {
    let counts = &tally.counts;
    let all = counts.total();
    let rest = |skipped, not_run| {
        let (todo, again) = (counts.todo, tally.to_repeat);
        [(skipped, "skipped"), (todo, "todo"), (not_run, "not run"), (again, "to be repeated")]
    };
    let (head, rest) = if tally.to_repeat > 0 {
        // It is a failure until its repetition says otherwise.
        let (failed, all) = (counts.failed + tally.to_repeat, all + tally.to_repeat);
        (style.bad(&format!("FAILED {failed}/{all}")), rest(counts.skipped, counts.not_run))
    } else if counts.failed > 0 {
        (
            style.bad(&format!("FAILED {}/{all}", counts.failed)),
            rest(counts.skipped, counts.not_run),
        )
    } else if all > 0 && all == counts.not_run {
        (style.odd(&format!("not run {all}")), rest(0, 0))
    } else if let (Some(reason), true) = (&tally.reason, all == counts.skipped) {
        (style.odd(&format!("skipped: {}", escape::line(reason))), rest(0, 0))
    } else if all > 0 && all == counts.skipped {
        (style.odd(&format!("skipped {all}")), rest(0, 0))
    } else if all == 0 {
        (style.odd("no cases"), rest(0, 0))
    } else {
        (style.good(&format!("ok {}", counts.passed)), rest(counts.skipped, counts.not_run))
    };
    rest.iter().filter(|(count, _)| *count > 0).fold(head, |line, (count, word)| {
        format!("{line}, {}", style.odd(&format!("{count} {word}")))
    })
}

/// `tests/cli.rs::lists .. ok in 0.3s`
pub(super) fn case(case: &CaseFinished, style: Style) -> String {
    let reason = case.reason.as_deref().map(|reason| format!(": {}", escape::line(reason)));
    let reason = reason.unwrap_or_default();
    let verdict = match case.outcome {
        Outcome::Passed if case.flaky => style.odd(&format!("ok, flaky{reason}")),
        Outcome::Passed => format!("{}{reason}", style.good("ok")),
        Outcome::Failed => {
            let why = case.cause.map_or(String::new(), |why| format!(" ({})", why.as_str()));
            let again = if case.last { "" } else { ", to be repeated" };
            style.bad(&format!("FAILED{why}{again}"))
        }
        Outcome::Skipped => style.odd(&format!("skipped{reason}")),
        Outcome::Todo => style.odd(&format!("todo{reason}")),
        Outcome::NotRun => style.odd(&format!("not run{reason}")),
    };
    let took = case.seconds.map_or(String::new(), |took| format!(" in {}", seconds(took)));
    format!("{} {} {verdict}{took}", escape::line(&case.id), style.faint(".."))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::ledger::Counts;

    #[test]
    fn times_are_short() {
        let table = [
            (0.0, "0.00s"),
            (0.094, "0.09s"),
            (0.096, "0.1s"),
            (0.34, "0.3s"),
            (59.4, "59.4s"),
            (59.96, "1m00s"),
            (125.0, "2m05s"),
            (3725.0, "1h02m"),
        ];
        for (time, shown) in table {
            assert_eq!(seconds(time), shown);
        }
    }

    #[test]
    fn dots_reach_the_longest_name() {
        let tally = |label: &str| Tally {
            target: label.into(),
            ecosystem: "tap".into(),
            kind: Kind::Test,
            announced: None,
            running: false,
            counts: Counts { passed: 3, ..Counts::default() },
            to_repeat: 0,
            moved: 0.0,
            seconds: Some(0.2),
            reason: None,
        };
        let plain = Style::new(false);
        assert_eq!(target(&tally("t/a.t"), 5, plain), "t/a.t .. ok 3 in 0.2s");
        assert_eq!(target(&tally("t/a.t"), 8, plain), "t/a.t ..... ok 3 in 0.2s");
        assert_eq!(target(&tally("t/long.t"), 5, plain), "t/long.t .. ok 3 in 0.2s");
    }
}
