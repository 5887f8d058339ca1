//! Doc examples of Rust: the same cases and outcomes as `cargo test --doc`, at
//! their true places, and never one from another time.

use std::collections::{BTreeMap, BTreeSet};

use libtest_mimic::Trial;

use crate::support::{Ran, Tree, program, test_with};

pub fn tests() -> Vec<Trial> {
    vec![
        test_with(
            &["cargo"],
            "doc examples: every kind as in cargo test, edition 2015",
            kinds_2015,
        ),
        test_with(
            &["cargo"],
            "doc examples: every kind as in cargo test, edition 2021",
            kinds_2021,
        ),
        test_with(
            &["cargo"],
            "doc examples: every kind as in cargo test, edition 2024",
            kinds_2024,
        ),
        test_with(&["cargo"], "doc examples: failures stand at their true lines", true_lines),
        test_with(&["cargo"], "doc examples: nothing stale is served", nothing_stale),
        test_with(&["cargo"], "doc examples: some by name, ignored ones", some),
        test_with(&["cargo"], "doc examples: a procedural macro's, a no_std library's", odd_crates),
        test_with(&["cargo"], "doc examples: plain rustdoc where the call is odd", plain),
        test_with(&["cargo"], "doc examples: one that hangs is named, the others run", hangs),
        test_with(&["cargo"], "doc examples: one by one with what cannot go together", apart),
    ]
}

/// Examples of every kind.
const KINDS: &str = r#"//! The crate's own.
//!
//! ```
//! use kinds::add;
//! # let hidden = 2;
//! assert_eq!(add(1, hidden), 3);
//! ```
//!
//! ```ignore (because)
//! nonsense here
//! ```
//!
//! ```text
//! no example
//! ```
//!
//!     assert_eq!(kinds::add(1, 1), 2); // indented

#[cfg(doctest)]
#[doc = include_str!("../README.md")]
pub struct Readme;

/// Adds.
///
/// ```should_panic
/// panic!("as it should");
/// ```
///
/// ```should_panic
/// let it = "does not";
/// ```
///
/// ```should_panic
/// std::process::exit(1);
/// ```
///
/// ```no_run
/// loop {}
/// ```
///
/// ```no_run
/// unknown();
/// ```
///
/// ```compile_fail
/// let x: u8 = "";
/// ```
///
/// ```compile_fail
/// let x: u8 = 1;
/// ```
///
/// ```compile_fail,E0308
/// let x: u8 = "";
/// ```
///
/// ```compile_fail,E0277
/// let x: u8 = "";
/// ```
///
/// ```E0308
/// let x: u8 = "";
/// ```
///
/// ```ignore-x86_64,ignore-aarch64
/// nonsense here
/// ```
///
/// ```ignore-wasm
/// assert!(true);
/// ```
///
/// ```edition2018
/// async fn later() {}
/// ```
///
/// ```edition2015
/// let async = 1;
/// ```
///
/// ```standalone_crate
/// assert_eq!(module_path!().split("::").next(), module_path!().split("::").next());
/// ```
pub fn add(a: u32, b: u32) -> u32 {
    a + b
}

/// A type.
pub struct Type;

impl Type {
    /// ```
    /// fn main() {
    ///     own();
    /// }
    /// fn own() {}
    /// ```
    ///
    /// ```
    /// use std::process::ExitCode;
    /// fn main() -> ExitCode { ExitCode::from(3) }
    /// ```
    ///
    /// ```
    /// fn main() -> Result<(), std::num::ParseIntError> {
    ///     let _: u8 = "7".parse()?;
    ///     Ok(())
    /// }
    /// ```
    ///
    /// ```
    /// let _: u8 = "7".parse()?;
    /// # Ok::<(), std::num::ParseIntError>(())
    /// ```
    ///
    /// ```
    /// let _: u8 = "x".parse()?;
    /// # Ok::<(), std::num::ParseIntError>(())
    /// ```
    pub fn method(&self) {}
}

