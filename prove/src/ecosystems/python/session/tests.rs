use super::*;
use crate::ecosystems::python::layout::Import;
use crate::event::Severity;
use crate::launch::Exit;
use crate::target::Target;

/// A session of two test modules and one with examples for `--docs all`.
fn session(context: Context, python: Option<&str>) -> Python {
    let spec = |path: &str, kind| {
        let import = Import {
            module: path.trim_end_matches(".py").to_owned(),
            paths: vec![TreePath::new("p")],
            loose: false,
        };
        Spec::new(&TreePath::new(&format!("p/{path}")), kind, import)
    };
    let plan = Plan {
        root: TreePath::new("p"),
        python: python.map(Into::into),
        targets: vec![spec("a.py", Kind::Test), spec("b.py", Kind::Test)],
        extra: vec![spec("c.py", Kind::Doc)],
        flags: vec!["NUMBER".to_owned()],
    };
    Python::new(&plan, &Context { root: "/r".into(), ..context })
}

fn on(session: &mut Python, input: Input<'_>) -> Vec<String> {
    let mut steps = Vec::new();
    session.on(input, &mut steps);
    steps.into_iter().map(shown).collect()
}

fn shown(step: Step) -> String {
    match step {
        Step::Tool(id, launch) => format!("tool {} {}", id.0, launch.argv[0].display()),
        Step::Offer(offer) => match offer.cases {
            Cases::Dynamic => format!("offer {}", offer.target.path),
            Cases::Known(cases) => {
                let names: Vec<_> = cases.iter().map(|case| &*case.name).collect();
                format!("offer {} {}", offer.target.path, names.join(" "))
            }
        },
        Step::OffersDone => "done".into(),
        Step::Run(id, target, launch) => {
            assert!(launch.merge && launch.stdin == Stdin::Pipe);
            format!("run {} {} {}", id.0, target.0, launch.argv[0].display())
        }
        Step::Reuse(id, target, bytes) => {
            format!("reuse {} {} {}", id.0, target.0, String::from_utf8(bytes).unwrap().trim())
        }
        Step::Send(id, bytes) => {
            let text = String::from_utf8(bytes).unwrap();
            let sent = text.strip_prefix(code::WORKER).unwrap();
            format!("send {} {}", id.0, sent.split_once('\n').unwrap().1.lines().count())
        }
        Step::Close(id) => format!("close {}", id.0),
        Step::NotLoaded { target, message, location, .. } => {
            let at = location.map(|at| at.to_string()).unwrap_or_default();
            format!("not loaded {} {message} {at}", target.path)
        }
        Step::Emit(Event::Problem(problem)) => {
            let why = problem.why;
            match problem.severity {
                Severity::Error => format!("problem {why}"),
                Severity::Note => format!("note {why}"),
            }
        }
        other => format!("{other:?}"),
    }
}

fn take(target: u32, pick: Pick, why: Why) -> Input<'static> {
    Input::Take(Take::new(TargetId(target), pick, why))
}

fn done(launch: u32, exit: &Exit) -> Input<'_> {
    Input::Done(LaunchId(launch), Done { exit, stderr: "its stderr", seconds: 0.1, kept: false })
}

#[test]
fn workers_are_reused_but_not_for_a_culprit() {
    let mut session = session(Context::default(), Some("/v/python"));
    let begun = on(&mut session, Input::Start);
    assert_eq!(begun, ["tool 1 /v/python", "offer p/a.py", "offer p/b.py", "done"]);
    let first = on(&mut session, take(0, Pick::All, Why::First));
    assert_eq!(first, ["run 2 0 /v/python", "send 2 1"]);
    assert_eq!(on(&mut session, Input::Ready(LaunchId(2))), [""; 0]);
    let alone = on(&mut session, take(1, Pick::Only(vec!["T::x".into()]), Why::Alone));
    assert_eq!(alone, ["run 3 1 /v/python", "send 3 1"]);
    let again = on(&mut session, take(1, Pick::Not(vec!["T::\u{e9}".into()]), Why::First));
    assert_eq!(
        again,
        ["reuse 2 1 [\"run\",{\"account\":false,\"kind\":\"test\",\"loose\":false,\
          \"module\":\"b\",\"not\":[\"T::\u{e9}\"],\"only\":null,\
          \"path\":\"/r/p/b.py\",\"paths\":[\"/r/p\"]}]"]
    );
    on(&mut session, Input::Ready(LaunchId(2)));
    on(&mut session, done(2, &Exit::Code(0)));
    let fresh = on(&mut session, take(0, Pick::All, Why::First));
    assert_eq!(fresh, ["run 4 0 /v/python", "send 4 1"]);
}

