use std::fs;
use std::path::Path;

use super::*;
use crate::ecosystems::{Docs, Ecosystem, Env, Pick, Why};
use crate::launch::LOG_PATH;
use crate::target::Location;
use crate::tree::{File, Tree, View};

use super::super::Cargo as Ecosystem_;
use super::super::docs::STAND_IN;

const BUILD: &str = include_str!("../../../../../tests/streams/cargo/build.jsonl");
const TREE: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/../tests/streams/cargo/tree");

/// The project of a tree with these files; manifests with their content.
fn project(root: &str, files: &[(&str, &str)]) -> Project {
    let mut tree = Tree { root: root.into(), ..Tree::default() };
    let mut facts = Vec::new();
    for (path, content) in files {
        let path = TreePath::new(path);
        let content = content.as_bytes();
        let size = content.len() as u64;
        let file = File { path: &path, content, size, executable: false };
        facts.extend(Ecosystem_.examine(file).map(|facts| (path.clone(), facts)));
        tree.files.push(path);
    }
    tree.files.sort();
    facts.sort_by(|a, b| a.0.cmp(&b.0));
    tree.facts = vec![facts];
    let mut claims = Ecosystem_.claim(View { tree: &tree, index: 0 });
    assert!(claims.problems.is_empty(), "{:?}", claims.problems);
    claims.projects.remove(0)
}

/// The recorded workspace, with the two targets that were added.
fn recorded() -> Project {
    let member = include_str!("../../../../../tests/streams/cargo/tree/a/Cargo.toml");
    let member = format!("{member}\n[[test]]\nname = 'bare'\nharness = false\n");
    project(
        "/tree",
        &[
            ("Cargo.toml", include_str!("../../../../../tests/streams/cargo/tree/Cargo.toml")),
            ("a/Cargo.toml", &member),
            ("a/src/lib.rs", ""),
            ("a/src/main.rs", ""),
            ("a/tests/bare.rs", ""),
            ("a/tests/broken.rs", ""),
            ("a/tests/env.rs", ""),
        ],
    )
}

/// Drives a session, and keeps its steps as lines.
struct Driver {
    session: Cargo,
    steps: Vec<Step>,
    /// The tools that were started and did not end.
    tools: Vec<(LaunchId, Launch)>,
    /// Of these, what tells what the build depended on.
    tellers: Vec<LaunchId>,
}

impl Driver {
    fn new(project: &Project, context: &Context) -> Self {
        let session = Cargo::new(project, context);
        let mut driver =
            Self { session, steps: Vec::new(), tools: Vec::new(), tellers: Vec::new() };
        driver.give(Input::Start);
        driver
    }

    fn give(&mut self, input: Input<'_>) {
        let mut steps = Vec::new();
        self.session.on(input, &mut steps);
        for step in steps {
            match step {
                Step::Tool(id, launch) if launch.to_string().contains(" --inputs-of-") => {
                    self.tellers.push(id);
                }
                Step::Send(id, _) if self.tellers.contains(&id) => {}
                Step::Tool(id, launch) => self.tools.push((id, launch)),
                step => self.steps.push(step),
            }
        }
    }

    /// The tool whose command line begins with this prints `lines` and ends.
    fn end(&mut self, command: &str, lines: &str, code: i32, stderr: &str) -> Launch {
        let starts = |(_, launch): &(_, Launch)| launch.to_string().starts_with(command);
        let at = self.tools.iter().position(starts);
        let all: Vec<_> = self.tools.iter().map(|(_, launch)| launch.to_string()).collect();
        let (id, launch) = self.tools.remove(at.unwrap_or_else(|| panic!("{command}: {all:#?}")));
        for line in lines.lines() {
            self.give(Input::Line(id, line.as_bytes()));
        }
        self.give(Input::Done(
            id,
            Done { exit: &Exit::Code(code), stderr, seconds: 1.0, kept: false },
        ));
        launch
    }

    /// Cargo ends without success, and again when it is asked to go on.
    fn failed_build(&mut self) {
        self.end("cargo test --no-run", BUILD, 101, "error: could not compile");
        self.end("cargo build --keep-going", BUILD, 101, "error: could not compile");
    }

    fn toolchain(&mut self) {
        self.end("rustc", "/r/toolchains/stable\n/r/toolchains/stable/lib/x\n", 0, "");
        self.end("grep", "", 1, "");
    }

