//! The claims on doc examples of Rust. The library is built on both sides; what
//! was compiled of examples is there, or removed before each run.

use std::fmt::Write as _;
use std::io;
use std::path::Path;

use crate::fixtures::write;
use crate::measure::{Side, Sides, Target};
use crate::outcomes::{self, agree};
use crate::rows::Row;

/// How many examples.
const COUNT: usize = 100;

pub(crate) const ROWS: &[Row] = &[
    Row {
        name: "100 doc examples, 2021, not compiled yet: cargo test --doc",
        target: Target::FasterBy(15.0),
        prepare: |root| cold(root, "2021", false),
    },
    Row {
        name: "100 doc examples, 2024, not compiled yet: cargo test --doc",
        target: Target::FasterBy(1.8),
        prepare: |root| cold(root, "2024", false),
    },
    Row {
        name: "100 doc examples, 2024, one is broken: cargo test --doc",
        target: Target::FasterBy(10.0),
        prepare: |root| cold(root, "2024", true),
    },
    Row {
        name: "100 doc examples, 2021, again: cargo test --doc",
        target: Target::FasterBy(60.0),
        prepare: |root| sides(root, "2021", false, Side::prove(root)),
    },
];

fn cold(root: &Path, edition: &str, broken: bool) -> io::Result<Sides> {
    let script = "rm -rf .prove.d/docs && exec \"$0\" \"$@\"";
    let ours = Side::new("sh", root).args(&["-c", script, env!("CARGO_BIN_EXE_prove")]);
    sides(root, edition, broken, ours)
}

fn sides(root: &Path, edition: &str, broken: bool, ours: Side) -> io::Result<Sides> {
    library(root, edition, broken)?;
    let peer = Side::new("cargo", root).args(&["test", "--doc", "--offline"]);
    let ours = ours.args(&["--args", "cargo=--doc --offline"]);
    let (ours, peer, count) =
        if broken { (ours.exits(1), peer.exits(101), COUNT - 1) } else { (ours, peer, COUNT) };
    let theirs = outcomes::cargo_test(&peer.output()?);
    let said = ours.clone().args(&["--format", "json"]).output()?;
    agree(&outcomes::prove(&said), &theirs, count)?;
    Ok(Sides { ours, peer })
}

fn library(root: &Path, edition: &str, broken: bool) -> io::Result<()> {
    let manifest = format!(
        "[package]\nname = \"fixture\"\nversion = \"0.0.0\"\nedition = \"{edition}\"\n\n[workspace]\n"
    );
    write(&root.join("Cargo.toml"), &manifest)?;
    let mut text = String::new();
    for item in 0..COUNT {
        let value =
            if broken && item == COUNT / 2 { "\"broken\"".to_owned() } else { item.to_string() };
        let _ = writeln!(
            text,
            "/// ```\n/// assert_eq!(fixture::item_{item}({value}), {item} + 1);\n/// ```\n\
             pub fn item_{item}(n: u32) -> u32 {{\n    n + 1\n}}\n"
        );
    }
    write(&root.join("src/lib.rs"), &text)
}
