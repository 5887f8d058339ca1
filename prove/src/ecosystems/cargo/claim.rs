//! From manifests to projects.

use std::collections::HashMap;
use std::path::Path;
use std::sync::Arc;

use crate::ecosystems::{Claims, PassedOver, Project, Sighted};
use crate::event::Problem;
use crate::target::{Addressable, Kind, Target, TreePath};
use crate::tree::View;

use super::manifest::Parsed;
use super::messages::BuiltTarget;
use super::package::Package;
use super::source::{Crate, Examples, Macros, Seen, Source, Sources};
use super::targets::{self, Found, Role};
use super::workspace::{Group, Manifests, Stray, group};

/// What a session finds again of its project.
#[derive(Debug, Default)]
pub(super) struct Detail {
    /// Whether the tree has the workspace's root; above the tree there may be
    /// one of which only this package is asked for.
    pub(super) workspace: bool,
    pub(super) members: Vec<Member>,
}

/// A package of a project.
#[derive(Debug)]
pub(super) struct Member {
    pub(super) folder: TreePath,
    pub(super) name: String,
    /// Its `CARGO_PKG_*`.
    pub(super) variables: Vec<(String, String)>,
    pub(super) targets: Vec<Known>,
}

/// A target of a package, under the names that reports use.
#[derive(Debug)]
pub(super) struct Known {
    pub(super) found: Found,
    pub(super) tests: Target,
    pub(super) docs: Target,
    /// The tests that its source writes out.
    pub(super) seen: Seen,
    /// The doc examples that are written out.
    pub(super) examples: Seen,
}

impl Detail {
    /// The package whose manifest this is.
    pub(super) fn member(&self, root: &Path, manifest: &Path) -> Option<&Member> {
        let folder = manifest.parent()?.strip_prefix(root).ok()?.to_str()?;
        self.members.iter().find(|member| member.folder.as_str() == folder)
    }

    /// The target of which cargo speaks.
    pub(super) fn known(
        &self,
        root: &Path,
        manifest: &Path,
        target: &BuiltTarget,
    ) -> Option<&Known> {
        let role = Role::of(&target.kind)?;
        let same = |known: &&Known| {
            let found = &known.found;
            found.role == role && (found.name == target.name || role == Role::Lib)
        };
        self.member(root, manifest)?.targets.iter().find(same)
    }
}

pub(super) fn claim(view: View<'_>) -> Claims {
    let mut claims = Claims::default();
    let mut manifests = Manifests::new();
    for (path, parsed) in view.facts::<Parsed>() {
        match parsed {
            Ok(manifest) if manifest.package.is_none() && manifest.workspace.is_none() => {
                claims.passed_over.push(PassedOver {
                    path: path.clone(),
                    why: "it has neither a [package] nor a [workspace]".to_owned(),
                    examples: 0,
                });
            }
            Ok(manifest) => {
                manifests.insert(path.parent(), manifest);
            }
            Err(broken) => claims.problems.push(
                Problem::error(
                    path.as_str(),
                    &*broken.message,
                    "correct the manifest, or `exclude` its folder in prove.toml",
                )
                .at(path.as_str(), broken.line),
            ),
        }
    }
    let (groups, strays) = group(&manifests);
    claims.passed_over.extend(strays.iter().map(passed_over));
    let sources: Sources<'_> = view.facts::<Source>().collect();
    let markdown = view.facts::<Examples>().map(|(path, Examples(lines))| (path, lines.as_slice()));
    let (markdown, macros) = (markdown.collect(), Macros::of(&sources));
    let files = Crate { tree: view.tree, sources: &sources, markdown: &markdown, macros: &macros };
    let mut projects: Vec<(Group, Vec<Member>)> = groups
        .into_iter()
        .filter(|group| !group.members.is_empty())
        .map(|group| {
            let members = members(&group, &manifests, files);
            (group, members)
        })
        .collect();
    tell_apart(&mut projects);
    claims.projects.extend(projects.into_iter().map(|(group, members)| {
        let workspace = manifests.get(&group.root).is_some_and(|root| root.workspace.is_some());
        project(&group, members, workspace)
    }));
    claims
}

