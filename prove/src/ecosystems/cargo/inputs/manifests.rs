//! The manifests that cargo reads, and where it looks for targets.

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};

use toml::{Table, Value};

use crate::launch::Depends;

use super::super::workspace;
use super::{Inputs, Told, read};

/// Files that cargo finds by their names.
const FOUND: &[&str] =
    &["build.rs", "src/lib.rs", "src/main.rs", "README.md", "README.txt", "README"];

/// Folders where it looks for targets.
const LOOKED: &[&str] = &["src/bin", "tests", "examples", "benches"];

impl Inputs {
    /// Every manifest that can have a say: of the packages that were built, of
    /// those that they name by path, of the workspaces around them.
    pub(super) fn manifests(&mut self) -> Told {
        let mut ahead: Vec<PathBuf> = self.packages.values().cloned().collect();
        ahead.push(self.folder.join("Cargo.toml"));
        let mut seen = BTreeSet::new();
        while let Some(manifest) = ahead.pop() {
            // `a/../b` and `b` are one; `a/../a/../b` would go on for ever.
            let one = std::fs::canonicalize(&manifest).unwrap_or_else(|_| manifest.clone());
            if self.is_kept(&one) || !seen.insert(one) {
                continue;
            }
            let package = manifest.parent().unwrap_or(&manifest).to_owned();
            if !manifest.is_file() {
                self.add(Depends::Absent(manifest))?;
                continue;
            }
            let around = package.ancestors().skip(1).map(|above| above.join("Cargo.toml"));
            ahead.extend(around.filter(|manifest| manifest.is_file()));
            self.package(&package)?;
            let table: Table = toml::from_str(&read(&manifest)?).map_err(|e| e.to_string())?;
            self.file(manifest)?;
            ahead.extend(
                paths(&table).into_iter().map(|path| package.join(path).join("Cargo.toml")),
            );
            if let Some(workspace) = table.get("workspace") {
                ahead.extend(self.members(&package, workspace)?);
            }
        }
        Ok(())
    }

    /// What cargo finds in a package by where it lies.
    fn package(&mut self, package: &Path) -> Told {
        // What may be there or not in the folders above was looked at before
        // the build: those folders change too often.
        for name in FOUND {
            self.maybe(package.join(name))?;
        }
        for name in LOOKED {
            let folder = package.join(name);
            let there = folder.is_dir();
            self.add(if there { Depends::Names(folder) } else { Depends::Absent(folder) })?;
        }
        let lock = package.join("Cargo.lock");
        if lock.exists() { self.file(lock) } else { Ok(()) }
    }

    /// The manifests of the members of a workspace.
    fn members(&mut self, root: &Path, workspace: &Value) -> Result<Vec<PathBuf>, String> {
        let globs = workspace.get("members").and_then(Value::as_array);
        let mut found = Vec::new();
        for glob in globs.into_iter().flatten().filter_map(Value::as_str) {
            if glob.contains("**") {
                return Err(format!("the members {glob} may be anywhere"));
            }
            let mut folders = vec![root.to_owned()];
            for part in glob.split('/').filter(|part| !part.is_empty() && *part != ".") {
                folders = self.matching(&folders, part)?;
            }
            found.extend(folders.into_iter().map(|folder| folder.join("Cargo.toml")));
        }
        Ok(found)
    }

    fn matching(&mut self, folders: &[PathBuf], part: &str) -> Result<Vec<PathBuf>, String> {
        if !part.contains(['*', '?', '[']) {
            return Ok(folders.iter().map(|folder| folder.join(part)).collect());
        }
        let mut found = Vec::new();
        for folder in folders.iter().filter(|folder| folder.is_dir()) {
            self.add(Depends::Names(folder.clone()))?;
            let entries = std::fs::read_dir(folder).map_err(|error| error.to_string())?;
            found.extend(entries.flatten().filter_map(|entry| {
                let matches = workspace::one(part.as_bytes(), entry.file_name().as_encoded_bytes());
                (matches && entry.path().is_dir()).then(|| entry.path())
            }));
        }
        Ok(found)
    }
}

/// Whatever a manifest calls a `path`: of a dependency, or of a target, where
/// there is no manifest and none will be missed.
fn paths(table: &Table) -> Vec<&str> {
    let mut found = Vec::new();
    let mut ahead: Vec<&Value> = table.values().collect();
    while let Some(value) = ahead.pop() {
        match value {
            Value::Table(table) => {
                found.extend(table.get("path").and_then(Value::as_str));
                found.extend(table.get("workspace").and_then(Value::as_str));
                ahead.extend(table.values());
            }
            Value::Array(array) => ahead.extend(array),
            _ => {}
        }
    }
    found
}
