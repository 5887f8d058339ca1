//! What the words on the command line select, and what the root is.

use libtest_mimic::Trial;

use crate::support::{Ran, Tree, prove, test, test_with};

pub fn tests() -> Vec<Trial> {
    vec![
        test("paths, folders and IDs", paths),
        test("a name with control characters, as it is shown", escaped),
        test("-k, --kind and --ecosystem", expressions),
        test("what an argument names is taken whatever passes it over", named_anyway),
        test("prove.toml passes over, and ignore files do", excluded),
        test("the root is where prove.toml is", root),
        test("an argument is relative to where it is typed", from_below),
        test_with(&["cargo", "python3"], "every listed ID runs exactly that", every_id),
        test_with(&["python3"], "one Python case, without loading other modules", one_python),
        test_with(&["cargo"], "ignored Rust tests", ignored),
    ]
}

const GREEN: &str = "echo 1..1; echo ok 1\n";

fn three() -> Tree {
    Tree::new().sh("t/a.t", GREEN).sh("t/deep/b.t", GREEN).sh("other/t/c.t", GREEN)
}

fn paths() {
    let tree = three();
    tree.prove(&["t"]).expect(0, &["t/a.t::1 passed", "t/deep/b.t::1 passed"]);
    tree.prove(&["t/deep", "other/t/c.t"])
        .expect(0, &["other/t/c.t::1 passed", "t/deep/b.t::1 passed"]);
    let ran = tree.prove(&["t/a.t::1"]);
    ran.expect(0, &["t/a.t::1 passed"]);
    ran.has_problem("note", "t/a.t::1");
    tree.prove(&["t/a"]).exits(2).has_problem("error", "t/a");
}

fn escaped() {
    let red = "printf '1..1\\nnot ok 1 - a\\tb\\n'\n";
    let tree = three().sh("t/x\u{1b}y\nz\u{202e}.t", red);
    let said = String::from_utf8(tree.prove_plain(&[]).stdout).unwrap();
    let typed = said.lines().find_map(|line| line.trim().strip_prefix("prove ")).unwrap();
    let words = shlex::split(typed).unwrap();
    assert_eq!(words, [r"t/x\x1by\nz\u{202e}.t::1 - a\tb"]);
    let ran = tree.prove(&[&words[0]]);
    assert_eq!(ran.exits(1).finished()["failed"], 1);
    assert_eq!(ran.finished()["passed"], 0, "{:?}", ran.cases());
    let whole = tree.prove(&[r"t/x\x1by\nz\u{202e}.t"]);
    assert_eq!(whole.exits(1).finished()["targets"], 1);
    // What is there as it is typed comes first.
    let tree = tree.sh(r"t/a\nb.t", GREEN);
    tree.prove(&[r"t/a\nb.t"]).exits(0);
}

fn expressions() {
    let tree = three();
    tree.prove(&["-k", "a or c"]).expect(0, &["other/t/c.t::1 passed", "t/a.t::1 passed"]);
    tree.prove(&["-k", "not deep and not other"]).expect(0, &["t/a.t::1 passed"]);
    tree.prove(&["--kind", "doc"]).expect(4, &[]);
    tree.prove(&["--ecosystem", "cargo"]).expect(4, &[]);
    let output = tree.prove_plain(&["-k", "a and"]);
    let said = String::from_utf8(output.stderr).unwrap();
    assert_eq!(output.status.code(), Some(2));
    assert!(said.contains("-k") && said.contains('^'), "{said}");
    let output = tree.prove_plain(&["--ecosystem", "crgo"]);
    assert_eq!(output.status.code(), Some(2));
    assert!(String::from_utf8(output.stderr).unwrap().contains("cargo"));
}

