//! Projects whose tests are pytest's, beside pytest itself.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::OnceLock;

use libtest_mimic::{Completion, Trial};

use crate::support::{Ran, Tree, program};

pub fn tests() -> Vec<Trial> {
    vec![
        needs_pytest("parity: each case of a tree of all features ends as under pytest", parity),
        needs_pytest("each ID runs alone", each_id),
        needs_pytest("a listing has the cases that a run has", listing),
        needs_pytest("no false green: an exit, a crash, a hang, at import and in a test", deaths),
        needs_pytest("what pytest lets pass ends its case, and no others", let_pass),
        needs_pytest("no false green: no pytest, an option it does not know", no_start),
        needs_pytest("options that mean the whole run get one process", one_process),
        needs_pytest("red stays red: a coverage that is too low, a late teardown", red_at_the_end),
        needs_pytest("session fixtures run once in each process", once_per_process),
        needs_pytest("a file that another process takes over has what its folder has", lent),
        needs_pytest("what nobody asks for is not even collected", only_what_is_asked),
        needs_pytest("arguments and settings reach pytest", arguments),
        needs_pytest("a run that stops early runs no more", fail_fast),
    ]
}

/// A test that needs a virtual environment with pytest and some of its plugins.
fn needs_pytest(name: &str, body: fn()) -> Trial {
    Trial::ignorable_test(format!("pytest: {name}"), move || match environment() {
        Ok(_) => {
            body();
            Ok(Completion::Completed)
        }
        Err(why) if std::env::var_os("CI").is_none() => Ok(Completion::ignored_with(why.clone())),
        Err(why) => panic!("{why}"),
    })
}

const PACKAGES: [&str; 6] =
    ["pytest>=9", "pytest-asyncio", "pytest-mock", "hypothesis", "pytest-xdist", "pytest-cov"];

/// Made once, and kept with what cargo builds.
fn environment() -> &'static Result<PathBuf, String> {
    static MADE: OnceLock<Result<PathBuf, String>> = OnceLock::new();
    MADE.get_or_init(|| {
        let folder = Path::new(env!("CARGO_TARGET_TMPDIR")).join("pytest-environment");
        let done = folder.join("done");
        if std::fs::read_to_string(&done).is_ok_and(|text| text == PACKAGES.join(" ")) {
            return Ok(folder);
        }
        let place = folder.display().to_string();
        run(program("python3", Path::new("/")).args(["-m", "venv", "--clear", &place]))?;
        let mut pip = program(folder.join("bin/python"), Path::new("/"));
        run(pip.args(["-m", "pip", "install", "--quiet"]).args(PACKAGES))?;
        std::fs::write(&done, PACKAGES.join(" ")).map_err(|error| error.to_string())?;
        Ok(folder)
    })
}

fn run(command: &mut Command) -> Result<(), String> {
    let output = command.output().map_err(|error| format!("{command:?}: {error}"))?;
    let stderr = String::from_utf8_lossy(&output.stderr);
    output.status.success().then_some(()).ok_or_else(|| format!("{command:?}: {stderr}"))
}

fn made() -> &'static Path {
    environment().as_ref().expect("it was made before any test began")
}

fn prove(tree: &Tree, args: &[&str]) -> Ran {
    tree.prove_with(args, |command| command.env("VIRTUAL_ENV", made()))
}

/// What pytest does with the tree, and its exit code.
fn native(tree: &Tree, args: &[&str]) -> Option<i32> {
    let mut pytest = program(made().join("bin/python"), tree.path());
    pytest.args(["-m", "pytest", "-q", "-p", "no:cacheprovider"]).args(args);
    pytest.output().unwrap().status.code()
}

/// The outcome of each case.
fn outcomes(ran: &Ran) -> BTreeMap<String, String> {
    let last = ran.all("case-finished").filter(|case| case["final"] == true);
    let word = |value: &serde_json::Value| value.as_str().unwrap_or_default().to_owned();
    last.map(|case| (word(&case["id"]), word(&case["outcome"]))).collect()
}

fn parity() {
    let tree = Tree::copy("tests/pytest_tree").file("prove.toml", "");
    native(&tree, &["-p", "native_report", "--continue-on-collection-errors"]);
    let said = std::fs::read_to_string(tree.path().join("native.txt")).unwrap();
    let said: BTreeMap<_, _> =
        said.lines().map(|line| line.rsplit_once(' ').unwrap()).map(owned).collect();
    assert!(said.len() >= 70, "{said:#?}");
    for jobs in ["1", "2", "4"] {
        let ran = prove(&tree, &["-j", jobs]);
        assert_eq!(outcomes(&ran), said, "-j {jobs}: {:#?}", ran.problems());
        ran.exits(3).has_problem("error", "test_unloadable.py");
        check_details(&ran);
    }
}

