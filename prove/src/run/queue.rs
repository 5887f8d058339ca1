//! Who runs next: one queue, so many slots, groups of which one runs at a time,
//! and lanes whose order is kept. Pure, so that a model can check it.

use std::collections::{BTreeMap, BTreeSet, VecDeque};
use std::sync::Arc;

use crate::plan::{largest_first, threads};

/// What waits for a slot.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Waiting<T> {
    /// What it is.
    pub(super) item: T,
    /// How many cases it has, where that is known.
    pub(super) cases: Option<usize>,
    /// Whether it can use more slots than it needs.
    pub(super) threaded: bool,
    /// What it cannot run without.
    pub(super) needs: Hold,
}

/// What runs holds this, and gives it back with [`Queue::release`].
#[derive(Debug, Default, PartialEq, Eq)]
pub(super) struct Hold {
    /// So many slots.
    pub(super) slots: usize,
    /// These groups, which nobody else has meanwhile.
    pub(super) groups: Groups,
    /// This lane.
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

impl Hold {
    /// How many of so many slots it is: more than there are is all of them.
    fn of(&self, slots: usize) -> usize {
        self.slots.clamp(1, slots)
    }
}

/// Names of what cannot be shared.
pub(super) type Groups = Arc<BTreeSet<Arc<str>>>;

/// A permission to run: with so many slots.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Grant<T> {
    /// What may run.
    pub(super) item: T,
    /// What it holds until [`Queue::release`].
    pub(super) hold: Hold,
}

