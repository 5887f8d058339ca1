//! Names as they are typed, and as they stand in the tree.

use std::path::Path;

use crate::target::TreePath;

/// Splits a name into its path and, with the `::`, the rest.
fn split(name: &str) -> (&str, &str) {
    name.split_at(name.find("::").unwrap_or(name.len()))
}

/// A path or ID as typed in the folder `cwd`, seen from the tree's root.
/// `None` if it leads out of the tree.
///
/// ```
/// use prove::{plan::from_root, target::TreePath};
/// let root = std::path::Path::new("/home/me/tree");
/// let cwd = TreePath::new("net");
/// assert_eq!(from_root("./a.t::x/../y", &cwd, root).unwrap(), "net/a.t::x/../y");
/// assert_eq!(from_root("../src/", &cwd, root).unwrap(), "src");
/// assert_eq!(from_root("/home/me/tree/t", &cwd, root).unwrap(), "t");
/// assert_eq!(from_root("../..", &cwd, root), None);
/// ```
pub fn from_root(typed: &str, cwd: &TreePath, root: &Path) -> Option<String> {
    let (path, rest) = split(typed);
    let absolute = path.starts_with('/').then(|| Path::new(path).strip_prefix(root).ok());
    let (mut parts, path): (Vec<&str>, &str) = match absolute {
        Some(inside) => (Vec::new(), inside?.to_str()?),
        None => (cwd.as_str().split('/').filter(|part| !part.is_empty()).collect(), path),
    };
    for part in path.split('/') {
        match part {
            "" | "." => {}
            ".." => drop(parts.pop()?),
            part => parts.push(part),
        }
    }
    Some(parts.join("/") + rest)
}

/// An ID, seen from the root, as one types it in the folder `cwd`.
///
/// ```
/// use prove::{plan::from_cwd, target::TreePath};
/// assert_eq!(from_cwd("net/a.t::x", &TreePath::new("net")), "a.t::x");
/// assert_eq!(from_cwd("src/lib.rs::x", &TreePath::new("net/deep")), "../../src/lib.rs::x");
/// assert_eq!(from_cwd("-k.t", &TreePath::root()), "./-k.t");
/// ```
pub fn from_cwd(id: &str, cwd: &TreePath) -> String {
    let (path, rest) = split(id);
    let mut here: Vec<&str> = cwd.as_str().split('/').filter(|part| !part.is_empty()).collect();
    let mut there: Vec<&str> = path.split('/').collect();
    let common = here.iter().zip(&there).take_while(|(a, b)| a == b).count();
    here.drain(..common);
    there.drain(..common);
    let path = "../".repeat(here.len()) + &there.join("/");
    // What could be an option or a command is a path all the same.
    let bare = rest.is_empty() && !path.contains(['/', '.']);
    let dot = if path.starts_with('-') || bare { "./" } else { "" };
    format!("{dot}{path}{rest}")
}

/// A name with the escapes read that reports write for characters which act on
/// a terminal; `None` where it has none.
///
/// ```
/// assert_eq!(prove::plan::unescape(r"t/a\x1b.t::b\nc\u{202e}").unwrap(), "t/a\u{1b}.t::b\nc\u{202e}");
/// assert_eq!(prove::plan::unescape(r"C:\new").unwrap(), "C:\new");
/// assert_eq!(prove::plan::unescape(r"a\d\xff"), None);
/// ```
pub fn unescape(name: &str) -> Option<String> {
    let mut out = String::with_capacity(name.len());
    let mut rest = name;
    while let Some(at) = rest.find('\\') {
        out.push_str(&rest[..at]);
        let (c, length) = escaped(&rest[at + 1..]).unwrap_or(('\\', 0));
        out.push(c);
        rest = &rest[at + 1 + length..];
    }
    out.push_str(rest);
    (out != name).then_some(out)
}

