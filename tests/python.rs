//! Python in full: examples, isolation, modules that misbehave.

use libtest_mimic::Trial;
use serde_json::json;

use crate::support::{Ran, Tree, program, repository, test_with};

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
