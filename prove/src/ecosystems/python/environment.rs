//! The environment that a project's tests are meant to run in: found by the
//! files that its tool leaves, without asking the tool. The walk does not enter
//! environments, so this looks on disk.

use std::path::{Path, PathBuf};

use crate::target::TreePath;
use crate::tree::Tree;

/// Folders beside a project that hold its environment.
const FOLDERS: [&str; 4] = [".venv", "venv", "env", ".conda"];

/// The interpreter of a project's environment: beside the project, or in a
/// folder above it up to the tree's root; then where Poetry keeps it; then one
/// that tox or nox made.
pub(super) fn python(tree: &Tree, root: &TreePath, poetry: Option<&str>) -> Option<PathBuf> {
    let folders = above(tree, root);
    let beside = || folders.iter().find_map(|folder| beside(folder));
    let cached = || poetrys(poetry?, &caches());
    beside().or_else(cached).or_else(|| folders.iter().find_map(|folder| made(folder)))
}

/// The project's folder and those above it, the nearest first.
fn above(tree: &Tree, root: &TreePath) -> Vec<PathBuf> {
    let mut folders = vec![root.on_disk(&tree.root)];
    let mut at = root.clone();
    while !at.as_str().is_empty() {
        at = at.parent();
        folders.push(at.on_disk(&tree.root));
    }
    folders
}

fn beside(folder: &Path) -> Option<PathBuf> {
    FOLDERS
        .iter()
        .find_map(|name| interpreter(&folder.join(name)))
        // A file of that name leads to the folder.
        .or_else(|| interpreter(&one_line(&folder.join(".venv"))?))
        // PDM remembers the interpreter itself.
        .or_else(|| one_line(&folder.join(".pdm-python")).filter(|python| python.exists()))
}

/// The interpreter of an environment, if this folder is one: of `venv`,
/// virtualenv, uv (`pyvenv.cfg`), or of conda.
fn interpreter(folder: &Path) -> Option<PathBuf> {
    let is_one = folder.join("pyvenv.cfg").exists() || folder.join("conda-meta").is_dir();
    Some(folder.join("bin/python")).filter(|python| is_one && python.exists())
}

fn one_line(file: &Path) -> Option<PathBuf> {
    // A pipe would keep us waiting.
    file.metadata().ok().filter(|meta| meta.is_file() && meta.len() < 4096)?;
    let text = std::fs::read_to_string(file).ok()?;
    let path = Path::new(text.trim());
    path.is_absolute().then(|| path.to_owned())
}

/// Where Poetry keeps environments.
fn caches() -> Vec<PathBuf> {
    let env = |name: &str| std::env::var_os(name).filter(|value| !value.is_empty());
    let home = env("HOME").map(PathBuf::from);
    let at = |below: &str| home.as_ref().map(|home| home.join(below));
    let own = env("POETRY_CACHE_DIR").map(PathBuf::from);
    let cache = env("XDG_CACHE_HOME").map(|cache| Path::new(&cache).join("pypoetry"));
    let homes = [at(".cache/pypoetry"), at("Library/Caches/pypoetry")];
    own.into_iter()
        .chain(cache)
        .chain(homes.into_iter().flatten())
        .map(|folder| folder.join("virtualenvs"))
        .collect()
}

/// The environment of a project of this name in Poetry's cache: `NAME-HASH-pyX.Y`,
/// if there is but one. Which of several it is only Poetry can tell.
fn poetrys(name: &str, caches: &[PathBuf]) -> Option<PathBuf> {
    let head = format!("{}-", name.replace(['.', '_', ' '], "-").to_lowercase());
    let folders = caches.iter().flat_map(|cache| names_in(cache));
    let of_it = |folder: &PathBuf| {
        let name = folder.file_name().unwrap_or_default().to_string_lossy().into_owned();
        let rest = name.to_lowercase().replace('_', "-");
        rest.strip_prefix(&head)
            .is_some_and(|rest| rest.split_once("-py").is_some_and(|(hash, _)| hash.len() == 8))
    };
    let mut found = folders.filter(of_it).filter_map(|folder| interpreter(&folder));
    found.next().filter(|_| found.next().is_none())
}

/// The environment in which tox or nox runs the tests: of several the one for
/// tests, of those the newest Python's.
fn made(folder: &Path) -> Option<PathBuf> {
    let mut found: Vec<_> = [".tox", ".nox"]
        .iter()
        .flat_map(|name| names_in(&folder.join(name)))
        .filter_map(|folder| Some((rank(&folder)?, interpreter(&folder)?)))
        .collect();
    found.sort();
    found.pop().map(|(_, python)| python)
}

