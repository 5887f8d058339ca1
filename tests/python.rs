//! Python in full: examples, isolation, modules that misbehave.

use libtest_mimic::Trial;
use serde_json::json;

use crate::support::{Ran, Tree, is_alive, program, repository, test_with};

pub fn tests() -> Vec<Trial> {
    let test = |name: &str, body: fn()| test_with(&["python3"], &format!("python: {name}"), body);
    vec![
        test("doctest and prove agree on every rule of doctest's", doctest_rules),
        test("an example's line is true behind decorators and caches", lines),
        test("a docstring that doctest cannot read fails alone", unreadable_docstring),
        test("texts: a closing fence is no output, the file is one namespace", texts),
        test("texts are found and not run unless asked", texts_unasked),
        test("option flags of the project, and pytest's NUMBER", option_flags),
        test("a source that does not import for its examples is told", does_not_import),
        test("a listing from sources is what collecting finds", listing),
        test("modules that misbehave, shared", || misbehaving("shared")),
        test("modules that misbehave, forked", || misbehaving("fork")),
        test("modules that misbehave, a process each", || misbehaving("process")),
        test("a flood of output is bounded, whatever the isolation", flood),
        test("isolation keeps what modules do to their process apart", isolation),
        test("a process with threads is not forked", threads),
        test("each root has the interpreter of its own environment", environments),
        test("a death of a forked child on its way out", death_on_the_way_out),
    ]
}

fn doctest_rules() {
    // Modules of one rule each.
    let tree = Tree::copy("tests/python/doctest");
    let files = std::fs::read_dir(tree.path()).unwrap().flatten();
    let modules = files.map(|file| file.path().file_stem().unwrap().to_owned());
    let native = program("python3", tree.path())
        .arg(repository().join("tests/python/doctest_semantics.py"))
        .args(modules.filter(|module| module != "__pycache__"))
        .output()
        .unwrap();
    let stdout = String::from_utf8(native.stdout).unwrap();
    let mut expect: Vec<_> = stdout
        .lines()
        .filter(|line| line.starts_with('['))
        .map(|line| {
            let (name, outcome): (String, String) = serde_json::from_str(line).unwrap();
            let module = name.split('.').next().unwrap();
            let cause = if outcome == "failed" { " assertion" } else { "" };
            format!("{module}.py::{name} {outcome}{cause}")
        })
        .collect();
    expect.sort();
    assert!(expect.len() > 40, "{}", String::from_utf8_lossy(&native.stderr));
    let ran = tree.prove(&["--docs", "all"]);
    assert_eq!(ran.cases(), expect, "{}", ran.stderr);
}

/// Where a case stands, or failed.
fn line(ran: &Ran, id: &str) -> serde_json::Value {
    ran.case(id)["location"]["line"].clone()
}

fn lines() {
    let source = r#"import functools


def deco(why):
    def wrap(f):
        @functools.wraps(f)
        def g():
            return f()
        return g
    return wrap


@deco(
    "a quote at the begin of a line"
)
def decorated(
    x="also here",
):
    """Text.

    >>> 1
    2
    """


@functools.lru_cache(maxsize=None)
def cached():
    """Text.

    >>> 1
    2
    """


class A:
    @property
    @deco("x")
    def p(self):
        """
        >>> 1
        1
        >>> 1
        3
        """


class A2:
    "One line."


def escaped():
    "\n>>> 1\n2\n"
"#;
    let ran = Tree::new().file("m.py", source).prove(&[]);
    for (id, expect) in [("decorated", 21), ("cached", 30), ("A.p", 42)] {
        assert_eq!(line(&ran, &format!("m.py::m.{id}")), expect, "{id}");
    }
    let file = &ran.case("m.py::m.escaped")["location"]["file"];
    assert_eq!(file, "m.py");
}

fn unreadable_docstring() {
    let tree = Tree::new().file(
        "m.py",
        "def f():\n    \"\"\"\n    >>> 1\n  1\n    \"\"\"\ndef g():\n    \"\"\"\n    >>> 1\n    1\n    \"\"\"\n",
    );
    let ran = tree.prove(&[]);
    ran.expect(1, &["m.py::m.f failed setup", "m.py::m.g passed"]);
    assert!(ran.case("m.py::m.f")["message"].as_str().unwrap().contains("whitespace"));
}

