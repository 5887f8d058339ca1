//! `prove list` of a cargo tree says before a build what the build says after it.

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;

use libtest_mimic::Trial;
use serde_json::Value;

use crate::support::{Ran, Tree, prove, repository, test_with};

pub fn tests() -> Vec<Trial> {
    vec![
        test_with(&["cargo"], "a listing agrees with the build: examples/", examples),
        test_with(&["cargo"], "a listing agrees with the build: this repository", ourselves),
        test_with(&["cargo"], "a listing agrees with the build: what only a build knows", unsure),
        test_with(&["cargo"], "a name that only a macro can make is not refused", made_names),
    ]
}

/// What two listings of one tree agree on.
struct Agreement {
    same: usize,
    all: usize,
}

fn list(root: &Path, args: &[&str]) -> Ran {
    let mut command = prove(root);
    command.args(["list", "--ecosystem", "cargo", "--format", "json"]).args(args);
    let ran = Ran::of(&command.output().unwrap());
    ran.exits(0);
    ran
}

/// Compares the listing before the build with that after it: a case is only
/// in the first if it says that it may not be there, and only in the second if
/// its target says that there may be more.
fn compare(root: &Path, args: &[&str]) -> Agreement {
    let (before, after) = (list(root, args), list(root, &[args, &["--resolve"]].concat()));
    let word = |case: &Value, name: &str| case[name].as_str().unwrap_or_default().to_owned();
    let of = |ran: &Ran| -> BTreeMap<(String, String), Value> {
        let key = |case: &Value| (word(case, "kind"), word(case, "id"));
        ran.all("case-found").map(|case| (key(case), case.clone())).collect()
    };
    let (before, after) = (of(&before), of(&after));
    let open: BTreeSet<_> = (before.values())
        .filter(|case| case["id"] == case["target"])
        .map(|case| (word(case, "kind"), word(case, "target")))
        .collect();
    for (key, case) in &before {
        let known = after.contains_key(key) || !case["unsure"].is_null();
        assert!(known || case["id"] == case["target"], "{key:?} is listed and not built");
    }
    for (key @ (kind, id), case) in &after {
        let marked = open.contains(&(kind.clone(), word(case, "target")));
        assert!(before.contains_key(key) || marked, "{id} is built and neither listed nor marked");
        if let Some(listed) = before.get(key) {
            assert_eq!(listed["addressable"], case["addressable"], "{kind} {id}");
        }
        if let Some(listed) = before.get(key)
            && !listed["location"].is_null()
            && !case["location"].is_null()
            && kind == "test"
        {
            assert_eq!(listed["location"], case["location"], "{id}");
        }
    }
    let same = after.keys().filter(|key| before.contains_key(key)).count();
    Agreement { same, all: after.len() }
}

fn examples() {
    for name in ["examples/mixed", "examples/failing"] {
        let tree = Tree::copy(name);
        let found = compare(tree.path(), &[]);
        assert!(found.all > 2, "{name}: {} cases", found.all);
        assert_eq!(found.same, found.all, "{name}");
    }
}

fn ourselves() {
    let found = compare(&repository(), &["prove", "tagged-json"]);
    assert!(found.all > 300, "{} cases", found.all);
    assert!(found.same * 100 >= found.all * 95, "{} of {} are listed", found.same, found.all);
}

const MANIFEST: &str = "[package]\nname = \"tried\"\nversion = \"0.1.0\"\nedition = \"2024\"\n\
    [workspace]\n[features]\nextra = []\n[[test]]\nname = \"needs\"\nrequired-features = [\"extra\"]\n";

