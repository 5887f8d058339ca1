//! The trees that are measured, made anew for each row.

use std::fmt::Write as _;
use std::fs;
use std::io;
use std::os::unix::fs::PermissionsExt;
use std::path::Path;

/// How many files the large tree has.
pub(crate) const LARGE: usize = 100_000;
/// How many of them an ecosystem has to read.
pub(crate) const CANDIDATES: usize = LARGE / 10;

pub(crate) fn write(path: &Path, text: &str) -> io::Result<()> {
    if let Some(folder) = path.parent() {
        fs::create_dir_all(folder)?;
    }
    fs::write(path, text)
}

/// One TAP script.
pub(crate) fn script(root: &Path) -> io::Result<()> {
    let path = root.join("t/one.t");
    write(&path, "#!/bin/sh\necho 1..1\necho ok 1 - one\n")?;
    fs::set_permissions(&path, fs::Permissions::from_mode(0o755))
}

/// A package with these test files; its name makes no difference. With
/// `doctest`, `cargo test` asks rustdoc for examples, of which there are none.
pub(crate) fn package(
    root: &Path,
    files: usize,
    cases: usize,
    body: &str,
    doctest: bool,
) -> io::Result<()> {
    let manifest = format!(
        "[package]\nname = \"fixture\"\nversion = \"0.0.0\"\nedition = \"2024\"\n\n[lib]\ndoctest = {doctest}\n\n[profile.dev]\ndebug = 0\n\n[workspace]\n"
    );
    write(&root.join("Cargo.toml"), &manifest)?;
    write(&root.join("src/lib.rs"), "")?;
    for file in 0..files {
        let mut text = String::new();
        for case in 0..cases {
            let _ = writeln!(text, "#[test]\nfn case_{file}_{case}() {{ {body} }}");
        }
        write(&root.join(format!("tests/file_{file}.rs")), &text)?;
    }
    Ok(())
}

/// Python modules of one `TestCase` each.
pub(crate) fn modules(root: &Path, modules: usize, cases: usize, body: &str) -> io::Result<()> {
    for module in 0..modules {
        let mut text =
            "import time\nimport unittest\n\n\nclass Case(unittest.TestCase):\n".to_owned();
        for case in 0..cases {
            let _ = writeln!(text, "    def test_{module}_{case}(self):\n        {body}");
        }
        write(&root.join(format!("test_{module}.py")), &text)?;
    }
    Ok(())
}

/// A large tree of several languages: nine files of ten are none of ours.
pub(crate) fn large(root: &Path) -> io::Result<()> {
    const OTHERS: [&str; 6] = ["js", "c", "json", "html", "svg", "css"];
    let candidates = [python as fn(&Path, usize) -> io::Result<()>, crates, scripts];
    let shares = [CANDIDATES / 2, CANDIDATES * 4 / 10, CANDIDATES / 10];
    for (make, share) in candidates.into_iter().zip(shares) {
        make(root, share)?;
    }
    let text = "content of no interest\n".repeat(20);
    for file in 0..LARGE - CANDIDATES {
        let folder = root.join(format!("web/area_{}/part_{}", file / 5000, file / 50));
        write(&folder.join(format!("file_{file}.{}", OTHERS[file % OTHERS.len()])), &text)?;
    }
    Ok(())
}

/// Half test modules, half modules of a library, with an example each.
fn python(root: &Path, share: usize) -> io::Result<()> {
    let filler = "    # A line as there are many.\n".repeat(40);
    for file in 0..share / 2 {
        let folder = root.join(format!("python/package_{}", file / 50));
        let test = format!(
            "import unittest\n\n\nclass Case(unittest.TestCase):\n    def test_one(self):\n{filler}        pass\n"
        );
        write(&folder.join(format!("tests/test_{file}.py")), &test)?;
        let code = format!(
            "def double(x):\n    \"\"\"\n    >>> double(2)\n    4\n    \"\"\"\n{filler}    return 2 * x\n"
        );
        write(&folder.join(format!("module_{file}.py")), &code)?;
    }
    Ok(())
}

/// One workspace of packages of twenty files: manifest, library, tests.
fn crates(root: &Path, share: usize) -> io::Result<()> {
    let filler = "/// A line as there are many.\n".repeat(40);
    let workspace = root.join("rust");
    // The root's manifest is a package's too, or the count would be off by one.
    for package in 0..share / 20 {
        let folder = if package == 0 {
            workspace.clone()
        } else {
            workspace.join(format!("crates/package_{package}"))
        };
        let members = if package == 0 { "[workspace]\nmembers = [\"crates/*\"]\n" } else { "" };
        write(
            &folder.join("Cargo.toml"),
            &format!(
                "[package]\nname = \"package_{package}\"\nversion = \"0.0.0\"\nedition = \"2024\"\n\n{members}"
            ),
        )?;
        write(&folder.join("src/lib.rs"), &format!("{filler}pub fn one() {{}}\n"))?;
        for module in 0..14 {
            write(
                &folder.join(format!("src/module_{module}.rs")),
                &format!("{filler}pub fn one() {{}}\n"),
            )?;
        }
        for test in 0..4 {
            write(
                &folder.join(format!("tests/test_{test}.rs")),
                &format!("{filler}#[test]\nfn one() {{}}\n"),
            )?;
        }
    }
    Ok(())
}

/// Perl tests, in distributions of ten.
fn scripts(root: &Path, share: usize) -> io::Result<()> {
    let filler = "# A line as there are many.\n".repeat(40);
    for file in 0..share {
        let path = root.join(format!("perl/Dist-{}/t/{file}.t", file / 10));
        write(&path, &format!("use strict;\nuse Test::More tests => 1;\n{filler}ok 1;\n"))?;
    }
    Ok(())
}
