//! Which `.t` files are taken, in which project, and on what evidence.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use crate::target::{Addressable, Kind, Target, TreePath};
use crate::tree::{Tree, View};

use super::super::{Claims, PassedOver, Project, Sighted, Unsure};
use super::script::{Looks, Script};
use super::{Detail, Member, NAME};

/// What marks the folder of a distribution.
const MARKS: [&str; 7] =
    ["Makefile.PL", "Build.PL", "dist.ini", "cpanfile", "META.json", "META.yml", "minil.toml"];

/// Where a script stands.
struct Place {
    /// The folder that it runs in.
    root: TreePath,
    /// What marks that folder as a distribution.
    mark: Option<&'static str>,
    /// Whether it is in `t/` of it.
    in_t: bool,
    /// The distribution that has it elsewhere than in a `t/`, and so does not
    /// run it itself.
    stray: Option<TreePath>,
    /// Its `xt/` folder, if it is in one: tests for authors.
    xt: Option<TreePath>,
}

/// What is found of one project.
#[derive(Default)]
struct Group {
    mark: Option<&'static str>,
    /// Each script, and on what evidence it is taken.
    members: Vec<(Member, String)>,
}

/// What is claimed in the tree.
pub(super) fn claim(view: View<'_>) -> Claims {
    let tree = view.tree;
    let mut groups: BTreeMap<TreePath, Group> = BTreeMap::new();
    let mut claims = Claims::default();
    let mut for_authors = BTreeSet::new();
    for (path, script) in view.facts::<Script>() {
        let place = place(tree, path);
        if let Some(xt) = &place.xt
            && !tree.named.iter().any(|named| named.is_under(xt))
        {
            for_authors.insert(xt.clone());
            continue;
        }
        match evidence(tree, path, script, &place) {
            Ok(evidence) => {
                let member = Member { path: path.clone(), script: script.clone() };
                let group = groups.entry(place.root).or_default();
                group.mark = group.mark.or(place.mark);
                group.members.push((member, evidence));
            }
            Err(why) => {
                claims.passed_over.push(PassedOver { path: path.clone(), why, examples: 0 });
            }
        }
    }
    claims.passed_over.extend(for_authors.into_iter().map(|path| {
        let why = format!("author tests run only when they are asked for: `prove {path}`");
        PassedOver { path, why, examples: 0 }
    }));
    claims.passed_over.sort_by(|a, b| a.path.cmp(&b.path));
    claims.projects = groups.into_iter().map(|(root, group)| project(tree, root, group)).collect();
    claims
}

/// Do the arguments ask for this file, and not just for all of the folder?
fn is_asked(tree: &Tree, path: &TreePath, folder: &TreePath) -> bool {
    tree.named.iter().any(|named| path.is_under(named) && named != folder && named.is_under(folder))
}

/// A script's place: the distribution that has it in its `t/` or `xt/`, else
/// what is around the outermost such folder, else the root.
fn place(tree: &Tree, path: &TreePath) -> Place {
    let mut folder = path.parent();
    let mut place =
        Place { root: TreePath::root(), mark: None, in_t: false, stray: None, xt: None };
    loop {
        let parent = folder.parent();
        let name = folder.file_name();
        if matches!(name, "t" | "xt") {
            let mark = mark(tree, &parent);
            place = Place {
                root: parent.clone(),
                mark,
                in_t: true,
                stray: None,
                xt: (name == "xt").then(|| folder.clone()),
            };
        }
        if !place.in_t && place.stray.is_none() && mark(tree, &folder).is_some() {
            place.root = folder.clone();
            place.stray = Some(folder.clone());
        }
        if place.mark.is_some() || folder == parent {
            return place;
        }
        folder = parent;
    }
}

fn mark(tree: &Tree, folder: &TreePath) -> Option<&'static str> {
    MARKS.into_iter().find(|mark| tree.has(&folder.join(mark)))
}

/// Why a script is taken, or why not.
fn evidence(
    tree: &Tree,
    path: &TreePath,
    script: &Script,
    place: &Place,
) -> Result<String, String> {
    if place.stray.as_ref().is_some_and(|distribution| !is_asked(tree, path, distribution)) {
        return Err(format!("not in t/, so its distribution does not run it: `prove {path}` does"));
    }
    match (script.looks, place.mark) {
        (Looks::Shebang, _) => {
            Ok(format!("its first line, `#!{}`", script.shebang.as_deref().unwrap_or_default()))
        }
        (Looks::Perl(words), _) => Ok(format!("Perl, by `{words}`")),
        (Looks::Shell, _) => Ok("a shell script that prints a plan".into()),
        (Looks::Cram, _) => Err("a cram test, not TAP: run it with `cram`".into()),
        (Looks::Data, _) => {
            Err("not a script: it is large, or no text; give it a first line with `#!` if it is"
                .into())
        }
        (Looks::Unknown, Some(mark)) if place.in_t => {
            Ok(format!("in t/ of a distribution (it has {mark})"))
        }
        (Looks::Unknown, _) if tree.named.contains(path) => Ok("an argument names it".into()),
        (Looks::Unknown, _) => {
            Err("nothing says that it is a test: no `#!`, no plan, no Perl; name it to run it"
                .into())
        }
    }
}

fn project(tree: &Tree, root: TreePath, group: Group) -> Project {
    let has = |folder: &str| tree.under(&root.join(folder)).next().is_some();
    let mut libraries = Vec::new();
    if has("lib") {
        libraries.push("lib");
    }
    if has("blib") {
        libraries.extend(["blib/lib", "blib/arch"]);
    }
    let mut evidence = match group.mark {
        Some(mark) => format!("a distribution (it has {mark})"),
        None => "scripts that print TAP".to_owned(),
    };
    if !libraries.is_empty() {
        evidence = format!("{evidence}, run with {} in Perl's path", libraries.join(", "));
    }
    let sighted = |(member, evidence): &(Member, String)| Sighted {
        target: target(&member.path),
        evidence: evidence.clone(),
        cases: None,
        unsure: Unsure::default(),
        addressable: Addressable::Target,
    };
    Project {
        ecosystem: NAME,
        targets: group.members.iter().map(sighted).collect(),
        evidence,
        detail: Arc::new(Detail {
            root: root.clone(),
            members: group.members.into_iter().map(|(member, _)| member).collect(),
            libraries,
        }),
        root,
    }
}

/// The target of a script.
pub(super) fn target(path: &TreePath) -> Target {
    Target { path: path.clone(), kind: Kind::Test, ecosystem: NAME, name: None }
}