    fn shown(&mut self) -> Vec<String> {
        std::mem::take(&mut self.steps).iter().map(shown).collect()
    }

    fn take(&mut self, id: u32, pick: Pick, threads: usize) -> Launch {
        self.give(Input::Take(Take { threads, ..Take::new(TargetId(id), pick, Why::First) }));
        match self.steps.pop() {
            Some(Step::Run(_, _, launch)) => launch,
            other => panic!("{other:?}"),
        }
    }
}

fn shown(step: &Step) -> String {
    match step {
        Step::Offer(offer) => {
            let cases = match &offer.cases {
                Cases::Dynamic => "dynamic".to_owned(),
                Cases::Known(cases) => {
                    let name = |case: &Case| {
                        let (open, close) = if case.ignored { ("(", ")") } else { ("", "") };
                        format!("{open}{}{close}", case.name)
                    };
                    cases.iter().map(name).collect::<Vec<_>>().join(", ")
                }
            };
            let kind = offer.target.kind.as_str();
            format!("offer {} {kind} {}: {cases}", offer.id.0, offer.target.label())
        }
        Step::NotLoaded { target, message, location, .. } => {
            let at = location.as_ref().map(ToString::to_string).unwrap_or_default();
            let message = message.lines().next().unwrap_or_default();
            format!("not loaded {} {at}: {message}", target.label())
        }
        Step::Emit(Event::BuildStarted(begun)) => format!("building: {}", begun.command),
        Step::Emit(Event::BuildFinished(ended)) => format!("built: {}", ended.success),
        Step::Emit(Event::Problem(problem)) => format!("problem {}: {}", problem.what, problem.why),
        Step::OffersDone => "offers done".to_owned(),
        other => format!("{other:?}"),
    }
}

fn context() -> Context {
    Context { root: "/tree".into(), prove: "/bin/prove".into(), ..Context::default() }
}

#[test]
fn a_build_with_one_target_that_does_not_compile() {
    let mut driver = Driver::new(&recorded(), &context());
    driver.toolchain();
    driver.failed_build();
    assert_eq!(
        driver.shown(),
        [
            "building: cargo test --no-run --no-fail-fast --message-format=json --workspace",
            "offer 0 test a/tests/bare.rs: dynamic",
            "built: false",
            "not loaded a/tests/broken.rs a/tests/broken.rs:3: error[E0308]: mismatched types",
            "not loaded a/src/main.rs : it was not built: what it needs does not compile",
            "not loaded a/tests/env.rs : it was not built: what it needs does not compile",
        ]
    );
    driver.end("/tree/target/debug/deps/tree_a-", "tests::a: test\ntests::b: test\n", 0, "");
    assert_eq!(driver.shown(), ["offer 1 test a/src/lib.rs: tests::a, tests::b"]);
    // Doc examples of the libraries that were built, whatever else was not.
    let docs = driver.end("cargo test --doc --no-fail-fast --package", "", 0, "");
    assert!(docs.env.contains(&(STAND_IN.into(), Some("/r/toolchains/stable/bin/rustdoc".into()))));
    assert!(docs.env.contains(&("RUSTDOC".into(), Some("/bin/prove".into()))));
    assert_eq!(driver.shown(), ["offers done"]);
}

#[test]
fn programs_are_listed_when_both_are_known() {
    let mut driver = Driver::new(&recorded(), &context());
    let build = driver.tools[0].0;
    for line in BUILD.lines() {
        driver.give(Input::Line(build, line.as_bytes()));
    }
    assert_eq!(driver.tools.len(), 3, "nothing is listed before the toolchain is known");
    driver.toolchain();
    assert!(driver.tools[1].1.to_string().ends_with(" --list --format terse"));
    assert!(driver.tools[1].1.memo.is_some());
}

#[test]
fn a_test_program_runs_as_under_cargo() {
    let mut driver = Driver::new(&recorded(), &context());
    driver.toolchain();
    driver.failed_build();
    driver.end("/tree/target/debug/deps/tree_a-", "a: test\nb: test\nc: test\n", 0, "");
    let launch = driver.take(1, Pick::Only(vec!["b".into()]), 1);
    assert_eq!(launch.cwd, Path::new("/tree/a"));
    assert!(launch.merge && launch.log);
    let command = launch.to_string();
    assert!(command.contains(" --test-threads=1 --nocapture --exact b --logfile "), "{command}");
    let Protocol::Libtest(libtest) = &launch.protocol else { panic!("{:?}", launch.protocol) };
    assert_eq!(libtest.order, ["b".into()]);
    let bare = driver.take(0, Pick::All, 2);
    assert_eq!(bare.argv.len(), 1, "{bare}");
    assert_eq!(bare.slots, 2);
}

