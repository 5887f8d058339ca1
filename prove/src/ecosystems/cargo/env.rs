//! The environment and folder that `cargo test` gives a test program.

use std::collections::BTreeSet;
use std::ffi::{OsStr, OsString};
use std::path::{Path, PathBuf};

use crate::ecosystems::Env;

use super::messages::BuildScript;

/// The variable that the dynamic linker searches.
const LIBRARY_PATH: &str =
    if cfg!(target_os = "macos") { "DYLD_FALLBACK_LIBRARY_PATH" } else { "LD_LIBRARY_PATH" };

/// Where the toolchain is, by `rustc --print sysroot --print target-libdir`.
#[derive(Clone, Debug, Default, PartialEq)]
pub(super) struct Toolchain {
    pub(super) sysroot: PathBuf,
    pub(super) libdir: PathBuf,
}

impl Toolchain {
    /// A program of the toolchain.
    pub(super) fn program(&self, name: &str) -> PathBuf {
        self.sysroot.join("bin").join(name)
    }

    /// The target of programs that are built for this machine.
    pub(super) fn host(&self) -> Option<&str> {
        self.libdir.parent()?.file_name()?.to_str()
    }

    /// The same, for programs that are built for this target.
    pub(super) fn of(&self, target: &str) -> Self {
        let libdir = self.sysroot.join("lib/rustlib").join(target).join("lib");
        Self { sysroot: self.sysroot.clone(), libdir }
    }

    /// What rustup sets when it stands in for cargo: the toolchain's name,
    /// and its own folder, if this is a toolchain of rustup's.
    fn rustup(&self) -> Option<(&Path, &str)> {
        let toolchains = self.sysroot.parent()?;
        let name = self.sysroot.file_name()?.to_str()?;
        (toolchains.file_name()? == "toolchains").then_some((toolchains.parent()?, name))
    }
}

/// An entry of `[env]` in cargo's configuration.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Setting {
    pub(super) name: String,
    pub(super) value: OsString,
    pub(super) force: bool,
}

/// What the environment of one test program is made from.
pub(super) struct Parts<'a> {
    pub(super) inherited: &'a Env,
    pub(super) toolchain: &'a Toolchain,
    pub(super) settings: &'a [Setting],
    pub(super) package: &'a [(String, String)],
    pub(super) manifest: &'a Path,
    /// The package's own build script.
    pub(super) script: Option<&'a BuildScript>,
    /// The library paths of all build scripts.
    pub(super) native: &'a BTreeSet<PathBuf>,
    /// The binaries of the package, for integration tests and benchmarks.
    pub(super) binaries: &'a [(String, PathBuf)],
    pub(super) executable: &'a Path,
}

/// The variables, in the order in which later ones win.
pub(super) fn variables(parts: &Parts<'_>) -> Vec<(OsString, OsString)> {
    let mut all: Vec<(OsString, OsString)> = Vec::new();
    let mut set = |name: &str, value: OsString| all.push((name.into(), value));
    for (name, value) in rustup(parts) {
        set(name, value);
    }
    set(LIBRARY_PATH, library_path(parts));
    if let Some(script) = parts.script {
        set("OUT_DIR", script.out_dir.clone().into());
        for (name, value) in &script.env {
            set(name, value.into());
        }
    }
    for (name, path) in parts.binaries {
        set(&format!("CARGO_BIN_EXE_{name}"), path.into());
    }
    set("CARGO", cargo(parts));
    set("CARGO_MANIFEST_DIR", parts.manifest.parent().unwrap_or(parts.manifest).into());
    set("CARGO_MANIFEST_PATH", parts.manifest.into());
    for (name, value) in parts.package {
        set(name, value.into());
    }
    configured(parts, &mut all);
    all
}

/// `[env]` never overrides what cargo sets, and what is inherited only by `force`.
fn configured(parts: &Parts<'_>, all: &mut Vec<(OsString, OsString)>) {
    for setting in parts.settings {
        let taken = all.iter().any(|(name, _)| *name == *setting.name)
            || (parts.inherited.0.contains_key(&setting.name) && !setting.force);
        if !taken {
            all.push(((&*setting.name).into(), setting.value.clone()));
        }
    }
}

fn cargo(parts: &Parts<'_>) -> OsString {
    match parts.inherited.get("CARGO") {
        // Cargo keeps what an outer cargo says, so that all of a build use one.
        Some(outer) => outer.into(),
        None => parts.toolchain.program("cargo").into(),
    }
}

fn rustup(parts: &Parts<'_>) -> Vec<(&'static str, OsString)> {
    let Some((home, name)) = parts.toolchain.rustup() else { return Vec::new() };
    let env = parts.inherited;
    let depth: u32 = env.get("RUST_RECURSION_COUNT").and_then(|n| n.parse().ok()).unwrap_or(0);
    let mut all = vec![
        ("RUSTUP_TOOLCHAIN", name.into()),
        ("RUSTUP_HOME", home.into()),
        ("RUST_RECURSION_COUNT", (depth + 1).to_string().into()),
    ];
    if let Some(cargo_home) = cargo_home(env) {
        let mut path = split(env.get("PATH"));
        prepend(cargo_home.join("bin"), &mut path);
        all.push(("PATH", joined(&path)));
        all.push(("CARGO_HOME", cargo_home.into()));
    }
    all
}

/// Cargo's own folder.
pub(super) fn cargo_home(env: &Env) -> Option<PathBuf> {
    let default = || Some(Path::new(env.get("HOME")?).join(".cargo"));
    env.get("CARGO_HOME").map(PathBuf::from).or_else(default)
}

/// Libraries that build scripts made, then those of the build, then the
/// toolchain's, then what was there.
fn library_path(parts: &Parts<'_>) -> OsString {
    let folder = parts.executable.parent().unwrap_or(parts.executable);
    let out = if folder.ends_with("deps") || folder.ends_with("examples") {
        folder.parent().unwrap_or(folder)
    } else {
        folder
    };
    let native = parts.native.iter().filter(|path| path.starts_with(out)).cloned();
    let mut paths: Vec<PathBuf> = native.collect();
    paths.extend([out.to_owned(), out.join("deps"), parts.toolchain.libdir.clone()]);
    let mut before = split(parts.inherited.get(LIBRARY_PATH));
    if parts.toolchain.rustup().is_some() {
        prepend(parts.toolchain.sysroot.join("lib"), &mut before);
    }
    // Under another cargo they may stand there already.
    if !before.starts_with(&paths) {
        paths.extend(before);
        before = paths;
    }
    joined(&before)
}

/// As rustup does it: only what is not there yet.
fn prepend(path: PathBuf, paths: &mut Vec<PathBuf>) {
    if !paths.contains(&path) {
        paths.insert(0, path);
    }
}

fn split(paths: Option<&str>) -> Vec<PathBuf> {
    paths.into_iter().flat_map(std::env::split_paths).collect()
}

fn joined(paths: &[PathBuf]) -> OsString {
    let paths: Vec<&OsStr> = paths.iter().map(|path| path.as_os_str()).collect();
    paths.join(OsStr::new(":"))
}

/// The path in `-L native=PATH`, as build scripts give it.
pub(super) fn library_folder(flag: &str) -> PathBuf {
    let kinds = ["native=", "dependency=", "crate=", "framework=", "all="];
    kinds.iter().find_map(|kind| flag.strip_prefix(kind)).unwrap_or(flag).into()
}
