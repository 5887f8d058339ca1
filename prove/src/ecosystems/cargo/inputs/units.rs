//! What each unit of a build was made from, and what it made.

use std::collections::HashMap;
use std::os::unix::fs::MetadataExt;
use std::path::{Path, PathBuf};

use crate::launch::Depends;

use super::super::messages::{Artifact, BuildScript};
use super::dep_info::DepInfo;
use super::{Inputs, Told, read};

/// The letters of the hash that parts the units of one package.
const HASH: usize = 16;

impl Inputs {
    /// Something that rustc made.
    pub(super) fn artifact(&mut self, artifact: &Artifact) -> Told {
        let made: Vec<&PathBuf> = artifact.filenames.iter().chain(&artifact.executable).collect();
        for &file in &made {
            self.file(file)?;
        }
        let name = artifact.target.name.replace('-', "_");
        let unit = made.iter().find_map(|file| Unit::of(file, &name));
        let unit = unit.ok_or_else(|| format!("no unit is known of {}", artifact.package_id))?;
        self.fingerprint(&unit)?;
        let info = unit.folder.join(format!("{name}-{}.d", unit.hash));
        let DepInfo { files, variables } = DepInfo::parse(&read(&info)?);
        for file in files {
            self.source(&artifact.manifest_path, Path::new(&file))?;
        }
        variables.into_iter().try_for_each(|name| self.add(Depends::Variable(name)))
    }

    /// Cargo's own record of a unit: empty while it builds, and gone if it is removed.
    fn fingerprint(&mut self, unit: &Unit) -> Told {
        let folder = unit.profile.join(".fingerprint");
        if !self.fingerprints.contains_key(&folder) {
            let all = by_hash(&folder).ok_or_else(|| format!("no {}", folder.display()))?;
            self.fingerprints.insert(folder.clone(), all);
        }
        let known = self.fingerprints.get(&folder).and_then(|all| all.get(&unit.hash)).cloned();
        let known = known.ok_or_else(|| format!("no fingerprint of {}", unit.hash))?;
        self.add(Depends::Tree(known))
    }

    /// A file that rustc has read. Cargo does not tell in which folder it ran:
    /// the workspace's root, or the package's.
    fn source(&mut self, manifest: &Path, file: &Path) -> Told {
        let package = manifest.parent().unwrap_or(manifest);
        let candidates: Vec<PathBuf> = if file.is_absolute() {
            vec![file.to_owned()]
        } else {
            let bases = package.ancestors().chain([self.folder.as_path()]);
            bases.map(|base| base.join(file)).filter(|path| path.is_file()).collect()
        };
        if candidates.is_empty() {
            return Err(format!("no source {}", file.display()));
        }
        for path in candidates.into_iter().filter(|path| !self.is_kept(path)).collect::<Vec<_>>() {
            self.file(path)?;
        }
        Ok(())
    }

    /// What a build script asked cargo to look at.
    pub(super) fn script(&mut self, script: &BuildScript) -> Told {
        let ran = script.out_dir.parent().ok_or("a build script ran nowhere")?.to_owned();
        let hash = ran.file_name().and_then(|name| hash_of(name.to_str()?));
        let profile = ran.parent().and_then(Path::parent).map(Path::to_owned);
        let (Some(hash), Some(profile)) = (hash, profile) else {
            return Err(format!("no unit is known of {}", ran.display()));
        };
        self.fingerprint(&Unit { folder: ran.clone(), profile, hash: hash.to_owned() })?;
        let manifest = self.packages.get(&script.package_id).cloned();
        let manifest = manifest.ok_or_else(|| format!("unknown {}", script.package_id))?;
        let package = manifest.parent().unwrap_or(&manifest);
        let output = ran.join("output");
        let said = read(&output)?;
        self.file(output)?;
        let mut rules = false;
        for line in said.lines() {
            let Some(rule) = line.strip_prefix("cargo::").or_else(|| line.strip_prefix("cargo:"))
            else {
                continue;
            };
            if let Some(name) = rule.strip_prefix("rerun-if-env-changed=") {
                self.add(Depends::Variable(name.to_owned()))?;
                rules = true;
            } else if let Some(path) = rule.strip_prefix("rerun-if-changed=") {
                self.looked_at(&package.join(path))?;
                rules = true;
            }
        }
        // Then any file of the package counts, but for those that git or the
        // manifest leave out.
        if rules || self.is_kept(package) {
            Ok(())
        } else {
            Err(format!("the build script of {} has no rules", script.package_id))
        }
    }

    fn looked_at(&mut self, path: &Path) -> Told {
        if self.is_kept(path) {
            return Ok(());
        }
        match std::fs::metadata(path) {
            Ok(meta) if meta.is_dir() => self.add(Depends::Tree(path.to_owned())),
            Ok(_) => self.file(path),
            // Cargo runs the script each time until it is there.
            Err(error) => Err(format!("{}: {error}", path.display())),
        }
    }
}

/// One call of rustc, or one run of a build script.
struct Unit {
    /// Where it puts what it makes.
    folder: PathBuf,
    /// `target/debug`.
    profile: PathBuf,
    hash: String,
}

impl Unit {
    /// The unit that made this file of the crate of this name.
    fn of(file: &Path, name: &str) -> Option<Self> {
        let folder = file.parent()?;
        if folder.parent()?.ends_with("build") {
            let hash = hash_of(folder.file_name()?.to_str()?)?.to_owned();
            let profile = folder.parent()?.parent()?.to_owned();
            return Some(Self { folder: folder.to_owned(), profile, hash });
        }
        let deep = folder.ends_with("deps") || folder.ends_with("examples");
        let profile = if deep { folder.parent()? } else { folder }.to_owned();
        let stem = file.file_stem()?.to_str()?;
        if let Some(hash) = hash_of(stem).filter(|_| deep) {
            return Some(Self { folder: folder.to_owned(), profile, hash: hash.to_owned() });
        }
        // A link of the file that the unit made, under a name without the hash.
        let folder =
            if folder.ends_with("examples") { folder.to_owned() } else { profile.join("deps") };
        let hash = link(file, &folder, name)?;
        Some(Self { folder, profile, hash })
    }
}

/// The hash in the name of another link of this file.
fn link(file: &Path, folder: &Path, name: &str) -> Option<String> {
    let meta = std::fs::metadata(file).ok()?;
    let entries = std::fs::read_dir(folder).ok()?;
    entries.flatten().find_map(|entry| {
        let file_name = entry.file_name();
        let text = file_name.to_str()?;
        let rest = text.strip_prefix("lib").unwrap_or(text).strip_prefix(name);
        let rest = rest.or_else(|| text.strip_prefix(name))?;
        let hash = hash_of(rest.split('.').next()?)?;
        let other = entry.metadata().ok()?;
        ((other.dev(), other.ino()) == (meta.dev(), meta.ino())).then(|| hash.to_owned())
    })
}

/// The hash in `NAME-HASH`.
fn hash_of(name: &str) -> Option<&str> {
    let (_, hash) = name.rsplit_once('-')?;
    let is_hash = hash.len() == HASH && hash.bytes().all(|byte| byte.is_ascii_hexdigit());
    is_hash.then_some(hash)
}

fn by_hash(folder: &Path) -> Option<HashMap<String, PathBuf>> {
    let entries = std::fs::read_dir(folder).ok()?;
    let named = entries.flatten().filter_map(|entry| {
        let hash = hash_of(entry.file_name().to_str()?)?.to_owned();
        Some((hash, entry.path()))
    });
    Some(named.collect())
}