/// All that a listing has to mark, in one crate.
fn tree() -> Tree {
    let lib = r#"
#![doc = include_str!("../README.md")]
//! ```
//! assert!(true);
//! ```

macro_rules! made { ($($name:ident)*) => { $(#[test] fn $name() {})* } }
#[cfg(test)]
mod tests {
    made! { one two }
    #[test]
    #[ignore = "slow"]
    fn written() {}
    #[cfg(feature = "extra")]
    #[test]
    fn extra() {}
    #[cfg(not(feature = "extra"))]
    #[test]
    fn plain() {}
    mod deep;
}
/// Of a type.
///
/// ```
/// let x = tried::Of(1);
/// ```
pub struct Of<T>(pub T);
impl<T: Clone> Of<T> where T: Copy {
    /// ```
    /// tried::Of(1).a();
    /// ```
    ///
    /// ```ignore
    /// nothing
    /// ```
    pub fn a(&self) {}
}
impl<'a, T> From<&'a T> for Of<&'a [T]> {
    /** ```text
    no
    ```
        indented();
    */
    fn from(value: &'a T) -> Self { Of(std::slice::from_ref(value)) }
}
/// ```
/// assert!(false);
/// ```
#[cfg(feature = "extra")]
pub fn extra() {}
#[cfg(unix)]
#[path = "platform/unix.rs"]
mod os;
#[cfg(windows)]
mod os;
fn indented() {}
"#;
    Tree::new()
        .file("Cargo.toml", MANIFEST)
        .file("README.md", "# Tried\n\n```rust\nassert!(true);\n```\n\n```sh\nls\n```\n")
        .file("src/lib.rs", lib)
        .file("src/tests/deep.rs", "#[test]\nfn below() {}\n")
        .file("src/platform/unix.rs", "//! ```\n//! ```\n#[test]\nfn on_unix() {}\n")
        .file("tests/needs.rs", "#[test]\nfn extra() {}\n")
        .file("tests/whole.rs", "mod common;\n#[test]\nfn t() { common::f() }\n")
        .file("tests/common/mod.rs", "pub fn f() {}\n#[test]\nfn of_common() {}\n")
}

fn unsure() {
    let tree = tree();
    let found = compare(tree.path(), &[]);
    // The macro's two are marked, and not listed.
    assert_eq!((found.all - found.same, found.all > 10), (2, true), "{} cases", found.all);
    let found = compare(tree.path(), &["--args", "cargo=--features extra"]);
    assert_eq!(found.all - found.same, 2, "{} cases", found.all);
    let unsure: Vec<_> = list(tree.path(), &[])
        .all("case-found")
        .filter(|case| !case["unsure"].is_null())
        .map(|case| format!("{} {}", case["id"].as_str().unwrap(), case["unsure"]))
        .collect();
    assert_eq!(
        unsure,
        [
            r#"src/lib.rs::tests::extra "if feature = \"extra\"""#,
            r#"src/lib.rs::tests::plain "if not(feature = \"extra\")""#,
            r#"src/lib.rs "and what made! makes (src/lib.rs:10)""#,
            r#"src/lib.rs::extra #1 "if feature = \"extra\"""#,
            r#"tests/needs.rs::extra "if feature = \"extra\"""#,
        ]
    );
}

fn made_names() {
    let tree = tree();
    let ids = |args: &[&str], code: i32| -> Vec<String> {
        let ran = tree.prove(&[&["list"], args].concat());
        ran.exits(code);
        ran.all("case-found").map(|case| case["id"].as_str().unwrap().to_owned()).collect()
    };
    assert_eq!(ids(&["src/lib.rs::tests::one"], 0), ["src/lib.rs"]);
    assert_eq!(ids(&["src/lib.rs::tests::written"], 0), ["src/lib.rs::tests::written"]);
    assert_eq!(ids(&["src/tests"], 0), ["src/lib.rs::tests::deep::below"]);
    assert_eq!(ids(&["tests/whole.rs::nothing"], 2), Vec::<String>::new());
    // What was listed runs under that name.
    tree.prove(&["src/lib.rs::tests::one"]).expect(0, &["src/lib.rs::tests::one passed"]);
    tree.prove(&["src/tests"]).expect(0, &["src/lib.rs::tests::deep::below passed"]);
}