#[test]
fn cases_stand_where_the_source_has_them() {
    let manifest = "[package]\nname = 'tree-a'\nedition = '2024'";
    let files = [
        ("a/Cargo.toml", manifest),
        ("a/src/lib.rs", "mod tests;"),
        ("a/src/tests.rs", "#[test]\nfn a() {}\n#[test]\nfn b() {}"),
    ];
    let mut driver = Driver::new(&project("/tree", &files), &context());
    driver.toolchain();
    driver.failed_build();
    driver.shown();
    let lines = "tests::a: test\ntests::b: test\ntests::made: test\n";
    driver.end("/tree/target/debug/deps/tree_a-", lines, 0, "");
    let at = |line| Some(Location { file: "a/src/tests.rs".to_owned(), line: Some(line) });
    let Some(Step::Offer(offer)) = driver.steps.pop() else { panic!("{:?}", driver.steps) };
    let Cases::Known(cases) = &offer.cases else { panic!("{offer:?}") };
    let offered: Vec<_> = cases.iter().map(|case| case.location.clone()).collect();
    let beside = Some(Location { file: "a/src/tests.rs".to_owned(), line: None });
    assert_eq!(offered, [at(2), at(4), beside.clone()]);
    let pick = Pick::Only(vec!["tests::b".into(), "tests::made".into()]);
    let launch = driver.take(offer.id.0, pick, 1);
    let Protocol::Libtest(libtest) = &launch.protocol else { panic!("{:?}", launch.protocol) };
    assert_eq!(libtest.places, [at(4), beside]);
}

#[test]
fn ignored_cases_are_asked_for_where_it_matters() {
    let mut driver = Driver::new(&recorded(), &Context { resolve: true, ..context() });
    driver.toolchain();
    driver.failed_build();
    driver.shown();
    driver.end("/tree/target/debug/deps/tree_a-", "a: test\nb: test\n", 0, "");
    assert_eq!(driver.shown(), Vec::<String>::new());
    let second = driver.end("/tree/target/debug/deps/tree_a-", "b: test\n", 0, "");
    assert!(second.to_string().ends_with("--ignored"));
    assert_eq!(driver.shown(), ["offer 1 test a/src/lib.rs: a, (b)"]);
}

/// A session that has learned how rustdoc is called.
fn with_rustdoc() -> Driver {
    let mut driver = Driver::new(&recorded(), &context());
    driver.toolchain();
    driver.end("cargo test --no-run", BUILD, 0, "");
    let line = r#"{"reason":"prove-rustdoc","program":"/t/rustdoc","args":["--test","a/src/lib.rs"],"cwd":"/tree","env":[["A","b"]]}"#;
    driver.end("cargo test --doc --no-fail-fast --package", line, 0, "");
    driver.shown();
    driver
}

#[test]
fn doc_examples_through_the_helper() {
    let mut driver = with_rustdoc();
    let lines = r#"{"type":"example","msg":{"name":"a/src/lib.rs - one (line 3)","ignored":false}}
{"type":"example","msg":{"name":"a/src/lib.rs - (line 1)","ignored":true}}"#;
    let list = driver.end("/bin/prove --helper-of-doc-examples list", lines, 0, "");
    assert!(list.to_string().ends_with("/tree/.prove.d/docs 3 /t/rustdoc --test a/src/lib.rs"));
    assert_eq!(driver.shown(), ["offer 1 doc a/src/lib.rs: one #1, ((crate) #1)"]);
    let launch = driver.take(1, Pick::Only(vec!["one #1".into()]), 2);
    let command = launch.to_string();
    assert!(
        command.contains(" run /tree/.prove.d/docs 3 /t/rustdoc --test a/src/lib.rs --test-thr"),
        "{command}"
    );
    assert!(command.contains(" --exact 'one #1' --logfile "), "{command}");
    assert_eq!(launch.env, [("A".into(), Some("b".into()))]);
    let Protocol::Libtest(libtest) = &launch.protocol else { panic!("{:?}", launch.protocol) };
    assert_eq!(libtest.order, ["one #1".into()]);
    let place = libtest.places[0].as_ref().map(ToString::to_string);
    assert_eq!(place.as_deref(), Some("a/src/lib.rs:3"));
}

