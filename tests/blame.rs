//! Blame is exact: a crash, a hang or an exit names the case that was running,
//! keeps the results that were in, and the cases behind it still run.

use libtest_mimic::Trial;

use crate::support::{Tree, test, test_with};

pub fn tests() -> Vec<Trial> {
    vec![
        test_with(&["cargo"], "an abort in a Rust test", abort_rust),
        test_with(&["cargo"], "an abort in a Rust test, with several threads", abort_rust_threads),
        test_with(&["cargo"], "a hang in a Rust test", hang_rust),
        test_with(&["python3"], "a crash in a Python test", crash_python),
        test_with(&["python3"], "a hang in a Python test", hang_python),
        test_with(&["python3"], "a death of Python on its way out", death_at_exit),
        test_with(&["python3"], "a check of what was silent tells its cases", silent_once),
        test("a hang in a TAP script", hang_tap),
        test("a TAP stream without end is late behind its plan", endless_tap),
        test("a hang that ignores SIGTERM", hang_stubborn),
        test("a crash in a TAP script keeps what was reported", crash_tap),
        test("the first failure stops the run", fail_fast),
        test("a failure is run again as often as asked", retries),
        test("a bail-out stops the run", bail_out),
        test("so does a failure under `pragma +bail`", bail_pragma),
    ]
}

const FIVE: &str = "#[test] fn a() {}\n#[test] fn b() {}\n#[test] fn c() { BAD }\n#[test] fn d() {}\n#[test] fn e() {}\n";

fn five(bad: &str) -> Tree {
    Tree::new()
        .file("Cargo.toml", "[package]\nname = \"tried\"\nversion = \"0.1.0\"\nedition = \"2024\"\n[workspace]\n[lib]\ndoctest = false\n")
        .file("src/lib.rs", FIVE.replace("BAD", bad))
}

fn expect_c(cause: &str) -> Vec<String> {
    let mut cases: Vec<_> =
        ["a", "b", "d", "e"].map(|case| format!("src/lib.rs::{case} passed")).into();
    cases.insert(2, format!("src/lib.rs::c failed {cause}"));
    cases
}

fn abort_rust() {
    let ran = five("eprintln!(\"last words\"); std::process::abort()").prove(&["-j", "1"]);
    assert_eq!(ran.cases(), expect_c("crashed"));
    let c = ran.exits(1).case("src/lib.rs::c");
    assert!(c["message"].as_str().unwrap().contains("SIGABRT"), "{c}");
    assert!(c["output"].as_str().unwrap().contains("last words"), "{c}");
}

fn abort_rust_threads() {
    let bad = "std::thread::sleep(std::time::Duration::from_millis(100)); std::process::abort()";
    let slow = "std::thread::sleep(std::time::Duration::from_millis(300))";
    let tree = five(bad);
    let lib = std::fs::read_to_string(tree.path().join("src/lib.rs")).unwrap();
    let tree = tree.file("src/lib.rs", lib.replace("fn d() {}", &format!("fn d() {{ {slow} }}")));
    let ran = tree.prove(&["-j", "2"]);
    assert_eq!(ran.cases(), expect_c("crashed"));
    ran.exits(1);
}

fn hang_rust() {
    for jobs in ["1", "2"] {
        let ran = five("loop { std::thread::sleep(std::time::Duration::from_secs(9)) }").prove(&[
            "-j",
            jobs,
            "--timeout",
            "500ms",
        ]);
        assert_eq!(ran.cases(), expect_c("timed-out"), "-j {jobs}");
        ran.exits(1);
    }
}

fn python(bad: &str) -> Tree {
    Tree::new().file(
        "test_it.py",
        format!("import ctypes, os, signal, time, unittest\nclass T(unittest.TestCase):\n    def test_a(self): pass\n    def test_b(self):\n        print('last words')\n        {bad}\n    def test_c(self): pass\n"),
    )
}

fn crash_python() {
    let ran = python("ctypes.string_at(0)").prove(&[]);
    ran.expect(
        1,
        &[
            "test_it.py::T::test_a passed",
            "test_it.py::T::test_b failed crashed",
            "test_it.py::T::test_c passed",
        ],
    );
    let b = ran.case("test_it.py::T::test_b");
    assert!(b["message"].as_str().unwrap().contains("SIGSEGV"), "{b}");
    assert!(b["output"].as_str().unwrap().contains("last words"), "{b}");
}

fn hang_python() {
    let ran = python("time.sleep(60)").prove(&["--timeout", "500ms"]);
    ran.expect(
        1,
        &[
            "test_it.py::T::test_a passed",
            "test_it.py::T::test_b failed timed-out",
            "test_it.py::T::test_c passed",
        ],
    );
}

/// Its cases have had no verdict: they are news where the check gets to them.
fn silent_once() {
    let case = "class T(unittest.TestCase):\n    def test_a(self): time.sleep(0.4)\n";
    let once = "import os, time, unittest\nif not os.path.exists('seen'):\n    open('seen', 'w').close()\n    time.sleep(0.2)\n    os._exit(0)\n";
    let ran = Tree::new()
        .file("test_beside.py", format!("import time, unittest\n{case}"))
        .file("test_once.py", format!("{once}{case}"))
        .prove(&["-j", "2"]);
    ran.expect(
        0,
        &[
            "test_beside.py::T::test_a passed",
            "test_once.py::(load) passed flaky",
            "test_once.py::T::test_a passed",
        ],
    );
    assert_eq!(ran.case("test_once.py::(load)")["flaky"], true);
}