/// ```
/// #![allow(dead_code)]
/// #![deny(unused_must_use)]
///
/// fn never() {}
/// assert_eq!(kinds::add(1, 1), 2);
/// ```
///
/// ```
/// #![deny(unused_variables)]
/// let x = 1;
/// ```
///
/// ```
/// #![no_std]
/// fn main() {}
/// ```
///
/// ```
/// #[macro_use]
/// extern crate kinds;
/// fn main() { assert_eq!(two!(), 2); }
/// ```
///
/// ```
/// extern crate kinds as other;
/// mod inner { pub fn f() -> u32 { ::other::add(1, 1) } }
/// # fn main() { inner::f(); }
/// ```
///
/// ```
/// struct Own;
/// mod inner { pub fn f() -> crate::Own { crate::Own } }
/// # fn main() { inner::f(); }
/// ```
///
/// ```
/// macro_rules! own { () => { $crate::helper() } }
/// pub fn helper() {}
/// # fn main() { own!(); }
/// ```
///
/// ```
/// assert_eq!(include_str!("text.txt"), "the text\n");
/// ```
///
/// ```
/// assert!(std::env::args().count() == 1);
/// assert_eq!(std::fs::read_to_string("Cargo.toml").unwrap().lines().next(), Some("[package]"));
/// assert_eq!(env!("CARGO_PKG_NAME"), "kinds");
/// let mut line = String::new();
/// assert_eq!(std::io::stdin().read_line(&mut line).unwrap(), 0);
/// ```
pub struct Crates;

/// What can disturb others.
///
/// ```
/// std::process::exit(0);
/// ```
///
/// ```
/// std::process::abort();
/// ```
///
/// ```
/// panic!("it fails");
/// ```
///
/// ```
/// let x: u8 = 300u16;
/// ```
///
/// ```
/// unresolved::name();
/// ```
///
/// ```
/// let s = String::new(); drop(s); drop(s);
/// ```
///
/// ```
/// static ONCE: std::sync::Once = std::sync::Once::new();
/// assert!(!ONCE.is_completed());
/// std::thread::spawn(|| panic!("elsewhere")).join().unwrap_err();
/// ```
///
/// ```
/// std::env::set_current_dir("/").unwrap();
/// assert!(!std::path::Path::new("Cargo.toml").exists());
/// ```
///
/// ```
/// assert!(std::path::Path::new("Cargo.toml").exists());
/// ```
pub struct Disturbing;

/// What cannot be read.
///
/// ```
/// let x = ;
/// ```
///
/// ```
/// }
/// fn odd() {
/// ```
///
/// ```
/// let s = "open;
/// ```
///
/// ```
/// ```
pub struct Unreadable;

/// Two.
#[macro_export]
macro_rules! two {
    () => {
        2
    };
}

macro_rules! made {
    ($name:ident, $text:expr) => {
        #[doc = $text]
        ///
        /// ```
        /// assert!(true);
        /// ```
        pub struct $name;
    };
}

made!(First, "```\nassert_eq!(kinds::add(2, 2), 4);\n```");
made!(Second, "```\nassert_eq!(kinds::add(2, 2), 5);\n```");
"#;

const README: &str = "# Readme\n\n```rust\nassert_eq!(kinds::add(3, 4), 7);\n```\n\n```\nassert_eq!(kinds::add(3, 4), 8);\n```\n\n```sh\nls\n```\n";

fn kinds(edition: &str) -> Tree {
    Tree::new()
        .file("Cargo.toml", manifest("kinds", edition))
        .file("README.md", README)
        .file("src/text.txt", "the text\n")
        .file("src/lib.rs", KINDS)
}

fn manifest(name: &str, edition: &str) -> String {
    format!(
        "[package]\nname = \"{name}\"\nversion = \"0.0.0\"\nedition = \"{edition}\"\n\n[workspace]\n"
    )
}

