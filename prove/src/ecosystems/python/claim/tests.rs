use super::super::super::Ecosystem;
use super::super::Python;
use super::*;
use crate::tree::File;

const UNITTEST: &str = "import unittest\n";
const DOCTEST: &str = "'''\n>>> 1\n1\n'''\n";
const BARE: &str = "def test_a(): pass\n";

fn claims(files: &[(&str, &str)], named: &[&str]) -> Claims {
    let mut files = files.to_vec();
    files.sort_unstable();
    let mut tree = Tree { root: "/nowhere".into(), ..Tree::default() };
    tree.named = named.iter().map(|name| TreePath::new(name)).collect();
    let mut facts = Vec::new();
    for (name, text) in files {
        let path = TreePath::new(name);
        let file = File {
            path: &path,
            content: text.as_bytes(),
            size: text.len() as u64,
            executable: false,
        };
        facts.extend(Python.examine(file).map(|seen| (path.clone(), seen)));
        tree.files.push(path);
    }
    tree.facts.push(facts);
    claim(View { tree: &tree, index: 0 })
}

/// What is claimed, a line each: `ROOT: KIND PATH = MODULE`, `ROOT: extra PATH`,
/// `- PATH` for what is passed over, `! WHAT` for problems.
#[track_caller]
fn check(files: &[(&str, &str)], expect: &[&str]) {
    check_named(files, &[], expect);
}

#[track_caller]
fn check_named(files: &[(&str, &str)], named: &[&str], expect: &[&str]) {
    let claims = claims(files, named);
    let mut seen = Vec::new();
    for project in &claims.projects {
        let Some(plan) = project.detail.downcast_ref::<Plan>() else {
            seen.extend(project.targets.iter().map(|sighted| {
                let target = &sighted.target;
                format!("{}: pytest {} {}", project.root, target.kind.as_str(), target.path)
            }));
            continue;
        };
        assert_eq!(plan.targets.len(), project.targets.len());
        for spec in &plan.targets {
            let (kind, path) = (spec.target.kind.as_str(), &spec.target.path);
            seen.push(format!("{}: {kind} {path} = {}", project.root, spec.import.module));
        }
        for spec in &plan.extra {
            seen.push(format!("{}: extra {}", project.root, spec.target.path));
        }
    }
    seen.extend(claims.passed_over.iter().map(|over| match over.examples {
        0 => format!("- {}", over.path),
        n => format!("- {} ({n})", over.path),
    }));
    seen.extend(claims.problems.iter().map(|problem| format!("! {}", problem.what)));
    assert_eq!(seen, expect);
}

#[test]
fn tests_and_examples_of_a_tree_without_configuration_run() {
    check(
        &[
            ("greet/__init__.py", DOCTEST),
            ("greet/a.py", "x = 1"),
            ("tests/test_greet.py", UNITTEST),
        ],
        &[".: test tests/test_greet.py = test_greet", ".: doc greet/__init__.py = greet"],
    );
}

#[test]
fn examples_wait_where_a_runner_is_configured() {
    let tox = ("tox.ini", "[testenv]\ncommands = python -m unittest");
    check(&[tox, ("a.py", DOCTEST)], &[".: extra a.py", "- a.py (1)"]);
    let module = "'''\n>>> 1\n1\n'''\nif __name__ == '__main__':\n    doctest.testmod()\n";
    check(&[tox, ("a.py", module)], &[".: doc a.py = a"]);
}

#[test]
fn texts_run_where_they_are_asked_for() {
    let text = ("docs/a.rst", ">>> 1\n1\n");
    let module = ("a.py", DOCTEST);
    check(&[module, text], &[".: doc a.py = a", ".: extra docs/a.rst", "- docs/a.rst (1)"]);
    check_named(&[("setup.py", ""), text], &["docs/a.rst"], &[".: doc docs/a.rst = a.rst"]);
    let runs =
        "import doctest\nif __name__ == '__main__':\n    doctest.testfile('../docs/a.rst')\n";
    check(
        &[("setup.py", ""), ("test/test_a.py", runs), text],
        &[".: doc docs/a.rst = a.rst", "- test/test_a.py"],
    );
    let adds = "import doctest\ndef load_tests(loader, tests, ignore):\n    tests.addTests(doctest.DocFileSuite('docs/a.rst'))\n    return tests\n";
    check(
        &[("setup.py", ""), ("test_a.py", adds), text],
        &[".: test test_a.py = test_a", "- docs/a.rst"],
    );
    let globs = ("pytest.ini", "[pytest]\naddopts = --doctest-glob=*.rst\n");
    check(&[globs, text], &[".: pytest doc docs/a.rst"]);
}