#[test]
fn isolation_decides_which_worker_serves() {
    let mut session = session(Context::default(), Some("/v/python"));
    on(&mut session, Input::Start);
    let take = |target: u32, isolation: Isolation, why: Why| {
        Input::Take(Take { isolation, ..Take::new(TargetId(target), Pick::All, why) })
    };
    let process = || take(0, Isolation::Process, Why::First);
    assert_eq!(on(&mut session, process()), ["run 2 0 /v/python", "send 2 1"]);
    assert_eq!(on(&mut session, Input::Ready(LaunchId(2))), ["close 2"]);
    assert_eq!(on(&mut session, process()), ["run 3 0 /v/python", "send 3 1"]);
    let fork = |target: u32, why: Why| take(target, Isolation::Fork, why);
    assert_eq!(on(&mut session, fork(0, Why::First)), ["run 4 0 /v/python", "send 4 1"]);
    assert_eq!(on(&mut session, Input::Ready(LaunchId(4))), [""; 0]);
    let shared = on(&mut session, take(1, Isolation::Shared, Why::First));
    assert_eq!(shared, ["run 5 1 /v/python", "send 5 1"], "its worker is not for that");
    let again = on(&mut session, fork(1, Why::AfterCrash));
    assert!(again[0].starts_with("reuse 4 1 [\"fork\",{"), "{again:?}");
    // It has threads: no fork is safe, and it is said once.
    let told = on(&mut session, Input::Line(LaunchId(4), b"[\"threads\"]"));
    assert!(told[0].starts_with("note it has threads"), "{told:?}");
    assert_eq!(on(&mut session, Input::Line(LaunchId(4), b"[\"threads\"]")), [""; 0]);
    assert_eq!(on(&mut session, Input::Ready(LaunchId(4))), ["close 4"]);
    assert_eq!(on(&mut session, fork(0, Why::First)), ["run 6 0 /v/python", "send 6 1"]);
    assert_eq!(on(&mut session, Input::Ready(LaunchId(6))), ["close 6"]);
}

#[test]
fn a_worker_serves_only_takes_with_its_variables() {
    let mut session = session(Context::default(), Some("/v/python"));
    on(&mut session, Input::Start);
    let take = |target: u32, value: &str| {
        let env = [("A".to_owned(), value.to_owned())].into();
        Input::Take(Take { env, ..Take::new(TargetId(target), Pick::All, Why::First) })
    };
    assert_eq!(on(&mut session, take(0, "1"))[0], "run 2 0 /v/python");
    on(&mut session, Input::Ready(LaunchId(2)));
    assert_eq!(on(&mut session, take(1, "2"))[0], "run 3 1 /v/python");
    on(&mut session, Input::Ready(LaunchId(3)));
    let plain = Input::Take(Take::new(TargetId(0), Pick::All, Why::First));
    assert_eq!(on(&mut session, plain)[0], "run 4 0 /v/python");
    assert!(on(&mut session, take(0, "1"))[0].starts_with("reuse 2 0 "));
}

#[test]
fn a_worker_gets_its_program_compiled_if_that_was_done_before() {
    let program = |exit: Exit| {
        let mut session = session(Context::default(), Some("/v/python"));
        let mut steps = Vec::new();
        session.on(Input::Start, &mut steps);
        session.on(Input::Line(LaunchId(1), b"e30a"), &mut steps);
        session.on(done(1, &exit), &mut steps);
        session.on(take(0, Pick::All, Why::First), &mut steps);
        let sent = steps.into_iter().find_map(|step| match step {
            Step::Send(_, bytes) => Some(bytes),
            _ => None,
        });
        sent.unwrap()
    };
    assert!(program(Exit::Code(0)).starts_with(&[0xe3, 0x0a]));
    assert!(program(Exit::Code(1)).starts_with(code::WORKER.as_bytes()));
}

#[test]
fn the_interpreter_is_sought_on_the_path() {
    let mut session = session(Context::default(), None);
    assert_eq!(on(&mut session, Input::Start), ["tool 1 python3"]);
    let missing = Exit::NotStarted("no such file".into());
    assert_eq!(on(&mut session, done(1, &missing)), ["tool 2 python"]);
    for line in ["/usr/bin/python3.11", "3", "11"] {
        assert_eq!(on(&mut session, Input::Line(LaunchId(2), line.as_bytes())), [""; 0]);
    }
    let offers = on(&mut session, done(2, &Exit::Code(0)));
    assert_eq!(offers, ["tool 3 /usr/bin/python3.11", "offer p/a.py", "offer p/b.py", "done"]);
    let run = on(&mut session, take(0, Pick::All, Why::First));
    assert_eq!(run[0], "run 4 0 /usr/bin/python3.11");
}