fn owned((name, outcome): (&str, &str)) -> (String, String) {
    (name.to_owned(), outcome.to_owned())
}

/// What is told of a case besides its outcome.
fn check_details(ran: &Ran) {
    let text = |id: &str, field: &str| ran.case(id)[field].as_str().unwrap_or_default().to_owned();
    for (id, field, part) in [
        ("test_outcomes.py::test_passes", "output", "to stdout\n"),
        ("test_outcomes.py::test_passes", "output", "to stderr\n"),
        ("test_outcomes.py::test_fails", "message", "assert [1, 2] == [1, 3]"),
        ("test_outcomes.py::test_fails", "output", "before it fails\n"),
        ("test_outcomes.py::test_skipped", "reason", "not today"),
        ("test_outcomes.py::test_xfail", "reason", "a known bug"),
        ("test_outcomes.py::test_xpass", "reason", "unexpected pass: mended meanwhile"),
        ("test_outcomes.py::test_error_in_setup", "cause", "setup"),
        ("test_outcomes.py::test_error_in_teardown", "message", "error at teardown"),
        ("test_plugins.py::test_subtests", "message", "subtest even i="),
        ("test_skipped.py::(load)", "reason", "no such system"),
        ("test_unloadable.py::(load)", "message", "No module named 'no_such_module'"),
    ] {
        let said = text(id, field);
        assert!(said.contains(part), "{id}: {field} is {said}");
    }
    for (id, file, line) in [
        ("test_outcomes.py::test_fails", "test_outcomes.py", 15),
        ("test_unloadable.py::(load)", "test_unloadable.py", 1),
        ("test_syntax.py::(load)", "test_syntax.py", 1),
        ("code.py::code.Box", "code.py", 13),
    ] {
        let place = serde_json::json!({"file": file, "line": line});
        assert_eq!(ran.case(id)["location"], place, "{id}");
    }
    let kind = |id: &str| ran.case(id)["kind"].clone();
    assert_eq!(
        (kind("code.py::code.double"), kind("README.md::README.md")),
        ("doc".into(), "doc".into())
    );
}

fn each_id() {
    let tree = Tree::copy("tests/pytest_tree").file("prove.toml", "");
    for id in [
        "test_parameters.py::test_odd_names[a b]",
        "test_parameters.py::test_odd_names[c::d]",
        "test_outcomes.py::TestInClass::TestNested::test_deep",
        "pkg/test_two.py::test_two",
        "code.py::code.double",
    ] {
        prove(&tree, &[id]).expect(0, &[&format!("{id} passed")]);
    }
}

fn listing() {
    let tree = Tree::copy("tests/pytest_tree").file("prove.toml", "");
    let ran = prove(&tree, &["list", "--resolve"]);
    let mut listed: Vec<_> =
        ran.all("case-found").map(|case| case["id"].as_str().unwrap().to_owned()).collect();
    listed.sort();
    let mut run: Vec<_> = outcomes(&prove(&tree, &[])).into_keys().collect();
    run.retain(|id| {
        !matches!(id.as_str(), "test_syntax.py::(load)" | "test_unloadable.py::(load)")
    });
    assert_eq!(listed, run);
}

const INI: (&str, &str) = ("pytest.ini", "[pytest]\n");

fn project(files: &[(&str, &str)]) -> Tree {
    let tree = Tree::new().file("prove.toml", "").file(INI.0, INI.1);
    files.iter().fold(tree, |tree, (path, text)| tree.file(path, text))
}

fn deaths() {
    let tree = project(&[
        ("test_a.py", "import os\nos._exit(0)\ndef test_a(): pass\n"),
        (
            "test_b.py",
            "import ctypes\ndef test_1(): pass\ndef test_2():\n    print('last words', flush=True)\n    ctypes.string_at(0)\ndef test_3(): pass\n",
        ),
        (
            "test_c.py",
            "import os\ndef test_1(): pass\ndef test_2(): os._exit(0)\ndef test_3(): pass\n",
        ),
        (
            "test_d.py",
            "import time\ndef test_1(): pass\ndef test_2(): time.sleep(600)\ndef test_3(): pass\n",
        ),
        ("test_e.py", "import time\ntime.sleep(600)\ndef test_e(): pass\n"),
        ("test_f.py", "def test_f(): pass\n"),
    ]);
    for jobs in ["1", "2"] {
        let ran = prove(&tree, &["-j", jobs, "--timeout", "5s"]);
        ran.expect(
            3,
            &[
                "test_a.py::(load) failed setup",
                "test_b.py::test_1 passed",
                "test_b.py::test_2 failed crashed",
                "test_b.py::test_3 passed",
                "test_c.py::test_1 passed",
                "test_c.py::test_2 failed crashed",
                "test_c.py::test_3 passed",
                "test_d.py::test_1 passed",
                "test_d.py::test_2 failed timed-out",
                "test_d.py::test_3 passed",
                "test_e.py::(load) failed setup",
                "test_f.py::test_f passed",
            ],
        );
        assert!(ran.case("test_e.py::(load)")["message"].as_str().unwrap().contains("line 2"));
        assert_eq!(ran.case("test_b.py::test_2")["location"]["line"], 3);
    }
}

