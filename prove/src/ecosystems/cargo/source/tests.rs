//! What is seen in sources.

use std::fmt::Write as _;

use super::*;
use crate::target::TreePath;
use crate::tree::Tree;

fn read(path: &TreePath, text: &str) -> Option<Source> {
    let (content, size) = (text.as_bytes(), text.len() as u64);
    Source::read(File { path, content, size, executable: false })
}

/// What is seen of the program whose root is the first file: a line for each
/// case, `ID PLACE (ignored) if CONDITION`, then `+ WHAT PLACE` for what may be more.
fn seen(files: &[(&str, &str)], docs: bool) -> Vec<String> {
    let files: Vec<_> = files.iter().map(|(path, text)| (TreePath::new(path), text)).collect();
    let read: Vec<_> =
        files.iter().filter_map(|(path, text)| Some((path, read(path, text)?))).collect();
    let sources = read.iter().map(|(path, source)| (*path, source)).collect();
    let whole = |path, text: &str| {
        let (content, size) = (text.as_bytes(), text.len() as u64);
        Examples::read(File { path, content, size, executable: false })
    };
    let pages = files.iter().filter(|(path, _)| path.extension() == Some("md"));
    let pages: Vec<_> = pages.filter_map(|(path, text)| Some((path, whole(path, text)?))).collect();
    let markdown = pages.iter().map(|(path, Examples(lines))| (*path, lines.as_slice())).collect();
    let mut tree =
        Tree { files: files.iter().map(|(path, _)| path.clone()).collect(), ..Tree::default() };
    tree.files.sort();
    let macros = Macros::of(&sources);
    let files_of = Crate { tree: &tree, sources: &sources, markdown: &markdown, macros: &macros };
    let root = &files[0].0;
    let seen = if docs { files_of.docs(root, &[]) } else { files_of.tests(root, &[]) };
    let cases = seen.cases.iter().map(|case| {
        let mut line = case.name.to_string();
        if let Some(location) = &case.location {
            let _ = write!(line, " {location}");
        }
        line.push_str(if case.ignored { " (ignored)" } else { "" });
        if let Some(condition) = seen.unsure.cases.get(&case.name) {
            let _ = write!(line, " if {condition}");
        }
        line
    });
    let more = seen.unsure.more.iter().map(|(what, location)| format!("+ {what} {location}"));
    cases.chain(more).collect()
}

#[track_caller]
fn check(files: &[(&str, &str)], expect: &[&str]) {
    assert_eq!(seen(files, false), expect);
}

#[track_caller]
fn check_docs(files: &[(&str, &str)], expect: &[&str]) {
    assert_eq!(seen(files, true), expect);
}

