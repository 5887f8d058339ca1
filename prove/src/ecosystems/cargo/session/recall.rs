//! Whether cargo has to be asked to build: not if nothing has changed that it
//! would look at.

use std::path::{Path, PathBuf};

use crate::ecosystems::{Done, Env, LaunchId, Step};
use crate::launch::{Depends, Launch};

use super::super::docs::Rustdoc;
use super::super::inputs;
use super::{Cargo, command, config};

/// The variable by which the runner knows its processes: another in each run.
const MARK: &str = "PROVE_RUN";

/// What is to be kept of a build.
#[derive(Debug, Default)]
pub(super) struct Recall {
    /// What cargo said that inputs can be found from.
    messages: Vec<u8>,
    /// Launches of cargo that have ended, and what else each depended on.
    pending: Vec<(LaunchId, Vec<Depends>)>,
    /// Who tells what they depended on, and whether all is told.
    teller: Option<LaunchId>,
    told: Vec<Depends>,
    whole: bool,
    ended: bool,
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

    /// Whether this was who tells.
    pub(super) fn told(&mut self, id: LaunchId) -> bool {
        self.ended |= self.teller == Some(id);
        self.teller == Some(id)
    }
}

impl Cargo {
    /// The same launch; an earlier output serves if what it came from has not
    /// changed, where that can be known.
    pub(super) fn recalled(&self, mut launch: Launch) -> Launch {
        if self.may_recall() {
            launch.recall = true;
            let mut files = looked_up(&self.folder, &self.context.env);
            // Another version of ours may tell more.
            files.push(self.context.prove.clone());
            launch.memo = Some(files);
        }
        launch
    }

    fn may_recall(&self) -> bool {
        let always = self.context.settings.get("ask").and_then(toml::Value::as_str);
        always != Some("always") && self.command.is_closed() && self.build.failures.is_empty()
    }

    /// A launch of cargo has ended: what it depended on is to be told.
    pub(super) fn recall(&mut self, id: LaunchId, done: Done<'_>, besides: Vec<Depends>) {
        if done.exit.success() && !done.kept && self.may_recall() {
            self.recall.pending.push((id, besides));
        }
    }

    /// What `cargo test --doc` depends on besides the build: all of the
    /// environment, as it hands that on, and the files that it names to rustdoc.
    pub(super) fn behind_docs(&self) -> Vec<Depends> {
        let mut all = vec![Depends::Variables(String::new())];
        for rustdoc in &self.rustdocs {
            all.push(Depends::File(rustdoc.program.clone()));
            let files = rustdoc.args.iter().filter_map(|arg| arg.split_once('='));
            let files = files.map(|(_, file)| Path::new(file)).filter(|file| file.is_absolute());
            let library = |file: &&Path| {
                let extension = file.extension().and_then(|extension| extension.to_str());
                extension.is_some_and(|it| ["rlib", "rmeta", "so", "dylib"].contains(&it))
            };
            all.extend(files.filter(library).map(|file| Depends::File(file.to_owned())));
        }
        all
    }

    /// Asked for documentation alone, cargo also takes libraries whose examples
    /// `cargo test` leaves out (`doctest = false`).
    pub(super) fn has_examples(&self, rustdoc: &Rustdoc) -> bool {
        let source = rustdoc.source().unwrap_or_default();
        let mut known = self.detail.members.iter().flat_map(|member| &member.targets);
        known.all(|known| {
            known.found.role != super::super::targets::Role::Lib
                || known.found.doctest
                || known.found.path.on_disk(&self.context.root) != source
        })
    }

    /// Starts who tells, once it is known with which toolchain; remembers what is told.
    pub(super) fn remember(&mut self, steps: &mut Vec<Step>) {
        if self.recall.ended {
            for (id, besides) in std::mem::take(&mut self.recall.pending) {
                if self.recall.whole {
                    let all = self.recall.told.iter().cloned().chain(besides);
                    steps.push(Step::Remember(id, all.collect()));
                }
            }
        }
        let Some(toolchain) = &self.toolchain else { return };
        if self.recall.pending.is_empty() || self.recall.teller.is_some() {
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
}

/// How cargo would start rustdoc, but for what is another in each run.
pub(super) fn without_mark(mut rustdoc: Rustdoc) -> Rustdoc {
    rustdoc.env.retain(|(name, _)| name != MARK);
    rustdoc
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
