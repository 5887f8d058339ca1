//! Which packages belong together, by cargo's rules.

use std::collections::{BTreeMap, BTreeSet};

use crate::decode::paths::join;
use crate::target::TreePath;

use super::manifest::{Manifest, Workspace};

/// The manifests of a tree by their folders.
pub(super) type Manifests<'a> = BTreeMap<TreePath, &'a Manifest>;

/// A workspace, or a package on its own.
#[derive(Debug, PartialEq)]
pub(super) struct Group {
    pub(super) root: TreePath,
    /// The folders of its packages.
    pub(super) members: BTreeSet<TreePath>,
}

/// A package that cargo refuses: below a workspace, and neither in it nor excluded.
#[derive(Debug, PartialEq)]
pub(super) struct Stray {
    pub(super) folder: TreePath,
    pub(super) workspace: TreePath,
}

/// Parts the packages of a tree into workspaces.
pub(super) fn group(manifests: &Manifests<'_>) -> (Vec<Group>, Vec<Stray>) {
    let mut groups: BTreeMap<TreePath, Group> = BTreeMap::new();
    let mut strays = Vec::new();
    for (folder, manifest) in manifests {
        if manifest.workspace.is_some() {
            let members = members(folder, manifests);
            groups.insert(folder.clone(), Group { root: folder.clone(), members });
        }
    }
    for (folder, manifest) in manifests.iter().filter(|(_, m)| m.package.is_some()) {
        let root = root_of(folder, manifest, manifests);
        match groups.get(&root) {
            Some(group) if group.members.contains(folder) => {}
            Some(_) => strays.push(Stray { folder: folder.clone(), workspace: root }),
            None => {
                let members = BTreeSet::from([folder.clone()]);
                groups.insert(folder.clone(), Group { root: folder.clone(), members });
            }
        }
    }
    (groups.into_values().collect(), strays)
}

/// The root of the workspace that a package is in, or believes to be in.
fn root_of(folder: &TreePath, manifest: &Manifest, manifests: &Manifests<'_>) -> TreePath {
    if manifest.workspace.is_some() {
        return folder.clone();
    }
    if let Some(root) = manifest.text("workspace") {
        return TreePath::new(&join(folder.as_str(), root));
    }
    let mut above = folder.clone();
    while !above.as_str().is_empty() {
        above = above.parent();
        let workspace = manifests.get(&above).and_then(|manifest| manifest.workspace.as_ref());
        if workspace.is_some_and(|workspace| !is_excluded(&above, workspace, folder)) {
            return above;
        }
    }
    folder.clone()
}

/// Cargo lets a member that is named outright win over `exclude`.
fn is_excluded(root: &TreePath, workspace: &Workspace, folder: &TreePath) -> bool {
    let is_under = |path: &String| folder.is_under(&TreePath::new(&join(root.as_str(), path)));
    workspace.exclude.iter().any(is_under) && !workspace.members.iter().any(is_under)
}

/// The root package, what `members` names, and what those depend on by path
/// below the root.
fn members(root: &TreePath, manifests: &Manifests<'_>) -> BTreeSet<TreePath> {
    let Some(workspace) = manifests.get(root).and_then(|manifest| manifest.workspace.as_ref())
    else {
        return BTreeSet::new();
    };
    let globs: Vec<String> =
        workspace.members.iter().map(|glob| join(root.as_str(), glob)).collect();
    let named = |folder: &&TreePath| globs.iter().any(|glob| matches(glob, folder.as_str()));
    let mut open: Vec<TreePath> = manifests
        .keys()
        .filter(named)
        .filter(|folder| !is_excluded(root, workspace, folder))
        .cloned()
        .collect();
    open.push(root.clone());
    let mut members = BTreeSet::new();
    while let Some(folder) = open.pop() {
        let Some(manifest) = manifests.get(&folder) else { continue };
        if root_of(&folder, manifest, manifests) != *root || !members.insert(folder.clone()) {
            continue;
        }
        let below = manifest.path_dependencies().into_iter();
        let below = below.map(|path| TreePath::new(&join(folder.as_str(), path)));
        open.extend(below.filter(|dependency| dependency.is_under(root)));
    }
    members.retain(|folder| manifests.get(folder).is_some_and(|m| m.package.is_some()));
    members
}

