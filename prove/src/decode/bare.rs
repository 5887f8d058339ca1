//! A test program with a harness of its own, or none: run without arguments,
//! as cargo does.
//!
//! Where it prints what libtest prints, as libtest-mimic and its kin do, that
//! gives the cases; else its exit code is the one case.

use std::collections::HashMap;

use crate::event::{Cause, Outcome};
use crate::launch::Exit;
use crate::target::CaseName;

use super::libtest::reason;
use super::{Broken, Capture, Decode, Lines, Signal, Stream, Verdict};

/// The decoder.
pub(super) struct Bare {
    case: CaseName,
    base: String,
    lines: Lines,
    output: Capture,
    harness: Option<Harness>,
}

impl Bare {
    pub(super) fn new(case: &CaseName, base: &str) -> Self {
        Self {
            case: case.clone(),
            base: base.to_owned(),
            lines: Lines::default(),
            output: Capture::default(),
            harness: None,
        }
    }

    fn line(&mut self, line: &[u8], out: &mut Vec<Signal>) {
        let text = String::from_utf8_lossy(line);
        if let Some(count) = super::libtest::announced(line) {
            let harness = self.harness.get_or_insert_default();
            harness.announced += count;
            harness.open = true;
            return out.push(Signal::Announced(count));
        }
        if let Some(harness) = &mut self.harness {
            harness.line(&text, &self.base, out);
        } else {
            self.output.push(line);
            self.output.push(b"\n");
        }
    }

    /// The exit code is the one case.
    fn whole(&mut self, exit: &Exit, out: &mut Vec<Signal>) {
        out.push(Signal::Started(self.case.clone()));
        let ended = matches!(exit, Exit::TimedOut(_) | Exit::Stopped | Exit::NotStarted(_));
        if ended {
            out.push(Signal::Output(self.output.text().into_bytes()));
            if matches!(exit, Exit::NotStarted(_)) {
                let message = exit.to_string();
                out.push(Signal::Broken(Broken { cause: Cause::Setup, message }));
            }
            return;
        }
        let outcome = if exit.success() { Outcome::Passed } else { Outcome::Failed };
        let mut verdict = Verdict::new(self.case.clone(), outcome);
        if outcome == Outcome::Failed {
            let found = reason(&self.output.text(), "main", &self.base);
            let message = found.message.map_or_else(String::new, |text| format!("{text}\n"));
            verdict.message = Some(format!("{message}{exit}"));
            verdict.location = found.location;
        }
        if matches!(exit, Exit::Signal(_)) {
            verdict.cause = Some(Cause::Crashed);
        }
        verdict.output = self.output.take();
        out.push(Signal::Finished(Box::new(verdict)));
    }
}

impl Decode for Bare {
    fn bytes(&mut self, from: Stream, chunk: &[u8], out: &mut Vec<Signal>) {
        if from == Stream::Log {
            return;
        }
        let mut lines = std::mem::take(&mut self.lines);
        lines.push(chunk, |line| self.line(line, out));
        self.lines = lines;
    }

    fn end(&mut self, exit: &Exit, out: &mut Vec<Signal>) {
        let mut lines = std::mem::take(&mut self.lines);
        lines.end(|line| self.line(line, out));
        match self.harness.take() {
            Some(mut harness) => {
                harness.report_failed(&self.base, out);
                out.extend(harness.broken(exit).map(Signal::Broken));
            }
            None => self.whole(exit, out),
        }
    }
}

/// The cases that a harness like libtest's prints.
#[derive(Default)]
struct Harness {
    announced: usize,
    passed: usize,
    skipped: usize,
    failed: usize,
    /// `running N tests` came, and no summary behind it.
    open: bool,
    /// Whether each summary says what the lines before it say.
    wrong: Option<String>,
    /// How often each name came.
    names: HashMap<String, usize>,
    /// The failed cases, under the names that are printed, with what they printed.
    pending: Vec<(String, CaseName, Capture)>,
    /// The one of them whose section this is.
    section: Option<usize>,
}

