//! Trees and programs that are up to no good.

use std::os::unix::ffi::OsStrExt;
use std::os::unix::fs::PermissionsExt;

use libtest_mimic::Trial;

use crate::support::{Tree, Watched, test, test_with};

pub fn tests() -> Vec<Trial> {
    vec![
        test("links that lead in circles", circles),
        test("a name that is not UTF-8", odd_name),
        test("a sparse gigabyte called x.t", gigabyte),
        test("a folder that cannot be read", unreadable),
        test_with(&["cargo"], "a broken Cargo.toml", broken_manifest),
        test_with(&["python3"], "a broken pyproject.toml", broken_pyproject),
        test("a broken prove.toml", broken_settings),
        test("a gigabyte on stdout", flood),
        test("a gigabyte on stdout without a newline", flood_line),
        test("a flood of failures", flood_of_failures),
        test("output that is not UTF-8, and escapes", odd_output),
        test("a script that closes its stdout", closed_stdout),
        test("a script with a very long list of results", many_results),
    ]
}

fn good(tree: Tree) -> Tree {
    tree.sh("t/good.t", "echo 1..1; echo ok 1\n")
}

fn circles() {
    let tree = good(Tree::new());
    std::os::unix::fs::symlink("..", tree.path().join("t/up")).unwrap();
    std::os::unix::fs::symlink("loop.t", tree.path().join("t/loop.t")).unwrap();
    let ran = tree.prove(&[]);
    ran.expect(0, &["t/good.t::1 passed"]);
    ran.has_problem("note", "t/up").has_problem("note", "t/loop.t");
}

fn odd_name() {
    let name = std::ffi::OsStr::from_bytes(b"t/b\xffd.t");
    let tree = good(Tree::new()).sh(name, "echo 1..1; echo ok 1\n");
    tree.prove(&[]).expect(0, &["t/b\\xffd.t::1 passed", "t/good.t::1 passed"]);
}

fn gigabyte() {
    let tree = good(Tree::new());
    let file = std::fs::File::create(tree.path().join("x.t")).unwrap();
    file.set_len(1 << 30).unwrap();
    let watched = Watched::start(&tree, &[]);
    let (ran, peak) = watched.end();
    ran.expect(0, &["t/good.t::1 passed"]);
    assert!(peak < 64, "{peak} MiB");
}

fn unreadable() {
    let tree = good(Tree::new()).file("secret/x", "");
    let secret = tree.path().join("secret");
    std::fs::set_permissions(&secret, std::fs::Permissions::from_mode(0o000)).unwrap();
    let root = std::fs::read_dir(&secret).is_ok();
    let ran = tree.prove(&[]);
    std::fs::set_permissions(&secret, std::fs::Permissions::from_mode(0o700)).unwrap();
    ran.expect(0, &["t/good.t::1 passed"]);
    if !root {
        ran.has_problem("note", "secret");
    }
}

fn broken_manifest() {
    let tree = good(Tree::new()).file("Cargo.toml", "[package\nname = 1\n");
    let ran = tree.prove(&[]);
    ran.expect(3, &["t/good.t::1 passed"]);
    ran.has_problem("error", "Cargo.toml");
    // Asked for something else, it is only worth knowing.
    tree.prove(&["t/good.t"]).exits(0);
}

fn broken_pyproject() {
    let case = "import unittest\nclass T(unittest.TestCase):\n    def test_a(self): pass\n";
    let tree = good(Tree::new()).file("py/pyproject.toml", "[tool\n").file("py/test_it.py", case);
    let ran = tree.prove(&[]);
    ran.exits(3).has_problem("error", "pyproject.toml");
    assert_eq!(ran.case("t/good.t::1")["outcome"], "passed");
}

fn broken_settings() {
    let tree = good(Tree::new()).file("prove.toml", "timeuot = \"3s\"\n");
    let output = tree.prove_plain(&[]);
    let said = String::from_utf8(output.stderr).unwrap();
    assert_eq!(output.status.code(), Some(2), "{said}");
    assert!(
        said.contains("prove.toml") && said.contains("timeuot") && said.contains("timeout"),
        "{said}"
    );
}

fn flood() {
    let tree = Tree::new().sh(
        "t/a.t",
        "echo 1..1; yes 'nothing but a lot' | head -c 1000000000; echo; echo ok 1 - after\n",
    );
    let (ran, peak) = Watched::start(&tree, &[]).end();
    assert_eq!(ran.case("t/a.t::1 - after")["outcome"], "passed", "{:?}", ran.cases().len());
    assert!(peak < 100, "{peak} MiB");
}

fn flood_of_failures() {
    let script = "echo 1..1; yes 'not ok at all, and again' | head -n 1000000\n";
    let tree = Tree::new().sh("t/a.t", script);
    let (ran, peak) = Watched::start(&tree, &[]).end();
    ran.exits(1);
    assert_eq!(ran.case("t/a.t::(end)")["outcome"], "failed");
    assert!(peak < 300, "{peak} MiB");
}

fn flood_line() {
    let tree = Tree::new()
        .sh("t/a.t", "echo 1..1; head -c 1000000000 /dev/zero; echo; echo ok 1 - after\n");
    let (ran, peak) = Watched::start(&tree, &[]).end();
    ran.expect(0, &["t/a.t::1 - after passed"]);
    assert!(peak < 100, "{peak} MiB");
}

fn odd_output() {
    let tree = Tree::new().sh("t/a.t", "echo 1..1; printf 'not ok 1 - \\377\\033[31mred\\033[2J\\007\\n'; printf '# \\033]0;title\\007\\n'\n");
    let ran = tree.prove(&[]);
    ran.exits(1);
    assert_eq!(ran.finished()["failed"], 1);
    let plain = tree.prove_plain(&[]);
    let shown: Vec<u8> = [plain.stdout, plain.stderr].concat();
    assert!(
        !shown.contains(&0x1b) && !shown.contains(&7),
        "{}",
        String::from_utf8_lossy(&shown).escape_debug()
    );
}

fn closed_stdout() {
    let tree =
        good(Tree::new()).sh("t/a.t", "echo 1..2; echo ok 1; exec >&- 2>&-; sleep 0.2; exit 0\n");
    let ran = tree.prove(&[]);
    ran.expect(1, &["t/a.t::(end) failed missing", "t/a.t::1 passed", "t/good.t::1 passed"]);
}

fn many_results() {
    let tree = Tree::new().sh("t/a.t", "seq -f 'ok %.0f' 100000; echo 1..100000\n");
    let ran = tree.prove(&[]);
    ran.exits(0);
    assert_eq!(ran.finished()["passed"], 100_000);
}
