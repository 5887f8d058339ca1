//! Which folder is the tree.

use std::ffi::{OsStr, OsString};
use std::path::{Component, Path, PathBuf};

/// What marks the root of a version-control checkout.
const CHECKOUT: [&str; 5] = [".git", ".hg", ".jj", ".svn", ".bzr"];

/// The file that holds a tree's settings.
pub(super) const SETTINGS: &str = "prove.toml";

/// The root of the tree, as seen from the arguments' common folder: the
/// nearest folder upwards with a `prove.toml`, else the checkout's root. Where
/// there is neither, the current folder if the arguments are in it, so that an
/// ID means the same whether it is said or listed; else their common folder.
pub(super) fn find(cwd: &Path, words: &[OsString]) -> PathBuf {
    let from = common_folder(cwd, words);
    let upwards = |has: &dyn Fn(&Path) -> bool| {
        from.ancestors().find(|folder| has(folder)).map(Path::to_owned)
    };
    upwards(&|folder| folder.join(SETTINGS).is_file())
        .or_else(|| upwards(&|folder| CHECKOUT.iter().any(|mark| folder.join(mark).exists())))
        .unwrap_or_else(|| if from.starts_with(cwd) { cwd.to_owned() } else { from.clone() })
}

/// The deepest folder that all arguments are in; without arguments, `cwd`.
fn common_folder(cwd: &Path, words: &[OsString]) -> PathBuf {
    let folders = words.iter().map(|word| folder_of(&absolute(cwd, path_of(word))));
    folders.reduce(|a, b| common(&a, &b)).unwrap_or_else(|| cwd.to_owned())
}

fn folder_of(path: &Path) -> PathBuf {
    if path.is_dir() { path.to_owned() } else { path.parent().unwrap_or(path).to_owned() }
}

fn common(a: &Path, b: &Path) -> PathBuf {
    a.components().zip(b.components()).take_while(|(a, b)| a == b).map(|(a, _)| a).collect()
}

/// What of an argument is a path: all, or what stands before `::`.
pub(super) fn path_of(word: &OsStr) -> &Path {
    match word.to_str().and_then(|text| text.split_once("::")) {
        Some((path, _)) if !Path::new(word).exists() => Path::new(path),
        _ => Path::new(word),
    }
}

/// The path from `/`, with `.` and `..` resolved by their text.
pub(super) fn absolute(cwd: &Path, path: &Path) -> PathBuf {
    let mut whole = PathBuf::new();
    for component in cwd.join(path).components() {
        match component {
            Component::CurDir => {}
            Component::ParentDir => {
                whole.pop();
            }
            other => whole.push(other),
        }
    }
    whole
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn paths_are_resolved_by_their_text() {
        assert_eq!(absolute(Path::new("/a/b"), Path::new("../c/./d")), Path::new("/a/c/d"));
        assert_eq!(path_of(OsStr::new("t/a.t::1 - x")), Path::new("t/a.t"));
    }

    #[test]
    fn the_common_folder_of_several_arguments() {
        let words = ["x/y/1.t".into(), "x/z".into()];
        assert_eq!(common_folder(Path::new("/no/such"), &words), Path::new("/no/such/x"));
    }
}