/// The character that is written so behind a backslash, and how long that is.
fn escaped(text: &str) -> Option<(char, usize)> {
    let hex = |digits: &str| {
        let whole = digits.bytes().all(|byte| byte.is_ascii_hexdigit());
        u32::from_str_radix(digits, 16).ok().filter(|_| whole).and_then(char::from_u32)
    };
    match text.as_bytes().first()? {
        b'n' => Some(('\n', 1)),
        b'r' => Some(('\r', 1)),
        b't' => Some(('\t', 1)),
        b'x' => hex(text.get(1..3)?).filter(char::is_ascii_control).map(|c| (c, 3)),
        b'u' => {
            let digits = text.strip_prefix("u{")?.split_once('}')?.0;
            hex(digits).filter(|c| !c.is_ascii()).map(|c| (c, digits.len() + 3))
        }
        _ => None,
    }
}

/// How a name stands to an ID.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Match {
    Exact,
    /// The name's components are the first ones of the ID.
    Within,
}

/// Whether `name` is the ID, or whole components of its beginning. The
/// examples of an item (` #2`) and the variants of a parametrised test
/// (`[a b]`) are within it.
pub(super) fn matches(name: &str, id: &str) -> Option<Match> {
    let rest = id.strip_prefix(name)?;
    if rest.is_empty() {
        return Some(Match::Exact);
    }
    ["::", "/", " #", "["].iter().any(|end| rest.starts_with(end)).then_some(Match::Within)
}

/// How far a known name is from what was typed; `None` if too far to be meant.
pub(super) fn distance(typed: &str, known: &str) -> Option<usize> {
    let (a, b): (Vec<char>, Vec<char>) = (typed.chars().collect(), known.chars().collect());
    let limit = (a.len() / 3).max(2);
    if a.len().abs_diff(b.len()) > limit {
        return None;
    }
    Some(edits(&a, &b)).filter(|edits| *edits <= limit)
}

/// Levenshtein's distance.
fn edits(a: &[char], b: &[char]) -> usize {
    let mut row: Vec<usize> = (0..=b.len()).collect();
    for (i, x) in a.iter().enumerate() {
        let mut diagonal = row[0];
        row[0] = i + 1;
        for (j, y) in b.iter().enumerate() {
            let replaced = diagonal + usize::from(x != y);
            diagonal = row[j + 1];
            row[j + 1] = replaced.min(diagonal + 1).min(row[j] + 1);
        }
    }
    row[b.len()]
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn components_match_whole() {
        let table = [
            ("t/a.t::x", "t/a.t::x", Some(Match::Exact)),
            ("t/a.t::x", "t/a.t::x::y", Some(Match::Within)),
            ("t/a.t::x", "t/a.t::x/y", Some(Match::Within)),
            ("t/a.t::x", "t/a.t::xy", None),
            ("src/lib.rs::R::open", "src/lib.rs::R::open #2", Some(Match::Within)),
            ("src/lib.rs::R::open #2", "src/lib.rs::R::open #21", None),
            ("a.py::T::g", "a.py::T::g[a b]", Some(Match::Within)),
            ("a.py::T::g[a", "a.py::T::g[a b]", None),
        ];
        for (name, id, expected) in table {
            assert_eq!(matches(name, id), expected, "{name} {id}");
        }
    }

    #[test]
    fn what_was_typed_and_what_is_known_meet_again() {
        for cwd in ["", "a", "a/b", "c", "a/b/c/d"] {
            let cwd = TreePath::new(cwd);
            for id in ["a/b/x.t::1 - ok", "x.t", "list", "-v.t::y", "a/list", "a.b/x"] {
                let typed = from_cwd(id, &cwd);
                assert_eq!(
                    from_root(&typed, &cwd, Path::new("/r")).as_deref(),
                    Some(id),
                    "{typed}"
                );
                assert!(!typed.starts_with('-') && typed != "list", "{typed}");
            }
        }
    }

    #[test]
    fn near_names_are_found() {
        assert_eq!(distance("tests/cil.rs", "tests/cli.rs"), Some(2));
        assert_eq!(distance("tests/cli.rs", "src/lib.rs::something"), None);
        assert_eq!(distance("abc", "xyz"), None);
    }
}