#[test]
fn examples_that_load_tests_adds_run_there_alone() {
    let adds = "import doctest\n\
        def load_tests(loader, tests, ignore):\n\
        \x20   tests.addTests(doctest.DocTestSuite('p.more'))\n    return tests\n";
    let files = [
        ("p/__init__.py", ""),
        ("p/more.py", DOCTEST),
        ("p/other.py", DOCTEST),
        ("tests/__init__.py", ""),
        ("tests/test_more.py", adds),
    ];
    let expect = [
        ".: test tests/test_more.py = tests.test_more",
        ".: doc p/other.py = p.other",
        "- p/more.py",
    ];
    check(&files, &expect);
}

#[test]
fn a_script_is_not_imported_for_its_examples() {
    let script = format!("{DOCTEST}main()\n");
    check(&[("run.py", &script)], &[".: extra run.py", "- run.py (1)"]);
    check(&[("p/__init__.py", ""), ("p/run.py", &script)], &[".: doc p/run.py = p.run"]);
    check(&[("__main__.py", DOCTEST), ("setup.py", DOCTEST), ("conftest.py", DOCTEST)], &[]);
}

#[test]
fn what_belongs_to_pytest_is_told_by_the_tree() {
    let unittest = ("p/test_a.py", UNITTEST);
    let taken = "p: pytest test p/test_a.py";
    check(&[("p/pytest.ini", ""), unittest], &[taken]);
    check(&[("p/setup.py", ""), ("p/conftest.py", ""), unittest], &[taken]);
    check(&[("p/setup.py", ""), unittest], &["p: test p/test_a.py = test_a"]);
    let imports = ("p/test_b.py", "import pytest\ndef test_b(): pass\n");
    check(&[("p/setup.py", ""), unittest, imports], &[taken, "p: pytest test p/test_b.py"]);
    check(&[("p/setup.py", ""), ("p/test_b.py", BARE)], &["p: pytest test p/test_b.py"]);
    check(&[("p/pytest.ini", "")], &[]);
    check(
        &[("p/pytest.ini", ""), ("q/setup.py", ""), ("q/test_a.py", UNITTEST), unittest],
        &[taken, "q: test q/test_a.py = test_a"],
    );
}

#[test]
fn examples_are_pytests_where_its_options_name_them() {
    let asks = ("p/pytest.ini", "[pytest]\naddopts = --doctest-modules\n");
    check(&[asks, ("p/a.py", DOCTEST)], &["p: pytest doc p/a.py"]);
    check(
        &[("p/pytest.ini", ""), ("p/a.py", DOCTEST), ("p/test_a.py", BARE)],
        &["p: pytest test p/test_a.py", "p: extra p/a.py", "- p/a.py (1)"],
    );
}

#[test]
fn a_root_without_configuration_has_that_of_the_root_above() {
    let above = ("pytest.ini", "[pytest]\naddopts = --doctest-modules\ntestpaths = nowhere\n");
    check(
        &[above, ("p/setup.py", ""), ("p/conftest.py", ""), ("p/a.py", DOCTEST)],
        &["p: pytest doc p/a.py"],
    );
}

#[test]
fn what_unittest_does_not_run_is_passed_over() {
    check(
        &[
            ("test_a.py", UNITTEST),
            ("test_b.py", BARE),
            ("test_c.py", "x = 1"),
            ("d_test.py", UNITTEST),
        ],
        &[".: test test_a.py = test_a", "- d_test.py", "- test_b.py", "- test_c.py"],
    );
    check(&[("test-a.py", UNITTEST)], &["- test-a.py"]);
}

#[test]
fn a_package_with_load_tests_speaks_for_those_in_it() {
    let loads = "def load_tests(loader, tests, pattern): return tests\n";
    check(
        &[("t/__init__.py", loads), ("t/test_a.py", UNITTEST), ("test_b.py", UNITTEST)],
        &[".: test t/__init__.py = t", ".: test test_b.py = test_b", "- t/test_a.py"],
    );
}

#[test]
fn material_for_tests_is_left_alone_unless_it_is_named() {
    let files = [("setup.py", ""), ("test_a.py", UNITTEST), ("fixtures/test_b.py", UNITTEST)];
    check(&files, &[".: test test_a.py = test_a", "- fixtures/test_b.py"]);
    check_named(
        &files,
        &["fixtures/test_b.py"],
        &[".: test fixtures/test_b.py = test_b", ".: test test_a.py = test_a"],
    );
}

#[test]
fn each_manifest_is_a_root_and_a_broken_one_is_told() {
    check(
        &[
            ("a/pyproject.toml", "[project\n"),
            ("a/tests/test_a.py", UNITTEST),
            ("b/setup.py", ""),
            ("b/test_b.py", UNITTEST),
            ("c/d/test_c.py", UNITTEST),
        ],
        &[
            "a: test a/tests/test_a.py = test_a",
            "b: test b/test_b.py = test_b",
            "c/d: test c/d/test_c.py = test_c",
            "! a/pyproject.toml cannot be read",
        ],
    );
}