fn let_pass() {
    let tree = project(&[
        ("test_a.py", "def test_1(): raise KeyboardInterrupt\ndef test_2(): pass\n"),
        ("test_b.py", "import pytest\ndef test_1(): pytest.exit('enough')\ndef test_2(): pass\n"),
    ]);
    assert_eq!(native(&tree, &[]), Some(2), "pytest stops there");
    let ran = prove(&tree, &["-j", "1"]);
    ran.expect(
        1,
        &[
            "test_a.py::test_1 failed assertion",
            "test_a.py::test_2 passed",
            "test_b.py::test_1 failed assertion",
            "test_b.py::test_2 not-run",
        ],
    );
    assert_eq!(ran.case("test_b.py::test_2")["reason"], "pytest.exit: enough");
}

fn no_start() {
    let tree = project(&[("test_a.py", "def test_a(): pass\n")]);
    let empty = tree.path().join("empty");
    let python = program("python3", tree.path())
        .args(["-m", "venv", "--without-pip", "empty"])
        .output()
        .unwrap();
    assert!(python.status.success());
    let ran = tree.prove_with(&[], |command| command.env("VIRTUAL_ENV", &empty));
    ran.expect(3, &[]).has_problem("error", "needs pytest");
    let ran = prove(&tree, &["--args", "python=--no-such-option"]);
    ran.expect(3, &[]).has_problem("error", "no-such-option");
    let broken =
        project(&[("test_a.py", "def test_a(): pass\n"), ("conftest.py", "import no_such\n")]);
    prove(&broken, &[]).expect(3, &[]).has_problem("error", "no_such");
}

fn one_process() {
    let body = "import os, pathlib\ndef test_it(): pathlib.Path('pids').open('a').write(f'{os.getpid()}\\n')\n";
    let tree = project(&[("test_a.py", body), ("test_b.py", body), ("test_c.py", body)]);
    let processes = |args: &[&str]| {
        let _ = std::fs::remove_file(tree.path().join("pids"));
        prove(&tree, args).exits(0);
        let pids = std::fs::read_to_string(tree.path().join("pids")).unwrap();
        assert_eq!(pids.lines().count(), 3);
        let pids: std::collections::BTreeSet<_> = pids.lines().collect();
        pids.len()
    };
    assert_eq!(processes(&["-j", "2"]), 2);
    for option in ["--junitxml=out.xml", "--cov=.", "-n 2"] {
        assert_eq!(processes(&["-j", "2", "--args", &format!("python={option}")]), 1, "{option}");
    }
    let xml = std::fs::read_to_string(tree.path().join("out.xml")).unwrap();
    assert!(xml.contains("tests=\"3\""), "{xml}");
    let tree = tree.file("pytest.ini", "[pytest]\naddopts = -x\n");
    let said = String::from_utf8(tree.prove_plain(&["explain"]).stdout).unwrap();
    assert!(said.contains("all in one process, because addopts in pytest.ini has `-x`"), "{said}");
    let tree = tree.file("test_b.py", "def test_b(): assert 0\n");
    let ran = prove(&tree, &["-j", "2"]);
    ran.expect(
        1,
        &[
            "test_a.py::test_it passed",
            "test_b.py::test_b failed assertion",
            "test_c.py::test_it not-run",
        ],
    );
}

fn red_at_the_end() {
    let tree = project(&[
        ("code.py", "def f():\n    return 1\n"),
        ("test_a.py", "import code\ndef test_a(): pass\n"),
    ]);
    let args = ["--cov=code", "--cov-fail-under=100"];
    assert_eq!(native(&tree, &args), Some(1));
    let ran = prove(&tree, &["--args", &format!("python={}", args.join(" "))]);
    ran.expect(1, &["test_a.py::(end) failed assertion", "test_a.py::test_a passed"]);
    assert!(ran.case("test_a.py::(end)")["message"].as_str().unwrap().contains("total of"));
    let late = "import pytest\n@pytest.fixture(scope='session', autouse=True)\ndef late():\n    yield\n    raise ValueError('too late')\n";
    let tree = project(&[("conftest.py", late), ("test_a.py", "def test_a(): pass\n")]);
    assert_eq!(native(&tree, &[]), Some(1));
    let ran = prove(&tree, &[]);
    ran.expect(1, &["test_a.py::(end) failed assertion", "test_a.py::test_a passed"]);
    assert!(ran.case("test_a.py::(end)")["message"].as_str().unwrap().contains("too late"));
}