fn texts() {
    let tree = Tree::new()
        .file("pyproject.toml", "[project]\nname = \"x\"\n")
        .file("mine.py", "def one():\n    return 1\n")
        .file("README.md", "# Usage\n\n```python\n>>> from mine import one\n>>> one()\n1\n```\n\nText.\n\n```js\n>>> nothing\n```\n\n```pycon\n>>> one() + 1\n2\n```\n")
        .file("docs/a.rst", "A\n=\n\n>>> x = 1\n\nand later::\n\n    >>> x\n    2\n    >>> __name__\n    '__main__'\n")
        .file("notes.txt", "\u{feff}>>> '\u{e9}'\n'\u{e9}'\n");
    let ran = tree.prove(&["--docs", "all"]);
    let cases = [
        "README.md::README.md passed",
        "docs/a.rst::a.rst failed assertion",
        "notes.txt::notes.txt passed",
    ];
    ran.expect(1, &cases);
    let failed = ran.case("docs/a.rst::a.rst");
    assert_eq!(failed["location"], json!({"file": "docs/a.rst", "line": 8}));
    assert_eq!(failed["kind"], "doc");
    // Where the fence is taken for output, doctest fails.
    let native = "import doctest, sys; sys.exit(doctest.testfile('README.md')[0])";
    let native = program("python3", tree.path()).args(["-c", native]).output().unwrap();
    assert_ne!(native.status.code(), Some(0));
}

fn texts_unasked() {
    let tree = Tree::new()
        .file(
            "test_it.py",
            "import unittest\nclass T(unittest.TestCase):\n    def test_a(self): pass\n",
        )
        .file("README.md", "```\n>>> 1\n2\n>>> 2\n2\n```\n");
    let ran = tree.prove(&[]);
    ran.expect(0, &["test_it.py::T::test_a passed"]);
    assert_eq!(ran.finished()["examples_not_run"], 2);
    let ran = tree.prove(&["README.md"]);
    ran.expect(1, &["README.md::README.md failed assertion"]);
}

fn option_flags() {
    let tree = Tree::new()
        .file("pytest.ini", "[pytest]\ndoctest_optionflags = NUMBER ELLIPSIS\n")
        .file("m.py", "def f():\n    \"\"\"\n    >>> 3.14159\n    3.14\n    >>> 'abc'\n    'a...\n    \"\"\"\ndef g():\n    \"\"\"\n    >>> 3.16\n    3.14\n    \"\"\"\ndef h():\n    \"\"\"\n    >>> [1.0, 1e-3]\n    [1.0, 1e-3]\n    >>> 'x'  # doctest: +ALLOW_UNICODE\n    u'x'\n    \"\"\"\n");
    let ran = tree.prove(&["--docs", "all"]);
    ran.expect(1, &["m.py::m.f passed", "m.py::m.g failed assertion", "m.py::m.h passed"]);
}

fn does_not_import() {
    let tree = Tree::new()
        .file("a.py", "\"\"\"\n>>> 1\n1\n\"\"\"\nimport no_such_module\n")
        .file("b.py", "\"\"\"\n>>> 1\n1\n\"\"\"\n");
    let ran = tree.prove(&[]);
    ran.expect(3, &["a.py::(load) failed setup", "b.py::b passed"]);
    ran.has_problem("error", "a.py").has_problem("error", "no_such_module");
    assert_eq!(line(&ran, "a.py::(load)"), 5);
}

/// The IDs of a listing, where each stands, and what may be more.
fn listed(ran: &Ran) -> (Vec<String>, Vec<String>) {
    let (mut cases, mut more) = (Vec::new(), Vec::new());
    for case in ran.exits(0).all("case-found") {
        match case["unsure"].as_str() {
            Some(unsure) => more.push(unsure.to_owned()),
            None => cases.push(format!("{} {}", case["id"], case["location"]["line"])),
        }
    }
    cases.sort();
    (cases, more)
}