fn one_python() {
    const MODULE: &str = "import unittest\nopen(__name__ + '.loaded', 'w').close()\nclass T(unittest.TestCase):\n    def test_x(self): pass\n    def test_y(self): pass\n";
    let tree = Tree::new().file("test_a.py", MODULE).file("test_b.py", MODULE);
    let ran = tree.prove(&["test_a.py::T::test_x"]);
    ran.exits(0);
    assert_eq!(ran.finished()["passed"], 1, "{:?}", ran.cases());
    assert!(tree.path().join("test_a.loaded").exists());
    assert!(!tree.path().join("test_b.loaded").exists());
    let listed = tree.prove(&["list", "--resolve", "test_a.py::T::test_x"]);
    assert_eq!(listed.exits(0).all("case-found").count(), 1);
    assert!(!tree.path().join("test_b.loaded").exists());
}

fn excluded() {
    let tree = three().file("prove.toml", "exclude = [\"other/\"]\n").file("t/.ignore", "deep\n");
    tree.prove(&[]).expect(0, &["t/a.t::1 passed"]);
}

fn named_anyway() {
    let tree =
        three().file("prove.toml", "exclude = [\"other/\"]\n").file(".gitignore", "/t/deep\n");
    tree.prove(&["other"]).expect(0, &["other/t/c.t::1 passed"]);
    tree.prove(&["t/deep/b.t"]).expect(0, &["t/deep/b.t::1 passed"]);
}

fn root() {
    let tree = three().file("other/prove.toml", "");
    tree.prove(&["other"]).expect(0, &["t/c.t::1 passed"]);
    tree.prove(&["other/t/c.t", "t/a.t"]).expect(0, &["other/t/c.t::1 passed", "t/a.t::1 passed"]);
}

fn from_below() {
    let tree = three().file("prove.toml", "");
    let run = |args: &[&str]| {
        let mut command = prove(&tree.path().join("t"));
        Ran::of(&command.args(args).args(["--format", "json"]).output().unwrap())
    };
    run(&["a.t"]).expect(0, &["t/a.t::1 passed"]);
    run(&["../other"]).expect(0, &["other/t/c.t::1 passed"]);
    // An ID stands in reports as seen from the root.
    run(&["t/a.t"]).expect(0, &["t/a.t::1 passed"]);
    run(&[]).expect(0, &["other/t/c.t::1 passed", "t/a.t::1 passed", "t/deep/b.t::1 passed"]);
}

fn every_id() {
    let tree = Tree::copy("examples/mixed");
    let list = tree.prove(&["list", "--resolve"]);
    list.exits(0);
    let found: Vec<_> = list.all("case-found").cloned().collect();
    assert!(found.len() > 8, "{found:#?}");
    for case in found {
        let id = case["id"].as_str().unwrap();
        let ran = tree.prove(&[id]);
        ran.exits(0);
        let cases: Vec<_> =
            ran.all("case-finished").map(|case| case["id"].as_str().unwrap()).collect();
        if case["addressable"] == "case" {
            assert_eq!(cases, [id]);
        } else {
            let target = case["target"].as_str().unwrap();
            assert!(
                !cases.is_empty() && cases.iter().all(|case| case.starts_with(target)),
                "{id}: {cases:?}"
            );
        }
    }
}

fn ignored() {
    let tree = Tree::new()
        .file("Cargo.toml", "[package]\nname = \"tried\"\nversion = \"0.1.0\"\nedition = \"2024\"\n[workspace]\n[lib]\ndoctest = false\n")
        .file("src/lib.rs", "#[test] fn a() {}\n#[test] #[ignore = \"slow\"] fn b() {}\n");
    let ran = tree.prove(&[]);
    ran.expect(0, &["src/lib.rs::a passed", "src/lib.rs::b skipped"]);
    assert_eq!(ran.case("src/lib.rs::b")["reason"], "slow");
    tree.prove(&["--ignored", "only"]).expect(0, &["src/lib.rs::b passed"]);
    tree.prove(&["--ignored", "also"]).expect(0, &["src/lib.rs::a passed", "src/lib.rs::b passed"]);
    tree.prove(&["src/lib.rs::b"]).expect(0, &["src/lib.rs::b skipped"]);
}
