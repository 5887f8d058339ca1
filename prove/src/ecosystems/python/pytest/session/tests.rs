use super::*;
use crate::event::Severity;
use crate::launch::{Exit, Stdin};

/// A session on these files, with two slots.
fn session(files: &[&str], addopts: &[&str], context: Context) -> Running {
    let target = |path: &&str| (target_of(TreePath::new(path), Kind::Test), 100);
    let plan = Pytest {
        base: super::super::Plan {
            python: Some("/v/python".into()),
            ..super::super::Plan::empty(&TreePath::new("p"))
        },
        targets: files.iter().map(target).collect(),
        elsewhere: Vec::new(),
        addopts: addopts.iter().map(|&word| word.to_owned()).collect(),
    };
    Running::new(&plan, &Context { root: "/r".into(), slots: 2, ..context })
}

fn on(session: &mut Running, input: Input<'_>) -> Vec<String> {
    let mut steps = Vec::new();
    session.on(input, &mut steps);
    steps.into_iter().map(shown).collect()
}

fn shown(step: Step) -> String {
    match step {
        Step::Tool(id, launch) => {
            assert!(launch.merge && launch.stdin == Stdin::Pipe);
            format!("tool {} {}", id.0, launch.argv[0].display())
        }
        Step::Offer(offer) => {
            let Cases::Known(cases) = offer.cases else { panic!("the cases are known") };
            let names: Vec<_> = cases.iter().map(|case| &*case.name).collect();
            let lane = offer.lane.map(|lane| (lane.number, lane.lends));
            format!("offer {} {} {} {lane:?}", offer.id.0, offer.target.path, names.join(" "))
        }
        Step::OffersDone => "done".into(),
        Step::Run(id, target, _) => format!("run {} {}", id.0, target.0),
        Step::Reuse(id, target, bytes) => {
            format!("reuse {} {} {}", id.0, target.0, String::from_utf8(bytes).unwrap().trim())
        }
        Step::Send(id, bytes) => {
            let text = String::from_utf8(bytes).unwrap();
            let sent = text.strip_prefix(wire::PROGRAM).unwrap().split_once('\n').unwrap().1;
            format!("send {} {}", id.0, sent.trim_end())
        }
        Step::NotLoaded { target, message, location, .. } => {
            let at = location.map(|at| at.to_string()).unwrap_or_default();
            format!("not loaded {} {message} {at}", target.path)
        }
        Step::Emit(Event::Problem(problem)) => {
            let severity = if problem.severity == Severity::Error { "error" } else { "note" };
            format!("{severity} {}: {}", problem.what, problem.why)
        }
        other => format!("{other:?}"),
    }
}

/// What a process is set up with, in parts.
#[track_caller]
fn setup(sent: &str) -> serde_json::Value {
    let line = sent.splitn(3, ' ').nth(2).unwrap().lines().next().unwrap();
    serde_json::from_str::<serde_json::Value>(line).unwrap()[1].clone()
}

fn line(session: &mut Running, launch: u32, text: &str) -> Vec<String> {
    on(session, Input::Line(LaunchId(launch), text.as_bytes()))
}

fn take(target: u32, pick: Pick, why: Why) -> Input<'static> {
    Input::Take(Take::new(TargetId(target), pick, why))
}

fn done(launch: u32, exit: &Exit) -> Input<'_> {
    Input::Done(
        LaunchId(launch),
        Done { exit, stderr: "what it printed\n", seconds: 0.1, kept: false },
    )
}