fn listing() {
    let tree = Tree::copy("tests/python/listing");
    let (seen, more) = listed(&tree.prove(&["list", "notes.txt", "."]));
    let (collected, _) = listed(&tree.prove(&["list", "--resolve", "notes.txt", "."]));
    assert_eq!(seen, collected);
    assert_eq!((seen.len(), more.len()), (12, 0), "{seen:#?} {more:?}");
    let more = "import base\nclass T(base.Base):\n    def test_a(self): pass\n";
    let (_, more) = listed(&tree.file("test_more.py", more).prove(&["list"]));
    assert_eq!(more, ["and what T makes (test_more.py:2)"]);
}

/// What the modules under tests/misbehaving/python come to.
const MISBEHAVING: &[&str] = &[
    "test_exits_at_import.py::(load) failed setup",
    "test_fixtures.py::Cleanup::test_passes_first failed assertion",
    "test_fixtures.py::NoEnd::test_runs passed",
    "test_fixtures.py::NoSetUp::test_never_runs failed setup",
    "test_fixtures.py::setUpClass (NoClass) failed setup",
    "test_fixtures.py::setUpClass (Refused) skipped",
    "test_fixtures.py::tearDownClass (NoEnd) failed setup",
    "test_fixtures.py::tearDownModule (test_fixtures) failed setup",
    "test_hang.py::Hang::test_hang failed timed-out",
    "test_leaves.py::Leaves::test_1_before passed",
    "test_leaves.py::Leaves::test_2_leaves failed crashed",
    "test_leaves.py::Leaves::test_3_behind passed",
    "test_leaves_at_import.py::(load) failed setup",
    "test_output.py::Output::test_1_prints passed",
    "test_output.py::Output::test_2_closes_stdout passed",
    "test_output.py::Output::test_3_closes_all_it_can_reach passed",
    "test_output.py::Output::test_4_replaces_stdout passed",
    "test_output.py::Output::test_5_leaves_an_odd_stdout passed",
    "test_output.py::Output::test_6_makes_the_pipe_nonblocking passed",
    "test_output.py::Output::test_7_prints_forged_messages passed",
    "test_output.py::Output::test_8_ends_without_newline passed",
    "test_output.py::Output::test_9_has_a_thread_that_prints_for_ever passed",
    "test_segfault.py::Dies::test_1_before passed",
    "test_segfault.py::Dies::test_2_dies failed crashed",
    "test_segfault.py::Dies::test_3_behind passed",
    "test_segfault_at_import.py::(load) failed setup",
    "test_state.py::State::test_1_changes_the_folder passed",
    "test_state.py::State::test_2_exits failed assertion",
    "test_state.py::State::test_3_interrupts failed assertion",
    "test_state.py::State::test_4_goes_deep failed assertion",
    "test_state.py::State::test_5_has_an_error_without_text failed assertion",
    "test_state.py::State::test_6_says_much failed assertion",
    "test_state.py::State::test_7_forks_a_child_that_comes_back passed",
    "test_state.py::State::test_8_forks_a_child_that_outlives_it passed",
    "test_state.py::State::test_9_is_reached passed",
    "test_unloadable.py::(load) failed setup",
];

fn misbehaving(isolation: &str) {
    let tree = Tree::copy("tests/misbehaving/python");
    std::fs::remove_file(tree.path().join("test_flood.py")).unwrap();
    let ran = tree.prove(&["-j", "2", "--timeout", "3s", "--isolation", isolation]);
    ran.expect(3, MISBEHAVING);
    let says = |id: &str, key: &str, part: &str| {
        let text = ran.case(id)[key].as_str().unwrap_or_default();
        assert!(text.contains(part), "{id} says {text}, not {part}");
    };
    says("test_segfault.py::Dies::test_2_dies", "message", "SIGSEGV");
    says("test_segfault_at_import.py::(load)", "message", "SIGSEGV");
    says("test_leaves.py::Leaves::test_2_leaves", "message", "code 0");
    says("test_leaves.py::Leaves::test_2_leaves", "output", "good bye");
    for part in ["to stdout", "to stderr", "past python", "from a child"] {
        says("test_output.py::Output::test_1_prints", "output", part);
    }
    says("test_output.py::Output::test_8_ends_without_newline", "output", "no newline");
}

