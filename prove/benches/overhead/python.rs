//! Claims about Python's examples, and about isolation.

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
    Row {
        name: "1,000 Python examples in 200 modules: pytest --doctest-modules",
        target: Target::FasterBy(6.0),
        prepare: examples,
    },
    Row {
        name: "200 Python modules, each in a fork: shared",
        target: Target::MoreMs(200.0 * 4.0),
        prepare: forks,
    },
];

fn examples(root: &Path) -> io::Result<Sides> {
    fs::create_dir(root.join("pkg"))?;
    fs::write(root.join("pkg/__init__.py"), "")?;
    for module in 0..200 {
        let mut text = String::new();
        for case in 0..5 {
            let name = format!("f_{module}_{case}");
            let _ = write!(
                text,
                "def {name}():\n    \"\"\"Gives it.\n\n    >>> {name}()\n    {case}\n    \"\"\"\n    return {case}\n\n\n"
            );
        }
        fs::write(root.join(format!("pkg/m{module}.py")), text)?;
    }
    Side::new("python3", root).args(&["-m", "venv", ".venv"]).output()?;
    let python = root.join(".venv/bin/python");
    Side::new(&python, root).args(&["-m", "pip", "install", "-q", "pytest"]).output()?;
    let peer = Side::new(&python, root).args(&["-m", "pytest", "--doctest-modules"]);
    let ours = Side::prove(root);
    let theirs = outcomes::pytest(&peer.clone().args(&["-v"]).output()?);
    agree(&outcomes::prove(&json(&ours)?), &theirs, 1000)?;
    Ok(Sides { ours, peer: peer.args(&["-q"]) })
}

/// The peer is `prove` itself, without isolation.
fn forks(root: &Path) -> io::Result<Sides> {
    fixtures::modules(root, 200, 10, "pass")?;
    Side::new("python3", root).args(&["-m", "venv", "--without-pip", ".venv"]).output()?;
    let peer = Side::prove(root);
    let ours = peer.clone().args(&["--isolation", "fork"]);
    agree(&outcomes::prove(&json(&ours)?), &outcomes::prove(&json(&peer)?), 2000)?;
    Ok(Sides { ours, peer })
}