#[test]
fn doc_examples_through_plain_rustdoc() {
    let mut driver = with_rustdoc();
    let line = r#"{"type":"plain","msg":{"why":"it is odd"}}"#;
    driver.end("/bin/prove --helper-of-doc-examples list", line, 0, "");
    assert_eq!(driver.shown(), ["problem the doc examples of a/src/lib.rs: it is odd"]);
    let names = "a/src/lib.rs - one (line 3): test\na/src/lib.rs - (line 1): test\n";
    driver.end("/t/rustdoc --test a/src/lib.rs --test-args --list", names, 0, "");
    assert_eq!(driver.shown(), ["offer 1 doc a/src/lib.rs: one #1, (crate) #1"]);
    let launch = driver.take(1, Pick::All, 2);
    assert!(launch.to_string().contains("--test-args --test-threads=2 --test-args --logfile"));
    let Protocol::Libtest(libtest) = &launch.protocol else { panic!("{:?}", launch.protocol) };
    assert!(libtest.doc && libtest.places.is_empty());
}

#[test]
fn what_cargo_refuses_is_a_problem() {
    let mut driver = Driver::new(&recorded(), &context());
    driver.toolchain();
    driver.end("cargo", "", 101, "error: no matching package named `x` found\n");
    assert_eq!(
        driver.shown()[1..],
        [
            "built: false",
            "problem Cargo.toml: error: no matching package named `x` found",
            "offers done"
        ]
    );
}

#[test]
fn a_program_that_cannot_list_is_not_loaded() {
    let mut driver = Driver::new(&recorded(), &context());
    driver.toolchain();
    driver.failed_build();
    driver.shown();
    driver.end("/tree/target/debug/deps/tree_a-", "", 127, "libx.so: not found");
    assert_eq!(
        driver.shown(),
        ["not loaded a/src/lib.rs : it could not be listed: the process exited with code 127"]
    );
}

#[test]
fn without_doc_examples() {
    let mut driver = Driver::new(&recorded(), &Context { docs: Docs::Off, ..context() });
    driver.toolchain();
    driver.end("cargo", BUILD, 0, "");
    assert_eq!(driver.tools.len(), 1, "only the list is asked for: {:?}", driver.tools);
}