/// Work that waits, and the slots it waits for.
#[derive(Debug)]
pub(super) struct Queue<T> {
    slots: usize,
    used: usize,
    /// The groups of which something runs.
    held: BTreeSet<Arc<str>>,
    /// The lanes in which something runs.
    busy: BTreeSet<LaneOf>,
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
        Self {
            slots: slots.max(1),
            used: 0,
            held: BTreeSet::new(),
            busy: BTreeSet::new(),
            first,
            waiting,
            sorted: true,
            last,
        }
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
        if let Some(waiting) = self.pop(free) {
            let share = if waiting.threaded { self.share(free, &waiting) } else { 1 };
            let slots = share.max(waiting.needs.of(self.slots));
            let hold = Hold { slots, ..waiting.needs };
            self.used += slots;
            self.held.extend(hold.groups.iter().cloned());
            self.busy.extend(hold.lane);
            return Some(Grant { item: waiting.item, hold });
        }
        if self.used == 0 && settled && self.first.is_empty() && self.waiting.is_empty() {
            let item = self.last.pop_front()?;
            self.used = self.slots;
            let hold = Hold { slots: self.slots, ..Hold::default() };
            return Some(Grant { item, hold });
        }
        None
    }

    /// The first whose groups and lane are free. It waits for its slots with
    /// all the others behind it: where those that need fewer went before it, one
    /// that needs many would never run but at the end.
    fn pop(&mut self, free: usize) -> Option<Waiting<T>> {
        if free == 0 {
            return None;
        }
        if !std::mem::replace(&mut self.sorted, true) {
            largest_first(self.waiting.make_contiguous(), |waiting| waiting.cases);
        }
        let Self { slots, held, busy, first, waiting, .. } = self;
        let may = |waiting: &Waiting<T>| {
            let Hold { groups, lane, .. } = &waiting.needs;
            groups.is_disjoint(held) && lane.is_none_or(|lane| !busy.contains(&lane))
        };
        let line = if first.iter().any(may) { first } else { waiting };
        match line.iter().position(may) {
            Some(at) if line[at].needs.of(*slots) <= free => line.remove(at),
            Some(_) => None,
            None => self.borrow(free),
        }
    }

    /// The last of the longest lane that lends. It runs outside of the lane.
    fn borrow(&mut self, free: usize) -> Option<Waiting<T>> {
        let mut lengths: BTreeMap<LaneOf, usize> = BTreeMap::new();
        let lends = |waiting: &Waiting<T>| waiting.needs.lane.filter(|lane| lane.lends);
        for lane in self.waiting.iter().filter_map(lends) {
            *lengths.entry(lane).or_default() += 1;
        }
        let (lane, _) = lengths.into_iter().max_by_key(|(_, length)| *length)?;
        let fits = |waiting: &Waiting<T>| {
            let Hold { groups, lane: its, .. } = &waiting.needs;
            *its == Some(lane)
                && groups.is_disjoint(&self.held)
                && waiting.needs.of(self.slots) <= free
        };
        let at = self.waiting.iter().rposition(fits)?;
        let mut waiting = self.waiting.remove(at)?;
        waiting.needs.lane = None;
        Some(waiting)
    }

    fn share(&self, free: usize, of: &Waiting<T>) -> usize {
        let cases = |waiting: &Waiting<T>| waiting.cases.unwrap_or(1);
        threads(free, cases(of), self.first.iter().chain(&self.waiting).map(cases).sum())
    }

    /// Gives back what was held.
    pub(super) fn release(&mut self, hold: Hold) {
        let Hold { slots, groups, lane } = hold;
        self.used = self.used.saturating_sub(slots);
        if let Some(lane) = lane {
            self.busy.remove(&lane);
        }
        for group in &*groups {
            self.held.remove(group);
        }
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
        let (cases, threaded) = (Some(cases), item.is_multiple_of(3));
        Waiting { item, cases, threaded, needs: Hold::default() }
    }

    fn groups(of: &str) -> Groups {
        Arc::new(of.split(' ').filter(|name| !name.is_empty()).map(Arc::from).collect())
    }

    /// What a history may never show.
    fn check(running: &[Grant<u32>], slots: usize) {
        assert!(running.iter().map(|grant| grant.hold.slots).sum::<usize>() <= slots);
        let held: Vec<_> = running.iter().flat_map(|grant| &*grant.hold.groups).collect();
        let distinct: BTreeSet<_> = held.iter().collect();
        assert_eq!(held.len(), distinct.len(), "two of one group: {held:?}");
        let lanes: Vec<_> = running.iter().filter_map(|grant| grant.hold.lane).collect();
        let distinct: BTreeSet<_> = lanes.iter().collect();
        assert_eq!(lanes.len(), distinct.len(), "two of one lane: {lanes:?}");
        let alone = running.iter().any(|grant| grant.item >= 1000);
        assert!(!alone || running.len() == 1, "one is to run alone: {running:?}");
    }

    /// What was added so far, with the slots it needs, and what was granted.
    #[derive(Default)]
    struct Model {
        needs: Vec<usize>,
        granted: BTreeSet<u32>,
        running: Vec<Grant<u32>>,
    }

    impl Model {
        fn next(&mut self, queue: &mut Queue<u32>) -> bool {
            let Some(grant) = queue.next(true) else { return false };
            assert!(self.granted.insert(grant.item), "{} is granted twice", grant.item);
            let needed = self.needs[usize::try_from(grant.item % 1000).unwrap()];
            assert!(grant.hold.slots >= needed.min(queue.slots));
            self.running.push(grant);
            check(&self.running, queue.slots);
            true
        }
    }

    /// A model: whatever comes and goes, slots are never overdrawn, no two of
    /// a group run at once, what needs slots has them, nothing is lost or
    /// granted twice, and what runs alone runs alone.
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
            let mut queue = Queue::new(1 + random(4));
            let mut model = Model::default();
            for _ in 0..200 {
                let added = u32::try_from(model.needs.len()).unwrap();
                match random(5) {
                    0 | 1 if added < 40 => {
                        let groups = groups(["", "", "a", "b", "a b", "c"][random(6)]);
                        let slots = [0, 1, 1, 2, 3, 9][random(6)];
                        let mut waiting = waiting(added, 1 + random(50));
                        let lane = LaneOf { session: 0, number: added % 3, lends: added % 2 == 0 };
                        let lane = (random(3) == 0).then_some(lane);
                        waiting.needs = Hold { slots, groups, lane };
                        if random(4) == 0 {
                            queue.add_first(waiting);
                        } else {
                            queue.add(waiting);
                        }
                        model.needs.push(slots);
                    }
                    2 if added < 40 => {
                        queue.add_last(1000 + added);
                        model.needs.push(9);
                    }
                    3 if !model.running.is_empty() => {
                        let ended = model.running.swap_remove(random(model.running.len()));
                        queue.release(ended.hold);
                    }
                    _ => drop(model.next(&mut queue)),
                }
            }
            while model.next(&mut queue) || !model.running.is_empty() {
                if let Some(ended) = model.running.pop() {
                    queue.release(ended.hold);
                }
            }
            assert!(queue.is_empty() && queue.held.is_empty() && queue.busy.is_empty());
            assert_eq!(queue.used, 0);
            assert_eq!(model.granted.len(), model.needs.len());
        }
    }

    /// What may start, in the order in which it does, with two slots and
    /// nothing ending.
    #[track_caller]
    fn starts(all: &[(usize, &str)], expected: &[u32]) {
        let mut queue = Queue::new(2);
        for (item, (slots, of)) in (1..).zip(all) {
            let needs = Hold { slots: *slots, groups: groups(of), lane: None };
            queue.add(Waiting { item, cases: Some(1), threaded: false, needs });
        }
        let mut order = Vec::new();
        while let Some(grant) = queue.next(false) {
            order.push(grant.item);
        }
        assert_eq!(order, expected);
    }

    #[test]
    fn what_waits_for_its_group_lets_others_go_first() {
        starts(&[(1, "a"), (1, "a"), (1, "b")], &[1, 3]);
        starts(&[(1, "a b"), (1, "b"), (1, "a c"), (1, "")], &[1, 4]);
    }

    #[test]
    fn what_waits_for_slots_keeps_its_place() {
        starts(&[(1, ""), (2, ""), (1, "")], &[1]);
        starts(&[(9, ""), (1, "")], &[1]);
    }

    #[test]
    fn a_lane_keeps_its_order_and_lends_its_end_to_an_idle_slot() {
        let mut queue = Queue::new(3);
        for (item, number, lends) in
            [(1, 1, true), (2, 1, true), (3, 1, true), (4, 2, false), (5, 2, false)]
        {
            let lane = Some(LaneOf { session: 0, number, lends });
            let needs = Hold { lane, ..Hold::default() };
            queue.add(Waiting { item, cases: None, threaded: false, needs });
        }
        let next = |queue: &mut Queue<u32>| {
            queue.next(false).map(|grant| (grant.item, grant.hold.lane.is_some()))
        };
        assert_eq!(next(&mut queue), Some((1, true)));
        assert_eq!(next(&mut queue), Some((4, true)));
        assert_eq!(next(&mut queue), Some((3, false)), "of lane 1, whose end is lent");
        let lane = Some(LaneOf { session: 0, number: 2, lends: false });
        queue.release(Hold { slots: 1, lane, ..Hold::default() });
        assert_eq!(next(&mut queue), Some((5, true)));
        queue.release(Hold { slots: 1, ..Hold::default() });
        assert_eq!(next(&mut queue), Some((2, false)));
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
            queue.release(grant.hold);
        }
        assert_eq!(order, [2, 4, 1]);
    }
}