/// `cargo test --doc`, case by case, under our names.
fn native(tree: &Tree) -> BTreeMap<String, &'static str> {
    let output =
        program("cargo", tree.path()).args(["test", "--doc", "--no-fail-fast"]).output().unwrap();
    let text = String::from_utf8_lossy(&output.stdout).into_owned();
    let mut found: Vec<(&str, &str, u32, &'static str)> = Vec::new();
    for line in text.lines() {
        let Some((name, word)) =
            line.strip_prefix("test ").and_then(|rest| rest.rsplit_once(" ... "))
        else {
            continue;
        };
        let outcome = match word {
            "ok" => "passed",
            "FAILED" => "failed",
            word if word.starts_with("ignored") => "skipped",
            other => panic!("{other}"),
        };
        let (file, rest) = name.split_once(" - ").unwrap();
        let (item, number) = rest.rsplit_once("(line ").unwrap();
        let number = number.split_once(')').unwrap().0.parse().unwrap();
        let item = if item.trim().is_empty() { "(crate)" } else { item.trim() };
        found.push((item, file, number, outcome));
    }
    assert!(!found.is_empty(), "{text}\n{}", String::from_utf8_lossy(&output.stderr));
    found.sort_unstable_by_key(|&(item, file, line, _)| (item, file, line));
    let mut ranks: BTreeMap<&str, usize> = BTreeMap::new();
    let named = found.into_iter().map(|(item, _, _, outcome)| {
        let rank = ranks.entry(item).or_default();
        *rank += 1;
        (format!("{item} #{rank}"), outcome)
    });
    named.collect()
}

/// The same of ours, which says which file the target is.
fn ours(ran: &Ran) -> BTreeMap<String, &str> {
    let last = ran.all("case-finished").filter(|case| case["final"] == true);
    last.map(|case| {
        let name = case["id"].as_str().unwrap().split_once("::").unwrap().1.to_owned();
        (name, case["outcome"].as_str().unwrap())
    })
    .collect()
}

const ONLY_DOCS: [&str; 2] = ["--args", "cargo=--doc"];

#[track_caller]
fn same_as_native(tree: &Tree) -> Ran {
    let expect = native(tree);
    let cold = tree.prove(&ONLY_DOCS);
    assert_eq!(ours(&cold), expect, "{:#?}\n{}", cold.problems(), cold.stderr);
    let count = cold.all("case-finished").filter(|case| case["final"] == true).count();
    assert_eq!(count, expect.len(), "each once");
    assert_eq!(cold.problems(), [""; 0]);
    let hot = tree.prove(&ONLY_DOCS);
    assert_eq!(ours(&hot), expect, "from what was kept");
    assert!(!ours(&hot).values().any(|&outcome| outcome == "flaky"));
    cold
}

fn kinds_2015() {
    same_as_native(&kinds("2015")).exits(1);
}

fn kinds_2021() {
    same_as_native(&kinds("2021")).exits(1);
}

fn kinds_2024() {
    same_as_native(&kinds("2024")).exits(1);
}

const LINES: &str = r#"//! ```
//! let one = 1;
//! panic!("line 3");
//! ```
//! ```
//! #![allow(unused)]
//!
//! # let hidden = 1;
//! assert_eq!(hidden, 2, "line 9");
//! ```

/// ```
/// fn main() {
///     let x: Option<u8> = None;
///     x.expect("line 15");
/// }
/// ```
///
/// ```should_panic
/// assert!(true);
/// ```
///
/// ```
/// let x: u8 = "line 24";
/// ```
///
/// ```
/// let _ = include_str!("lib.rs");
/// panic!("line 29");
/// ```
pub fn f() {}
"#;

fn true_lines() {
    for edition in ["2021", "2024"] {
        let tree =
            Tree::new().file("Cargo.toml", manifest("lines", edition)).file("src/lib.rs", LINES);
        let ran = tree.prove(&ONLY_DOCS);
        let expect = [
            ("(crate) #1", 3, "line 3"),
            ("(crate) #2", 9, "line 9"),
            ("f #1", 15, "line 15"),
            ("f #2", 19, "should_panic"),
            ("f #3", 24, "E0308"),
            ("f #4", 29, "line 29"),
        ];
        for (name, line, part) in expect {
            let case = ran.case(&format!("src/lib.rs::{name}"));
            assert_eq!(case["outcome"], "failed", "{case}");
            assert_eq!(case["location"]["file"], "src/lib.rs", "{case}");
            assert_eq!(case["location"]["line"], line, "{case}");
            let message = case["message"].as_str().unwrap();
            assert!(message.contains(part), "{message}");
            let output = case["output"].as_str().unwrap();
            assert!(output.contains(&format!("src/lib.rs:{line}:")) || line == 19, "{output}");
        }
    }
}

