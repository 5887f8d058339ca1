//! Which target goes first, and how many threads it gets.

use std::cmp::Reverse;

/// How large a target counts that cannot say how many cases it has.
const UNKNOWN: usize = 16;

/// Sorts what waits: the largest first.
///
/// A large target that starts last leaves every other slot idle at the end.
/// The number of cases is a guess at the time they take; it is the only one
/// that a first run has. Equals keep their order, which is that of the tree.
///
/// ```
/// let mut queue = vec![("small", Some(2)), ("unknown", None), ("large", Some(300))];
/// prove::plan::largest_first(&mut queue, |(_, cases)| *cases);
/// assert_eq!(queue.map_names(), ["large", "unknown", "small"]);
/// # trait Names { fn map_names(&self) -> Vec<&str>; }
/// # impl Names for Vec<(&str, Option<usize>)> {
/// #     fn map_names(&self) -> Vec<&str> { self.iter().map(|(name, _)| *name).collect() }
/// # }
/// ```
pub fn largest_first<T>(queue: &mut [T], cases: impl Fn(&T) -> Option<usize>) {
    queue.sort_by_key(|item| Reverse(cases(item).unwrap_or(UNKNOWN)));
}

/// How many of the free slots a target of `here` cases gets as threads, where
/// `elsewhere` cases wait in other targets.
///
/// Its share of the cases is its share of the slots: as many ready targets as
/// slots get one thread each, and the last large one gets all that are left.
///
/// ```
/// use prove::plan::threads;
/// assert_eq!(threads(8, 100, 0), 8);
/// assert_eq!(threads(8, 100, 700), 1);
/// ```
pub fn threads(free: usize, here: usize, elsewhere: usize) -> usize {
    let total = here.saturating_add(elsewhere).max(1);
    let share = free.saturating_mul(here).saturating_add(total / 2) / total;
    // More threads than cases would only cost their start.
    share.min(here).min(free).max(1)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_share_of_cases_is_the_share_of_slots() {
        let table = [
            // free, here, elsewhere, threads
            (8, 100, 0, 8),
            (8, 100, 100, 4),
            (8, 100, 300, 2),
            (8, 100, 900, 1),
            (8, 100, 1_000_000, 1),
            (2, 50, 50, 1),
            (2, 3, 1, 2),
            (8, 3, 0, 3),
            (8, 1, 0, 1),
            (8, 0, 0, 1),
            (0, 100, 0, 1),
            (4, usize::MAX, usize::MAX, 1),
        ];
        for (free, here, elsewhere, expected) in table {
            assert_eq!(threads(free, here, elsewhere), expected, "{free} {here} {elsewhere}");
        }
    }

    #[test]
    fn equals_keep_their_order() {
        let mut queue = vec![("a", Some(1)), ("b", Some(9)), ("c", None), ("d", Some(1))];
        largest_first(&mut queue, |item| item.1);
        assert_eq!(queue.iter().map(|item| item.0).collect::<String>(), "cbad");
    }
}
