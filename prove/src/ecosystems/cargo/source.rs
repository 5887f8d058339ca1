//! Where the tests stand that a Rust file writes out.
//!
//! Read from the source alone, so only places come from it: which cases there
//! are, macros and features have a say in, and the built program tells.

use std::collections::hash_map::Entry;
use std::collections::{HashMap, HashSet};

use proc_macro2::{TokenStream, TokenTree};
use syn::ext::IdentExt;
use syn::parse::{ParseStream, Parser};
use syn::{Ident, LitStr, Token, braced, bracketed, token};

use crate::decode::paths::join;
use crate::target::{CaseName, Location, TreePath};
use crate::tree::File;

/// The deepest nesting of brackets that is followed, far from the stack's end.
const DEEPEST: usize = 200;

/// What a file says of tests.
#[derive(Debug, Default, PartialEq)]
pub(super) struct Source {
    /// Paths inside the file, `mods::name`, with the line of each.
    tests: Vec<(String, u32)>,
    /// Modules that are files of their own.
    modules: Vec<Module>,
}

/// `mod name;`.
#[derive(Debug, PartialEq)]
struct Module {
    /// The modules around it in the file.
    inside: Vec<String>,
    name: String,
    /// `#[path = "..."]`.
    path: Option<String>,
}

impl Source {
    /// `None` for what has neither tests nor modules, or does not parse.
    pub(super) fn read(file: File<'_>) -> Option<Self> {
        if !file.is_whole() || !may_matter(file.content) {
            return None;
        }
        let text = str::from_utf8(file.content).ok()?;
        let source = parse(without_shebang(text));
        // The lexer keeps each text that its spans point into.
        proc_macro2::extra::invalidate_current_thread_spans();
        source.filter(|source| !source.tests.is_empty() || !source.modules.is_empty())
    }
}

/// Most files have no test and no module of their own: they are not parsed.
fn may_matter(content: &[u8]) -> bool {
    let has = |needle: &[u8]| memchr::memmem::find(content, needle).is_some();
    has(b"test]")
        || has(b"test(")
        || memchr::memmem::find_iter(content, b"mod ").any(|at| {
            let rest = content[at + 4..].iter();
            rest.copied().find(|&c| c != b'_' && c != b'#' && !c.is_ascii_alphanumeric())
                == Some(b';')
        })
}

fn without_shebang(text: &str) -> &str {
    if !text.starts_with("#!") || text.starts_with("#![") {
        return text;
    }
    // The newline stays, for the numbers of the lines.
    &text[text.find('\n').unwrap_or(text.len())..]
}

fn parse(text: &str) -> Option<Source> {
    let tokens: TokenStream = text.parse().ok()?;
    if is_deeper(&tokens, DEEPEST) {
        return None;
    }
    let mut source = Source::default();
    let file = |input: ParseStream<'_>| items(input, &mut Vec::new(), &mut source);
    file.parse2(tokens).ok()?;
    Some(source)
}

/// Counted without recursion: what comes after it recurses.
fn is_deeper(tokens: &TokenStream, limit: usize) -> bool {
    let mut open = vec![tokens.clone().into_iter()];
    while let Some(innermost) = open.last_mut() {
        match innermost.next() {
            Some(TokenTree::Group(_)) if open.len() > limit => return true,
            Some(TokenTree::Group(group)) => open.push(group.stream().into_iter()),
            Some(_) => {}
            None => {
                open.pop();
            }
        }
    }
    false
}

/// What attributes say of the item behind them.
#[derive(Default)]
struct Attributes {
    test: bool,
    path: Option<String>,
    /// A feature or platform decides on its path.
    elsewhere: bool,
}

/// Only the heads of items are parsed, not their bodies: `1 + 1 + ...` is as
/// deep a tree as brackets are, and a body's syntax may be newer than ours.
fn items(input: ParseStream<'_>, inside: &mut Vec<String>, source: &mut Source) -> syn::Result<()> {
    while !input.is_empty() {
        let attributes = attributes(input)?;
        item(input, &attributes, inside, source)?;
    }
    Ok(())
}

