//! One TAP document: the stream itself, or a subtest in it. Counts points,
//! holds them against the plan, and remembers what was wrong.

use std::collections::BTreeSet;
use std::fmt::{Display, Write};

use super::line::{Plan, digits};

/// How many faults are told; the others are counted.
const FAULTS: usize = 5;
/// How many numbers out of sequence, or planned to fail, are remembered.
const NUMBERS: usize = 4096;

/// One TAP document.
#[derive(Debug, Default)]
pub(super) struct Document {
    /// Points so far.
    pub(super) points: u64,
    /// Points that failed.
    pub(super) failed: u64,
    /// Whether a version line was seen.
    pub(super) versioned: bool,
    /// `pragma +strict`: a line that is not TAP is a fault.
    pub(super) strict: bool,
    /// Whether points may come in any order, as long as each comes once.
    pub(super) any_order: bool,
    plan: Option<Planned>,
    numbers: Numbers,
    faults: Faults,
}

#[derive(Debug)]
struct Planned {
    count: u64,
    /// It came after the points, and none came since.
    last: bool,
    /// Points that are expected to fail (TAP 12).
    todo: BTreeSet<u64>,
}

/// A point as counted.
#[derive(Debug, PartialEq)]
pub(super) struct Counted {
    /// Its number: its own, else its place.
    pub(super) number: u64,
    /// Its place, where its number is taken or cannot be believed: what keeps
    /// its name unique.
    pub(super) place: Option<u64>,
    /// Why it does not count: it is beyond the plan.
    pub(super) beyond: Option<u64>,
    /// Whether the plan expects it to fail.
    pub(super) todo: bool,
}

impl Document {
    /// A subtest of `parent`, under its rules.
    pub(super) fn inside(parent: &Self) -> Self {
        Self { strict: parent.strict, any_order: parent.any_order, ..Self::default() }
    }

    /// Counts a point.
    pub(super) fn point(&mut self, number: Option<u64>) -> Counted {
        self.points += 1;
        let place = self.points;
        let number = number.unwrap_or(place);
        let new = self.numbers.take(number);
        if number != place && !self.any_order {
            self.faults
                .add(format_args!("tests out of sequence: found {number}, expected {place}"));
        }
        let Some(plan) = &mut self.plan else {
            return Counted { number, place: (!new).then_some(place), beyond: None, todo: false };
        };
        if std::mem::take(&mut plan.last) {
            self.faults.add("the plan is neither the first nor the last line");
        }
        let beyond = (place > plan.count).then_some(plan.count);
        let todo = plan.todo.remove(&number);
        Counted { number, place: (!new).then_some(place), beyond, todo }
    }

    /// Takes the plan.
    pub(super) fn plan(&mut self, plan: &Plan<'_>) {
        if self.plan.is_some() {
            return self.faults.add("there is more than one plan");
        }
        let last = self.points > 0;
        self.plan = Some(Planned { count: plan.count, last, todo: listed(plan.todo) });
    }

    /// How many points are planned.
    pub(super) fn planned(&self) -> Option<u64> {
        self.plan.as_ref().map(|plan| plan.count)
    }

    /// Whether a version line may come here.
    pub(super) fn is_fresh(&self) -> bool {
        !self.versioned && self.points == 0 && self.plan.is_none()
    }

    /// Remembers what was wrong.
    pub(super) fn fault(&mut self, fault: impl Display) {
        self.faults.add(fault);
    }

    /// What is missing at the end, if anything is.
    pub(super) fn missing(&self) -> Option<String> {
        let ran = self.points;
        let Some(plan) = &self.plan else {
            return Some(match ran {
                0 if self.versioned => "there is no plan, and no test".to_owned(),
                0 => "it printed no TAP".to_owned(),
                _ => {
                    format!("there is no plan: it ran {ran}, and nothing says whether that is all")
                }
            });
        };
        let planned = plan.count;
        if ran < planned {
            let missing = if ran + 1 == planned {
                format!("{planned} is missing")
            } else {
                format!("{}-{planned} are missing", ran + 1)
            };
            return Some(if self.numbers.is_sequence(ran) {
                format!("planned {planned}, ran {ran}: {missing}")
            } else {
                format!("planned {planned}, ran {ran}")
            });
        }
        (ran > planned && plan.last).then(|| format!("planned {planned}, ran {ran}"))
    }

    /// What else was wrong, at the end.
    pub(super) fn wrong(&self) -> Option<String> {
        let mut text = self.faults.text();
        let repeated = !self.numbers.is_sequence(self.points) && self.missing().is_none();
        if self.any_order && repeated && text.is_empty() {
            text.push_str("the numbers of the tests do not match the plan");
        }
        (!text.is_empty()).then_some(text)
    }
}

