use super::*;

const BARE: &str = "def test_a(): pass\n";
const NOTHING: &str = "x = 1\n";

/// What pytest is seen to look at in `p`, configured so.
#[track_caller]
fn check(config: &str, files: &[(&str, &str)], named: &[&str], expect: &[&str]) {
    let mut files: Vec<_> =
        files.iter().map(|(name, text)| (TreePath::new(name), Module::of(text))).collect();
    files.sort_by(|a, b| a.0.cmp(&b.0));
    let modules: Vec<_> = files.iter().map(|(path, module)| (path, module)).collect();
    let tree = Tree {
        files: files.iter().map(|(path, _)| path.clone()).collect(),
        named: named.iter().map(|name| TreePath::new(name)).collect(),
        ..Tree::default()
    };
    let ini = Ini::of("pytest.ini", &format!("[pytest]\n{config}")).unwrap();
    let root = TreePath::new("p");
    let seen = Seen {
        tree: &tree,
        root: &root,
        why: "there is a pytest.ini",
        own: vec![&ini],
        above: None,
        nested: vec![TreePath::new("p/other")],
        modules: &modules,
        python: None,
    };
    let sighted = seen.sighted(&ini);
    let shown = |s: &Sighted| format!("{} {}", s.target.kind.as_str(), s.target.path);
    assert_eq!(sighted.iter().map(shown).collect::<Vec<_>>(), expect, "{config}");
}

#[test]
fn test_modules_are_known_by_their_names() {
    let files = [
        ("p/test_a.py", BARE),
        ("p/sub/b_test.py", BARE),
        ("p/test_helpers.py", NOTHING),
        ("p/check_c.py", BARE),
        ("p/build/test_d.py", BARE),
        ("p/other/test_e.py", BARE),
        ("q/test_f.py", BARE),
    ];
    check("", &files, &[], &["test p/sub/b_test.py", "test p/test_a.py"]);
    check("python_files = check_*.py\n", &files, &[], &["test p/check_c.py"]);
    check("norecursedirs = sub\n", &files, &[], &["test p/build/test_d.py", "test p/test_a.py"]);
    check("testpaths = sub\n", &files, &[], &["test p/sub/b_test.py"]);
    check("testpaths = .\nnorecursedirs = sub build\n", &files, &[], &["test p/test_a.py"]);
    check("addopts = --ignore=sub\n", &files, &[], &["test p/test_a.py"]);
    check(
        "python_functions = check\n",
        &files,
        &[],
        &["test p/sub/b_test.py", "test p/test_a.py", "test p/test_helpers.py"],
    );
}

#[test]
fn what_is_named_is_taken_wherever_it_stands() {
    let files = [("p/tests/test_a.py", BARE), ("p/build/check_b.py", BARE)];
    let named = ["p/build/check_b.py"];
    check(
        "testpaths = tests\n",
        &files,
        &named,
        &["test p/build/check_b.py", "test p/tests/test_a.py"],
    );
}

#[test]
fn examples_are_taken_where_options_ask_for_them() {
    let docs = "'''\n>>> 1\n1\n'''\n";
    let files =
        [("p/a.py", docs), ("p/test_a.py", BARE), ("p/README.md", ""), ("p/docs/test_x.txt", "")];
    check("", &files, &[], &["doc p/docs/test_x.txt", "test p/test_a.py"]);
    check(
        "addopts = --doctest-modules --doctest-glob=*.md\n",
        &files,
        &[],
        &["doc p/README.md", "doc p/a.py", "test p/test_a.py"],
    );
}

#[test]
fn why_all_runs_in_one_process_is_said() {
    let said = |addopts: &str| {
        let ini = Ini::of("tox.ini", &format!("[pytest]\naddopts = {addopts}\n")).unwrap();
        evidence("tox.ini runs pytest", &ini)
    };
    assert_eq!(said("-v"), "pytest: tox.ini runs pytest");
    assert_eq!(
        said("--cov=a"),
        "pytest: tox.ini runs pytest; all in one process, because addopts in tox.ini has `--cov=a`"
    );
}
