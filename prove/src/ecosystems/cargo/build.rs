//! What a build leaves: what did not compile, and what test programs need to
//! know of it.

use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::path::{Path, PathBuf};

use crate::decode::paths::join;
use crate::target::Location;

use super::env::library_folder;
use super::messages::{Artifact, BuildScript, BuiltTarget, CompilerMessage, Diagnostic};
use super::targets::Role;

/// What cargo said so far.
#[derive(Debug, Default)]
pub(super) struct Build {
    /// By package.
    scripts: HashMap<String, BuildScript>,
    /// The library folders of all build scripts.
    pub(super) native: BTreeSet<PathBuf>,
    /// The binaries that integration tests may start, by package.
    binaries: HashMap<String, Vec<(String, PathBuf)>>,
    /// What test programs were built from.
    sources: BTreeSet<PathBuf>,
    /// The packages whose libraries have doc examples that run.
    pub(super) documented: Vec<String>,
    /// What did not compile, by manifest and source file.
    pub(super) failures: BTreeMap<(PathBuf, PathBuf), Failure>,
}

/// A target that did not compile.
#[derive(Debug)]
pub(super) struct Failure {
    pub(super) target: BuiltTarget,
    /// The errors, as cargo renders them.
    pub(super) rendered: Vec<String>,
    pub(super) location: Option<Location>,
}

impl Build {
    pub(super) fn script(&mut self, script: BuildScript) {
        self.native.extend(script.linked_paths.iter().map(|flag| library_folder(flag)));
        self.scripts.insert(script.package_id.clone(), script);
    }

    /// Something was built.
    pub(super) fn artifact(&mut self, artifact: &Artifact) {
        if artifact.profile.test {
            self.sources.insert(artifact.target.src_path.clone());
            return;
        }
        let package = || artifact.package_id.clone();
        match (Role::of(&artifact.target.kind), &artifact.executable) {
            (Some(Role::Bin), Some(path)) => {
                let binary = (artifact.target.name.clone(), path.clone());
                self.binaries.entry(package()).or_default().push(binary);
            }
            (Some(Role::Lib), _) if artifact.target.doctest => self.documented.push(package()),
            _ => {}
        }
    }

    pub(super) fn message(&mut self, message: CompilerMessage, base: &str) {
        let Diagnostic { level, rendered, spans } = message.message;
        let Some(rendered) = rendered.filter(|_| level.starts_with("error")) else { return };
        let key = (message.manifest_path, message.target.src_path.clone());
        let failure = self.failures.entry(key).or_insert_with(|| Failure {
            target: message.target,
            rendered: Vec::new(),
            location: None,
        });
        let location = spans.into_iter().find(|span| span.is_primary).map(|span| Location {
            file: join(base, &span.file_name),
            line: Some(span.line_start),
        });
        // "aborting due to" says nothing that the errors do not. A library is
        // compiled twice, with and without tests, and says all twice.
        if location.is_some() || spans_nothing_yet(failure) {
            failure.location = failure.location.take().or(location);
            if !failure.rendered.contains(&rendered) {
                failure.rendered.push(rendered);
            }
        }
    }

    /// Whether a test program of this source was built, or why not is known.
    pub(super) fn is_settled(&self, source: &Path) -> bool {
        self.sources.contains(source) || self.failures.keys().any(|(_, failed)| failed == source)
    }

    pub(super) fn script_of(&self, package: &str) -> Option<&BuildScript> {
        self.scripts.get(package)
    }

    /// The binaries that a target may start: cargo names them to integration
    /// tests and benchmarks alone.
    pub(super) fn binaries_for(&self, artifact: &Artifact) -> &[(String, PathBuf)] {
        match Role::of(&artifact.target.kind) {
            Some(Role::Test | Role::Bench) => {
                self.binaries.get(&artifact.package_id).map_or(&[], Vec::as_slice)
            }
            _ => &[],
        }
    }
}

fn spans_nothing_yet(failure: &Failure) -> bool {
    failure.rendered.is_empty()
}