/// Which numbers were used: all up to one, and some beyond.
#[derive(Debug, Default)]
struct Numbers {
    all_to: u64,
    beyond: BTreeSet<u64>,
}

impl Numbers {
    /// Takes a number; `false` if it is taken, or nobody can tell any more.
    fn take(&mut self, number: u64) -> bool {
        if number == self.all_to + 1 && self.beyond.is_empty() {
            self.all_to = number;
            return true;
        }
        if number <= self.all_to || self.beyond.len() >= NUMBERS || !self.beyond.insert(number) {
            return false;
        }
        while self.beyond.remove(&(self.all_to + 1)) {
            self.all_to += 1;
        }
        true
    }

    /// Whether they are all from 1 to `last`.
    fn is_sequence(&self, last: u64) -> bool {
        self.all_to == last && self.beyond.is_empty()
    }
}

#[derive(Debug, Default)]
struct Faults {
    told: Vec<String>,
    more: u64,
}

impl Faults {
    fn add(&mut self, fault: impl Display) {
        if self.told.len() < FAULTS {
            self.told.push(fault.to_string());
        } else {
            self.more += 1;
        }
    }

    fn text(&self) -> String {
        let mut text = self.told.join("\n");
        if self.more > 0 {
            // Writing to a string does not fail.
            let _ = write!(text, "\nand {} more", self.more);
        }
        text
    }
}

/// The numbers of `todo 2 4`; of a list without end, the beginning.
fn listed(mut text: &[u8]) -> BTreeSet<u64> {
    let mut numbers = BTreeSet::new();
    while let Some((number, rest)) = digits(text.trim_ascii_start()) {
        if numbers.len() == NUMBERS {
            break;
        }
        numbers.insert(number);
        text = rest;
    }
    numbers
}

#[cfg(test)]
mod tests {
    use super::*;

    fn plan(count: u64) -> Plan<'static> {
        Plan { count, reason: &[], todo: &[] }
    }

    /// Plays `p5` (a plan), `-` (a point without number) and numbers; says what is wrong.
    #[track_caller]
    fn check(any_order: bool, play: &str, expect: &str) {
        let mut document = Document { any_order, ..Document::default() };
        let mut said = Vec::new();
        for word in play.split(' ') {
            if let Some(count) = word.strip_prefix('p') {
                document.plan(&plan(count.parse().unwrap()));
                continue;
            }
            let counted = document.point(word.parse().ok());
            said.extend(counted.place.map(|place| format!("{}#{place}", counted.number)));
            said.extend(counted.beyond.map(|_| format!("{} beyond", counted.number)));
        }
        said.extend(document.missing());
        said.extend(document.wrong());
        assert_eq!(said.join("; "), expect, "{play}");
    }

    #[test]
    fn a_plan_first_or_last() {
        check(false, "p2 1 2", "");
        check(false, "- - p2", "");
        check(false, "p0", "");
        check(false, "p5 1 2 3", "planned 5, ran 3: 4-5 are missing");
        check(false, "p2 1", "planned 2, ran 1: 2 is missing");
        check(false, "1 2 p1", "planned 1, ran 2");
        check(false, "1 2", "there is no plan: it ran 2, and nothing says whether that is all");
        check(false, "p1 1 2", "2 beyond");
        check(false, "p2 1 2 p2", "there is more than one plan");
        let middle = "the plan is neither the first nor the last line";
        check(false, "1 p3 2 3", middle);
        check(false, "1 p2 2 3", &format!("3 beyond; {middle}"));
    }

    #[test]
    fn order_counts_for_perl() {
        check(
            false,
            "p2 2 1",
            "tests out of sequence: found 2, expected 1\ntests out of sequence: found 1, expected 2",
        );
        check(true, "p3 2 3 1", "");
        check(true, "p2 1 1", "1#2; the numbers of the tests do not match the plan");
        check(true, "p2 1 3", "the numbers of the tests do not match the plan");
        check(true, "p3 1 3", "planned 3, ran 2");
    }

    #[test]
    fn memory_is_bounded_and_names_stay_unique() {
        let mut document = Document::default();
        let mut unplaced = BTreeSet::new();
        for number in (2..20_000).rev() {
            let counted = document.point(Some(number));
            assert!(counted.place.is_some() || unplaced.insert(counted.number));
        }
        assert_eq!(document.numbers.beyond.len(), NUMBERS);
        assert_eq!(document.faults.told.len(), FAULTS);
        assert!(document.wrong().unwrap().ends_with("and 19992 more"));
    }
}
