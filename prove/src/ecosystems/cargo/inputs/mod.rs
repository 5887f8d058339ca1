//! What a build depended on: all that cargo looks at to find that there is
//! nothing to build.
//!
//! This program, started by a session after a build, reads what cargo and rustc
//! left behind: dep-info, what build scripts asked for, manifests. It prints
//! what was found, or why it cannot tell; then cargo is asked the next time.

use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::ffi::OsString;
use std::io::{BufRead, Write};
use std::path::{Path, PathBuf};

use crate::ecosystems::Env;
use crate::launch::{Depends, Launch, Stdin};

use super::env::cargo_home;
use super::messages::Message;

mod dep_info;
mod manifests;
mod programs;
mod units;

/// The first argument that makes this program tell.
const MARK: &str = "--inputs-of-a-build";

/// The last line, in and out.
pub(super) const END: &[u8] = b"end";

/// What cannot be told, and why: cargo will be asked.
type Told = Result<(), String>;

/// A launch that tells. It reads cargo's messages, and [`END`].
pub(super) fn launch(prove: &Path, sysroot: &Path, folder: &Path) -> Launch {
    let words = [prove.as_os_str(), MARK.as_ref(), sysroot.as_os_str()];
    let mut launch = Launch::new(words, folder);
    launch.stdin = Stdin::Pipe;
    launch.slots = 0;
    launch
}

/// Tells what a build depended on, if that is what this program was started
/// for: its exit code. `words` without the program's name.
pub fn build_inputs(words: &[OsString]) -> Option<u8> {
    let [mark, sysroot] = words else { return None };
    if mark != MARK {
        return None;
    }
    let vars = std::env::vars_os();
    let vars = vars
        .filter_map(|(name, value)| Some((name.into_string().ok()?, value.into_string().ok()?)));
    let env = Env(vars.collect());
    let folder = std::env::current_dir().unwrap_or_default();
    let mut inputs = Inputs::new(&folder, env);
    let mut out = std::io::stdout().lock();
    let written = match inputs.all(std::io::stdin().lock(), Path::new(sysroot)) {
        Ok(()) => inputs.write(&mut out),
        Err(why) => writeln!(out, "{why}"),
    };
    Some(if written.is_ok() { crate::exit::GREEN } else { crate::exit::INCOMPLETE })
}

/// What is found so far.
struct Inputs {
    folder: PathBuf,
    env: Env,
    /// Where cargo keeps the sources that it takes for unchangeable.
    kept: Vec<PathBuf>,
    found: BTreeSet<Depends>,
    /// The manifests of packages, by their IDs.
    packages: HashMap<String, PathBuf>,
    /// The folders in a `.fingerprint` folder, by the hash at their end.
    fingerprints: BTreeMap<PathBuf, HashMap<String, PathBuf>>,
}

impl Inputs {
    fn new(folder: &Path, env: Env) -> Self {
        let home = cargo_home(&env);
        let kept = home.iter().flat_map(|home| [home.join("registry"), home.join("git")]);
        Self {
            folder: folder.to_owned(),
            kept: kept.collect(),
            env,
            found: BTreeSet::new(),
            packages: HashMap::new(),
            fingerprints: BTreeMap::new(),
        }
    }

    fn all(&mut self, messages: impl BufRead, sysroot: &Path) -> Told {
        let (mut artifacts, mut scripts) = (Vec::new(), Vec::new());
        for line in messages.split(b'\n') {
            let line = line.map_err(|error| error.to_string())?;
            if line == END {
                break;
            }
            match Message::parse(&line) {
                Some(Message::CompilerArtifact(artifact)) => artifacts.push(artifact),
                Some(Message::BuildScriptExecuted(script)) => scripts.push(script),
                _ => {}
            }
        }
        for artifact in &artifacts {
            self.packages.insert(artifact.package_id.clone(), artifact.manifest_path.clone());
        }
        for artifact in &artifacts {
            self.artifact(artifact)?;
        }
        for script in &scripts {
            self.script(script)?;
        }
        self.manifests()?;
        self.programs(sysroot)
    }

    fn write(&self, out: &mut impl Write) -> std::io::Result<()> {
        for one in &self.found {
            writeln!(out, "{one}")?;
        }
        out.write_all(END)?;
        out.write_all(b"\n")
    }

    fn add(&mut self, one: Depends) -> Told {
        if let Depends::File(path)
        | Depends::Absent(path)
        | Depends::Names(path)
        | Depends::Tree(path) = &one
            && path.to_str().is_none_or(|path| path.contains('\n'))
        {
            return Err(format!("{} is no line of text", path.display()));
        }
        self.found.insert(one);
        Ok(())
    }

    fn file(&mut self, path: impl Into<PathBuf>) -> Told {
        self.add(Depends::File(path.into()))
    }

    /// A file that may be there or not.
    fn maybe(&mut self, path: PathBuf) -> Told {
        let there = path.exists();
        self.add(if there { Depends::File(path) } else { Depends::Absent(path) })
    }

    /// Whether cargo never looks whether this has changed.
    fn is_kept(&self, path: &Path) -> bool {
        self.kept.iter().any(|folder| path.starts_with(folder))
    }
}

fn read(path: &Path) -> Result<String, String> {
    std::fs::read_to_string(path).map_err(|error| format!("{}: {error}", path.display()))
}
