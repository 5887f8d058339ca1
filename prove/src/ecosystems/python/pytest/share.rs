//! Which process gets which files.

use crate::target::TreePath;

/// What opening a file costs, in bytes of its size.
const OPENING: u64 = 512;

/// Splits files, which are in the tree's order, into so many runs of about the
/// same size: what a folder's files share is set up in one process.
pub(super) fn shares(files: Vec<(TreePath, u64)>, most: usize) -> Vec<Vec<TreePath>> {
    let mut files = files;
    files.dedup_by(|b, a| a.0 == b.0); // A file's tests and its examples.
    let most = most.min(files.len()) as u64;
    let total: u64 = files.iter().map(|(_, size)| size + OPENING).sum();
    let mut shares: Vec<Vec<TreePath>> = Vec::new();
    let mut before = 0;
    for (path, size) in files {
        // By its middle, so that a large file goes where most of it is.
        let share = (before + u64::midpoint(size, OPENING)) * most / total.max(1);
        if share >= shares.len() as u64 {
            shares.push(Vec::new());
        }
        if let Some(last) = shares.last_mut() {
            last.push(path);
        }
        before += size + OPENING;
    }
    shares
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(sizes: &[u64], most: usize, expect: &[&[&str]]) {
        let file = |(at, size): (usize, &u64)| (TreePath::new(&at.to_string()), *size);
        let shares = shares(sizes.iter().enumerate().map(file).collect(), most);
        let names: Vec<Vec<_>> =
            shares.iter().map(|share| share.iter().map(TreePath::as_str).collect()).collect();
        assert_eq!(names, expect);
    }

    #[test]
    fn shares_are_neighbours_and_of_one_size() {
        check(&[100; 4], 2, &[&["0", "1"], &["2", "3"]]);
        check(&[9000, 100, 100, 100], 2, &[&["0"], &["1", "2", "3"]]);
        check(&[100, 100, 100, 9000], 2, &[&["0", "1", "2"], &["3"]]);
        check(&[100; 3], 8, &[&["0"], &["1"], &["2"]]);
        check(&[100; 3], 1, &[&["0", "1", "2"]]);
        check(&[], 2, &[]);
    }

    #[test]
    fn a_file_is_in_one_share() {
        let twice = vec![(TreePath::new("a"), 1), (TreePath::new("a"), 1)];
        assert_eq!(shares(twice, 2), [[TreePath::new("a")]]);
    }
}