/// How likely an environment of this name is for tests; none where it is not.
fn rank(folder: &Path) -> Option<(u32, u32)> {
    let name = folder.file_name()?.to_str()?;
    let python = name.strip_prefix("py").and_then(|rest| {
        let digits: String = rest.chars().take_while(char::is_ascii_digit).collect();
        digits.strip_prefix('3').map(|minor| minor.parse().unwrap_or(0))
    });
    // nox: `tests-3-12`, `unit-3-9`.
    let version = name.rsplit_once("3-").or_else(|| name.rsplit_once("3."));
    let minor = version.and_then(|(_, minor)| minor.parse().ok()).unwrap_or(0);
    match python {
        Some(minor) => Some((2, minor)),
        None if name == "py" || name == "python" => Some((2, 0)),
        None if name.starts_with("test") || name.starts_with("unit") => Some((1, minor)),
        None => None,
    }
}

fn names_in(folder: &Path) -> Vec<PathBuf> {
    let entries = std::fs::read_dir(folder).into_iter().flatten().flatten();
    let mut names: Vec<_> = entries.map(|entry| entry.path()).collect();
    names.sort();
    names
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A tree of these environments (`NAME`, conda's `NAME!`) and files (`NAME=TEXT`).
    fn tree(made: &[&str]) -> tempfile::TempDir {
        let folder = tempfile::tempdir().unwrap();
        let write = |path: PathBuf, text: &str| {
            std::fs::create_dir_all(path.parent().unwrap()).unwrap();
            std::fs::write(path, text).unwrap();
        };
        for one in made {
            if let Some((name, text)) = one.split_once('=') {
                let text = text.replace('$', folder.path().to_str().unwrap());
                write(folder.path().join(name), &text);
                continue;
            }
            let conda = one.strip_suffix('!');
            let at = folder.path().join(conda.unwrap_or(one));
            write(at.join("bin/python"), "");
            write(at.join(if conda.is_some() { "conda-meta/history" } else { "pyvenv.cfg" }), "");
        }
        folder
    }

    #[track_caller]
    fn check(made: &[&str], root: &str, expect: &str) {
        let folder = tree(made);
        let tree = Tree { root: folder.path().to_owned(), ..Tree::default() };
        let found = python(&tree, &TreePath::new(root), None);
        let found = found.map(|python| {
            python.strip_prefix(folder.path()).unwrap().to_string_lossy().into_owned()
        });
        assert_eq!(found.unwrap_or_default(), expect, "{made:?}");
    }

    #[test]
    fn the_nearest_environment_is_the_projects() {
        check(&[".venv"], "", ".venv/bin/python");
        check(&["venv", "a/b/env"], "a/b", "a/b/env/bin/python");
        check(&["venv", "a/b/env"], "a", "venv/bin/python");
        check(&[".venv", "a/c/.venv"], "a/b", ".venv/bin/python");
        check(&["env!"], "", "env/bin/python");
        check(&["env/bin/python=x"], "", "");
        check(&["else/where", ".venv=$/else/where\n"], "", "else/where/bin/python");
        check(&["pythons/3", ".pdm-python=$/pythons/3/bin/python"], "a", "pythons/3/bin/python");
        check(&[".pdm-python=/no/such/python", ".venv=relative"], "", "");
    }

    #[test]
    fn environments_of_tox_and_nox_serve_where_there_is_no_other() {
        check(&[".tox/py39", ".tox/py312", ".tox/lint"], "", ".tox/py312/bin/python");
        check(
            &[".nox/tests-3-9", ".nox/tests-3-12", ".nox/docs"],
            "",
            ".nox/tests-3-12/bin/python",
        );
        check(&[".tox/lint", ".nox/docs"], "", "");
        check(&[".tox/py312", "venv"], "", "venv/bin/python");
    }

    #[test]
    fn an_environment_in_poetrys_cache_is_found_if_it_is_the_only_one() {
        let cache = tree(&[
            "my-app-AbCd_123-py3.12",
            "my-app-extra-AbCd_123-py3.12",
            "two-AbCd_123-py3.9",
            "two-XyCd-123-py3.9",
        ]);
        let caches = [cache.path().to_owned()];
        let found = |name: &str| poetrys(name, &caches).is_some();
        assert!(found("my_app") && found("My.App") && found("my-app-extra"));
        assert!(!found("two") && !found("my") && !found("other"));
    }
}
