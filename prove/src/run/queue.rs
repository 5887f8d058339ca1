//! Who runs next: one queue, so many slots. Pure, so that a model can check it.

use std::collections::VecDeque;

use crate::plan::{largest_first, threads};

/// What waits for a slot.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Waiting<T> {
    /// What it is.
    pub(super) item: T,
    /// How many cases it has, where that is known.
    pub(super) cases: Option<usize>,
    /// Whether it can use more slots than one.
    pub(super) threaded: bool,
}

/// A permission to run: with so many slots.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Grant<T> {
    /// What may run.
    pub(super) item: T,
    /// How many slots it holds until [`Queue::release`].
    pub(super) slots: usize,
}

/// Work that waits, and the slots it waits for.
#[derive(Debug)]
pub(super) struct Queue<T> {
    slots: usize,
    used: usize,
    /// Goes before all other.
    first: VecDeque<Waiting<T>>,
    waiting: VecDeque<Waiting<T>>,
    sorted: bool,
    /// Runs alone, when all else is done.
    last: VecDeque<T>,
}

impl<T> Queue<T> {
    /// An empty queue for so many slots, at least one.
    pub(super) fn new(slots: usize) -> Self {
        let (first, waiting, last) = (VecDeque::new(), VecDeque::new(), VecDeque::new());
        Self { slots: slots.max(1), used: 0, first, waiting, sorted: true, last }
    }

    /// Adds work.
    pub(super) fn add(&mut self, waiting: Waiting<T>) {
        self.waiting.push_back(waiting);
        self.sorted = false;
    }

    /// Adds work that goes before all other.
    pub(super) fn add_first(&mut self, waiting: Waiting<T>) {
        self.first.push_back(waiting);
    }

    /// Adds work that runs with nothing beside it, when all else is done.
    pub(super) fn add_last(&mut self, item: T) {
        self.last.push_back(item);
    }

    /// What may start now. `settled`: no more work is to come from elsewhere.
    pub(super) fn next(&mut self, settled: bool) -> Option<Grant<T>> {
        let free = self.slots.saturating_sub(self.used);
        if free > 0
            && let Some(waiting) = self.pop()
        {
            let slots = if waiting.threaded { self.share(free, &waiting) } else { 1 };
            self.used += slots;
            return Some(Grant { item: waiting.item, slots });
        }
        if self.used == 0 && settled && self.first.is_empty() && self.waiting.is_empty() {
            let item = self.last.pop_front()?;
            self.used = self.slots;
            return Some(Grant { item, slots: self.slots });
        }
        None
    }

    fn pop(&mut self) -> Option<Waiting<T>> {
        if let Some(first) = self.first.pop_front() {
            return Some(first);
        }
        if !std::mem::replace(&mut self.sorted, true) {
            largest_first(self.waiting.make_contiguous(), |waiting| waiting.cases);
        }
        self.waiting.pop_front()
    }

    fn share(&self, free: usize, of: &Waiting<T>) -> usize {
        let cases = |waiting: &Waiting<T>| waiting.cases.unwrap_or(1);
        threads(free, cases(of), self.first.iter().chain(&self.waiting).map(cases).sum())
    }

    /// Gives slots back.
    pub(super) fn release(&mut self, slots: usize) {
        self.used = self.used.saturating_sub(slots);
    }

    /// Takes all that waits, because the run stops.
    pub(super) fn drain(&mut self) -> impl Iterator<Item = T> {
        let waiting = self.first.drain(..).chain(self.waiting.drain(..));
        waiting.map(|waiting| waiting.item).chain(self.last.drain(..))
    }

    /// Whether nothing waits.
    pub(super) fn is_empty(&self) -> bool {
        self.first.is_empty() && self.waiting.is_empty() && self.last.is_empty()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn waiting(item: u32, cases: usize) -> Waiting<u32> {
        Waiting { item, cases: Some(cases), threaded: item.is_multiple_of(3) }
    }

    /// A model: whatever comes and goes, slots are never overdrawn, nothing is
    /// lost or granted twice, and what runs alone runs alone.
    #[test]
    fn holds_its_promises_on_random_histories() {
        let mut state = 42_u64;
        let mut random = move |n: usize| {
            state = state
                .wrapping_mul(6_364_136_223_846_793_005)
                .wrapping_add(1_442_695_040_888_963_407);
            usize::try_from(state >> 33).unwrap() % n
        };
        for _ in 0..500 {
            let slots = 1 + random(4);
            let mut queue = Queue::new(slots);
            let (mut added, mut granted) = (0, Vec::new());
            let mut running: Vec<(u32, usize)> = Vec::new();
            for _ in 0..200 {
                match random(4) {
                    0 if added < 40 => {
                        queue.add(waiting(added, 1 + random(50)));
                        added += 1;
                    }
                    1 if added < 40 => {
                        queue.add_last(1000 + added);
                        added += 1;
                    }
                    2 if !running.is_empty() => {
                        let (_, slots) = running.swap_remove(random(running.len()));
                        queue.release(slots);
                    }
                    _ => {
                        if let Some(grant) = queue.next(true) {
                            if grant.item >= 1000 {
                                assert!(running.is_empty(), "{} is to run alone", grant.item);
                            }
                            granted.push(grant.item);
                            running.push((grant.item, grant.slots));
                        }
                    }
                }
                assert!(running.iter().map(|(_, slots)| slots).sum::<usize>() <= slots);
            }
            loop {
                for (_, slots) in running.drain(..) {
                    queue.release(slots);
                }
                match queue.next(true) {
                    Some(grant) => {
                        granted.push(grant.item);
                        running.push((grant.item, grant.slots));
                    }
                    None => break,
                }
            }
            assert!(queue.is_empty());
            granted.sort_unstable();
            granted.dedup();
            assert_eq!(granted.len(), added as usize);
        }
    }

    #[test]
    fn the_largest_goes_first() {
        let mut queue = Queue::new(1);
        for (item, cases) in [(1, 5), (2, 50), (4, 7)] {
            queue.add(waiting(item, cases));
        }
        let mut order = Vec::new();
        while let Some(grant) = queue.next(false) {
            order.push(grant.item);
            queue.release(grant.slots);
        }
        assert_eq!(order, [2, 4, 1]);
    }
}