fn passed_over(stray: &Stray) -> PassedOver {
    PassedOver {
        path: stray.folder.join("Cargo.toml"),
        why: format!(
            "cargo refuses a package below a workspace that is not in it: add it to `members` or \
             `exclude` in {}",
            stray.workspace.join("Cargo.toml")
        ),
        examples: 0,
    }
}

fn members(group: &Group, manifests: &Manifests<'_>, files: Crate<'_>) -> Vec<Member> {
    let workspace = manifests.get(&group.root).and_then(|manifest| manifest.workspace.as_ref());
    let member = |folder: &TreePath| {
        let manifest = *manifests.get(folder)?;
        let inherited = workspace.map(|workspace| &workspace.package);
        let package = Package { folder, manifest, root: &group.root, inherited };
        let found = targets::find(files.tree, folder, manifest);
        Some(Member {
            folder: folder.clone(),
            name: manifest.text("name").unwrap_or_default().to_owned(),
            variables: package.variables(files.tree),
            targets: found.into_iter().map(|found| known(found, files)).collect(),
        })
    };
    group.members.iter().filter_map(member).collect()
}

fn known(found: Found, files: Crate<'_>) -> Known {
    let target = |kind| Target { path: found.path.clone(), kind, ecosystem: "cargo", name: None };
    let required = &found.required;
    let tests = if found.harness { files.tests(&found.path, required) } else { Seen::default() };
    let docs = if found.doctest { files.docs(&found.path, required) } else { Seen::default() };
    Known { tests: target(Kind::Test), docs: target(Kind::Doc), seen: tests, examples: docs, found }
}

/// Targets of one path carry their names; where those are the same as well,
/// their packages' names.
fn tell_apart(projects: &mut [(Group, Vec<Member>)]) {
    let mut paths: HashMap<TreePath, Vec<String>> = HashMap::new();
    for member in projects.iter().flat_map(|(_, members)| members) {
        for known in &member.targets {
            paths.entry(known.found.path.clone()).or_default().push(known.found.name.clone());
        }
    }
    for member in projects.iter_mut().flat_map(|(_, members)| members) {
        for known in &mut member.targets {
            let names = &paths[&known.found.path];
            if names.len() > 1 {
                let same = names.iter().filter(|name| **name == known.found.name).count() > 1;
                let name = if same { &member.name } else { &known.found.name };
                known.tests.name = Some(name.as_str().into());
                known.docs.name.clone_from(&known.tests.name);
            }
        }
    }
}

fn project(group: &Group, members: Vec<Member>, workspace: bool) -> Project {
    let manifest = group.root.join("Cargo.toml");
    let evidence = match members.as_slice() {
        [member] => format!("{manifest}: package `{}`", member.name),
        members => format!("{manifest}: a workspace of {} packages", members.len()),
    };
    let targets = members.iter().flat_map(sighted).collect();
    Project {
        ecosystem: "cargo",
        root: group.root.clone(),
        evidence,
        targets,
        detail: Arc::new(Detail { workspace, members }),
    }
}

fn sighted(member: &Member) -> impl Iterator<Item = Sighted> {
    member.targets.iter().flat_map(|known| {
        let sighted = |target: &Target, seen: Option<&Seen>, addressable| Sighted {
            target: target.clone(),
            evidence: known.found.evidence(&member.name),
            cases: seen.map(|seen| seen.cases.clone()),
            unsure: seen.map(|seen| seen.unsure.clone()).unwrap_or_default(),
            addressable,
        };
        let tests = known.found.test.then(|| {
            if known.found.harness {
                sighted(&known.tests, Some(&known.seen), Addressable::Case)
            } else {
                sighted(&known.tests, None, Addressable::Target)
            }
        });
        let docs = || sighted(&known.docs, Some(&known.examples), Addressable::Case);
        tests.into_iter().chain(known.found.doctest.then(docs))
    })
}
