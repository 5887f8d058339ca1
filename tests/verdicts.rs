//! The verdicts, rule by rule: a test here fails when its rule is broken.
//! (Who is to blame has a file of its own.)

use libtest_mimic::Trial;

use crate::support::{Tree, program, test, test_with};

pub fn tests() -> Vec<Trial> {
    vec![
        test_with(&["python3"], "parity: unittest and prove agree, case by case", parity_python),
        test_with(&["cargo"], "parity: cargo test and prove agree, case by case", parity_cargo),
        test_with(
            &["perl", "prove"],
            "parity: Perl's prove and prove agree, assertion by assertion",
            parity_tap,
        ),
        test_with(&["cargo"], "red stays red: a failed Rust test, a failed doc example", red_cargo),
        test_with(
            &["python3"],
            "red stays red: an unexpected success, an error in a teardown",
            red_python,
        ),
        test("red stays red: an exit code after passing tests", red_tap),
        test_with(&["cargo"], "no false green: exit(0) inside a Rust test", exit_zero_rust),
        test_with(&["python3"], "no false green: exit(0) inside a Python test", exit_zero_python),
        test("no false green: fewer results than planned", fewer_than_planned),
        test("no false green: silence", silence),
        test("no false green: a death after the last result", death_after_the_last),
        test("no false green: nothing to run", nothing),
        test("no false green: a name that matches nothing", no_such_name),
        test("no false green: an interpreter that is not there", no_interpreter),
        test_with(&["python3"], "no false green: a tool that is not there", no_tool),
        test_with(&["python3"], "no false green: a module that does not load", does_not_load),
        test_with(
            &["cargo"],
            "no false green: a test target that does not compile",
            does_not_compile,
        ),
        test_with(
            &["python3"],
            "no false green: test folders that unittest silently loses",
            lost_folders,
        ),
        test("no false red: what needs to be alone is flaky, and says so", needs_serial),
        test("no false red: unless flaky is to fail", flaky_fails),
        test("no false red: what fails alone as well has failed", fails_alone_too),
        test_with(
            &["python3"],
            "unasked, no example runs that the project does not run",
            docs_unasked,
        ),
        test_with(&["cargo", "python3"], "list and explain execute nothing", list_executes_nothing),
        test("nothing is skipped in silence", skips_have_reasons),
        test("an unexpected pass says so", unexpected_pass),
    ]
}

fn parity_python() {
    let tree = Tree::copy("examples/mixed");
    let native = program("python3", tree.path())
        .args(["-m", "unittest", "discover", "-v", "-s", "tests"])
        .env("PYTHONPATH", tree.path())
        .output()
        .unwrap();
    let native = String::from_utf8(native.stderr).unwrap();
    let count = |word: &str| native.lines().filter(|line| line.ends_with(word)).count();
    let ran = tree.prove(&["--ecosystem", "python", "--kind", "test"]);
    ran.exits(0);
    assert!(count("... ok") > 0, "{native}");
    assert_eq!(ran.finished()["passed"], count("... ok"), "{native}");
    let mut ids = ran.cases();
    ids.dedup();
    assert_eq!(ids.len(), ran.all("case-finished").count(), "no case runs twice");
}

fn parity_cargo() {
    let tree = Tree::copy("examples/mixed");
    let native = program("cargo", tree.path()).args(["test"]).output().unwrap();
    let native = String::from_utf8(native.stdout).unwrap();
    let count = |word: &str| {
        native.lines().filter(|line| line.starts_with("test ") && line.contains(word)).count()
    };
    let ran = tree.prove(&["--ecosystem", "cargo"]);
    ran.exits(0);
    assert!(count("... ok") > 0, "{native}");
    assert_eq!(ran.finished()["passed"], count("... ok"), "{native}\n{:#?}", ran.cases());
    assert_eq!(ran.finished()["skipped"], count("... ignored"), "{native}\n{:#?}", ran.cases());
}