#[test]
fn no_python_or_one_too_old_is_a_problem() {
    let mut first = session(Context::default(), None);
    on(&mut first, Input::Start);
    on(&mut first, done(1, &Exit::Code(127)));
    let told = on(&mut first, done(2, &Exit::NotStarted("no such file".into())));
    assert_eq!(told, ["problem python cannot be started: no such file", "done"]);
    let mut session = session(Context::default(), None);
    on(&mut session, Input::Start);
    on(&mut session, done(1, &Exit::Code(127)));
    for line in ["/old/python", "2", "7"] {
        on(&mut session, Input::Line(LaunchId(2), line.as_bytes()));
    }
    let told = on(&mut session, done(2, &Exit::Code(0)));
    assert_eq!(told, ["problem /old/python is Python 2.7, too old for the worker", "done"]);
}

#[test]
fn settings_and_the_active_environment_come_first() {
    let chosen = |context: Context| {
        let mut session = session(context, Some("/v/python"));
        on(&mut session, Input::Start);
        session.interpreter.display().to_string()
    };
    let active = || {
        let mut context = Context::default();
        context.env.0.insert("VIRTUAL_ENV".into(), "/active".into());
        context
    };
    assert_eq!(chosen(active()), "/active/bin/python");
    let mut context = active();
    context.settings = toml::toml! { python = "tools/python" };
    assert_eq!(chosen(context), "/r/tools/python");
    let mut context = active();
    context.settings = toml::toml! { python = "python3.12" };
    assert_eq!(chosen(context), "python3.12");
}

#[test]
fn cases_are_collected_where_they_must_be_known() {
    let context = Context { resolve: true, docs: Docs::All, ..Context::default() };
    let mut session = session(context, Some("/v/python"));
    assert_eq!(
        on(&mut session, Input::Start),
        ["tool 1 /v/python", "tool 2 /v/python", "send 2 3"]
    );
    let mut line = |text: &str| on(&mut session, Input::Line(LaunchId(2), text.as_bytes()));
    assert_eq!(line(r#"["found","T::x","/r/p/a.py",3]"#), [""; 0]);
    assert_eq!(line(r#"["found","T::y",null,null]"#), [""; 0]);
    assert_eq!(line(r#"["collected"]"#), ["offer p/a.py T::x T::y"]);
    assert_eq!(
        line(r#"["unloaded","Traceback","/r/p/b.py",1]"#),
        ["not loaded p/b.py Traceback p/b.py:1"]
    );
    assert_eq!(line(r#"["collected"]"#), [""; 0]);
    assert_eq!(line(r#"["found","c.f","/elsewhere/c.py",1]"#), [""; 0]);
    assert_eq!(line(r#"["collected"]"#), ["close 2", "offer p/c.py c.f"]);
    assert_eq!(on(&mut session, done(2, &Exit::Code(0))), ["done"]);
}

#[test]
fn what_nobody_asked_for_is_not_collected() {
    let a =
        Target { path: TreePath::new("p/a.py"), kind: Kind::Test, ecosystem: "python", name: None };
    let context = Context { resolve: true, unasked: vec![a], ..Context::default() };
    let mut session = session(context, Some("/v/python"));
    let begun = on(&mut session, Input::Start);
    assert_eq!(begun, ["tool 1 /v/python", "offer p/a.py", "tool 2 /v/python", "send 2 1"]);
    let mut line = |text: &str| on(&mut session, Input::Line(LaunchId(2), text.as_bytes()));
    assert_eq!(line(r#"["found","T::x",null,null]"#), [""; 0]);
    assert_eq!(line(r#"["collected"]"#), ["close 2", "offer p/b.py T::x"]);
    assert_eq!(on(&mut session, done(2, &Exit::Code(0))), ["done"]);
}

#[test]
fn a_module_that_ends_the_collector_is_blamed_and_the_rest_goes_on() {
    let mut session = session(Context { resolve: true, ..Context::default() }, Some("/v/python"));
    on(&mut session, Input::Start);
    assert_eq!(
        on(&mut session, done(2, &Exit::Code(0))),
        [
            "not loaded p/a.py the process exited with code 0 while it was loading the module ",
            "tool 3 /v/python",
            "send 3 1"
        ]
    );
}
