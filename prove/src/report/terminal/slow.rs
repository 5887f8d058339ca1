//! What runs for long: said once, and again each time it has doubled.

use std::collections::HashMap;

use super::lines;
use crate::ledger::Ledger;

/// Remembers what has been said of whom.
#[derive(Debug)]
pub(super) struct Slow {
    after: f64,
    /// For each that has been named: at what age it is named next.
    next: HashMap<String, f64>,
}

impl Slow {
    pub(super) fn new(after: f64) -> Self {
        Self { after, next: HashMap::new() }
    }

    /// What is to be said now.
    pub(super) fn due(&mut self, now: f64, ledger: &Ledger) -> Vec<String> {
        let cases = ledger.running().iter().map(|case| (case.id.clone(), now - case.since));
        // A runner with threads does not tell what runs: its target is all
        // that can be named, once nothing in it ends any more.
        let quiet = ledger.targets().iter().filter(|tally| tally.running).filter(|tally| {
            !ledger
                .running()
                .iter()
                .any(|case| case.target == tally.target && case.kind == tally.kind)
        });
        let quiet = quiet.map(|tally| (lines::name(&tally.target, tally.kind), now - tally.moved));
        let ages: HashMap<String, f64> = cases.chain(quiet).collect();

        // One that began again is young again.
        self.next.retain(|who, next| ages.get(who).is_some_and(|age| *age * 2.0 >= *next));
        let mut due = Vec::new();
        for (who, age) in ages.into_iter().filter(|(_, age)| *age >= self.after) {
            let next = self.next.entry(who.clone()).or_insert(self.after);
            let mut passed = None;
            while *next <= age {
                passed = Some(*next);
                *next *= 2.0;
            }
            due.extend(passed.map(|passed| (passed, who)));
        }
        due.sort_by(|a, b| b.0.total_cmp(&a.0).then_with(|| a.1.cmp(&b.1)));
        due.iter()
            .map(|(passed, who)| format!("still running after {}s: {who}", passed.round()))
            .collect()
    }
}