#[test]
fn written_out_in_one_file() {
    let text = r#"#!/usr/bin/env run
//! The file.
#![allow(dead_code)]
use std::{fs, io};
const ONE: Pair = Pair { a: 1 } + rest;

#[test]
fn plain() { #[test] fn nested() {} }

/// With words.
#[tokio::test(flavor = "current_thread")]
#[ignore = "slow"]
pub(crate) async fn
named() -> Result<(), Vec<{ 1 }>> {}

#[cfg_attr(unix, test)]
fn of_a_platform() {}

#[rstest]
fn made_by_a_macro() {}

fn test() {}

macro_rules! made { ($n:ident) => { #[test] fn $n() {} } }

mod a {
impl X { #[test] fn method() {} }
#[cfg(test)]
pub mod r#mod {
    #[core::prelude::v1::test]
    fn r#in() {} #[test] fn r#plain() {}
}
}

#[cfg(unix)]
#[test]
fn twice() {}
#[cfg(windows)]
#[test]
fn twice() {}
"#;
    check(
        &[("t.rs", text)],
        &[
            "a::r#mod::plain t.rs:31",
            "a::r#mod::r#in t.rs:31",
            "made_by_a_macro t.rs:20",
            "named t.rs:13 (ignored)",
            "of_a_platform t.rs:17",
            "plain t.rs:8",
            "twice t.rs:37",
        ],
    );
}

#[test]
fn modules_are_followed() {
    let test = "#[test]\nfn t() {}";
    check(
        &[
            (
                "p/src/lib.rs",
                "mod a; pub mod b; mod r#async; mod none; mod i { mod d; #[path = \"e2.rs\"] mod e; }
                 #[path = \"../x/f2.rs\"] mod f;
                 #[cfg_attr(unix, path = \"u.rs\")] mod u;
                 #[path = \"lib.rs\"] mod again;",
            ),
            ("p/src/a.rs", "#[cfg(test)]\nmod tests;\n#[path = \"h.rs\"] mod h;"),
            ("p/src/a/tests.rs", test),
            ("p/src/h.rs", test),
            ("p/src/b/mod.rs", "mod c;"),
            ("p/src/b/c.rs", test),
            ("p/src/i/d.rs", test),
            ("p/src/i/e2.rs", test),
            ("p/src/async.rs", test),
            ("p/x/f2.rs", "mod g;"),
            ("p/x/g.rs", test),
            ("p/src/u.rs", test),
            ("p/src/stray.rs", test),
        ],
        &[
            "a::h::t p/src/h.rs:2",
            "a::tests::t p/src/a/tests.rs:2",
            "b::c::t p/src/b/c.rs:2",
            "f::g::t p/x/g.rs:2",
            "i::d::t p/src/i/d.rs:2",
            "i::e::t p/src/i/e2.rs:2",
            "r#async::t p/src/async.rs:2",
            "u::t p/src/u.rs:2",
            "+ mod none p/src/lib.rs:1",
        ],
    );
}

#[test]
fn what_cannot_be_read_has_no_places() {
    let nested = |n| format!("#[test]\nfn t() {{ {}{} }}", "(".repeat(n), ")".repeat(n));
    check(&[("t.rs", &nested(DEEPEST - 1))], &["t t.rs:2"]);
    let odd = ["+ a syntax that is not understood t.rs:1"];
    check(&[("t.rs", &nested(DEEPEST))], &odd);
    check(&[("t.rs", &nested(500_000))], &odd);
    check(&[("t.rs", &format!("#[test]\nfn t() {{ 1{} }}", "+1".repeat(200_000)))], &["t t.rs:2"]);
    check(&[("t.rs", "#[test]\nfn t() {")], &odd);
    let path = TreePath::new("t.rs");
    let content = b"#[test]\nfn t() {}".as_slice();
    let cut = File { path: &path, content, size: 99, executable: false };
    assert!(Source::read(cut).is_some_and(|source| source.odd));
}

#[test]
fn what_only_a_build_knows_is_marked() {
    let text = r#"
#![cfg(feature = "all")]
#[cfg(not(feature = "a"))]
mod m { #[test] fn t() {} }
#[test]
#[cfg_attr(miri, ignore)]
#[cfg_attr(not(miri), ignore)]
fn slow() {}
#[cfg_attr(loom, test)]
fn l() {}
#[cfg(feature = "a")] #[test] fn either() {}
#[cfg(not(feature = "a"))] #[test] fn either() {}
cfg_if::cfg_if! {
    if #[cfg(windows)] { #[test] fn w() {} }
    else if #[cfg(loom)] { #[test] fn x() {} }
    else { #[test] fn y() {} }
}
#[rstest] #[case(1)] fn cases(#[case] n: u8) {}
#[rstest] fn product(#[values(1, 2)] n: u8) {}
#[test_case(1)] fn tc() {}
proptest! {
    #![proptest_config(x)]
    #[test] fn any(a in 0..9) {}
}
macro_rules! quiet { () => { fn f() { println!("x") } } }
macro_rules! loud { () => { louder! {} } }
macro_rules! louder { ($n:ident) => { #[cfg(test)] #[test] fn $n() {} } }
quiet!();
quiet! { #[test] fn given() {} }
loud!();
theirs::make!();
impl X { theirs!(); }
thread_local! { static A: u8 = 1; }
fn f() { theirs!(); }
"#;
    let all = "feature = \"all\"";
    let loom = format!("all({all}, loom)");
    let (either, not) = (format!("either if {all}"), "not(feature = \"a\")");
    check(
        &[("t.rs", text)],
        &[
            &format!("any t.rs:23 if {all}"),
            &either.replace(all, &format!("all({all}, feature = \"a\")")),
            &format!("l t.rs:10 if {loom}"),
            &format!("m::t t.rs:4 if all({all}, {not})"),
            &format!("slow t.rs:8 if {all}"),
            &format!("x t.rs:15 if {loom}"),
            &format!("y t.rs:16 if all({all}, not(loom))"),
            "+ #[case] t.rs:18",
            "+ #[rstest] t.rs:19",
            "+ #[test_case] t.rs:20",
            "+ quiet! t.rs:29",
            "+ loud! t.rs:30",
            "+ make! t.rs:31",
        ],
    );
}

#[test]
fn doc_examples_are_seen() {
    let text = r#"//! ```
//! 1;
//! ```
#![doc = include_str!("../README.md")]

/// ```
/// 1;
/// ```
impl<'a, T: Into<u8>> From<&'a T> for R<'a, Option<T>> where T: X {
    /// ```text
    /// no
    /// ```
    ///
    ///     indented;
    ///
    /// ```ignore
    /// ```
    fn from() {}
}
impl From<u8> for R<'_, u8> {
    /// ```
    /// ```
    fn from() {}
}
/// Of a type.
pub enum E {
    /// ```
    /// ```
    A {
        /// ```
        /// ```
        field: u8,
    },
}
/// ```
/// ```
#[cfg(test)]
fn no() {}
/// ```
/// ```
#[cfg(feature = "x")]
pub(crate) const unsafe fn maybe() {}
pub trait Tr: Sized {
    /** ```
    ``` */
    const C: u8;
}
/// ```
/// ```
pub use a::b as c;
/// outer
///
/// ```
/// ```
mod a;
#[doc = concat!("a", "b")]
struct Made;
theirs! {
    /// ```
    /// ```
    struct X;
}
"#;
    check_docs(
        &[
            ("p/src/lib.rs", text),
            ("p/src/a.rs", "//! ```\n//! ```\n"),
            ("p/README.md", "# R\n\n```\n```\n"),
        ],
        &[
            "(crate) #1 p/src/lib.rs:1",
            "(crate) #2 p/README.md:3",
            "E::A #1 p/src/lib.rs:27",
            "E::A::field #1 p/src/lib.rs:30",
            "R<'_,u8>::from #1 p/src/lib.rs:21",
            "R<'a,Option<T>> #1 p/src/lib.rs:6",
            "R<'a,Option<T>>::from #1 p/src/lib.rs:14",
            "R<'a,Option<T>>::from #2 p/src/lib.rs:16",
            "Tr::C #1 p/src/lib.rs:44",
            "a #1 p/src/lib.rs:53",
            "a #2 p/src/a.rs:1",
            "c #1 p/src/lib.rs:48",
            "maybe #1 p/src/lib.rs:39 if feature = \"x\"",
            "+ #[doc = ...] p/src/lib.rs:56",
            "+ theirs! p/src/lib.rs:58",
        ],
    );
}
