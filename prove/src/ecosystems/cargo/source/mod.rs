//! What a Rust file says of tests and doc examples, before anything is built.
//!
//! Macros and features have a say in which there are, and only a build knows
//! what they say: that is kept as a condition, or as a place where there may be
//! more.

use proc_macro2::{TokenStream, TokenTree};
use syn::Ident;
use syn::ext::IdentExt;
use syn::parse::{ParseStream, Parser};

use crate::tree::File;

mod cfg;
mod attributes;
mod comments;
mod types;
mod macros;
mod items;
mod cases;

use cfg::{Built, Cfg, Truth};
use comments::At;

pub(super) use cases::{Crate, Macros, Seen, Sources};

/// The deepest nesting of brackets that is followed, far from the stack's end.
const DEEPEST: usize = 200;

/// What a file says of tests and doc examples.
#[derive(Debug, PartialEq)]
pub(super) struct Source {
    /// Under which condition it says anything.
    when: Cfg,
    tests: Vec<Test>,
    docs: Vec<Documented>,
    /// Modules that are files of their own.
    modules: Vec<Module>,
    makers: Vec<Maker>,
    macros: Vec<Defined>,
    /// It could not be read.
    odd: bool,
}

/// The lines on which the examples of a file of Markdown begin.
#[derive(Debug, PartialEq)]
pub(super) struct Examples(pub(super) Vec<u32>);

impl Examples {
    /// `None` where there are none.
    pub(super) fn read(file: File<'_>) -> Option<Self> {
        let text = str::from_utf8(file.content).ok().filter(|_| file.is_whole())?;
        let found = comments::of_markdown(text);
        (!found.is_empty()).then_some(Self(found))
    }
}

/// Whether a condition holds for programs that are built for this machine.
pub(super) fn holds(condition: &str) -> bool {
    let parsed = Cfg::parse.parse_str(condition);
    parsed.is_ok_and(|cfg| cfg.truth(Built::Tests) == Truth::Yes)
}

/// `#[test] fn`.
#[derive(Debug, PartialEq)]
struct Test {
    /// Inside the file, `mods::name`.
    path: String,
    line: u32,
    ignored: Cfg,
    when: Cfg,
}

/// An item with doc examples.
#[derive(Debug, PartialEq)]
struct Documented {
    /// Inside the file; empty for the file itself.
    item: String,
    at: Vec<At>,
    when: Cfg,
}

/// `mod name;`.
#[derive(Debug, PartialEq)]
struct Module {
    /// The modules around it in the file.
    inside: Vec<String>,
    name: String,
    /// `#[path = "..."]`.
    path: Option<String>,
    /// Only a build knows where it is.
    elsewhere: bool,
    line: u32,
    when: Cfg,
}

/// Where a macro may make more.
#[derive(Debug, PartialEq)]
struct Maker {
    /// `name!` or `#[name]`.
    what: String,
    line: u32,
    when: Cfg,
    /// Whether it makes tests, doc examples.
    makes: Makes,
    /// Whether what it makes is up to its definition as well.
    called: bool,
}

/// What a macro may make.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
struct Makes {
    tests: bool,
    docs: bool,
}

/// `macro_rules!`.
#[derive(Debug, PartialEq)]
struct Defined {
    name: String,
    makes: Makes,
    /// The macros that it calls.
    calls: Vec<String>,
}

impl Source {
    /// `None` for what has nothing to say.
    pub(super) fn read(file: File<'_>) -> Option<Self> {
        if !may_matter(file.content) {
            return None;
        }
        let whole = file.is_whole().then_some(file.content);
        let text = whole.and_then(|content| str::from_utf8(content).ok());
        let source = text.and_then(|text| parse(without_shebang(text)));
        // The lexer keeps each text that its spans point into.
        proc_macro2::extra::invalidate_current_thread_spans();
        let source = source.unwrap_or(Self { odd: true, ..Self::empty() });
        (source != Self::empty()).then_some(source)
    }

    fn empty() -> Self {
        Self {
            when: Cfg::ALWAYS,
            tests: Vec::new(),
            docs: Vec::new(),
            modules: Vec::new(),
            makers: Vec::new(),
            macros: Vec::new(),
            odd: false,
        }
    }
}

/// Many files have no test, no example and no module of their own: they are
/// not parsed.
fn may_matter(content: &[u8]) -> bool {
    let has = |needle: &[u8]| memchr::memmem::find(content, needle).is_some();
    // What else is a block of code in a comment is indented, or has a tab.
    has(b"test]")
        || has(b"test(")
        || has(b"```")
        || has(b"mod ")
        || has(b"macro_rules!")
        || has(b"~~~")
        || has(b"include_str!")
        || has(b"//     ")
        || has(b"//!     ")
        || calls_a_macro(content)
}

/// Whether there is `name!` at the beginning of a line: inside of a function
/// there is something before it.
fn calls_a_macro(content: &[u8]) -> bool {
    memchr::memchr_iter(b'!', content).any(|at| {
        let word = |byte: &u8| byte.is_ascii_alphanumeric() || matches!(byte, b'_' | b':');
        let name = content[..at].iter().rev().take_while(|byte| word(byte)).count();
        name > 0 && (at == name || content[at - name - 1] == b'\n')
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
    let mut source = Source::empty();
    let file = |input: ParseStream<'_>| items::Reader::new(&mut source).file(input);
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

#[cfg(test)]
mod tests;
