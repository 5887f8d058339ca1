//! The doc examples of a workspace: how cargo would start rustdoc, for each
//! library; then list, offer, run.

use std::path::PathBuf;

use crate::decode::libtest::examples;
use crate::ecosystems::{Case, Cases, Docs, Done, Ignored, Step};
use crate::event::Event;
use crate::launch::{LOG_PATH, Launch, Libtest, Protocol};
use crate::target::{Addressable, CaseName, Kind};

use super::super::docs::{Rustdoc, STAND_IN};
use super::super::run;
use super::{Cargo, Offered, Tool, not_listed};

impl Cargo {
    /// Asks for the doc examples once the libraries are built.
    pub(super) fn start_docs(&mut self, steps: &mut Vec<Step>) {
        if !self.built || self.documented {
            return;
        }
        let some = !self.build.documented.is_empty() || !self.command.tests;
        if self.context.docs == Docs::Off || !self.command.docs || !some {
            self.documented = true;
            return;
        }
        let Some(toolchain) = &self.toolchain else { return };
        self.documented = true;
        // Where something did not compile, cargo would run no examples at all.
        let failed = !self.build.failures.is_empty();
        let packages = if failed { self.build.documented.as_slice() } else { &[] };
        let program = match self.context.env.get("RUSTDOC") {
            Some(own) => PathBuf::from(own),
            None => toolchain.program("rustdoc"),
        };
        let launch = self
            .command
            .docs(&self.folder, packages)
            .env("RUSTDOC", &self.context.prove)
            .env(STAND_IN, program);
        self.tool(Tool::Docs, launch, steps);
    }

    pub(super) fn docs_done(&mut self, done: Done<'_>, steps: &mut Vec<Step>) {
        if !done.exit.success() {
            let remedy = "make `cargo test --doc` start";
            steps.push(Step::Emit(Event::Problem(self.refused(done, remedy))));
        }
        for rustdoc in std::mem::take(&mut self.rustdocs) {
            let mut harness = vec!["--list", "--format=terse"];
            harness.extend(run::ignored(self.context.ignored).filter(|&arg| arg == "--ignored"));
            let launch = rustdoc.launch(harness);
            let tool = Tool::DocList { rustdoc: Box::new(rustdoc), names: Vec::new() };
            self.tool(tool, launch, steps);
        }
    }

    pub(super) fn doc_listed(
        &mut self,
        rustdoc: Rustdoc,
        names: Vec<CaseName>,
        done: Done<'_>,
        steps: &mut Vec<Step>,
    ) {
        let source = rustdoc.source().unwrap_or_default();
        let known = self.detail.members.iter().flat_map(|member| &member.targets);
        let mut known = known.filter(|known| known.found.doctest);
        let target = known
            .find(|known| known.docs.path.on_disk(&self.context.root) == source)
            .map_or_else(|| self.unknown(&source, Kind::Doc), |known| known.docs.clone());
        if !done.exit.success() {
            return steps.push(not_listed(target, &rustdoc.launch([]), done));
        }
        if names.is_empty() {
            return;
        }
        let cases = examples(&names, &self.base(&rustdoc)).into_iter().map(|example| Case {
            name: example.name,
            location: example.location,
            ignored: self.context.ignored == Ignored::Only,
        });
        let known = Cases::Known(cases.collect());
        let id = self.offer(target, known, Addressable::Target, steps);
        self.offered.insert(id, Offered::Docs { rustdoc, names });
    }

    /// The folder that rustdoc's names are relative to, from the tree's root.
    pub(super) fn base(&self, rustdoc: &Rustdoc) -> String {
        let cwd = rustdoc.cwd.strip_prefix(&self.context.root).unwrap_or(&rustdoc.cwd);
        cwd.to_string_lossy().into_owned()
    }

    pub(super) fn run_docs(&self, rustdoc: &Rustdoc, names: &[CaseName], threads: usize) -> Launch {
        let threads_arg = format!("--test-threads={threads}");
        let mut harness = vec![threads_arg.as_str(), "--logfile", LOG_PATH];
        harness.extend(run::ignored(self.context.ignored));
        let mut launch = rustdoc.launch(harness);
        launch.log = true;
        launch.protocol = Protocol::Libtest(Libtest {
            order: names.to_vec(),
            places: Vec::new(),
            threads,
            base: self.base(rustdoc),
            doc: true,
        });
        launch
    }
}