/// unittest is red then as well: its process dies of the signal.
fn death_at_exit() {
    let tree = Tree::new().file(
        "test_it.py",
        "import atexit, os, signal, unittest\natexit.register(os.kill, os.getpid(), signal.SIGSEGV)\nclass T(unittest.TestCase):\n    def test_a(self): pass\n",
    );
    let ran = tree.prove(&[]);
    ran.expect(1, &["test_it.py::(end) failed crashed", "test_it.py::T::test_a passed"]);
}

fn hang_tap() {
    let tree = Tree::new()
        .sh("t/a.t", "echo 1..2; echo ok 1; sleep 60; echo ok 2\n")
        .sh("t/b.t", "echo 1..1; echo ok 1\n");
    let ran = tree.prove(&["--timeout", "500ms"]);
    ran.expect(1, &["t/a.t::(end) failed timed-out", "t/a.t::1 passed", "t/b.t::1 passed"]);
}

fn endless_tap() {
    let tree = Tree::new()
        .sh("t/a.t", "echo 1..2; while sleep 0.05; do echo 'not ok 1 # TODO'; done\n")
        .sh("t/b.t", "echo 1..2; while sleep 0.05; do echo '    ok 1'; done\n")
        .sh("t/c.t", "echo 1..2; while sleep 0.05; do echo '# busy'; done\n");
    let ran = tree.prove(&["--timeout", "1s"]);
    ran.exits(1);
    for script in ["a", "b", "c"] {
        assert_eq!(ran.case(&format!("t/{script}.t::(end)"))["cause"], "timed-out");
    }
}

fn hang_stubborn() {
    let tree =
        Tree::new().sh("t/a.t", "trap '' TERM; echo 1..2; echo ok 1; while :; do sleep 1; done\n");
    let ran = tree.prove(&["--timeout", "300ms"]);
    ran.expect(1, &["t/a.t::(end) failed timed-out", "t/a.t::1 passed"]);
}

fn crash_tap() {
    let tree = Tree::new().sh("t/a.t", "echo 1..4; echo ok 1; echo ok 2; kill -KILL $$\n");
    let ran = tree.prove(&[]);
    ran.expect(1, &["t/a.t::(end) failed crashed", "t/a.t::1 passed", "t/a.t::2 passed"]);
    assert!(ran.case("t/a.t::(end)")["message"].as_str().unwrap().contains("SIGKILL"));
}

fn fail_fast() {
    let tree = Tree::new()
        .sh("t/a.t", "echo 1..1; echo not ok 1\n")
        .sh("t/b.t", "sleep 60; echo 1..1; echo ok 1\n");
    let ran = tree.prove(&["-j", "2", "--fail-fast"]);
    ran.exits(1);
    assert_eq!(ran.finished()["failed"], 1);
    assert!(ran.finished()["seconds"].as_f64().unwrap() < 20.0);
    let ran = tree.prove(&["-j", "1", "--fail-fast", "t/a.t"]);
    assert_eq!(ran.case("t/a.t::1")["attempt"], 1);
}

fn retries() {
    let script = "echo x >> tries; echo 1..1; if [ \"$(wc -l < tries)\" -ge 3 ]; then echo ok 1; else echo not ok 1; fi\n";
    let tree = Tree::new().sh("t/a.t", script);
    let ran = tree.prove(&["--retries", "2"]);
    ran.expect(0, &["t/a.t::1 passed flaky"]);
    let attempts: Vec<_> = ran
        .all("case-finished")
        .map(|case| (case["attempt"].clone(), case["final"].clone()))
        .collect();
    assert_eq!(
        attempts,
        [(1.into(), false.into()), (2.into(), false.into()), (3.into(), true.into())]
    );
    assert_eq!(ran.finished()["flaky"], 1);
}

fn bail_out() {
    let tree =
        Tree::new().sh("t/a.t", "echo 1..3; echo ok 1; echo 'Bail out! no database'; sleep 60\n");
    let ran = tree.prove(&["-j", "1"]);
    ran.expect(1, &["t/a.t::(end) failed assertion", "t/a.t::1 passed"]);
    assert!(ran.case("t/a.t::(end)")["message"].as_str().unwrap().contains("no database"));
}

fn bail_pragma() {
    let script =
        "echo 1..3; echo 'pragma +bail'; echo not ok 1; echo '# as it is'; echo ok 2; sleep 60\n";
    let tree = Tree::new().sh("t/a.t", script).sh("t/b.t", "echo 1..1; echo ok 1\n");
    let ran = tree.prove(&["-j", "1"]);
    // t/b.t is not begun.
    ran.expect(1, &["t/a.t::(end) failed assertion", "t/a.t::1 failed assertion"]);
    assert!(ran.case("t/a.t::1")["message"].as_str().unwrap().contains("as it is"));
}
