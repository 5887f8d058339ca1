//! `--isolation`, and what `[[override]]` asks for some cases.

use libtest_mimic::Trial;

use crate::support::{Tree, test, test_with};

pub fn tests() -> Vec<Trial> {
    vec![
        test("override: scripts of one group run one after another", group),
        test("override: a script that runs alone has nothing beside it", alone),
        test("override: a script that needs all slots has them", threads),
        test_with(
            &["cargo"],
            "override: Rust cases of one group, of two test binaries",
            group_rust,
        ),
        test_with(
            &["python3"],
            "override: Python cases of one group, of two modules",
            group_python,
        ),
        test_with(&["cargo"], "override: Rust cases in processes of their own", isolation_rust),
        test_with(&["cargo"], "override: variables for some Rust cases", env_rust),
        test_with(
            &["python3"],
            "override: variables for some Python modules and cases",
            env_python,
        ),
        test("override: a limit for one script", timeout),
        test_with(&["cargo"], "override: a limit for one Rust case", timeout_rust),
        test("override: retries for one script", retries),
        test(
            "override: a failed case is checked alone on the same terms",
            checked_on_the_same_terms,
        ),
        test_with(
            &["cargo"],
            "override: parts of a target are each checked alone",
            checked_in_parts,
        ),
        test("override: the command line wins", typed),
        test("override: one that cannot be followed", wrong),
        test("override: one that matches nothing is noted", unmatched),
        test("override: explain says what it is about", explained),
    ]
}

/// Fails if another that has this lock runs at the same time.
const LOCKED: &str =
    "echo 1..1; mkdir lock || { echo not ok 1; exit; }; sleep 0.2; rmdir lock; echo ok 1\n";

const PASSED: [&str; 3] = ["t/a.t::1 passed", "t/b.t::1 passed", "t/c.t::1 passed"];

fn locked(settings: &str) -> Tree {
    let tree = Tree::new().sh("t/a.t", LOCKED).sh("t/b.t", LOCKED).sh("t/c.t", LOCKED);
    tree.file("prove.toml", settings)
}

fn group() {
    let tree = locked("");
    let flaky = tree.prove(&["-j", "3"]);
    flaky.exits(0);
    assert!(flaky.cases().iter().any(|case| case.ends_with(" flaky")), "they need serial");
    let tree = locked("[[override]]\nmatch = 't/'\nserial = 'lock'\n");
    tree.prove(&["-j", "3"]).expect(0, &PASSED);
    let tree = locked(
        "[[override]]\nmatch = 'a.t or b.t'\nserial = 'lock'\n\
         [[override]]\nmatch = 'c.t'\nserial = ['other', 'lock']\n",
    );
    tree.prove(&["-j", "3"]).expect(0, &PASSED);
}

fn alone() {
    const NEIGHBOUR: &str = "echo 1..1; mkdir beside.$$; sleep 0.2; rmdir beside.$$; echo ok 1\n";
    const ALONE: &str = "echo 1..1; for n in 1 2 3; do ls -d beside.* && { echo not ok 1; exit; }; sleep 0.05; done; echo ok 1\n";
    let tree = Tree::new()
        .sh("t/a.t", ALONE)
        .sh("t/b.t", NEIGHBOUR)
        .sh("t/c.t", NEIGHBOUR)
        .file("prove.toml", "[[override]]\nmatch = 'a.t'\nserial = true\n");
    tree.prove(&["-j", "3"]).expect(0, &PASSED);
}

fn threads() {
    let tree = locked("[[override]]\nmatch = 't/a.t or t/b.t'\nthreads = 3\n");
    tree.prove(&["-j", "3"]).expect(0, &PASSED);
    let tree = locked("[[override]]\nmatch = 't/'\nthreads = 99\n");
    tree.prove(&["-j", "2"]).expect(0, &PASSED);
}

const MANIFEST: &str =
    "[package]\nname = \"tried\"\nversion = \"0.1.0\"\nedition = \"2024\"\n[workspace]\n";