fn flood() {
    for isolation in ["shared", "fork", "process"] {
        let tree = Tree::copy("tests/misbehaving/python");
        let ran = tree.prove(&["test_flood.py", "--isolation", isolation]);
        ran.expect(0, &["test_flood.py::Flood::test_flood passed"]);
        let flood = ran.case("test_flood.py::Flood::test_flood");
        assert_eq!(flood["truncated"], true, "{isolation}");
        assert!(flood["output"].as_str().unwrap().len() < 1 << 20, "{isolation}");
    }
}

fn isolation() {
    let module = "import os, sys, threading, unittest\nclass T(unittest.TestCase):\n    def test_a(self):\n        self.assertNotIn('MARK', os.environ)\n        os.environ['MARK'] = 'here'\n        threading.Thread(target=lambda: None).start()\n    def test_b(self):\n        self.assertIn('MARK', os.environ)\n";
    let names = ["test_a.py", "test_b.py", "test_c.py"];
    let tree = names.iter().fold(Tree::new(), |tree, name| tree.file(name, module));
    for isolation in ["fork", "process"] {
        let ran = tree.prove(&["-j", "1", "--isolation", isolation]);
        assert_eq!(ran.exits(0).finished()["passed"], 6, "{isolation}");
    }
    let ran = tree.prove(&["-j", "1", "--isolation", "shared"]);
    assert_eq!(ran.exits(1).finished()["failed"], 2);
}

fn threads() {
    let module = "import os, unittest\nclass T(unittest.TestCase):\n    def test_a(self):\n        self.assertNotIn('MARK', os.environ)\n        os.environ['MARK'] = 'here'\n";
    let tree = Tree::new()
        .file("site/sitecustomize.py", "import threading, time\nthreading.Thread(target=time.sleep, args=(600,), daemon=True).start()\n")
        .file("test_a.py", module)
        .file("test_b.py", module);
    let site = tree.path().join("site");
    let ran = tree.prove_with(&["-j", "1", "--isolation", "fork"], |command| {
        command.env("PYTHONPATH", &site)
    });
    ran.expect(0, &["test_a.py::T::test_a passed", "test_b.py::T::test_a passed"]);
    ran.has_problem("note", "does not fork");
}

fn death_on_the_way_out() {
    let tree = Tree::new()
        .file("test_a.py", "import atexit, os, signal, unittest\natexit.register(os.kill, os.getpid(), signal.SIGSEGV)\nclass T(unittest.TestCase):\n    def test_a(self): pass\n")
        .file("test_b.py", "import atexit, unittest\nclass T(unittest.TestCase):\n    def test_b(self):\n        atexit.register(print, 'left')\n");
    for isolation in ["fork", "process"] {
        let ran = tree.prove(&["-j", "1", "--isolation", isolation]);
        let cases = [
            "test_a.py::(end) failed crashed",
            "test_a.py::T::test_a passed",
            "test_b.py::T::test_b passed",
        ];
        ran.expect(1, &cases);
    }
    let late = "import subprocess, sys, unittest\nclass T(unittest.TestCase):\n    def test_a(self):\n        subprocess.Popen([sys.executable, '-c', 'import time; time.sleep(600) # outlives_its_test'], start_new_session=True)\n";
    let tree = Tree::new().file("test_a.py", late);
    for isolation in ["shared", "fork", "process"] {
        tree.prove(&["--isolation", isolation]).expect(0, &["test_a.py::T::test_a passed"]);
        assert!(!is_alive("outlives_its_test"), "{isolation}");
    }
}

fn environments() {
    let module = "import os, sys, unittest\nclass T(unittest.TestCase):\n    def test_a(self):\n        self.assertTrue(sys.prefix.startswith(os.path.dirname(__file__)), sys.prefix)\n";
    let mut tree = Tree::new();
    for (root, folder) in [("one", ".venv"), ("two", ".tox/py")] {
        tree = tree.file(format!("{root}/setup.py"), "").file(format!("{root}/test_it.py"), module);
        let made = program("python3", tree.path())
            .args(["-m", "venv", "--without-pip", &format!("{root}/{folder}")])
            .status();
        assert!(made.unwrap().success());
    }
    let ran = tree.prove_with(&["-j", "1"], |command| command.env_remove("VIRTUAL_ENV"));
    ran.expect(0, &["one/test_it.py::T::test_a passed", "two/test_it.py::T::test_a passed"]);
}