fn parity_tap() {
    let tree = Tree::new()
        .file("t/a.t", "use Test::More tests => 3;\nok 1, 'one';\nis 2, 2, 'two';\nsubtest three => sub { plan tests => 1; ok 1 };\n")
        .file("t/b.t", "use Test::More;\nplan skip_all => 'not here';\n")
        .file("t/c.t", "use Test::More;\nTODO: { local $TODO = 'later'; ok 0, 'some day' }\nok 1;\ndone_testing;\n");
    let native = program("prove", tree.path()).arg("-v").output().unwrap();
    let native = String::from_utf8(native.stdout).unwrap();
    assert!(native.contains("Files=3, Tests=5"), "{native}");
    let ran = tree.prove(&[]);
    ran.expect(
        0,
        &[
            "t/a.t::1 - one passed",
            "t/a.t::2 - two passed",
            "t/a.t::3 - three passed",
            "t/c.t::1 - some day todo",
            "t/c.t::2 passed",
        ],
    );
}

/// A crate with these tests in `src/lib.rs`.
fn crate_with(lib: &str) -> Tree {
    Tree::new()
        .file(
            "Cargo.toml",
            "[package]\nname = \"tried\"\nversion = \"0.1.0\"\nedition = \"2024\"\n[workspace]\n",
        )
        .file("src/lib.rs", lib)
}

fn red_cargo() {
    let tree = crate_with(
        "/// ```\n/// assert!(false);\n/// ```\npub fn f() {}\n#[test]\nfn bad() { assert_eq!(1, 2, \"sums\") }\n",
    );
    let ran = tree.prove(&[]);
    ran.expect(1, &["src/lib.rs::bad failed assertion", "src/lib.rs::f #1 failed assertion"]);
    let bad = ran.case("src/lib.rs::bad");
    assert_eq!(bad["location"], serde_json::json!({"file": "src/lib.rs", "line": 6}));
    assert!(bad["message"].as_str().unwrap().contains("sums"), "{bad}");
}

fn red_python() {
    let tree = Tree::new().file(
        "test_it.py",
        "import unittest\nclass T(unittest.TestCase):\n    @unittest.expectedFailure\n    def test_a(self): pass\n    def test_b(self): self.addCleanup(lambda: 1/0)\n    @unittest.expectedFailure\n    def test_c(self): self.fail()\n",
    );
    tree.prove(&[]).expect(
        1,
        &[
            "test_it.py::T::test_a failed assertion",
            "test_it.py::T::test_b failed assertion",
            "test_it.py::T::test_c todo",
        ],
    );
}

fn red_tap() {
    let tree = Tree::new().sh("t/a.t", "echo 1..1; echo ok 1; exit 3\n");
    let ran = tree.prove(&[]);
    ran.expect(1, &["t/a.t::(end) failed crashed", "t/a.t::1 passed"]);
    assert!(ran.case("t/a.t::(end)")["message"].as_str().unwrap().contains("code 3"));
}

fn exit_zero_rust() {
    let tree = crate_with(
        "#[test] fn a() {}\n#[test] fn b() { std::process::exit(0) }\n#[test] fn c() {}\n",
    );
    let native = program("cargo", tree.path()).args(["test", "--lib"]).output().unwrap();
    assert!(native.status.success(), "cargo is content");
    for jobs in ["1", "4"] {
        let ran = tree.prove(&["-j", jobs]);
        ran.expect(
            1,
            &["src/lib.rs::a passed", "src/lib.rs::b failed crashed", "src/lib.rs::c passed"],
        );
    }
}

fn exit_zero_python() {
    let tree = Tree::new().file(
        "test_it.py",
        "import os, unittest\nclass T(unittest.TestCase):\n    def test_a(self): pass\n    def test_b(self): os._exit(0)\n    def test_c(self): pass\n",
    );
    let native = program("python3", tree.path()).args(["-m", "unittest"]).output().unwrap();
    assert!(native.status.success(), "unittest is content");
    let cases = [
        "test_it.py::T::test_a passed",
        "test_it.py::T::test_b failed crashed",
        "test_it.py::T::test_c passed",
    ];
    tree.prove(&[]).expect(1, &cases);
}

fn fewer_than_planned() {
    let tree = Tree::new().sh("t/a.t", "echo 1..3; echo ok 1\n");
    let ran = tree.prove(&[]);
    ran.expect(1, &["t/a.t::(end) failed missing", "t/a.t::1 passed"]);
}