fn once_per_process() {
    let conftest = "import pathlib, pytest\n@pytest.fixture(scope='session', autouse=True)\ndef once():\n    log = pathlib.Path('log').open('a', buffering=1)\n    log.write('begin\\n')\n    yield\n    log.write('end\\n')\n";
    let module = "def test_1(): pass\ndef test_2(): pass\n";
    let mut files = vec![("conftest.py", conftest)];
    let names: Vec<_> = (0..6).map(|at| format!("test_{at}.py")).collect();
    files.extend(names.iter().map(|name| (name.as_str(), module)));
    for (jobs, log) in [("1", "begin\nend\n"), ("2", "begin\nbegin\nend\nend\n")] {
        let tree = project(&files);
        prove(&tree, &["-j", jobs]).exits(0);
        let mut lines: Vec<_> = std::fs::read_to_string(tree.path().join("log"))
            .unwrap()
            .lines()
            .map(str::to_owned)
            .collect();
        lines.sort();
        assert_eq!(lines.join("\n") + "\n", log, "-j {jobs}");
    }
}

/// Regression: collected anew, the folder had lost the fixtures of its conftest.
fn lent() {
    let conftest =
        "import os, pytest\n@pytest.fixture(scope='package')\ndef pid(): return os.getpid()\n";
    let body = |name: &str, more: &str| {
        format!(
            "import pathlib\ndef test_it(pid):\n    pathlib.Path('{name}').write_text(str(pid))\n    {more}\n"
        )
    };
    let (quick, slow) = (body("a", "pass "), body("c", "__import__('time').sleep(8)"));
    let (other, last) = (body("b", "pass "), body("d", "pass "));
    let padding = "#".repeat(2000);
    let tree = project(&[
        ("tests/__init__.py", ""),
        ("tests/conftest.py", conftest),
        ("tests/test_a.py", &format!("{quick}{padding}")),
        ("tests/test_b.py", &format!("{other}{padding}")),
        ("tests/test_c.py", &format!("{slow}{padding}")),
        ("tests/test_d.py", &format!("{last}{padding}")),
    ]);
    let ran = prove(&tree, &["-j", "2"]);
    assert_eq!(ran.finished()["passed"], 4, "{:#?}", ran.cases());
    assert_eq!(ran.finished()["flaky"], 0);
    let pid = |name: &str| std::fs::read_to_string(tree.path().join(name)).unwrap();
    assert_eq!((pid("a") == pid("b"), pid("a") == pid("c")), (true, false));
    assert_eq!(pid("d"), pid("a"), "it was lent while another one slept");
}

fn only_what_is_asked() {
    let touch = "import pathlib\npathlib.Path('touched').touch()\ndef test_b(): pass\n";
    let tree = project(&[("test_a.py", "def test_a(): pass\n"), ("test_b.py", touch)]);
    for args in [["list", "test_b.py"], ["explain", "test_b.py"]] {
        assert!(tree.prove_plain(&args).status.success());
    }
    for args in [["test_a.py"], ["test_a.py::test_a"]] {
        prove(&tree, &args).expect(0, &["test_a.py::test_a passed"]);
    }
    assert!(!tree.path().join("touched").exists());
    prove(&tree, &["-k", "test_b"]).expect(0, &["test_b.py::test_b passed"]);
}

fn arguments() {
    let tree = project(&[
        ("conftest.py", "def pytest_addoption(parser): parser.addoption('--word')\n"),
        ("test_a.py", "def test_a(request): assert request.config.getoption('--word') == 'a b'\n"),
    ]);
    prove(&tree, &[]).exits(1);
    prove(&tree, &["--args", "python=--word='a b'"]).exits(0);
    let tree = tree.file("prove.toml", "[python]\nargs = [\"--word\", \"a b\"]\n");
    prove(&tree, &[]).expect(0, &["test_a.py::test_a passed"]);
}

fn fail_fast() {
    let tree = project(&[
        (
            "test_a.py",
            "def test_1(): pass\ndef test_2(): assert 0\ndef test_3(): __import__('time').sleep(60)\n",
        ),
        ("test_b.py", "def test_b(): pass\n"),
    ]);
    let ran = prove(&tree, &["-j", "1", "--fail-fast"]);
    ran.expect(
        1,
        &[
            "test_a.py::test_1 passed",
            "test_a.py::test_2 failed assertion",
            "test_a.py::test_3 not-run",
            "test_b.py::test_b not-run",
        ],
    );
}
