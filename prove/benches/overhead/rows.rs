//! The claims, and how each is set up.

use std::io;
use std::path::Path;

use crate::fixtures;
use crate::measure::{Side, Sides, Target};
use crate::outcomes::{self, Passed, agree};

/// A claim.
pub(crate) struct Row {
    pub(crate) name: &'static str,
    pub(crate) target: Target,
    /// Makes the tree in this folder, checks that both sides do the same with
    /// it, and says what to time.
    pub(crate) prepare: fn(&Path) -> io::Result<Sides>,
}

/// All claims.
pub(crate) const ROWS: &[Row] = &[
    Row { name: "empty tree: /bin/true", target: Target::MoreMs(3.0), prepare: empty },
    Row { name: "one shell script: the script", target: Target::MoreMs(10.0), prepare: script },
    Row { name: "list, 100,000 files: rg --files", target: Target::AtMost(1.5), prepare: list },
    Row {
        name: "20 x 50 Rust tests: cargo test",
        target: Target::AtMost(1.0),
        prepare: many_cargo,
    },
    Row {
        name: "20 x 50 Rust tests, doctest = false: cargo test",
        target: Target::AtMost(1.0),
        prepare: many_cargo_without_docs,
    },
    Row { name: "20 x 50 Rust tests: nextest", target: Target::Below(1.0), prepare: many_nextest },
    Row {
        name: "200 x 10 ms Rust tests: cargo test",
        target: Target::AtMost(1.05),
        prepare: slow_cargo,
    },
    Row {
        name: "200 x 10 ms Rust tests: nextest",
        target: Target::Below(1.0),
        prepare: slow_nextest,
    },
    Row {
        name: "2,000 Python tests: unittest",
        target: Target::FasterBy(1.15),
        prepare: many_unittest,
    },
    Row {
        name: "40 x 50 ms Python modules: unittest",
        target: Target::FasterBy(1.7),
        prepare: busy_unittest,
    },
];

fn empty(root: &Path) -> io::Result<Sides> {
    let nothing = 4;
    let ours = Side::prove(root).exits(nothing);
    ours.output()?;
    Ok(Sides { ours, peer: Side::new("/bin/true", root) })
}

fn script(root: &Path) -> io::Result<Sides> {
    fixtures::script(root)?;
    let sides = Sides { ours: Side::prove(root), peer: Side::new(root.join("t/one.t"), root) };
    let said = sides.peer.output()?;
    let ran = outcomes::prove(&json(&sides.ours)?);
    if said != "1..1\nok 1 - one\n" || ran.len() != 1 {
        return Err(io::Error::other(format!("the script said {said:?}, ours ran {ran:?}")));
    }
    Ok(sides)
}

fn list(root: &Path) -> io::Result<Sides> {
    let peer = Side::new("rg", root).args(&["--files"]);
    fixtures::large(root)?;
    let files = peer.output().map_err(|error| {
        io::Error::new(error.kind(), format!("rg (apt-get install ripgrep): {error}"))
    })?;
    let ours = Side::prove(root).args(&["list"]);
    let listed = json(&ours)?;
    let found = |path: &str| listed.contains(path);
    let sample = [
        "python/package_7/tests/test_350.py",
        "perl/Dist-9/t/90.t",
        "rust/crates/package_9/tests/test_3.rs",
    ];
    if files.lines().count() != fixtures::LARGE || !sample.into_iter().all(found) {
        return Err(io::Error::other("the sides do not see the same tree"));
    }
    Ok(Sides { ours, peer })
}

pub(crate) fn many_cargo(root: &Path) -> io::Result<Sides> {
    fixtures::package(root, 20, 50, "", true)?;
    rust(root, cargo_test(root), outcomes::cargo_test, 1000)
}

fn many_cargo_without_docs(root: &Path) -> io::Result<Sides> {
    fixtures::package(root, 20, 50, "", false)?;
    rust(root, cargo_test(root), outcomes::cargo_test, 1000)
}

fn many_nextest(root: &Path) -> io::Result<Sides> {
    // nextest does not run documentation examples, so none are asked for.
    fixtures::package(root, 20, 50, "", false)?;
    rust(root, nextest(root), outcomes::nextest, 1000)
}

const SLEEP: &str = "std::thread::sleep(std::time::Duration::from_millis(10))";

fn slow_cargo(root: &Path) -> io::Result<Sides> {
    fixtures::package(root, 1, 200, SLEEP, false)?;
    rust(root, cargo_test(root), outcomes::cargo_test, 200)
}

fn slow_nextest(root: &Path) -> io::Result<Sides> {
    fixtures::package(root, 1, 200, SLEEP, false)?;
    rust(root, nextest(root), outcomes::nextest, 200)
}

fn many_unittest(root: &Path) -> io::Result<Sides> {
    fixtures::modules(root, 200, 10, "pass")?;
    unittest(root, 2000)
}

fn busy_unittest(root: &Path) -> io::Result<Sides> {
    // Processor time, so that load from elsewhere does not shorten the work.
    let body = "end = time.process_time() + 0.05\n        while time.process_time() < end: pass";
    fixtures::modules(root, 40, 1, body)?;
    unittest(root, 40)
}

pub(crate) fn cargo_test(root: &Path) -> Side {
    Side::new("cargo", root).args(&["test", "--offline"])
}

/// Without its second process per test, and without lines that nobody reads.
pub(crate) fn nextest(root: &Path) -> Side {
    Side::new("cargo", root)
        .args(&["nextest", "run", "--offline", "--no-fail-fast"])
        .env("NEXTEST_DOUBLE_SPAWN", "0")
}

pub(crate) fn rust(
    root: &Path,
    peer: Side,
    read: fn(&str) -> Passed,
    count: usize,
) -> io::Result<Sides> {
    let ours = Side::prove(root);
    // The peer builds; both take what it built.
    let theirs = read(&peer.output()?);
    agree(&outcomes::prove(&json(&ours)?), &theirs, count)?;
    Ok(Sides { ours, peer })
}

/// In a virtual environment in the tree, which both sides use: no program that
/// picks an interpreter, and nothing that the machine starts every one with.
fn unittest(root: &Path, count: usize) -> io::Result<Sides> {
    Side::new("python3", root).args(&["-m", "venv", "--without-pip", ".venv"]).output()?;
    let ours = Side::prove(root);
    let peer = Side::new(root.join(".venv/bin/python"), root).args(&["-m", "unittest", "discover"]);
    let theirs = outcomes::unittest(&peer.clone().args(&["-v"]).output()?);
    agree(&outcomes::prove(&json(&ours)?), &theirs, count)?;
    Ok(Sides { ours, peer: peer.args(&["-q"]) })
}

pub(crate) fn json(ours: &Side) -> io::Result<String> {
    ours.clone().args(&["--format", "json"]).output()
}