const DB: &str = r#"
fn locked() {
    std::fs::create_dir("lock").expect("nobody else has it");
    std::thread::sleep(std::time::Duration::from_millis(100));
    std::fs::remove_dir("lock").unwrap();
}
#[test] fn db_one() { locked() }
#[test] fn db_two() { locked() }
#[test] fn db_three() { locked() }
#[test] fn free() {}
"#;

fn group_rust() {
    let tree = Tree::new()
        .file("Cargo.toml", MANIFEST)
        .file("tests/a.rs", DB)
        .file("tests/b.rs", DB)
        .file("prove.toml", "[[override]]\nmatch = 'db_'\nserial = 'db'\n");
    let ran = tree.prove(&["-j", "4"]);
    ran.exits(0);
    assert_eq!((&ran.finished()["passed"], &ran.finished()["flaky"]), (&8.into(), &0.into()));
    assert_eq!(ran.all("case-finished").count(), 8, "each ran once");
    assert_eq!(ran.all("target-finished").count(), 2);
}

fn group_python() {
    const MODULE: &str = "import os, time, unittest\nclass T(unittest.TestCase):\n    def db(self):\n        os.mkdir('lock')\n        time.sleep(0.2)\n        os.rmdir('lock')\n    def test_db_one(self): self.db()\n    def test_db_two(self): self.db()\n    def test_free(self): pass\n";
    let tree = Tree::new()
        .file("test_a.py", MODULE)
        .file("test_b.py", MODULE)
        .file("prove.toml", "[[override]]\nmatch = 'test_db'\nserial = 'db'\n");
    let ran = tree.prove(&["-j", "4"]);
    ran.exits(0);
    assert_eq!((&ran.finished()["passed"], &ran.finished()["flaky"]), (&6.into(), &0.into()));
    assert_eq!(ran.all("case-finished").count(), 6, "each ran once");
}

/// Each fails where another ran in its process before it.
const FIRST: &str = r"
use std::sync::atomic::{AtomicU32, Ordering};
static RAN: AtomicU32 = AtomicU32::new(0);
fn first() { assert_eq!(RAN.fetch_add(1, Ordering::SeqCst), 0) }
#[test] fn a() { first() }
#[test] fn b() { first() }
#[test] fn c() { first() }
#[test] #[ignore] fn d() { panic!() }
";

fn isolation_rust() {
    let tree = Tree::new().file("Cargo.toml", MANIFEST).file("tests/a.rs", FIRST);
    let expected = [
        "tests/a.rs::a passed",
        "tests/a.rs::b passed",
        "tests/a.rs::c passed",
        "tests/a.rs::d skipped",
    ];
    tree.prove(&["-j", "1"]).exits(1);
    tree.prove(&["--isolation", "process"]).expect(0, &expected);
    tree.prove(&["--isolation", "fork"]).expect(0, &expected);
    let tree = tree.file("prove.toml", "isolation = 'process'\n");
    tree.prove(&[]).expect(0, &expected);
    tree.prove(&["-j", "1", "--isolation", "shared"]).exits(1);
    let tree = tree
        .file("prove.toml", "[[override]]\nmatch = 'a.rs::a or a.rs::b'\nisolation = 'process'\n");
    tree.prove(&["-j", "1"]).expect(0, &expected);
}

fn env_rust() {
    let tree = Tree::new()
        .file("Cargo.toml", MANIFEST)
        .file(
            "src/lib.rs",
            "#[test] fn a() { assert_eq!(std::env::var(\"A\").unwrap(), \"for a\") }\n\
             #[test] fn b() { assert!(std::env::var(\"A\").is_err()) }\n\
             #[test] fn c() { assert_eq!(std::env::var(\"CARGO_PKG_NAME\").unwrap(), \"other\") }\n",
        )
        .file(
            "prove.toml",
            "[[override]]\nmatch = 'lib.rs::a'\nenv = { A = 'for a' }\n\
             [[override]]\nmatch = 'lib.rs::c'\nenv = { CARGO_PKG_NAME = 'other' }\n",
        );
    tree.prove(&["--kind", "test"])
        .expect(0, &["src/lib.rs::a passed", "src/lib.rs::b passed", "src/lib.rs::c passed"]);
}