fn attributes(input: ParseStream<'_>) -> syn::Result<Attributes> {
    let mut found = Attributes::default();
    while input.peek(Token![#]) {
        input.parse::<Token![#]>()?;
        input.parse::<Option<Token![!]>>()?;
        let content;
        bracketed!(content in input);
        attribute(&content, &mut found)?;
    }
    Ok(found)
}

fn attribute(content: ParseStream<'_>, found: &mut Attributes) -> syn::Result<()> {
    let mut last = None;
    while !content.is_empty() {
        content.parse::<Option<Token![::]>>()?;
        if !content.peek(Ident::peek_any) {
            break;
        }
        last = Some(content.call(Ident::parse_any)?.to_string());
    }
    match last.as_deref() {
        Some("test") => found.test = true,
        Some("path") if content.peek(Token![=]) => {
            content.parse::<Token![=]>()?;
            found.path = content.parse::<Option<LitStr>>()?.map(|path| path.value());
            found.elsewhere |= found.path.is_none();
        }
        Some("cfg_attr") => found.elsewhere |= content.to_string().contains("path"),
        _ => {}
    }
    content.parse::<TokenStream>().map(drop)
}

/// Up to `;` or a body. Where an item goes on behind braces, the rest of it
/// passes for an item without a name.
fn item(
    input: ParseStream<'_>,
    attributes: &Attributes,
    inside: &mut Vec<String>,
    source: &mut Source,
) -> syn::Result<()> {
    while !input.is_empty() {
        if input.peek(Token![mod]) && input.peek2(Ident::peek_any) {
            return module(input, attributes, inside, source);
        }
        if input.peek(Token![fn]) && input.peek2(Ident::peek_any) {
            let line = input.parse::<Token![fn]>()?.span.start().line;
            let name = input.call(Ident::parse_any)?;
            if attributes.test {
                let line = u32::try_from(line).unwrap_or(u32::MAX);
                source.tests.push((full(inside, &shown(&name)), line));
            }
        }
        let last = input.peek(Token![;]) || input.peek(token::Brace);
        input.parse::<TokenTree>()?;
        if last {
            break;
        }
    }
    Ok(())
}

fn module(
    input: ParseStream<'_>,
    attributes: &Attributes,
    inside: &mut Vec<String>,
    source: &mut Source,
) -> syn::Result<()> {
    input.parse::<Token![mod]>()?;
    let name = shown(&input.call(Ident::parse_any)?);
    if !input.peek(token::Brace) {
        input.parse::<Token![;]>()?;
        if !attributes.elsewhere {
            let path = attributes.path.clone();
            source.modules.push(Module { inside: inside.clone(), name, path });
        }
        return Ok(());
    }
    let content;
    braced!(content in input);
    let before = source.modules.len();
    inside.push(name);
    items(&content, inside, source)?;
    inside.pop();
    if attributes.elsewhere || attributes.path.is_some() {
        // Its files are in a folder of another name.
        source.modules.truncate(before);
    }
    Ok(())
}

/// As libtest prints it: raw only where it has to be.
fn shown(name: &Ident) -> String {
    let plain = name.unraw().to_string();
    if syn::parse_str::<Ident>(&plain).is_ok() { plain } else { format!("r#{plain}") }
}

/// The name of a module's file or folder.
fn unraw(name: &str) -> &str {
    name.strip_prefix("r#").unwrap_or(name)
}

fn full(inside: &[String], name: &str) -> String {
    inside.iter().map(String::as_str).chain([name]).collect::<Vec<_>>().join("::")
}

/// Every file that matters, by path.
pub(super) type Sources<'a> = HashMap<&'a TreePath, &'a Source>;

/// Where the cases of the program with this root stand, by name.
pub(super) fn places(sources: &Sources<'_>, root: &TreePath) -> HashMap<CaseName, Location> {
    let mut found: HashMap<CaseName, Option<Location>> = HashMap::new();
    let mut seen = HashSet::new();
    let mut ahead = vec![Part { file: root.clone(), modules: Vec::new(), owns_folder: true }];
    while let Some(part) = ahead.pop() {
        let Some(source) = sources.get(&part.file).filter(|_| seen.insert(part.file.clone()))
        else {
            continue;
        };
        for (name, line) in &source.tests {
            let location = Location { file: part.file.to_string(), line: Some(*line) };
            match found.entry(full(&part.modules, name).into()) {
                // Platforms or features choose between the two.
                Entry::Occupied(mut entry) => drop(entry.insert(None)),
                Entry::Vacant(entry) => drop(entry.insert(Some(location))),
            }
        }
        ahead.extend(source.modules.iter().filter_map(|module| part.follow(module, sources)));
    }
    found.into_iter().filter_map(|(name, location)| Some((name, location?))).collect()
}

/// A file of a program.
struct Part {
    file: TreePath,
    modules: Vec<String>,
    /// Whether its modules lie beside it, and not in a folder of its name.
    owns_folder: bool,
}

impl Part {
    fn follow(&self, module: &Module, sources: &Sources<'_>) -> Option<Self> {
        let mut modules = self.modules.clone();
        modules.extend(module.inside.iter().chain([&module.name]).cloned());
        let mut folder = self.file.parent();
        let beside = module.path.is_some() && module.inside.is_empty();
        if !self.owns_folder && !beside {
            folder = folder.join(self.file.file_name().strip_suffix(".rs")?);
        }
        let folder = module.inside.iter().fold(folder, |folder, name| folder.join(unraw(name)));
        let name = unraw(&module.name);
        let at = |path: &str, owns_folder| {
            let file = TreePath::new(&join(folder.as_str(), path));
            sources.contains_key(&file).then(|| Self {
                file,
                modules: modules.clone(),
                owns_folder,
            })
        };
        match &module.path {
            Some(path) => at(path, true),
            None => {
                at(&format!("{name}.rs"), false).or_else(|| at(&format!("{name}/mod.rs"), true))
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(path: &TreePath, text: &str) -> Option<Source> {
        let (content, size) = (text.as_bytes(), text.len() as u64);
        Source::read(File { path, content, size, executable: false })
    }

    #[track_caller]
    fn check(files: &[(&str, &str)], expect: &[&str]) {
        let files: Vec<_> = files.iter().map(|(path, text)| (TreePath::new(path), text)).collect();
        let read: Vec<_> =
            files.iter().filter_map(|(path, text)| Some((path, read(path, text)?))).collect();
        let sources = read.iter().map(|(path, source)| (*path, source)).collect();
        let mut found: Vec<_> = places(&sources, &files[0].0)
            .into_iter()
            .map(|(name, location)| format!("{name} {location}"))
            .collect();
        found.sort();
        assert_eq!(found, expect);
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
fn left_to_the_build() {}

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
            &["a::r#mod::plain t.rs:31", "a::r#mod::r#in t.rs:31", "named t.rs:13", "plain t.rs:8"],
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
            ],
        );
    }

    #[test]
    fn what_cannot_be_read_has_no_places() {
        let nested = |n| format!("#[test]\nfn t() {{ {}{} }}", "(".repeat(n), ")".repeat(n));
        check(&[("t.rs", &nested(DEEPEST - 1))], &["t t.rs:2"]);
        check(&[("t.rs", &nested(DEEPEST))], &[]);
        check(&[("t.rs", &nested(500_000))], &[]);
        check(
            &[("t.rs", &format!("#[test]\nfn t() {{ 1{} }}", "+1".repeat(200_000)))],
            &["t t.rs:2"],
        );
        check(&[("t.rs", "#[test]\nfn t() {")], &[]);
        let path = TreePath::new("t.rs");
        let content = b"#[test]\nfn t() {}".as_slice();
        assert_eq!(Source::read(File { path: &path, content, size: 99, executable: false }), None);
    }
}
