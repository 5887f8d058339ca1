//! The claims about cargo's trees: nothing is done twice, and nothing waits
//! for what it does not need.

use std::fmt::Write as _;
use std::fs;
use std::io;
use std::path::Path;

use crate::measure::{Side, Sides, Target};
use crate::outcomes;
use crate::rows::{Row, cargo_test, many_cargo, nextest, rust};

/// The rows.
pub(crate) const RUST: &[Row] = &[
    Row {
        name: "20 x 50 Rust tests, nothing changed: cargo test",
        target: Target::AtMost(0.65),
        prepare: many_unchanged,
    },
    Row {
        name: "20 x 50 Rust tests, cargo asked: cargo test",
        target: Target::AtMost(0.9),
        prepare: many_asked,
    },
    Row {
        name: "112 packages, nothing changed: cargo test",
        target: Target::AtMost(0.5),
        prepare: packages_unchanged,
    },
    Row {
        name: "112 packages, cargo asked: cargo test",
        target: Target::AtMost(0.9),
        prepare: packages_asked,
    },
    Row {
        name: "6 packages, cold, to the first failure: nextest",
        target: Target::AtMost(0.6),
        prepare: first_failure,
    },
    Row {
        name: "6 packages, cold, to the end: nextest",
        target: Target::AtMost(1.0),
        prepare: cold_nextest,
    },
    Row {
        name: "6 packages, cold, to the end: cargo test",
        target: Target::AtMost(1.0),
        prepare: cold_cargo,
    },
];

fn write(path: &Path, text: &str) -> io::Result<()> {
    if let Some(folder) = path.parent() {
        fs::create_dir_all(folder)?;
    }
    fs::write(path, text)
}

/// Runs until what was built is known to be as it was: what changed a moment
/// before a build is not trusted.
fn settled(sides: Sides) -> io::Result<Sides> {
    for _ in 0..3 {
        std::thread::sleep(std::time::Duration::from_millis(100));
        sides.ours.output()?;
    }
    Ok(sides)
}

fn ask(root: &Path) -> io::Result<()> {
    write(&root.join("prove.toml"), "[cargo]\nask = \"always\"\n")
}

fn many_unchanged(root: &Path) -> io::Result<Sides> {
    settled(many_cargo(root)?)
}

fn many_asked(root: &Path) -> io::Result<Sides> {
    ask(root)?;
    settled(many_cargo(root)?)
}

fn packages_unchanged(root: &Path) -> io::Result<Sides> {
    packages(root)?;
    let root = &root.join("tested");
    settled(rust(root, cargo_test(root).args(&["--workspace"]), outcomes::cargo_test, 61)?)
}

fn packages_asked(root: &Path) -> io::Result<Sides> {
    ask(&root.join("tested"))?;
    packages_unchanged(root)
}

fn manifest(name: &str, rest: &str) -> String {
    format!("[package]\nname = \"{name}\"\nversion = \"0.0.0\"\nedition = \"2021\"\n{rest}")
}

/// A workspace of six packages with tests, one of them with an example, and the
/// 106 libraries around it that they use.
fn packages(root: &Path) -> io::Result<()> {
    const ROOT: &str =
        "[workspace]\nmembers = [\"p/*\"]\nresolver = \"2\"\n[profile.dev]\ndebug = 0\n";
    write(&root.join("tested/Cargo.toml"), ROOT)?;
    for package in 0..106 {
        let folder = root.join(format!("used_{package}"));
        write(&folder.join("Cargo.toml"), &manifest(&format!("used_{package}"), ""))?;
        write(&folder.join("src/lib.rs"), "pub fn one() -> u8 { 1 }\n")?;
    }
    for package in 0..6 {
        let folder = root.join(format!("tested/p/tested_{package}"));
        let mut rest = format!("[lib]\ntest = false\ndoctest = {}\n[dependencies]\n", package == 0);
        for used in (0..106).filter(|used| used % 6 == package) {
            let _ = writeln!(rest, "used_{used} = {{ path = \"../../../used_{used}\" }}");
        }
        write(&folder.join("Cargo.toml"), &manifest(&format!("tested_{package}"), &rest))?;
        let example = if package == 0 { "/// ```\n/// assert!(true);\n/// ```\n" } else { "" };
        write(&folder.join("src/lib.rs"), &format!("{example}pub fn one() -> u8 {{ 1 }}\n"))?;
        let mut tests = String::new();
        for case in 0..10 {
            let _ = writeln!(tests, "#[test]\nfn case_{package}_{case}() {{}}");
        }
        write(&folder.join("tests/all.rs"), &tests)?;
    }
    Ok(())
}

/// A small package with a case that fails, and five that take their time to build.
fn early(root: &Path) -> io::Result<()> {
    write(&root.join("Cargo.toml"), "[workspace]\nmembers = [\"p/*\"]\nresolver = \"2\"\n")?;
    for package in 0..6 {
        let folder = root.join(format!("p/package_{package}"));
        let rest = "[lib]\ntest = false\ndoctest = false\n";
        write(&folder.join("Cargo.toml"), &manifest(&format!("package_{package}"), rest))?;
        write(&folder.join("src/lib.rs"), "")?;
        let fails = if package == 0 { "assert_eq!(1, 2)" } else { "" };
        let mut tests = format!("#[test]\nfn case_{package}() {{ {fails} }}\n");
        for function in 0..if package == 0 { 1 } else { 200 } {
            let _ = writeln!(
                tests,
                "pub fn f_{function}(of: &[String]) -> Vec<(usize, String)> {{\n    \
                 of.iter().enumerate().map(|(at, text)| (at + {function}, format!(\"{{text:?}}\"))).collect()\n}}"
            );
        }
        write(&folder.join("tests/all.rs"), &tests)?;
    }
    Ok(())
}

fn cold(root: &Path, peer: Side, code: i32) -> io::Result<Sides> {
    early(root)?;
    let ours = Side::prove(root).args(&["--format", "json"]).exits(1).cold();
    let sides = Sides { ours, peer: peer.exits(code).cold() };
    let passed = outcomes::prove(&sides.ours.output()?);
    if passed.len() != 5 || sides.peer.output().is_err() {
        return Err(io::Error::other(format!("5 of 6 pass, ours {passed:?}")));
    }
    Ok(sides)
}

fn cold_cargo(root: &Path) -> io::Result<Sides> {
    cold(root, cargo_test(root).args(&["--workspace", "--no-fail-fast"]), 101)
}

fn cold_nextest(root: &Path) -> io::Result<Sides> {
    cold(root, nextest(root).args(&["--workspace"]), 100)
}

fn first_failure(root: &Path) -> io::Result<Sides> {
    let Sides { ours, peer } = cold_nextest(root)?;
    Ok(Sides { ours: ours.until("\"outcome\":\"failed\""), peer: peer.until("FAIL [") })
}
