//! The doc examples of a workspace: how cargo would start rustdoc, for each
//! library; then list, offer, run.

use std::path::PathBuf;

use crate::decode::libtest::examples;
use crate::ecosystems::{Case, Cases, Docs, Done, Ignored, Step, Take};
use crate::event::{Event, Problem};
use crate::launch::{LOG_PATH, Launch, Libtest, Protocol};
use crate::target::{Addressable, CaseName, Kind, Target};
use crate::tree::STATE_FOLDER;

use super::super::docs::{self, Listed, Rustdoc, STAND_IN, Said};
use super::super::run;
use super::{Cargo, Offered, Tool, not_listed};

/// A library whose examples the helper lists.
pub(super) struct DocList {
    rustdoc: Rustdoc,
    listed: Vec<Listed>,
    /// Why plain rustdoc has to run them.
    plain: Option<String>,
}

impl DocList {
    pub(super) fn line(&mut self, line: &[u8]) {
        match Said::parse(line) {
            Some(Said::Example(listed)) => self.listed.push(listed),
            Some(Said::Plain { why }) => self.plain = Some(why),
            None => {}
        }
    }
}

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
        self.tool(Tool::Docs, self.recalled(launch), steps);
    }

    pub(super) fn docs_done(&mut self, done: Done<'_>, steps: &mut Vec<Step>) {
        if !done.exit.success() {
            let remedy = "make `cargo test --doc` start";
            steps.push(Step::Emit(Event::Problem(self.refused(done, remedy))));
        }
        for rustdoc in std::mem::take(&mut self.rustdocs) {
            let launch = docs::list(&self.context.prove, &self.examples_folder(), &rustdoc);
            let list = DocList { rustdoc, listed: Vec::new(), plain: None };
            self.tool(Tool::DocList(Box::new(list)), launch, steps);
        }
    }

    /// Where what is compiled of examples is kept.
    fn examples_folder(&self) -> PathBuf {
        self.context.root.join(STATE_FOLDER).join("docs")
    }

    /// The helper has listed the examples of a library.
    pub(super) fn doc_listed(&mut self, list: DocList, done: Done<'_>, steps: &mut Vec<Step>) {
        let DocList { rustdoc, listed, plain } = list;
        let target = self.doc_target(&rustdoc);
        let Some(why) = plain else {
            if !done.exit.success() {
                return steps.push(not_listed(target, &rustdoc.launch([]), done));
            }
            let names: Vec<CaseName> =
                listed.iter().map(|example| example.name.as_str().into()).collect();
            let cases = examples(&names, &self.base(&rustdoc)).into_iter().zip(listed).map(
                |(example, listed)| Case {
                    name: example.name,
                    location: example.location,
                    ignored: listed.ignored,
                },
            );
            let only = self.context.ignored == Ignored::Only;
            let cases: Vec<Case> = cases.filter(|case| case.ignored || !only).collect();
            if cases.is_empty() {
                return;
            }
            let known = Cases::Known(cases.clone());
            let id = self.offer(target, known, Addressable::Case, steps);
            self.offered.insert(id, Offered::Examples { rustdoc, cases });
            return;
        };
        steps.push(Step::Emit(Event::Problem(Problem::note(
            format!("the doc examples of {}", target.label()),
            why,
            "rustdoc itself runs them, one at a time",
        ))));
        let mut harness = vec!["--list", "--format=terse"];
        harness.extend(run::ignored(self.context.ignored).filter(|&arg| arg == "--ignored"));
        let launch = rustdoc.launch(harness);
        let tool = Tool::PlainDocList { rustdoc: Box::new(rustdoc), names: Vec::new() };
        self.tool(tool, launch, steps);
    }

    /// rustdoc itself has listed the examples of a library.
    pub(super) fn plain_doc_listed(
        &mut self,
        rustdoc: Rustdoc,
        names: Vec<CaseName>,
        done: Done<'_>,
        steps: &mut Vec<Step>,
    ) {
        let target = self.doc_target(&rustdoc);
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

    /// The target whose examples these are.
    fn doc_target(&self, rustdoc: &Rustdoc) -> Target {
        let source = rustdoc.source().unwrap_or_default();
        let known = self.detail.members.iter().flat_map(|member| &member.targets);
        let mut known = known.filter(|known| known.found.doctest);
        known
            .find(|known| known.docs.path.on_disk(&self.context.root) == source)
            .map_or_else(|| self.unknown(&source, Kind::Doc), |known| known.docs.clone())
    }

    /// The folder that rustdoc's names are relative to, from the tree's root.
    pub(super) fn base(&self, rustdoc: &Rustdoc) -> String {
        let cwd = rustdoc.cwd.strip_prefix(&self.context.root).unwrap_or(&rustdoc.cwd);
        cwd.to_string_lossy().into_owned()
    }

    /// Runs examples through the helper, which takes arguments as a test
    /// program does.
    pub(super) fn run_examples(
        &self,
        rustdoc: &Rustdoc,
        cases: &[Case],
        take: &Take,
        threads: usize,
    ) -> Result<Launch, String> {
        let order = run::order(cases, &take.pick, threads, &self.context, &[])?;
        let mut launch = docs::run_examples(&self.context.prove, &self.examples_folder(), rustdoc);
        launch.argv.extend(order.args);
        launch.log = true;
        launch.protocol = Protocol::Libtest(Libtest {
            order: order.cases,
            places: order.places,
            threads,
            base: self.base(rustdoc),
            doc: true,
        });
        Ok(launch)
    }

    /// Runs all examples of a library through rustdoc itself.
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