#[test]
fn each_process_collects_its_share_and_then_runs_it() {
    let mut session = session(&["p/a.py", "p/b.py", "p/c.py"], &[], Context::default());
    let begun = on(&mut session, Input::Start);
    assert_eq!((begun.len(), &*begun[0], &*begun[2]), (4, "tool 1 /v/python", "tool 2 /v/python"));
    let (first, second) = (setup(&begun[1]), setup(&begun[3]));
    assert_eq!(first["files"], serde_json::json!(["/r/p/a.py"]));
    assert_eq!(second["files"], serde_json::json!(["/r/p/b.py", "/r/p/c.py"]));
    assert_eq!((&first["explores"], &second["explores"]), (&true.into(), &false.into()));
    assert_eq!(first["args"], serde_json::json!([]));
    line(&mut session, 1, r#"["loading","/r/p/a.py"]"#);
    line(
        &mut session,
        1,
        r#"["file","/r/p/a.py","test",[["test_x",3,null],["test_y[a b]",4,null]]]"#,
    );
    line(&mut session, 1, r#"["file","/r/p/spec.yaml","test",[["one",null,null]]]"#);
    assert_eq!(
        on(&mut session, Input::Ready(LaunchId(1))),
        [
            "offer 0 p/a.py test_x test_y[a b] Some((0, true))",
            "offer 3 p/spec.yaml one Some((0, true))"
        ]
    );
    line(&mut session, 2, r#"["file","/r/p/b.py","test",[["test_z",1,"/r/p/base.py"]]]"#);
    line(&mut session, 2, r#"["skips","/r/p/c.py","not here"]"#);
    assert_eq!(
        on(&mut session, Input::Ready(LaunchId(2))),
        ["offer 1 p/b.py test_z Some((1, true))", "offer 2 p/c.py (load) Some((1, true))", "done"]
    );
    let reused = on(&mut session, take(2, Pick::All, Why::First));
    assert_eq!(
        reused,
        [r#"reuse 2 2 ["run",{"path":"/r/p/c.py","kind":"test","only":null,"not":null}]"#]
    );
    // Lent: the other process has it, and is busy.
    let lent = on(&mut session, take(1, Pick::Only(vec!["test_z".into()]), Why::First));
    assert_eq!(
        lent,
        [r#"reuse 1 1 ["run",{"path":"/r/p/b.py","kind":"test","only":["test_z"],"not":null}]"#]
    );
}

#[test]
fn what_is_to_be_kept_apart_has_a_process_of_its_own() {
    let mut session = session(&["p/a.py"], &[], Context::default());
    on(&mut session, Input::Start);
    line(&mut session, 1, r#"["file","/r/p/a.py","test",[["test_x",3,null]]]"#);
    on(&mut session, Input::Ready(LaunchId(1)));
    let plain = Take::new(TargetId(0), Pick::All, Why::First);
    let env = [("A".to_owned(), "1".to_owned())].into();
    for (launch, apart) in [
        (2, Take { isolation: Isolation::Process, ..plain.clone() }),
        (3, Take { isolation: Isolation::Fork, ..plain.clone() }),
        (4, Take { env, ..plain.clone() }),
    ] {
        assert!(session.isolates(apart.isolation));
        assert_eq!(on(&mut session, Input::Take(apart))[0], format!("run {launch} 0"));
        assert_eq!(
            on(&mut session, Input::Ready(LaunchId(launch))),
            [format!("Close(LaunchId({launch}))")]
        );
    }
    assert!(on(&mut session, Input::Take(plain))[0].starts_with("reuse 1 0 "));
}

#[test]
fn what_is_left_after_a_crash_and_what_runs_alone_gets_a_new_process() {
    let mut session = session(&["p/a.py", "p/b.py"], &["--cov=x"], Context::default());
    on(&mut session, Input::Start);
    line(&mut session, 1, r#"["file","/r/p/a.py","test",[["test_x",3,null]]]"#);
    let offered = on(&mut session, Input::Ready(LaunchId(1)));
    assert_eq!(offered, ["offer 0 p/a.py test_x Some((0, false))", "done"], "in one process");
    for why in [Why::Alone, Why::Retry(1), Why::AfterCrash, Why::AfterTimeout] {
        let fresh = on(&mut session, take(0, Pick::Not(vec!["test_x".into()]), why));
        assert!(fresh[0].starts_with("run "), "{fresh:?}");
        let setup = setup(&fresh[1]);
        assert_eq!(setup["args"], serde_json::json!(["--no-cov", "/r/p/a.py"]));
        assert_eq!(setup["collects"], false);
        assert!(fresh[1].ends_with(r#""only":null,"not":["test_x"]}]"#), "{}", fresh[1]);
    }
}

#[test]
fn a_file_that_ends_the_process_is_blamed_and_the_others_are_collected() {
    let mut session = session(&["p/a.py"], &[], Context::default());
    on(&mut session, Input::Start);
    line(&mut session, 1, r#"["loading","/r/p/a.py"]"#);
    let exit = Exit::Signal(11);
    let told = on(&mut session, done(1, &exit));
    assert_eq!(
        told[0],
        "not loaded p/a.py the process was killed by SIGSEGV while it was loading it\nwhat it printed "
    );
    let again = setup(&told[2]);
    assert_eq!(again["files"], serde_json::json!([]));
    assert_eq!(again["known"], serde_json::json!(["/r/p/a.py", "/r/p/a.py"]));
    assert_eq!(on(&mut session, Input::Ready(LaunchId(2))), ["done"]);
}

#[test]
fn what_does_not_load_is_said_once() {
    let mut session = session(&["p/a.py", "p/b.py"], &[], Context::default());
    on(&mut session, Input::Start);
    let unloaded = r#"["unloaded","/r/p/sub","ImportError","/r/p/sub/conftest.py",2]"#;
    let told = line(&mut session, 1, unloaded);
    assert_eq!(told, ["not loaded p/sub ImportError p/sub/conftest.py:2"]);
    assert_eq!(line(&mut session, 2, unloaded), [""; 0]);
}

#[test]
fn no_pytest_and_a_pytest_that_does_not_start_are_problems() {
    let mut first = session(&["p/a.py", "p/b.py"], &[], Context::default());
    on(&mut first, Input::Start);
    let none = r#"["nopytest","/v/python","No module named 'pytest'"]"#;
    let told = line(&mut first, 1, none);
    assert_eq!(
        told,
        ["error p needs pytest, which is not there: /v/python: No module named 'pytest'"]
    );
    assert_eq!(line(&mut first, 2, none), [""; 0]);
    assert_eq!(on(&mut first, done(1, &Exit::Code(0))), [""; 0]);
    assert_eq!(on(&mut first, done(2, &Exit::Code(0))), ["done"]);
    let mut second = session(&["p/a.py"], &[], Context::default());
    on(&mut second, Input::Start);
    let told = on(&mut second, done(1, &Exit::Code(4)));
    assert_eq!(told, ["error pytest does not start in p: what it printed", "done"]);
}

#[test]
fn a_few_files_that_are_asked_for_are_named_to_pytest() {
    let unasked = vec![target_of(TreePath::new("p/b.py"), Kind::Test)];
    let settings = toml::toml! { args = ["-p", "no:randomly"] };
    let context = Context { unasked, settings, args: vec!["-v".into()], ..Context::default() };
    let mut session = session(&["p/a.py", "p/b.py"], &[], context);
    let begun = on(&mut session, Input::Start);
    let setup = setup(&begun[1]);
    assert_eq!(setup["args"], serde_json::json!(["-p", "no:randomly", "-v", "/r/p/a.py"]));
    assert_eq!(setup["explores"], false);
    assert_eq!(begun.len(), 2);
}

#[test]
fn warnings_are_counted_when_the_last_process_has_ended() {
    let mut session = session(&["p/a.py", "p/b.py"], &[], Context::default());
    on(&mut session, Input::Start);
    line(&mut session, 1, r#"["warned",2,["a.py:1: old"]]"#);
    on(&mut session, Input::Ready(LaunchId(1)));
    on(&mut session, Input::Ready(LaunchId(2)));
    assert_eq!(on(&mut session, done(1, &Exit::Code(0))), [""; 0]);
    let told = on(&mut session, done(2, &Exit::Code(0)));
    assert_eq!(told, ["note pytest warns 2 times in p: a.py:1: old"]);
}