fn silence() {
    let tree = Tree::new().sh("t/a.t", "# 1..1\n:\n");
    let ran = tree.prove(&[]);
    ran.exits(1);
    assert_eq!(ran.case("t/a.t::(end)")["outcome"], "failed");
}

fn death_after_the_last() {
    let tree = Tree::new().sh("t/a.t", "echo 1..1; echo ok 1; kill -SEGV $$\n");
    let ran = tree.prove(&[]);
    ran.expect(1, &["t/a.t::(end) failed crashed", "t/a.t::1 passed"]);
    assert!(ran.case("t/a.t::(end)")["message"].as_str().unwrap().contains("SIGSEGV"));
}

fn nothing() {
    let tree = Tree::new().file("README", "nothing here");
    tree.prove(&[]).expect(4, &[]);
    tree.prove(&["--allow-empty"]).expect(0, &[]);
}

fn no_such_name() {
    let tree = Tree::new().sh("t/a.t", "echo 1..1; echo ok 1\n");
    for name in ["t/b.t", "t/a.t::2", "x"] {
        let ran = tree.prove(&[name]);
        // A script's cases are known as it runs: its name there selects the script.
        if name != "t/a.t::2" {
            ran.exits(2).has_problem("error", name);
        }
    }
}

fn no_interpreter() {
    let tree = Tree::new()
        .file("t/a.t", "#!/no/such/interpreter\necho 1..1\necho ok 1\n")
        .sh("t/b.t", "echo 1..1; echo ok 1\n");
    let ran = tree.prove(&[]);
    ran.expect(3, &["t/a.t::(load) failed setup", "t/b.t::1 passed"]);
    ran.has_problem("error", "t/a.t");
}

fn no_tool() {
    let tree = Tree::new().file(
        "test_it.py",
        "import unittest\nclass T(unittest.TestCase):\n    def test_a(self): pass\n",
    );
    let ran = tree.prove_with(&[], |command| command.env("PATH", tree.path()));
    ran.exits(3).has_problem("error", "python");
}

fn does_not_load() {
    let tree = Tree::new()
        .file("test_a.py", "import unittest\nimport no_such_module\nclass T(unittest.TestCase):\n    def test_a(self): pass\n")
        .file("test_b.py", "import unittest\nclass T(unittest.TestCase):\n    def test_b(self): pass\n");
    let ran = tree.prove(&[]);
    ran.expect(3, &["test_a.py::(load) failed setup", "test_b.py::T::test_b passed"]);
    ran.has_problem("error", "test_a.py");
    assert!(ran.case("test_a.py::(load)")["message"].as_str().unwrap().contains("no_such_module"));
}

fn does_not_compile() {
    let tree = crate_with("#[test] fn a() {}\n")
        .file("tests/bad.rs", "#[test] fn b() { let x: u8 = \"no\"; }\n");
    let ran = tree.prove(&[]);
    ran.expect(3, &["src/lib.rs::a passed", "tests/bad.rs::(load) failed setup"]);
    assert!(
        ran.case("tests/bad.rs::(load)")["message"].as_str().unwrap().contains("mismatched types")
    );
}

fn lost_folders() {
    let case = "import unittest\nclass T(unittest.TestCase):\n    def test_a(self): pass\n";
    let tree = Tree::new().file("pkg/__init__.py", "").file("tests/unit/test_it.py", case);
    let native =
        program("python3", tree.path()).args(["-m", "unittest", "discover"]).output().unwrap();
    assert!(String::from_utf8_lossy(&native.stderr).contains("Ran 0 tests"));
    tree.prove(&[]).expect(0, &["tests/unit/test_it.py::T::test_a passed"]);
}

/// Two scripts that cannot stand each other.
fn rivals() -> Tree {
    let script = "if mkdir busy 2>/dev/null; then sleep 0.4; rmdir busy; echo ok 1 - alone; else echo not ok 1 - alone; fi; echo 1..1\n";
    Tree::new().sh("t/a.t", script).sh("t/b.t", script)
}

