//! What becomes of a failure: the last word, another try, or a check with
//! nothing running beside it. Pure.

use std::collections::HashMap;

use crate::decode::Verdict;
use crate::event::Outcome;
use crate::target::CaseName;

use crate::ecosystems::Why;

/// What was said of cases that failed, by target and case.
#[derive(Default)]
pub(super) struct Attempts {
    open: HashMap<(usize, CaseName), Open>,
}

struct Open {
    count: u32,
    /// What is said if there is no further attempt after all.
    last: Verdict,
    /// Whether a further attempt was promised and has not come yet.
    pending: bool,
}

/// The circumstances of a verdict.
#[derive(Clone, Copy, Debug)]
pub(super) struct Circumstances {
    /// How often a failure is run again in any case.
    pub(super) retries: u32,
    /// Whether a failure beside other work gets a run alone.
    pub(super) recheck: bool,
    /// Whether other work ran beside it.
    pub(super) beside: bool,
    /// Why it ran.
    pub(super) why: Why,
}

/// What follows from a verdict.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Ruling {
    /// From 1.
    pub(super) attempt: u32,
    /// It failed before, and passed now.
    pub(super) flaky: bool,
    /// What is to be done.
    pub(super) next: Next,
}

/// What is to be done after a verdict.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Next {
    /// Nothing: it is the last word.
    Nothing,
    /// Take the case again now.
    Retry(u32),
    /// Take it again at the end of the run, alone.
    Alone,
}

impl Attempts {
    /// Rules on a verdict. A failure that gets another attempt is remembered.
    pub(super) fn rule(&mut self, target: usize, verdict: &Verdict, at: Circumstances) -> Ruling {
        let key = (target, verdict.case.clone());
        let attempt = self.open.get(&key).map_or(1, |open| open.count + 1);
        if verdict.outcome != Outcome::Failed {
            let failed_before = self.open.remove(&key).is_some();
            let flaky = failed_before && verdict.outcome == Outcome::Passed;
            return Ruling { attempt, flaky, next: Next::Nothing };
        }
        let checked = matches!(at.why, Why::Alone);
        let next = if attempt <= at.retries {
            Next::Retry(attempt)
        } else if at.recheck && at.beside && !checked {
            Next::Alone
        } else {
            Next::Nothing
        };
        let pending = next != Next::Nothing;
        self.open.insert(key, Open { count: attempt, last: verdict.clone(), pending });
        Ruling { attempt, flaky: false, next }
    }

    /// The number of a case's next attempt.
    pub(super) fn next(&self, target: usize, case: &CaseName) -> u32 {
        self.open.get(&(target, case.clone())).map_or(1, |open| open.count + 1)
    }

    /// Whether this case has failed, and its next attempt has not come yet.
    pub(super) fn is_pending(&self, target: usize, case: &CaseName) -> bool {
        self.open.get(&(target, case.clone())).is_some_and(|open| open.pending)
    }

    /// The cases of a target whose promised attempt did not come.
    pub(super) fn pending(&self, target: usize) -> Vec<CaseName> {
        let mut cases: Vec<_> = self
            .open
            .iter()
            .filter(|((of, _), open)| *of == target && open.pending)
            .map(|((_, case), _)| case.clone())
            .collect();
        cases.sort();
        cases
    }

    /// Failures whose next attempt will not come: their last verdict, and its number.
    pub(super) fn give_up(&mut self) -> Vec<(usize, Verdict, u32)> {
        let mut left = Vec::new();
        for ((target, _), open) in &mut self.open {
            if std::mem::take(&mut open.pending) {
                left.push((*target, open.last.clone(), open.count));
            }
        }
        left.sort_by(|(a, x, _), (b, y, _)| (a, &x.case).cmp(&(b, &y.case)));
        left
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const AT: Circumstances =
        Circumstances { retries: 0, recheck: true, beside: true, why: Why::First };

    fn rule(attempts: &mut Attempts, outcome: Outcome, at: Circumstances) -> Ruling {
        attempts.rule(0, &Verdict::new("a", outcome), at)
    }

    #[test]
    fn a_failure_beside_others_is_checked_alone_once() {
        let mut attempts = Attempts::default();
        let first = rule(&mut attempts, Outcome::Failed, AT);
        assert_eq!(first, Ruling { attempt: 1, flaky: false, next: Next::Alone });
        let at = Circumstances { why: Why::Alone, ..AT };
        let second = rule(&mut attempts, Outcome::Failed, at);
        assert_eq!(second, Ruling { attempt: 2, flaky: false, next: Next::Nothing });
    }

    #[test]
    fn passing_after_a_failure_is_flaky() {
        let mut attempts = Attempts::default();
        let at = Circumstances { retries: 2, ..AT };
        assert_eq!(rule(&mut attempts, Outcome::Failed, at).next, Next::Retry(1));
        assert_eq!(rule(&mut attempts, Outcome::Failed, at).next, Next::Retry(2));
        let last = rule(&mut attempts, Outcome::Passed, at);
        assert_eq!(last, Ruling { attempt: 3, flaky: true, next: Next::Nothing });
    }

    #[test]
    fn a_failure_with_nothing_beside_it_is_the_last_word() {
        let mut attempts = Attempts::default();
        let at = Circumstances { beside: false, ..AT };
        assert_eq!(rule(&mut attempts, Outcome::Failed, at).next, Next::Nothing);
        assert!(attempts.give_up().is_empty());
    }

    #[test]
    fn a_promise_that_is_not_kept_ends_in_the_last_verdict() {
        let mut attempts = Attempts::default();
        rule(&mut attempts, Outcome::Failed, AT);
        assert_eq!(attempts.give_up().len(), 1);
        assert!(attempts.give_up().is_empty());
    }
}
