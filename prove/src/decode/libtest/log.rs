//! The file that `--logfile` asks for: one verdict a line, written as each test ends.

use std::collections::HashMap;

use crate::decode::Lines;
use crate::event::Outcome;
use crate::target::CaseName;

/// The longest message that is put together from several lines, in bytes.
const LONGEST: usize = 16 << 10;

/// A verdict as the log has it.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Record {
    /// Its place in the order.
    pub(super) index: usize,
    pub(super) outcome: Outcome,
    /// Why it failed, or is ignored, where the log says so.
    pub(super) text: Option<String>,
}

/// What our own harness for doc examples says in its log while it compiles.
pub(crate) const COMPILING: &str = "compiling";

/// Reads the log. What is not a verdict on an expected case is passed over.
pub(super) struct Log {
    lines: Lines,
    /// A message whose name has not come yet: it may have several lines.
    open: Option<(Outcome, String)>,
    /// The places of each name that have no verdict yet, the last first.
    /// Macros can make doc examples of one name.
    awaited: HashMap<CaseName, Vec<usize>>,
}

impl Log {
    pub(super) fn new(order: &[CaseName]) -> Self {
        let mut awaited: HashMap<CaseName, Vec<usize>> = HashMap::with_capacity(order.len());
        for (index, name) in order.iter().enumerate().rev() {
            awaited.entry(name.clone()).or_default().push(index);
        }
        Self { lines: Lines::default(), open: None, awaited }
    }

    /// Whether it works on something else.
    pub(super) fn push(&mut self, chunk: &[u8], mut record: impl FnMut(Record)) -> bool {
        let Self { lines, open, awaited } = self;
        let mut busy = false;
        lines.push(chunk, |line| {
            if open.is_none() && line == COMPILING.as_bytes() {
                busy = true;
            } else if let Some(found) = read(awaited, open, &String::from_utf8_lossy(line)) {
                record(found);
            }
        });
        busy
    }
}

fn read(
    awaited: &mut HashMap<CaseName, Vec<usize>>,
    open: &mut Option<(Outcome, String)>,
    line: &str,
) -> Option<Record> {
    for (word, outcome) in
        [("ok ", Outcome::Passed), ("failed ", Outcome::Failed), ("ignored ", Outcome::Skipped)]
    {
        if let Some(index) = line.strip_prefix(word).and_then(|name| take(awaited, name)) {
            *open = None;
            return Some(Record { index, outcome, text: None });
        }
    }
    match open {
        Some((_, text)) => {
            text.push('\n');
            text.push_str(line);
        }
        None => *open = begin(line),
    }
    let (outcome, text) = open.as_ref()?;
    if let Some((index, text)) = split(awaited, text) {
        let record = Record { index, outcome: *outcome, text: Some(text) };
        *open = None;
        return Some(record);
    }
    open.take_if(|(_, text)| text.len() > LONGEST);
    None
}

fn begin(line: &str) -> Option<(Outcome, String)> {
    let failed = line.strip_prefix("failed: ").map(|text| (Outcome::Failed, text));
    let ignored = || line.strip_prefix("ignored: ").map(|text| (Outcome::Skipped, text));
    failed.or_else(ignored).map(|(outcome, text)| (outcome, text.to_owned()))
}

/// Parts `MESSAGE NAME`. The names of doc examples have spaces in them.
fn split(awaited: &mut HashMap<CaseName, Vec<usize>>, text: &str) -> Option<(usize, String)> {
    let last_line = text.rfind('\n').map_or(0, |at| at + 1);
    let blanks = text[last_line..].match_indices(' ').map(|(at, _)| last_line + at);
    let at = blanks.rev().find(|at| awaited.contains_key(&text[at + 1..]))?;
    let index = take(awaited, &text[at + 1..])?;
    Some((index, text[..at].to_owned()))
}

fn take(awaited: &mut HashMap<CaseName, Vec<usize>>, name: &str) -> Option<usize> {
    let places = awaited.get_mut(name)?;
    let index = places.pop();
    if places.is_empty() {
        awaited.remove(name);
    }
    index
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(order: &[&str], log: &str, expect: &[(usize, Outcome, Option<&str>)]) {
        let order: Vec<CaseName> = order.iter().map(|&name| name.into()).collect();
        for size in [1, 7, 4096] {
            let mut seen = Vec::new();
            let mut reader = Log::new(&order);
            for chunk in log.as_bytes().chunks(size) {
                reader.push(chunk, |record| seen.push(record));
            }
            let seen: Vec<_> =
                seen.iter().map(|r| (r.index, r.outcome, r.text.as_deref())).collect();
            assert_eq!(seen, expect);
        }
    }

    #[test]
    fn one_verdict_a_line() {
        check(
            &["a", "b", "c"],
            "ok a\nfailed c\nignored b\n",
            &[(0, Outcome::Passed, None), (2, Outcome::Failed, None), (1, Outcome::Skipped, None)],
        );
    }

    #[test]
    fn a_message_may_have_lines_and_a_name_spaces() {
        check(
            &["a::b", "src/lib.rs - f (line 3)"],
            "failed: panic did not contain expected string\n      panic message: \"a\"\n expected \
             substring: \"b\" a::b\nignored: slow on src/lib.rs - f (line 3)\n",
            &[
                (
                    0,
                    Outcome::Failed,
                    Some(
                        "panic did not contain expected string\n      panic message: \"a\"\n \
                         expected substring: \"b\"",
                    ),
                ),
                (1, Outcome::Skipped, Some("slow on")),
            ],
        );
    }

    #[test]
    fn other_names_and_second_verdicts_are_passed_over() {
        check(&["a"], "ok x\nnonsense\nok a\nfailed a\n", &[(0, Outcome::Passed, None)]);
    }

    #[test]
    fn work_on_no_case_is_told() {
        let mut reader = Log::new(&["a".into()]);
        assert!(reader.push(b"compiling\n", |_| panic!("it is no verdict")));
        assert!(!reader.push(b"ok a\n", |_| {}));
    }

    #[test]
    fn each_of_two_cases_of_one_name_has_its_own() {
        check(
            &["x", "x"],
            "ok x\nfailed x\n",
            &[(0, Outcome::Passed, None), (1, Outcome::Failed, None)],
        );
    }
}
