//! Whether cargo has to be asked to build: not if nothing has changed that it
//! would look at.

use std::path::{Path, PathBuf};

use crate::ecosystems::{Done, Env, LaunchId, Step};
use crate::launch::{Depends, Launch};

use super::super::inputs;
use super::{Cargo, command, config};

/// What is to be kept of a build.
#[derive(Debug, Default)]
pub(super) struct Recall {
    /// What cargo said that inputs can be found from.
    messages: Vec<u8>,
    /// The build, once it has ended and its inputs are to be told.
    build: Option<LaunchId>,
    /// Who tells them.
    teller: Option<LaunchId>,
    told: Vec<Depends>,
    whole: bool,
}

impl Recall {
    /// A message of cargo that is about what was built.
    pub(super) fn message(&mut self, line: &[u8]) {
        self.messages.extend_from_slice(line);
        self.messages.push(b'\n');
    }

    /// Whether this is a line about inputs.
    pub(super) fn line(&mut self, id: LaunchId, line: &[u8]) -> bool {
        if self.teller != Some(id) {
            return false;
        }
        self.whole = line == inputs::END;
        let told = str::from_utf8(line).ok().and_then(Depends::parse);
        self.told.extend(told);
        true
    }
}

impl Cargo {
    /// The same launch; an earlier output serves if what it came from has not
    /// changed, where that can be known.
    pub(super) fn recalled(&self, mut launch: Launch) -> Launch {
        let always = self.context.settings.get("ask").and_then(toml::Value::as_str);
        if always != Some("always") && self.command.is_closed() {
            launch.recall = true;
            launch.memo = Some(looked_up(&self.folder, &self.context.env));
        }
        launch
    }

    /// A build has ended; what it depended on will be told.
    pub(super) fn built(&mut self, id: LaunchId, done: Done<'_>) {
        if done.exit.success() && !done.kept && self.command.is_closed() {
            self.recall.build = Some(id);
        } else {
            self.recall.messages = Vec::new();
        }
    }

    /// Starts who tells, once it is known with which toolchain.
    pub(super) fn ask_for_inputs(&mut self, steps: &mut Vec<Step>) {
        let Some(toolchain) = &self.toolchain else { return };
        if self.recall.build.is_none() || self.recall.teller.is_some() {
            return;
        }
        let launch = inputs::launch(&self.context.prove, &toolchain.sysroot, &self.folder);
        let id = self.launch_id();
        let mut messages = std::mem::take(&mut self.recall.messages);
        messages.extend_from_slice(inputs::END);
        messages.push(b'\n');
        self.recall.teller = Some(id);
        steps.push(Step::Tool(id, launch));
        steps.push(Step::Send(id, messages));
    }

    /// Whether who tells has ended; then the build is remembered, if all was told.
    pub(super) fn inputs_told(&mut self, id: LaunchId, steps: &mut Vec<Step>) -> bool {
        if self.recall.teller != Some(id) {
            return false;
        }
        let told = std::mem::take(&mut self.recall.told);
        if let Some(build) = self.recall.build.take().filter(|_| self.recall.whole) {
            steps.push(Step::Remember(build, told));
        }
        true
    }
}

/// The files, there or not, that cargo and rustup look for in folders that are
/// not the project's own, and so are looked at before a build: those folders
/// change all the time.
fn looked_up(folder: &Path, env: &Env) -> Vec<PathBuf> {
    let mut files = config::files(folder, env);
    files.extend(command::toolchain_files(folder, env));
    let above = folder.ancestors().skip(1);
    files.extend(above.flat_map(|above| [above.join("Cargo.toml"), above.join("Cargo.lock")]));
    let path = env.get("PATH").unwrap_or_default();
    for on_path in std::env::split_paths(path) {
        files.extend([on_path.join("cargo"), on_path.join("rustc")]);
    }
    files.sort();
    files.dedup();
    files
}