fn env_python() {
    let module = |value: &str| {
        format!(
            "import os, unittest\nclass T(unittest.TestCase):\n    def test(self): self.assertEqual(os.environ.get('A'), {value})\n"
        )
    };
    let tree = Tree::new()
        .file("test_a.py", module("None"))
        .file("test_b.py", module("'1'"))
        .file("test_c.py", module("None"))
        .file("prove.toml", "[[override]]\nmatch = 'test_b.py'\nenv = { A = '1' }\n");
    let ran = tree.prove(&["-j", "1"]);
    ran.exits(0);
    assert_eq!(ran.finished()["passed"], 3);
    let tree = Tree::new()
        .file(
            "test_a.py",
            "import os, unittest\nclass T(unittest.TestCase):\n    def test_one(self): self.assertEqual(os.environ.get('A'), '1')\n    def test_two(self): self.assertNotIn('A', os.environ)\n",
        )
        .file("prove.toml", "[[override]]\nmatch = 'test_one'\nenv = { A = '1' }\n");
    let ran = tree.prove(&["-j", "1"]);
    ran.exits(0);
    assert_eq!(ran.finished()["passed"], 2);
}

fn timeout() {
    const SLOW: &str = "echo 1..1; sleep 1; echo ok 1\n";
    let tree = Tree::new().sh("t/a.t", SLOW).sh("t/b.t", SLOW);
    let tree = tree.file("prove.toml", "[[override]]\nmatch = 'a.t'\ntimeout = '200ms'\n");
    tree.prove(&[]).expect(1, &["t/a.t::(end) failed timed-out", "t/b.t::1 passed"]);
    let tree = tree
        .file("prove.toml", "timeout = '200ms'\n[[override]]\nmatch = 'b.t'\ntimeout = '20s'\n");
    tree.prove(&[]).exits(1);
    assert_eq!(tree.prove(&[]).case("t/b.t::1")["outcome"], "passed");
}

fn timeout_rust() {
    let tree = Tree::new()
        .file("Cargo.toml", MANIFEST)
        .file(
            "tests/a.rs",
            "fn sleep(ms: u64) { std::thread::sleep(std::time::Duration::from_millis(ms)) }\n\
             #[test] fn hangs() { sleep(60_000) }\n#[test] fn long() { sleep(1_500) }\n",
        )
        .file(
            "prove.toml",
            "timeout = '1s'\n[[override]]\nmatch = 'long'\ntimeout = '30s'\n\
             [[override]]\nmatch = 'hangs'\ntimeout = '300ms'\n",
        );
    let ran = tree.prove(&["-j", "2"]);
    ran.expect(1, &["tests/a.rs::hangs failed timed-out", "tests/a.rs::long passed"]);
    let said = ran.case("tests/a.rs::hangs")["message"].as_str().unwrap();
    assert!(said.contains("0.3s"), "{said}");
}

fn retries() {
    const THIRD: &str =
        "echo 1..1; echo x >> $0.ran; [ $(grep -c x $0.ran) = 3 ] && echo ok 1 || echo not ok 1\n";
    let tree = Tree::new().sh("t/a.t", THIRD);
    let tree = tree.file("prove.toml", "[[override]]\nmatch = 'a.t'\nretries = 2\n");
    tree.prove(&[]).expect(0, &["t/a.t::1 passed flaky"]);
    let tree = Tree::new().sh("t/a.t", THIRD);
    let tree = tree.file("prove.toml", "retries = 2\n[[override]]\nmatch = 'a.t'\nretries = 1\n");
    tree.prove(&["-j", "1"]).expect(1, &["t/a.t::1 failed assertion"]);
}

/// Beside others both of these fail; alone, they pass only with their variables.
fn checked_on_the_same_terms() {
    const SCRIPT: &str = "echo 1..1; mkdir lock || { echo not ok 1; exit; }; sleep 0.3; rmdir lock; [ \"$A\" = \"$0\" ] && echo ok 1 || echo not ok 1\n";
    let tree = Tree::new().sh("t/a.t", SCRIPT).sh("t/b.t", SCRIPT).file(
        "prove.toml",
        "[[override]]\nmatch = 'a.t'\nenv = { A = 't/a.t' }\n\
         [[override]]\nmatch = 'b.t'\nenv = { A = 't/b.t' }\n",
    );
    let ran = tree.prove(&["-j", "2"]);
    ran.exits(0);
    assert_eq!(ran.finished()["flaky"], 1, "{:?}", ran.cases());
}