/// Whether a path matches a glob of `[workspace]`, component by component.
fn matches(glob: &str, path: &str) -> bool {
    fn parts(text: &str) -> Vec<&str> {
        text.split('/').filter(|part| !part.is_empty()).collect()
    }
    fn all(globs: &[&str], paths: &[&str]) -> bool {
        match (globs, paths) {
            (["**", globs @ ..], _) => {
                (0..=paths.len()).any(|skipped| all(globs, &paths[skipped..]))
            }
            ([glob, globs @ ..], [path, paths @ ..]) => {
                one(glob.as_bytes(), path.as_bytes()) && all(globs, paths)
            }
            ([], []) => true,
            _ => false,
        }
    }
    all(&parts(glob), &parts(path))
}

/// Whether a name matches a glob with `*`, `?` and `[...]`.
pub(super) fn one(glob: &[u8], name: &[u8]) -> bool {
    match (glob, name) {
        ([b'*', glob @ ..], _) => (0..=name.len()).any(|at| one(glob, &name[at..])),
        ([b'?', glob @ ..], [_, name @ ..]) => one(glob, name),
        ([b'[', class @ ..], [byte, name @ ..]) if class.contains(&b']') => {
            let end = class.iter().position(|&b| b == b']').unwrap_or(0);
            in_class(&class[..end], *byte) && one(&class[end + 1..], name)
        }
        ([a, glob @ ..], [b, name @ ..]) => a == b && one(glob, name),
        ([], []) => true,
        _ => false,
    }
}

fn in_class(class: &[u8], byte: u8) -> bool {
    let (not, class) = match class {
        [b'!', class @ ..] => (true, class),
        class => (false, class),
    };
    let range = |w: &[u8]| w[1] == b'-' && (w[0]..=w[2]).contains(&byte);
    (class.contains(&byte) || class.windows(3).any(range)) != not
}

#[cfg(test)]
mod tests {
    use super::*;

    /// `FOLDER: TOML` a line, to `ROOT = MEMBERS` and `!STRAY (ROOT)`.
    #[track_caller]
    fn check(tree: &[(&str, &str)], expect: &[&str]) {
        let parsed: Vec<_> = tree
            .iter()
            .map(|(folder, toml)| {
                (TreePath::new(folder), Manifest::parse(toml.as_bytes()).unwrap())
            })
            .collect();
        let manifests = parsed.iter().map(|(folder, m)| (folder.clone(), m)).collect();
        let (groups, strays) = group(&manifests);
        let mut lines: Vec<String> = groups
            .iter()
            .map(|group| {
                let members: Vec<_> = group.members.iter().map(ToString::to_string).collect();
                format!("{} = {}", group.root, members.join(" "))
            })
            .collect();
        lines.extend(strays.iter().map(|stray| format!("!{} ({})", stray.folder, stray.workspace)));
        assert_eq!(lines, expect);
    }

    const PACKAGE: &str = "[package]\nname = 'x'\n";

    #[test]
    fn packages_without_a_workspace_stand_alone() {
        check(&[("a", PACKAGE), ("b/c", PACKAGE)], &["a = a", "b/c = b/c"]);
    }

    #[test]
    fn members_by_glob_and_by_dependency() {
        check(
            &[
                ("", "[workspace]\nmembers = ['crates/*', './tools/x']\nexclude = ['crates/old']"),
                (
                    "crates/a",
                    "[package]\nname = 'a'\n[dependencies]\nd = { path = '../../deep/d' }",
                ),
                ("crates/old", PACKAGE),
                ("deep/d", PACKAGE),
                ("fixture", PACKAGE),
                ("tools/x", PACKAGE),
            ],
            &[". = crates/a deep/d tools/x", "crates/old = crates/old", "!fixture (.)"],
        );
    }

    #[test]
    fn a_workspace_in_a_workspace_is_its_own() {
        check(
            &[
                ("", "[package]\nname = 'x'\n[workspace]\n[dependencies]\nn = { path = 'n' }"),
                ("n", "[package]\nname = 'n'\n[workspace]"),
                ("n/m", PACKAGE),
            ],
            &[". = .", "n = n", "!n/m (n)"],
        );
    }

    #[test]
    fn a_package_may_point_at_its_workspace() {
        check(
            &[
                ("a", "[package]\nname = 'a'\nworkspace = '../w'"),
                ("w", "[workspace]\nmembers = ['../a']"),
            ],
            &["w = a"],
        );
    }

    #[test]
    fn globs() {
        for (glob, path, expect) in [
            ("crates/*", "crates/a", true),
            ("crates/*", "crates/a/b", false),
            ("crates/**", "crates/a/b", true),
            ("a?c/[x-z]*", "abc/yes", true),
            ("a?c/[!x-z]*", "abc/yes", false),
            ("", "", true),
        ] {
            assert_eq!(matches(glob, path), expect, "{glob} {path}");
        }
    }
}