impl Harness {
    fn line(&mut self, text: &str, base: &str, out: &mut Vec<Signal>) {
        if let Some((name, outcome, why)) = self.open.then(|| case(text)).flatten() {
            return self.case(name, outcome, why, out);
        }
        if let Some(summary) = text.strip_prefix("test result: ") {
            self.summary(summary);
            return self.report_failed(base, out);
        }
        let heading = text.strip_prefix("---- ").and_then(|rest| rest.strip_suffix(" ----"));
        if let Some(name) = heading {
            let name = name.strip_suffix(" stdout").unwrap_or(name);
            self.section = self.pending.iter().position(|(printed, ..)| printed == name);
        } else if text == "failures:" {
            self.section = None;
        } else if let Some(at) = self.section {
            self.pending[at].2.push(text.as_bytes());
            self.pending[at].2.push(b"\n");
        } else if !text.is_empty() && !self.is_listed(text) {
            out.push(Signal::Output([text.as_bytes(), b"\n"].concat()));
        }
    }

    fn case(&mut self, name: &str, outcome: Outcome, why: Option<&str>, out: &mut Vec<Signal>) {
        let count = self.names.entry(name.to_owned()).or_insert(0);
        *count += 1;
        let shown: CaseName =
            if *count == 1 { name.into() } else { format!("{name} #{count}").into() };
        match outcome {
            Outcome::Failed => {
                self.failed += 1;
                out.push(Signal::Ended(shown.clone(), outcome));
                return self.pending.push((name.to_owned(), shown, Capture::default()));
            }
            Outcome::Skipped => self.skipped += 1,
            Outcome::Passed | Outcome::Todo | Outcome::NotRun => self.passed += 1,
        }
        let mut verdict = Verdict::new(shown, outcome);
        if outcome == Outcome::Skipped {
            verdict.reason = Some(why.unwrap_or("ignored").to_owned());
        }
        out.push(Signal::Finished(Box::new(verdict)));
    }

    /// `ok. 1 passed; 0 failed; 0 ignored; ...`: it must agree with the cases.
    fn summary(&mut self, text: &str) {
        self.open = false;
        self.section = None;
        let number = |unit: &str| {
            let (before, _) = text.split_once(unit)?;
            before.trim_end().rsplit([' ', ';', '.']).next()?.parse::<usize>().ok()
        };
        // A benchmark that is run counts as measured.
        let passed = number("passed").map(|count| count + number("measured").unwrap_or(0));
        let said = (passed, number("failed;").or_else(|| number("failed")), number("ignored"));
        let seen = (Some(self.passed), Some(self.failed), Some(self.skipped));
        if said != seen {
            self.wrong = Some(format!("its summary does not agree with its cases: {text}"));
        }
    }

    fn report_failed(&mut self, base: &str, out: &mut Vec<Signal>) {
        for (printed, shown, output) in std::mem::take(&mut self.pending) {
            let found = reason(&output.text(), &printed, base);
            let mut verdict = Verdict::new(shown, Outcome::Failed);
            let text = output.text();
            let said = text.trim();
            verdict.message = found.message.or_else(|| (!said.is_empty()).then(|| said.to_owned()));
            verdict.location = found.location;
            verdict.output = output;
            out.push(Signal::Finished(Box::new(verdict)));
        }
    }

    /// `    NAME` in the list of failures.
    fn is_listed(&self, text: &str) -> bool {
        text.strip_prefix("    ").is_some_and(|name| self.names.contains_key(name.trim_end()))
    }

    fn broken(&self, exit: &Exit) -> Option<Broken> {
        if matches!(exit, Exit::TimedOut(_) | Exit::Stopped) {
            return None;
        }
        let seen = self.passed + self.failed + self.skipped;
        let (cause, message) = if self.open {
            (Cause::Crashed, format!("{exit} before its results were complete"))
        } else if seen < self.announced {
            let lost = self.announced - seen;
            (Cause::Missing, format!("{lost} of its {} cases were not reported", self.announced))
        } else if let Some(wrong) = &self.wrong {
            (Cause::Missing, wrong.clone())
        } else if exit.success() && self.failed > 0 {
            (Cause::Crashed, format!("{exit} although {} of its cases failed", self.failed))
        } else if !exit.success() && self.failed == 0 {
            (Cause::Crashed, format!("{exit} although none of its cases failed"))
        } else if matches!(exit, Exit::Signal(_)) {
            (Cause::Crashed, format!("{exit} after its last result"))
        } else {
            return None;
        };
        Some(Broken { cause, message })
    }
}

