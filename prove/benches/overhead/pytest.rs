//! Claims about pytest projects, and about what pytest would cost elsewhere.

use std::fmt::Write as _;
use std::fs;
use std::io;
use std::path::Path;

use crate::fixtures;
use crate::measure::{Side, Sides, Target};
use crate::outcomes::{self, agree};
use crate::rows::{Row, json};

/// The claims.
pub(crate) const ROWS: &[Row] = &[
    Row { name: "2,000 pytest functions: pytest", target: Target::FasterBy(1.5), prepare: one },
    Row {
        name: "2,000 pytest functions: pytest -n 2",
        target: Target::FasterBy(2.0),
        prepare: two,
    },
    Row { name: "40 x 50 ms pytest modules: pytest", target: Target::FasterBy(1.8), prepare: busy },
    Row { name: "2,000 unittest cases: pytest", target: Target::FasterBy(12.0), prepare: unittest },
];

fn one(root: &Path) -> io::Result<Sides> {
    functions(root, 200, 10, "pass")?;
    pytest(root, 2000, &[])
}

fn two(root: &Path) -> io::Result<Sides> {
    functions(root, 200, 10, "pass")?;
    pytest(root, 2000, &["-n", "2"])
}

fn busy(root: &Path) -> io::Result<Sides> {
    // Processor time, so that load from elsewhere does not shorten the work.
    let body = "end = time.process_time() + 0.05\n    while time.process_time() < end: pass";
    functions(root, 40, 1, body)?;
    pytest(root, 40, &[])
}

/// Ours are unittest's own: nothing in the tree says that it is pytest's.
fn unittest(root: &Path) -> io::Result<Sides> {
    fixtures::modules(root, 200, 10, "pass")?;
    pytest(root, 2000, &[])
}

/// Modules of test functions, in a project that is pytest's.
fn functions(root: &Path, modules: usize, cases: usize, body: &str) -> io::Result<()> {
    fs::write(root.join("pytest.ini"), "[pytest]\n")?;
    for module in 0..modules {
        let mut text = "import time\n\n\n".to_owned();
        for case in 0..cases {
            let _ = writeln!(text, "def test_{module}_{case}():\n    {body}\n");
        }
        fs::write(root.join(format!("test_{module}.py")), text)?;
    }
    Ok(())
}

fn pytest(root: &Path, count: usize, options: &[&str]) -> io::Result<Sides> {
    Side::new("python3", root).args(&["-m", "venv", ".venv"]).output()?;
    let python = root.join(".venv/bin/python");
    let packages = ["-m", "pip", "install", "-q", "pytest", "pytest-xdist"];
    Side::new(&python, root).args(&packages).output()?;
    let peer = Side::new(&python, root).args(&["-m", "pytest"]);
    let ours = Side::prove(root);
    let theirs = outcomes::pytest(&peer.clone().args(&["-v"]).output()?);
    agree(&outcomes::prove(&json(&ours)?), &theirs, count)?;
    Ok(Sides { ours, peer: peer.args(&["-q"]).args(options) })
}