#[test]
fn a_build_is_remembered_by_all_that_went_into_it() {
    let told = |lines: &str, code: i32| {
        let mut driver = Driver::new(&recorded(), &Context { docs: Docs::Off, ..context() });
        assert!(driver.tools[0].1.recall && driver.tools[0].1.memo.is_some());
        driver.toolchain();
        let built = |line: &&str| !line.contains("compiler-message");
        let built: Vec<&str> = BUILD.lines().filter(built).collect();
        driver.end("cargo", &built.join("\n"), 0, "");
        driver.shown();
        let teller = driver.tellers[0];
        for line in lines.lines() {
            driver.give(Input::Line(teller, line.as_bytes()));
        }
        let exit = Exit::Code(code);
        let done = Done { exit: &exit, stderr: "", seconds: 0.0, kept: false };
        driver.give(Input::Done(teller, done));
        driver.shown()
    };
    assert_eq!(
        told("file /tree/a/src/lib.rs\nvariable X\nend\n", 0),
        [r#"Remember(LaunchId(1), [File("/tree/a/src/lib.rs"), Variable("X")])"#]
    );
    assert_eq!(told("file /tree/a/src/lib.rs\n", 0), Vec::<String>::new(), "it was cut short");
    assert_eq!(told("the build script has no rules\n", 0), Vec::<String>::new());
}

#[test]
fn cargo_is_asked_each_time_where_that_is_wanted_or_needed() {
    let recalls = |args: &[&str], settings: &str| {
        let context = Context {
            args: args.iter().map(ToString::to_string).collect(),
            settings: toml::from_str(settings).unwrap(),
            ..context()
        };
        Driver::new(&recorded(), &context).tools[0].1.recall
    };
    assert!(recalls(&["--release", "--config", "build.jobs=1", "--config=a.b=1"], ""));
    assert!(!recalls(&[], "ask = 'always'"));
    assert!(!recalls(&["--config", "my.toml"], ""));
    assert!(!recalls(&["--config=my.toml"], ""));
    assert!(!recalls(&["--manifest-path=x/Cargo.toml"], ""));
    assert!(!recalls(&["-Zx"], ""));
}

/// Runs the tests of a workspace under cargo and as the session says, and
/// compares the environments that they saw.
#[test]
fn the_environment_is_that_of_cargo_test() {
    let scratch = std::env::temp_dir().join(format!("prove-env-{}", std::process::id()));
    let tree = scratch.join("tree");
    copy(Path::new(TREE), &tree);
    let (ours, theirs) = (scratch.join("ours"), scratch.join("theirs"));
    fs::create_dir_all(&ours).unwrap();
    fs::create_dir_all(&theirs).unwrap();

    let inherited = |dump: &Path| {
        let mut env: HashMap<String, String> = std::env::vars().collect();
        // This test may itself run under cargo and rustup, and one run under another differs.
        env.retain(|name, _| !name.starts_with("CARGO") && !name.starts_with("RUST"));
        env.insert("TREE_DUMP".to_owned(), dump.to_str().unwrap().to_owned());
        env.insert("TREE_INHERITED".to_owned(), "inherited".to_owned());
        env.insert("TREE_FORCED".to_owned(), "inherited".to_owned());
        env.remove("LD_LIBRARY_PATH");
        env
    };
    run_launch(&Launch::new(["cargo", "test", "--workspace", "-q"], &tree), &inherited(&theirs));

    let files = [
        ("Cargo.toml", fs::read_to_string(tree.join("Cargo.toml")).unwrap()),
        ("a/Cargo.toml", fs::read_to_string(tree.join("a/Cargo.toml")).unwrap()),
        ("a/src/lib.rs", String::new()),
        ("a/src/main.rs", String::new()),
        ("a/tests/env.rs", String::new()),
    ];
    let files = files.each_ref().map(|(path, content)| (*path, content.as_str()));
    let env = inherited(&ours);
    let context = Context {
        root: tree.clone(),
        docs: Docs::Off,
        env: Env(env.clone()),
        ..Context::default()
    };
    let mut driver = Driver::new(&project(tree.to_str().unwrap(), &files), &context);
    while let Some((id, launch)) = driver.tools.pop() {
        let output = run_launch(&launch, &env);
        for line in output.lines() {
            driver.give(Input::Line(id, line.as_bytes()));
        }
        let exit = Exit::Code(0);
        driver.give(Input::Done(id, Done { exit: &exit, stderr: "", seconds: 0.0, kept: false }));
    }
    for id in 0..2 {
        let mut launch = driver.take(id, Pick::All, 1);
        let log = scratch.join("log").into();
        *launch.argv.iter_mut().find(|arg| *arg == LOG_PATH).unwrap() = log;
        run_launch(&launch, &env);
    }
    for name in ["unit", "integration"] {
        let read = |folder: &Path| -> Vec<String> {
            let text = fs::read_to_string(folder.join(name)).unwrap();
            let text = text.replace(folder.to_str().unwrap(), "DUMP");
            // Where rustup has its choice from, for its own messages alone.
            let own = |line: &&str| !line.starts_with("RUSTUP_TOOLCHAIN_SOURCE=");
            text.lines().filter(own).map(str::to_owned).collect()
        };
        assert_eq!(read(&ours), read(&theirs), "{name}");
    }
    fs::remove_dir_all(scratch).unwrap();
}

fn copy(from: &Path, to: &Path) {
    fs::create_dir_all(to).unwrap();
    for entry in fs::read_dir(from).unwrap() {
        let entry = entry.unwrap();
        let to = to.join(entry.file_name());
        if entry.file_type().unwrap().is_dir() {
            copy(&entry.path(), &to);
        } else {
            fs::copy(entry.path(), to).unwrap();
        }
    }
}

#[expect(clippy::disallowed_methods, reason = "the engine is above this module")]
fn run_launch(launch: &Launch, env: &HashMap<String, String>) -> String {
    let mut command = std::process::Command::new(&launch.argv[0]);
    command.args(&launch.argv[1..]).current_dir(&launch.cwd).env_clear().envs(env);
    for (name, value) in &launch.env {
        match value {
            Some(value) => command.env(name, value),
            None => command.env_remove(name),
        };
    }
    let output = command.output().unwrap();
    String::from_utf8_lossy(&output.stdout).into_owned()
}