/// `test NAME ... ok`, where names may have spaces and be padded into a column.
fn case(line: &str) -> Option<(&str, Outcome, Option<&str>)> {
    let (name, word) = line.strip_prefix("test ")?.rsplit_once(" ... ")?;
    let name = name.trim();
    let name = name.strip_suffix(" - should panic").unwrap_or(name);
    let (word, why) = match word.split_once(", ") {
        Some((word, why)) => (word, Some(why)),
        None => (word, None),
    };
    let outcome = match word.split_whitespace().next()? {
        "ok" | "bench:" => Outcome::Passed,
        "FAILED" => Outcome::Failed,
        "ignored" => Outcome::Skipped,
        _ => return None,
    };
    Some((name, outcome, why))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn decode(text: &str, exit: &Exit) -> Vec<String> {
        let mut bare = Bare::new(&"main".into(), "");
        let mut out = Vec::new();
        for chunk in text.as_bytes().chunks(5) {
            bare.bytes(Stream::Stdout, chunk, &mut out);
        }
        bare.end(exit, &mut out);
        crate::decode::libtest::shown(&out)
    }

    #[track_caller]
    fn check(text: &str, exit: &Exit, expect: &[&str]) {
        assert_eq!(decode(text, exit), expect);
    }

    #[test]
    fn the_exit_code_is_the_case() {
        check("hello\n", &Exit::Code(0), &["started main", "passed main <hello\n>"]);
        check(
            "\nthread 'main' (3) panicked at tests/a.rs:2:5:\nno\n",
            &Exit::Code(101),
            &[
                "started main",
                "failed main assertion `no|exited with code 101` tests/a.rs:2 \
                <\nthread 'main' (3) panicked at tests/a.rs:2:5:\nno\n>",
            ],
        );
        check(
            "",
            &Exit::Signal(11),
            &["started main", "failed main crashed `was killed by SIGSEGV`"],
        );
    }

    #[test]
    fn a_harness_gives_cases() {
        check(
            include_str!("../../../tests/streams/libtest/mimic.out"),
            &Exit::Code(101),
            &[
                "announced 5",
                "passed [kind] valid/a b.toml",
                "ended [kind] valid/c.toml failed",
                "skipped slow (ignored)",
                "ended [other] x failed",
                "passed last",
                "failed [kind] valid/c.toml assertion `not a table` <not a table\n\n>",
                "failed [other] x assertion `test panicked: oh` <test panicked: oh\n\n\n>",
            ],
        );
    }

    #[test]
    fn a_harness_must_come_to_its_end() {
        check(
            "\nrunning 2 tests\ntest a ... ok\n",
            &Exit::Code(0),
            &[
                "announced 2",
                "passed a",
                "broken crashed `exited with code 0 before its results were complete`",
            ],
        );
        check(
            "\nrunning 2 tests\ntest a ... ok\n\ntest result: ok. 2 passed; 0 failed; 0 ignored\n",
            &Exit::Code(0),
            &["announced 2", "passed a", "broken missing `1 of its 2 cases were not reported`"],
        );
        check(
            "\nrunning 1 test\ntest a ... ok\n\ntest result: ok. 0 passed; 1 failed; 0 ignored\n",
            &Exit::Code(0),
            &[
                "announced 1",
                "passed a",
                "broken missing `its summary does not agree with its cases: ok. 0 passed; 1 \
                 failed; 0 ignored`",
            ],
        );
        check(
            "\nrunning 1 test\ntest a ... ok\n\ntest result: ok. 1 passed; 0 failed; 0 ignored\n",
            &Exit::Code(7),
            &[
                "announced 1",
                "passed a",
                "broken crashed `exited with code 7 although none of its cases failed`",
            ],
        );
    }

    #[test]
    fn cases_of_one_name_are_told_apart() {
        check(
            "\nrunning 2 tests\ntest a ... ok\ntest a ... ok\n\ntest result: ok. 2 passed; 0 \
             failed; 0 ignored\n",
            &Exit::Code(0),
            &["announced 2", "passed a", "passed a #2"],
        );
    }
}