const STALE: &str = r#"//! ```
//! assert_eq!(dependency::value(), 1);
//! ```
//! ```
//! assert_eq!(stale::feature(), 1);
//! ```
//! ```
//! assert!(!cfg!(special));
//! ```
//! ```
//! assert_eq!(include_str!("included.txt"), "1");
//! ```
//! ```
//! assert_eq!(stale::included!(), "1");
//! ```
//! ```
//! assert!(option_env!("STALE_VARIABLE").is_none());
//! ```
#[cfg(doctest)]
#[doc = include_str!("../README.md")]
pub struct Readme;

pub fn feature() -> u32 {
    if cfg!(feature = "x") { 2 } else { 1 }
}

#[macro_export]
macro_rules! included {
    () => {
        include_str!(concat!(env!("CARGO_MANIFEST_DIR"), "/other.txt"))
    };
}
"#;

/// Each change turns one example red; taken back, all are green again.
fn nothing_stale() {
    let dependency = |value: u32| format!("pub fn value() -> u32 {{ {value} }}\n");
    let manifest = manifest("stale", "2021").replace(
        "[workspace]",
        "[dependencies]\ndependency = { path = \"dependency\" }\n[features]\nx = []\n[lints.rust]\nunexpected_cfgs = \"allow\"\n[workspace]",
    );
    let tree = Tree::new()
        .file("Cargo.toml", manifest)
        .file("README.md", "```\nassert!(true);\n```\n")
        .file("dependency/Cargo.toml", "[package]\nname = \"dependency\"\nversion = \"0.0.0\"\n")
        .file("dependency/src/lib.rs", dependency(1))
        .file("src/included.txt", "1")
        .file("other.txt", "1")
        .file("src/lib.rs", STALE);
    let all = [
        "(crate) #1",
        "(crate) #2",
        "(crate) #3",
        "(crate) #4",
        "(crate) #5",
        "(crate) #6",
        "Readme #1",
    ];
    let docs = |args: &str| tree.prove(&["src/lib.rs", "--args", &format!("cargo=--doc {args}")]);
    let check = |ran: &Ran, red: &str| {
        let found: BTreeSet<String> = ours(ran)
            .into_iter()
            .filter(|(_, outcome)| *outcome != "passed")
            .map(|(name, _)| name)
            .collect();
        let expect = Some(red.to_owned()).filter(|red| !red.is_empty()).into_iter().collect();
        assert_eq!(found, expect, "{:?}", ran.problems());
        assert_eq!(ours(ran).len(), all.len(), "{:?}", ours(ran));
    };
    let write = |file: &str, text: &str| std::fs::write(tree.path().join(file), text).unwrap();
    // What was written just now may change unseen, so it is not kept.
    std::thread::sleep(std::time::Duration::from_millis(50));
    check(&docs(""), "");
    check(&docs(""), "");

    check(&docs("--features x"), "(crate) #2");
    check(
        &tree.prove_with(&["src/lib.rs", "--args", "cargo=--doc"], |command| {
            command.env("RUSTDOCFLAGS", "--cfg special")
        }),
        "(crate) #3",
    );
    check(
        &tree.prove_with(&["src/lib.rs", "--args", "cargo=--doc"], |command| {
            command.env("STALE_VARIABLE", "1")
        }),
        "(crate) #6",
    );
    let changes = [
        ("dependency/src/lib.rs", dependency(1), dependency(2), "(crate) #1"),
        ("src/included.txt", "1".to_owned(), "2".to_owned(), "(crate) #4"),
        ("other.txt", "1".to_owned(), "2".to_owned(), "(crate) #5"),
        (
            "README.md",
            "```\nassert!(true);\n```\n".to_owned(),
            "```\nassert!(none);\n```\n".to_owned(),
            "Readme #1",
        ),
        (
            "src/lib.rs",
            STALE.to_owned(),
            STALE.replace("stale::feature(), 1", "stale::feature(), 7"),
            "(crate) #2",
        ),
    ];
    for (file, before, after, red) in changes {
        write(file, &after);
        check(&docs(""), red);
        write(file, &before);
        check(&docs(""), "");
    }
}