/// Two cases of one target, on terms of their own, that both fail beside another
/// target and pass alone: each is checked, and neither is taken for lost.
fn checked_in_parts() {
    let busy = |name: &str| {
        format!(
            "#[test] fn {name}() {{\n    std::fs::write(\"ran.{name}\", \"\").unwrap();\n    assert!(!std::path::Path::new(\"busy\").exists())\n}}\n"
        )
    };
    let tree = Tree::new()
        .file("Cargo.toml", MANIFEST)
        .file("tests/a.rs", busy("one") + &busy("two"))
        .sh("t/b.t", "echo 1..1; mkdir busy; until [ -e ran.one -a -e ran.two ]; do sleep 0.1; done; sleep 0.3; rmdir busy; echo ok 1\n")
        .file(
            "prove.toml",
            "[[override]]\nmatch = '::one'\nenv = { A = '1' }\n\
             [[override]]\nmatch = '::two'\nenv = { A = '2' }\n",
        );
    let ran = tree.prove(&["-j", "3", "--timeout", "60s"]);
    ran.expect(
        0,
        &["t/b.t::1 passed", "tests/a.rs::one passed flaky", "tests/a.rs::two passed flaky"],
    );
}

fn typed() {
    let tree = Tree::new()
        .sh("t/a.t", "echo 1..1; sleep 0.5; echo ok 1\n")
        .file("prove.toml", "[[override]]\nmatch = 'a.t'\ntimeout = '100ms'\nretries = 1\n");
    let ran = tree.prove(&["-j", "1"]);
    ran.exits(1);
    assert_eq!(ran.all("case-finished").filter(|case| case["attempt"] == 2).count(), 1);
    tree.prove(&["--timeout", "20s"]).expect(0, &["t/a.t::1 passed"]);
    let ran = tree.prove(&["-j", "1", "--retries", "0"]);
    assert_eq!(ran.all("case-finished").filter(|case| case["attempt"] == 2).count(), 0);
}

fn wrong() {
    for (settings, part) in [
        ("[[override]]\nserial = 'a'\n", "missing field `match`"),
        ("[[override]]\nmatch = 'a and'\nretries = 1\n", "a name is missing after `and`"),
        ("[[override]]\nmatch = 'a'\nretry = 1\n", "unknown field `retry`"),
        ("[[override]]\nmatch = 'a'\nserial = 1\n", "[[override]] 1, match = \"a\": serial"),
        ("isolation = 'thread'\n", "expected one of `shared`"),
    ] {
        let tree = Tree::new().sh("t/a.t", "echo 1..1; echo ok 1\n").file("prove.toml", settings);
        let output = tree.prove_plain(&[]);
        let said = String::from_utf8(output.stderr).unwrap();
        assert_eq!(output.status.code(), Some(2), "{said}");
        assert!(said.contains("prove.toml") && said.contains(part), "{said}");
    }
}

fn unmatched() {
    let tree = Tree::new().sh("t/a.t", "echo 1..1; echo ok 1\n").file(
        "prove.toml",
        "[[override]]\nmatch = 'a.t'\nretries = 1\n[[override]]\nmatch = 'b.t'\nretries = 1\n",
    );
    let ran = tree.prove(&[]);
    ran.exits(0).has_problem("note", "\"b.t\"");
    assert_eq!(ran.problems().len(), 1);
    let part = tree.prove(&["t/a.t"]);
    assert_eq!(part.problems().len(), 0, "of a part there is nothing to say");
}

fn explained() {
    let tree = locked("[[override]]\nmatch = 'a.t'\nserial = 'lock'\ntimeout = '2m'\n");
    let output = tree.prove_plain(&["explain"]);
    let said = String::from_utf8(output.stdout).unwrap();
    let expected = "override 1, match = \"a.t\": serial = [\"lock\"], timeout = \"120s\"\n  t/a.t: all of it\n";
    assert!(said.contains(expected), "{said}");
}