fn needs_serial() {
    let tree = rivals();
    let ran = tree.prove(&["-j", "2"]);
    ran.exits(0);
    assert_eq!(
        (&ran.finished()["passed"], &ran.finished()["flaky"]),
        (&2.into(), &1.into()),
        "{:#?}",
        ran.cases()
    );
    let flaky = ran.all("case-finished").find(|case| case["flaky"] == true).unwrap();
    assert_eq!((&flaky["reason"], &flaky["attempt"]), (&"needs serial".into(), &2.into()));
    // One after another, as their own runner runs them, there is nothing to see.
    let ran = tree.prove(&["-j", "1"]);
    assert_eq!((ran.code, &ran.finished()["flaky"]), (0, &0.into()));
}

fn flaky_fails() {
    let tree = rivals().file("prove.toml", "flaky = \"fail\"\n");
    tree.prove(&["-j", "2"]).exits(1);
}

fn fails_alone_too() {
    let tree = Tree::new()
        .sh("t/a.t", "sleep 0.2; echo 1..1; echo not ok 1\n")
        .sh("t/b.t", "sleep 0.2; echo 1..1; echo ok 1\n");
    let ran = tree.prove(&["-j", "2"]);
    ran.expect(1, &["t/a.t::1 failed assertion", "t/b.t::1 passed"]);
    assert_eq!(ran.case("t/a.t::1")["attempt"], 2);
    assert_eq!(ran.finished()["failed"], 1);
}

fn docs_unasked() {
    let tree = Tree::new()
        .file("pyproject.toml", "[tool.prove-unrelated]\n")
        .file(
            "test_it.py",
            "import unittest\nclass T(unittest.TestCase):\n    def test_a(self): pass\n",
        )
        .file("tox.ini", "[testenv]\ncommands = python -m unittest\n")
        .file("code.py", "def f():\n    \"\"\"\n    >>> f()\n    2\n    \"\"\"\n    return 1\n");
    let ran = tree.prove(&[]);
    ran.expect(0, &["test_it.py::T::test_a passed"]);
    assert_eq!(ran.finished()["examples_not_run"], 1);
    let ran = tree.prove(&["--docs", "all"]);
    ran.expect(1, &["code.py::code.f failed assertion", "test_it.py::T::test_a passed"]);
    assert_eq!(
        ran.case("code.py::code.f")["location"],
        serde_json::json!({"file": "code.py", "line": 3})
    );
}

fn list_executes_nothing() {
    let touch = "import pathlib\npathlib.Path('executed').touch()\nimport unittest\nclass T(unittest.TestCase):\n    def test_a(self): pass\n";
    let tree = crate_with("#[test] fn a() {}\n")
        .file("build.rs", "fn main() { std::fs::write(\"executed\", \"\").unwrap() }\n")
        .file("test_it.py", touch)
        .sh("t/a.t", "touch executed; echo 1..1; echo ok 1\n");
    for command in ["list", "explain"] {
        let output = tree.prove_plain(&[command]);
        assert_eq!(output.status.code(), Some(0), "{}", String::from_utf8_lossy(&output.stderr));
        assert!(!tree.path().join("executed").exists(), "{command} executed something");
        assert!(!tree.path().join("target").exists(), "{command} built something");
        let said = String::from_utf8(output.stdout).unwrap();
        for part in ["src/lib.rs", "test_it.py", "t/a.t"] {
            assert!(said.contains(part), "{command} does not tell of {part}: {said}");
        }
    }
}

fn skips_have_reasons() {
    let tree = Tree::new()
        .sh("t/a.t", "echo 1..1; echo 'ok 1 - later # SKIP no network'\n")
        .sh("t/b.t", "echo '1..0 # SKIP not on this system'\n");
    let ran = tree.prove(&[]);
    ran.expect(0, &["t/a.t::1 - later skipped"]);
    assert_eq!(ran.case("t/a.t::1 - later")["reason"], "no network");
    let reasons: Vec<_> =
        ran.all("target-finished").filter_map(|target| target["reason"].as_str()).collect();
    assert_eq!(reasons, ["not on this system"]);
}

fn unexpected_pass() {
    let tree = Tree::new().sh("t/a.t", "echo 1..1; echo 'ok 1 - done # TODO some day'\n");
    let ran = tree.prove(&[]);
    ran.expect(0, &["t/a.t::1 - done passed"]);
    assert!(ran.case("t/a.t::1 - done")["reason"].as_str().unwrap().contains("some day"));
}
