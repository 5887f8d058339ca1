//! What attributes say of the item behind them.

use proc_macro2::{LineColumn, TokenStream};
use syn::ext::IdentExt;
use syn::parse::ParseStream;
use syn::{Ident, LitStr, Token, bracketed, parenthesized, token};

use super::cfg::{Built, Cfg, Truth};
use super::comments::{Piece, What};

/// Attributes of one item, those of `#![...]` inside of it apart.
#[derive(Debug)]
pub(super) struct Attributes {
    /// Where the item is there at all.
    pub(super) when: Cfg,
    /// Where it is a test of its own name.
    pub(super) test: Option<Cfg>,
    /// Where that test is left out by default.
    pub(super) ignored: Cfg,
    /// The attribute that may make tests of it, of whatever names.
    pub(super) maker: Option<String>,
    /// `#[path = "..."]`.
    pub(super) path: Option<String>,
    /// Whether a feature or platform decides on its path.
    pub(super) elsewhere: bool,
    pub(super) docs: Vec<Piece>,
}

impl Default for Attributes {
    fn default() -> Self {
        Self {
            when: Cfg::ALWAYS,
            test: None,
            ignored: Cfg::Known(false),
            maker: None,
            path: None,
            elsewhere: false,
            docs: Vec::new(),
        }
    }
}

/// Attributes that make tests of other names than the function's, besides
/// those that have `test` in their own.
const MAKERS: &[&str] =
    &["apply", "case", "dir_cases", "parameterized", "quickcheck", "theory", "ts"];

impl Attributes {
    /// `#[...]`, as many as there are.
    pub(super) fn outer(input: ParseStream<'_>) -> syn::Result<Self> {
        let mut found = Self::default();
        while input.peek(Token![#]) {
            found.one(input)?;
        }
        Ok(found)
    }

    /// `#![...]`, as many as there are.
    pub(super) fn inner(input: ParseStream<'_>) -> syn::Result<Self> {
        let mut found = Self::default();
        while input.peek(Token![#]) && input.peek2(Token![!]) {
            found.one(input)?;
        }
        Ok(found)
    }

    /// What stands in the brackets.
    pub(super) fn bare(&mut self, input: ParseStream<'_>) -> syn::Result<()> {
        self.read(input, LineColumn { line: 0, column: 0 }, &Cfg::ALWAYS)
    }

    fn one(&mut self, input: ParseStream<'_>) -> syn::Result<()> {
        let begin = input.parse::<Token![#]>()?.span.start();
        input.parse::<Option<Token![!]>>()?;
        let content;
        bracketed!(content in input);
        self.read(&content, begin, &Cfg::ALWAYS)
    }

    /// One attribute, which is there under a condition.
    fn read(&mut self, content: ParseStream<'_>, begin: LineColumn, when: &Cfg) -> syn::Result<()> {
        let mut path = Vec::new();
        while content.peek(Ident::peek_any) || content.peek(Token![::]) {
            content.parse::<Option<Token![::]>>()?;
            path.push(content.call(Ident::parse_any)?.to_string());
        }
        let name = path.last().map(String::as_str).unwrap_or_default();
        match name {
            // `unsafe(...)` is a keyword and has been read as a path.
            "cfg" if content.peek(token::Paren) => {
                let inside;
                parenthesized!(inside in content);
                let cfg = Cfg::parse(&inside)?;
                self.when = self.when.and(Cfg::Any(vec![when.not(), cfg]));
                inside.parse::<TokenStream>()?;
            }
            "cfg_attr" if content.peek(token::Paren) => {
                let inside;
                parenthesized!(inside in content);
                self.conditional(&inside, begin, when)?;
            }
            "test" => {
                self.test = Some(either(self.test.take().unwrap_or(Cfg::Known(false)), when));
            }
            "bench" if path.len() == 1 => self.test = Some(when.clone()),
            "ignore" => self.ignored = either(self.ignored.clone(), when),
            "path" if content.peek(Token![=]) => self.path(content, when)?,
            "doc" if content.peek(Token![=]) => {
                content.parse::<Token![=]>()?;
                let what = What::parse(content, begin)?;
                self.docs.push(Piece { when: when.clone(), what });
            }
            _ if makes_tests(name) => self.maker = Some(format!("#[{name}]")),
            _ => {}
        }
        content.parse::<TokenStream>().map(drop)
    }

    fn path(&mut self, content: ParseStream<'_>, when: &Cfg) -> syn::Result<()> {
        content.parse::<Token![=]>()?;
        let path = content.parse::<Option<LitStr>>()?.map(|path| path.value());
        match (when.truth(Built::Tests), when.truth(Built::Docs)) {
            (Truth::No, Truth::No) => {}
            (Truth::Yes, Truth::Yes) if path.is_some() => self.path = path,
            _ => self.elsewhere = true,
        }
        Ok(())
    }

    /// `cfg_attr(CONDITION, ATTRIBUTE, ...)`.
    fn conditional(
        &mut self,
        inside: ParseStream<'_>,
        begin: LineColumn,
        when: &Cfg,
    ) -> syn::Result<()> {
        let when = when.and(Cfg::parse(inside)?);
        while inside.peek(Token![,]) {
            inside.parse::<Token![,]>()?;
            let mut one = TokenStream::new();
            while !inside.is_empty() && !inside.peek(Token![,]) {
                one.extend([inside.parse::<proc_macro2::TokenTree>()?]);
            }
            if !one.is_empty() {
                let read = |content: ParseStream<'_>| self.read(content, begin, &when);
                syn::parse::Parser::parse2(read, one)?;
            }
        }
        Ok(())
    }
}

fn either(one: Cfg, other: &Cfg) -> Cfg {
    match (one, other) {
        (Cfg::Known(false), other) => other.clone(),
        (one, other) => Cfg::Any(vec![one, other.clone()]),
    }
}

/// Whether an attribute of this name may make tests of other names.
pub(super) fn makes_tests(name: &str) -> bool {
    // Those for browsers are no tests of the program.
    name != "wasm_bindgen_test"
        && name != "test"
        && (name.contains("test") || MAKERS.contains(&name))
}
