//! What the sources have to keep to: layers, sizes, one door to processes.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use libtest_mimic::Trial;

use crate::support::{repository, test};

pub fn tests() -> Vec<Trial> {
    vec![
        test("modules import strictly lower layers", layers),
        test("no file is too long to be read", sizes),
        test("the code map names every module", code_map),
    ]
}

/// The layers, lowest first. A module knows only those below its own.
const LAYERS: &[&[&str]] = &[
    &["target", "exit"],
    &["launch", "event", "error"],
    &["tree"],
    &["decode", "ledger"],
    &["ecosystems"],
    &["discover", "plan", "gate"],
    &["run", "report"],
    &["cli"],
    &["flow"],
    &["lib"],
    &["main"],
];

fn sources() -> Vec<(PathBuf, String)> {
    fn collect(folder: &Path, all: &mut Vec<(PathBuf, String)>) {
        for entry in std::fs::read_dir(folder).unwrap().flatten() {
            let path = entry.path();
            if path.is_dir() {
                collect(&path, all);
            } else if path.extension().is_some_and(|extension| extension == "rs") {
                let text = std::fs::read_to_string(&path).unwrap();
                all.push((path, text));
            }
        }
    }
    let mut all = Vec::new();
    collect(&repository().join("prove/src"), &mut all);
    all
}

fn module(path: &Path) -> String {
    let path = path.strip_prefix(repository().join("prove/src")).unwrap();
    let first = path.components().next().unwrap().as_os_str().to_str().unwrap();
    first.trim_end_matches(".rs").to_owned()
}

/// The code of a file, without its tests and comments.
fn code(text: &str) -> String {
    let text = text.split("#[cfg(test)]\nmod tests").next().unwrap_or_default();
    text.lines().filter(|line| !line.trim_start().starts_with("//")).collect::<Vec<_>>().join("\n")
}

fn layers() {
    let layer: BTreeMap<&str, usize> = LAYERS
        .iter()
        .enumerate()
        .flat_map(|(at, names)| names.iter().map(move |name| (*name, at)))
        .collect();
    let mut wrong = Vec::new();
    for (path, text) in sources() {
        let own = module(&path);
        let at = *layer.get(own.as_str()).unwrap_or_else(|| panic!("{own} has no layer"));
        for rest in code(&text).split("crate::").skip(1) {
            let name: String =
                rest.chars().take_while(|c| c.is_alphanumeric() || *c == '_').collect();
            let other = layer.get(name.as_str());
            if name != own && other.is_some_and(|other| *other >= at) {
                wrong.push(format!("{} imports {name}", path.display()));
            }
        }
    }
    assert!(wrong.is_empty(), "{wrong:#?}");
}

fn sizes() {
    for (path, text) in sources() {
        let lines = code(&text).lines().count();
        assert!(lines <= 800, "{} has {lines} lines", path.display());
    }
}

fn code_map() {
    let map = std::fs::read_to_string(repository().join("prove/ARCHITECTURE.md")).unwrap();
    for (path, _) in sources() {
        let name = module(&path);
        assert!(map.contains(&format!("`{name}")), "ARCHITECTURE.md does not tell of {name}");
    }
}
