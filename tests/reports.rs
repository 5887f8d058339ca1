//! What is shown, and where.

use libtest_mimic::Trial;

use crate::support::{Tree, program, test, test_with};

pub fn tests() -> Vec<Trial> {
    vec![
        test("plain lines, and the last one to read", plain),
        test("-v, -q and -Q", levels),
        test("a failure once, in full, with the command that repeats it", failure),
        test("reports go to files beside what is shown", files),
        test("a report that cannot be written is said at once", unwritable),
        test("the stream has every type of event", stream),
        test("colour where it is asked for", colour),
        test("nobody listens any more", broken_pipe),
        test_with(&["script"], "at home in a terminal", terminal),
    ]
}

fn tree() -> Tree {
    Tree::new().sh("t/good.t", "echo 1..2; echo ok 1 - opens; echo ok 2 - closes\n").sh(
        "t/bad.t",
        "echo 1..1; echo not ok 1 - adds; echo '#   at t/bad.t line 7.'; echo 'some output'\n",
    )
}

fn said(tree: &Tree, args: &[&str]) -> String {
    let output = tree.prove_plain(args);
    String::from_utf8(output.stdout).unwrap()
}

fn plain() {
    let text = said(&tree(), &[]);
    assert!(!text.contains('\u{1b}') && !text.contains('\r'), "{text:?}");
    assert!(
        text.lines().any(|line| line.starts_with("t/good.t ..") && line.contains("ok 2")),
        "{text}"
    );
    assert!(
        text.lines().any(|line| line.starts_with("t/bad.t") && line.contains("FAILED")),
        "{text}"
    );
    assert_eq!(text.lines().last(), Some("2 passed, 1 failed, 0 skipped"));
}

fn levels() {
    let tree = tree();
    let verbose = said(&tree, &["-v"]);
    assert!(verbose.contains("2 - closes"), "{verbose}");
    let quiet = said(&tree, &["-q"]);
    assert!(!quiet.contains("t/good.t") && quiet.contains("t/bad.t"), "{quiet}");
    let summary = said(&tree, &["-Q"]);
    assert!(!summary.contains("some output"), "{summary}");
    assert_eq!(summary.lines().last(), Some("2 passed, 1 failed, 0 skipped"));
}

fn failure() {
    let tree = tree();
    let text = said(&tree, &[]);
    assert_eq!(text.matches("some output").count(), 1, "{text}");
    assert!(text.contains("t/bad.t:7"), "{text}");
    let repeat = text
        .lines()
        .find(|line| line.contains("prove ") && line.contains("bad.t"))
        .expect("a command");
    // Typed as it stands, it repeats just that.
    let repeat = repeat.trim().trim_start_matches("$ ");
    let repeat = &repeat[repeat.find("prove ").unwrap()..];
    let bin = env!("CARGO_BIN_EXE_prove");
    let output = program("sh", tree.path())
        .args(["-c", &repeat.replacen("prove ", &format!("{bin} "), 1)])
        .output()
        .unwrap();
    let again = String::from_utf8(output.stdout).unwrap();
    assert!(again.ends_with("0 passed, 1 failed, 0 skipped\n"), "{repeat}: {again}");
}

fn files() {
    let tree = tree();
    let text = said(&tree, &["--report", "junit=out.xml", "--report", "json=out.jsonl"]);
    assert!(text.ends_with("2 passed, 1 failed, 0 skipped\n"));
    let junit = std::fs::read_to_string(tree.path().join("out.xml")).unwrap();
    assert!(junit.contains("tests=\"3\"") && junit.contains("failures=\"1\""), "{junit}");
    assert!(junit.contains("t/bad.t"), "{junit}");
    let json = std::fs::read_to_string(tree.path().join("out.jsonl")).unwrap();
    let last: serde_json::Value = serde_json::from_str(json.lines().last().unwrap()).unwrap();
    assert_eq!((&last["type"], &last["msg"]["exit_code"]), (&"run-finished".into(), &1.into()));
}

fn unwritable() {
    let output = tree().prove_plain(&["--report", "junit=no/such/folder/x.xml"]);
    assert_eq!(output.status.code(), Some(3));
    assert!(String::from_utf8(output.stderr).unwrap().contains("no/such/folder/x.xml"));
    assert!(output.stdout.is_empty(), "nothing ran");
}

fn stream() {
    let ran = tree().prove(&[]);
    let types: Vec<_> = ran.events.iter().map(|event| event["type"].as_str().unwrap()).collect();
    for kind in [
        "run-started",
        "project-found",
        "target-started",
        "case-finished",
        "target-finished",
        "run-finished",
    ] {
        assert!(types.contains(&kind), "{kind} in {types:?}");
    }
    assert_eq!((types.first(), types.last()), (Some(&"run-started"), Some(&"run-finished")));
    let times: Vec<_> =
        ran.events.iter().map(|event| event["msg"]["time"].as_f64().unwrap()).collect();
    assert!(times.is_sorted(), "{times:?}");
    for event in &ran.events {
        assert_eq!(event.as_object().unwrap().keys().collect::<Vec<_>>(), ["msg", "type"]);
    }
}

fn colour() {
    let tree = tree();
    assert!(said(&tree, &["--color", "always"]).contains("\u{1b}["));
    assert!(!said(&tree, &["--color", "never"]).contains('\u{1b}'));
}

fn broken_pipe() {
    let bin = env!("CARGO_BIN_EXE_prove");
    let tree = tree();
    let line = format!("{{ {bin} -v 2>err; echo $? >code; }} | true");
    program("sh", tree.path()).args(["-c", &line]).status().unwrap();
    let code = std::fs::read_to_string(tree.path().join("code")).unwrap();
    let err = std::fs::read_to_string(tree.path().join("err")).unwrap();
    assert_ne!(code.trim(), "0", "what nobody has seen is not green");
    assert!(!err.contains("panicked"), "{err}");
}

fn terminal() {
    let tree = Tree::new().sh("t/slow.t", "echo 1..1; sleep 0.7; echo ok 1\n");
    let bin = env!("CARGO_BIN_EXE_prove");
    let output = program("script", tree.path())
        .args(["-qec", bin, "/dev/null"])
        .env("TERM", "xterm-256color")
        .output()
        .unwrap();
    let text = String::from_utf8(output.stdout).unwrap();
    assert!(text.contains('\u{1b}'), "{text:?}");
    assert!(text.contains("t/slow.t"), "{text:?}");
    assert!(text.contains("1 passed, 0 failed, 0 skipped"), "{text:?}");
}