fn some() {
    let tree = kinds("2021");
    let some = tree.prove(&["src/lib.rs::add #1", "src/lib.rs::add #11", "src/lib.rs::(crate) #1"]);
    some.expect(
        0,
        &[
            "src/lib.rs::(crate) #1 passed",
            "src/lib.rs::add #1 passed",
            "src/lib.rs::add #11 passed",
        ],
    );
    let ignored = tree.prove(&["--ignored", "only", "--args", "cargo=--doc"]);
    ignored.expect(
        1,
        &["src/lib.rs::(crate) #2 failed assertion", "src/lib.rs::add #10 failed assertion"],
    );
    let one = tree.prove(&["src/lib.rs::(crate) #2", "--args", "cargo=--doc"]);
    one.expect(0, &["src/lib.rs::(crate) #2 skipped"]);
}

fn odd_crates() {
    let library = "#![no_std]\n//! ```\n//! assert_eq!(odd::one(), vec![1][0]);\n//! ```\n//! ```\n//! #![no_std]\n//! fn main() { odd::one(); }\n//! ```\npub fn one() -> u8 { 1 }\n";
    let derive = "//! ```\n//! #[derive(make::Nothing)]\n//! struct S;\n//! ```\n//! ```\n//! use make::Nothing;\n//! #[derive(Nothing)]\n//! struct S;\n//! ```\n#[proc_macro_derive(Nothing)]\npub fn nothing(_: proc_macro::TokenStream) -> proc_macro::TokenStream { Default::default() }\n";
    let no_std =
        Tree::new().file("Cargo.toml", manifest("odd", "2021")).file("src/lib.rs", library);
    same_as_native(&no_std).exits(1);
    let made =
        manifest("make", "2021").replace("[workspace]", "[lib]\nproc-macro = true\n[workspace]");
    let macros = Tree::new().file("Cargo.toml", made).file("src/lib.rs", derive);
    same_as_native(&macros).exits(0);
}

fn plain() {
    let library = "//! ```\n//! assert!(true);\n//! ```\n//! ```\n//! panic!();\n//! ```\n";
    let tree =
        Tree::new().file("Cargo.toml", manifest("plain", "2021")).file("src/lib.rs", library);
    let ran = tree.prove_with(&["--args", "cargo=--doc"], |command| {
        command.env("RUSTDOCFLAGS", "--default-theme=dark")
    });
    ran.has_problem("note", "`--default-theme=dark`");
    ran.expect(1, &["src/lib.rs::(crate) #1 passed", "src/lib.rs::(crate) #2 failed assertion"]);
}

/// Each pair of examples alone is well; together they do not compile, and no
/// error names a line of theirs.
fn apart() {
    let link = "//! ```\n//! extern \"C\" { fn nowhere_to_be_found(); }\n//! unsafe { nowhere_to_be_found() }\n//! ```\n";
    let well = "//! ```\n//! assert!(true);\n//! ```\n";
    let library = format!("{well}{link}{well}{well}");
    let tree =
        Tree::new().file("Cargo.toml", manifest("apart", "2021")).file("src/lib.rs", library);
    same_as_native(&tree).exits(1);
}

fn hangs() {
    let hang =
        "//! ```\n//! loop { std::thread::sleep(std::time::Duration::from_secs(1)) }\n//! ```\n";
    let well = "//! ```\n//! assert!(true);\n//! ```\n";
    let library = format!("{well}{hang}{well}{well}");
    let tree =
        Tree::new().file("Cargo.toml", manifest("hangs", "2021")).file("src/lib.rs", library);
    // Longer than an innocent one takes on a machine with much else to do; the
    // compiler takes longer still, and is not to be blamed on any.
    let ran = tree.prove(&["--args", "cargo=--doc", "--timeout", "1500ms"]);
    ran.expect(
        1,
        &[
            "src/lib.rs::(crate) #1 passed",
            "src/lib.rs::(crate) #2 failed timed-out",
            "src/lib.rs::(crate) #3 passed",
            "src/lib.rs::(crate) #4 passed",
        ],
    );
}
