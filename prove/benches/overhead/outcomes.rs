//! What each tool says that it ran, in one form, to compare before measuring.

use std::io;

use serde_json::Value;

/// The names of all cases that passed, sorted; their last part alone, which
/// the fixtures make unique.
pub(crate) type Passed = Vec<String>;

/// Of `prove --format json`.
pub(crate) fn prove(output: &str) -> Passed {
    let events = output.lines().filter_map(|line| serde_json::from_str::<Value>(line).ok());
    passed(events.filter_map(|event| {
        let msg = &event["msg"];
        let is_end = event["type"] == "case-finished" && msg["final"] == true;
        (is_end && msg["outcome"] == "passed").then(|| msg["id"].as_str().map(str::to_owned))?
    }))
}

/// Of `cargo test`: `test NAME ... ok`; of doc examples, where each item has
/// one: `test FILE - ITEM (line N) ... ok`.
pub(crate) fn cargo_test(output: &str) -> Passed {
    let name = |line: &str| {
        let name = line.strip_prefix("test ")?.strip_suffix(" ... ok")?;
        let item = || Some(name.split_once(" - ")?.1.split_once(" (line ")?.0);
        Some(item().map_or_else(|| name.to_owned(), |item| format!("{item} #1")))
    };
    passed(output.lines().filter_map(name))
}

/// Of `cargo nextest run`: `PASS [   0.004s] (1/9) BINARY NAME`.
pub(crate) fn nextest(output: &str) -> Passed {
    let name = |line: &str| Some(line.trim().strip_prefix("PASS ")?.rsplit(' ').next()?.to_owned());
    passed(output.lines().filter_map(name))
}

/// Of `python -m unittest -v`: `NAME (MODULE.CLASS.NAME) ... ok`.
pub(crate) fn unittest(output: &str) -> Passed {
    let name = |line: &str| Some(line.strip_suffix(" ... ok")?.split(' ').next()?.to_owned());
    passed(output.lines().filter_map(name))
}

/// Of `pytest -v`: `FILE::NAME PASSED`.
pub(crate) fn pytest(output: &str) -> Passed {
    passed(output.lines().filter_map(|line| Some(line.split_once(" PASSED")?.0.trim().to_owned())))
}

fn passed(names: impl Iterator<Item = String>) -> Passed {
    let last = |name: String| name.rsplit(['.', ':']).next().map(str::to_owned).unwrap_or(name);
    let mut names: Vec<_> = names.map(last).collect();
    names.sort_unstable();
    names
}

/// Both ran these many cases, the same ones.
pub(crate) fn agree(ours: &Passed, peer: &Passed, count: usize) -> io::Result<()> {
    if ours.len() == count && ours == peer {
        return Ok(());
    }
    let alone = |a: &Passed, b: &Passed| a.iter().find(|name| !b.contains(name)).cloned();
    Err(io::Error::other(format!(
        "the sides do not run the same {count} cases: ours {} (alone: {:?}), peer {} (alone: {:?})",
        ours.len(),
        alone(ours, peer),
        peer.len(),
        alone(peer, ours)
    )))
}
