//! Who runs next: one queue, so many slots. Pure, so that a model can check it.

use std::collections::{BTreeMap, BTreeSet, VecDeque};

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
    /// What it must not run beside.
    pub(super) lane: Option<LaneOf>,
}

/// A lane, and whose it is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct LaneOf {
    /// The session.
    pub(super) session: usize,
    /// The lane in it.
    pub(super) number: u32,
    /// Whether an idle slot may take from its end.
    pub(super) lends: bool,
}

/// A permission to run: with so many slots.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Grant<T> {
    /// What may run.
    pub(super) item: T,
    /// How many slots it holds until [`Queue::release`].
    pub(super) slots: usize,
    /// The lane it occupies until [`Queue::leave`].
    pub(super) lane: Option<LaneOf>,
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
    /// The lanes in which something runs.
    busy: BTreeSet<LaneOf>,
}

impl<T> Queue<T> {
    /// An empty queue for so many slots, at least one.
    pub(super) fn new(slots: usize) -> Self {
        let (first, waiting, last) = (VecDeque::new(), VecDeque::new(), VecDeque::new());
        let busy = BTreeSet::new();
        Self { slots: slots.max(1), used: 0, first, waiting, sorted: true, last, busy }
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
            self.busy.extend(waiting.lane);
            return Some(Grant { item: waiting.item, slots, lane: waiting.lane });
        }
        if self.used == 0 && settled && self.first.is_empty() && self.waiting.is_empty() {
            let item = self.last.pop_front()?;
            self.used = self.slots;
            return Some(Grant { item, slots: self.slots, lane: None });
        }
        None
    }

    fn pop(&mut self) -> Option<Waiting<T>> {
        if !std::mem::replace(&mut self.sorted, true) {
            largest_first(self.waiting.make_contiguous(), |waiting| waiting.cases);
        }
        let busy = &self.busy;
        let may = |waiting: &Waiting<T>| waiting.lane.is_none_or(|lane| !busy.contains(&lane));
        for queue in [&mut self.first, &mut self.waiting] {
            if let Some(at) = queue.iter().position(may) {
                return queue.remove(at);
            }
        }
        self.borrow()
    }

    /// The last of the longest lane that lends. It runs outside of the lane.
    fn borrow(&mut self) -> Option<Waiting<T>> {
        let mut lengths: BTreeMap<LaneOf, usize> = BTreeMap::new();
        for lane in self.waiting.iter().filter_map(|waiting| waiting.lane) {
            *lengths.entry(lane).or_default() += usize::from(lane.lends);
        }
        let (lane, length) = lengths.into_iter().max_by_key(|(_, length)| *length)?;
        let at = self.waiting.iter().rposition(|waiting| waiting.lane == Some(lane))?;
        let waiting = if length > 0 { self.waiting.remove(at) } else { None };
        waiting.map(|waiting| Waiting { lane: None, ..waiting })
    }

    /// What ran in this lane does so no more.
    pub(super) fn leave(&mut self, lane: Option<LaneOf>) {
        if let Some(lane) = lane {
            self.busy.remove(&lane);
        }
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
        let lane = LaneOf { session: 0, number: item % 3, lends: item.is_multiple_of(2) };
        let lane = item.is_multiple_of(5).then_some(lane);
        Waiting { item, cases: Some(cases), threaded: item.is_multiple_of(3), lane }
    }

    /// A model: whatever comes and goes, slots are never overdrawn, nothing is
    /// lost or granted twice, what runs alone runs alone, and lanes hold one.
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
            let mut running: Vec<Grant<u32>> = Vec::new();
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
                        let ended = running.swap_remove(random(running.len()));
                        queue.release(ended.slots);
                        queue.leave(ended.lane);
                    }
                    _ => {
                        if let Some(grant) = queue.next(true) {
                            if grant.item >= 1000 {
                                assert!(running.is_empty(), "{} is to run alone", grant.item);
                            }
                            granted.push(grant.item);
                            running.push(grant);
                        }
                    }
                }
                assert!(running.iter().map(|grant| grant.slots).sum::<usize>() <= slots);
                let mut lanes: Vec<_> = running.iter().filter_map(|grant| grant.lane).collect();
                lanes.sort_unstable();
                assert!(lanes.windows(2).all(|pair| pair[0] != pair[1]), "{lanes:?}");
            }
            loop {
                for ended in running.drain(..) {
                    queue.release(ended.slots);
                    queue.leave(ended.lane);
                }
                match queue.next(true) {
                    Some(grant) => {
                        granted.push(grant.item);
                        running.push(grant);
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
    fn a_lane_keeps_its_order_and_lends_its_end_to_an_idle_slot() {
        let lane = |number, lends| Some(LaneOf { session: 0, number, lends });
        let mut queue = Queue::new(3);
        for (item, lane) in [
            (1, lane(1, true)),
            (2, lane(1, true)),
            (3, lane(1, true)),
            (4, lane(2, false)),
            (5, lane(2, false)),
        ] {
            queue.add(Waiting { item, cases: None, threaded: false, lane });
        }
        let mut next = || queue.next(false).map(|grant| (grant.item, grant.lane.is_some()));
        assert_eq!(next(), Some((1, true)));
        assert_eq!(next(), Some((4, true)));
        assert_eq!(next(), Some((3, false)));
        queue.release(1);
        queue.leave(lane(2, false));
        let next = queue.next(false).map(|grant| (grant.item, grant.lane.is_some()));
        assert_eq!(next, Some((5, true)));
        queue.release(1);
        let next = queue.next(false).map(|grant| (grant.item, grant.lane.is_some()));
        assert_eq!(next, Some((2, false)));
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
