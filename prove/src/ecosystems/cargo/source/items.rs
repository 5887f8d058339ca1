//! The items of a file: the heads alone, not the bodies.
//!
//! `1 + 1 + ...` is as deep a tree as brackets are, and a body's syntax may be
//! newer than ours.

use proc_macro2::{Delimiter, TokenStream, TokenTree};
use syn::ext::IdentExt;
use syn::parse::{ParseStream, Parser};
use syn::{Ident, Token, braced, token};

use super::attributes::Attributes;
use super::cfg::Cfg;
use super::comments::{Examples, examples};
use super::types::{self_type, shown_type};
use super::{Defined, Documented, Maker, Makes, Module, Source, Test, full, shown};

/// Macros of the standard library, and a few that nearly everybody has, which
/// make neither tests nor documentation.
const PLAIN: &[&str] = &[
    "assert_impl_all",
    "assert_not_impl_any",
    "assert_obj_safe",
    "bitflags",
    "compile_error",
    "const_assert",
    "const_assert_eq",
    "criterion_group",
    "criterion_main",
    "global_asm",
    "lazy_static",
    "pin_project",
    "thread_local",
];

/// Macros that hand on the tests that are written out in their braces.
const THROUGH: &[&str] = &["fork_test", "proptest", "rusty_fork_test"];

const TESTS: Makes = Makes { tests: true, docs: false };

/// Reads items into what a file says.
pub(super) struct Reader<'a> {
    source: &'a mut Source,
    /// The modules around in the file; for documentation types and traits as well.
    inside: Vec<String>,
    /// The conditions of all that is around.
    when: Cfg,
    /// Whether tests may stand here.
    tests: bool,
}

impl<'a> Reader<'a> {
    pub(super) fn new(source: &'a mut Source) -> Self {
        Self { source, inside: Vec::new(), when: Cfg::ALWAYS, tests: true }
    }

    /// A whole file.
    pub(super) fn file(&mut self, input: ParseStream<'_>) -> syn::Result<()> {
        let inner = Attributes::inner(input)?;
        self.source.when = inner.when.clone();
        self.document(&inner);
        self.items(input)
    }

    fn items(&mut self, input: ParseStream<'_>) -> syn::Result<()> {
        while !input.is_empty() {
            let attributes = Attributes::outer(input)?;
            self.item(input, &attributes)?;
        }
        Ok(())
    }

    /// Up to `;` or a body. Where an item goes on behind braces, the rest of it
    /// passes for an item without a name.
    fn item(&mut self, input: ParseStream<'_>, attributes: &Attributes) -> syn::Result<()> {
        while !input.is_empty() {
            let named = input.peek2(Ident::peek_any);
            if input.peek(Token![mod]) && named {
                return self.module(input, attributes);
            } else if input.peek(Token![fn]) && named {
                return self.function(input, attributes);
            } else if input.peek(Token![impl]) {
                return self.implementation(input, attributes);
            } else if input.peek(Token![trait]) && named {
                return self.block_of(input, attributes);
            } else if is_type(input) && named {
                return self.fields_of(input, attributes);
            } else if is_value(input) {
                return self.value(input, attributes);
            } else if input.peek(Ident) && input.peek2(Token![!]) {
                return self.invocation(input, attributes);
            }
            let last = input.peek(Token![;]) || input.peek(token::Brace);
            let extern_block = input.peek(token::Brace) && !self.inside_types();
            if extern_block {
                let content;
                braced!(content in input);
                return self.foreign(&content, attributes);
            }
            input.parse::<TokenTree>()?;
            if last {
                break;
            }
        }
        Ok(())
    }

    fn inside_types(&self) -> bool {
        !self.tests
    }

    /// What braces without a name before them hold: `extern "C" { ... }`.
    fn foreign(&mut self, content: ParseStream<'_>, attributes: &Attributes) -> syn::Result<()> {
        let tokens: TokenStream = content.parse()?;
        // Also the rest of an expression, which may be anything.
        let mut read =
            |input: ParseStream<'_>| self.within(None, attributes, false, |this| this.items(input));
        let _ = Parser::parse2(&mut read, tokens);
        Ok(())
    }

    /// Reads what is inside an item of this name.
    fn within<T>(
        &mut self,
        name: Option<String>,
        attributes: &Attributes,
        tests: bool,
        read: impl FnOnce(&mut Self) -> syn::Result<T>,
    ) -> syn::Result<T> {
        let depth = self.inside.len();
        let when = self.when.and(attributes.when.clone());
        let before = (std::mem::replace(&mut self.when, when), self.tests);
        self.tests &= tests;
        self.inside.extend(name);
        let result = read(self);
        self.inside.truncate(depth);
        (self.when, self.tests) = before;
        result
    }

    fn function(&mut self, input: ParseStream<'_>, attributes: &Attributes) -> syn::Result<()> {
        let line = line_of(input.parse::<Token![fn]>()?.span);
        let name = shown(&input.call(Ident::parse_any)?);
        self.documented(&name, attributes);
        let head = to_body(input)?;
        if !self.tests {
            return Ok(());
        }
        let test = match &attributes.maker {
            Some(maker) if maker != "#[rstest]" || has_values(&head) => {
                self.maker(maker, line, &attributes.when, TESTS);
                return Ok(());
            }
            Some(_) => Cfg::ALWAYS,
            None => match &attributes.test {
                Some(test) => test.clone(),
                None => return Ok(()),
            },
        };
        self.source.tests.push(Test {
            path: full(&self.inside, &name),
            line,
            ignored: attributes.ignored.clone(),
            when: self.when.and(attributes.when.clone()).and(test),
        });
        Ok(())
    }

    /// Something makes tests, or doc examples.
    fn maker(&mut self, what: impl Into<String>, line: u32, when: &Cfg, makes: Makes) {
        let when = self.when.and(when.clone());
        self.source.makers.push(Maker { what: what.into(), line, when, makes, called: false });
    }

    fn module(&mut self, input: ParseStream<'_>, attributes: &Attributes) -> syn::Result<()> {
        input.parse::<Token![mod]>()?;
        let ident = input.call(Ident::parse_any)?;
        let (name, line) = (shown(&ident), line_of(ident.span()));
        self.documented(&name, attributes);
        if let Some(maker) = &attributes.maker {
            self.maker(maker, line, &attributes.when, TESTS);
        }
        if !input.peek(token::Brace) {
            input.parse::<Token![;]>()?;
            self.source.modules.push(Module {
                inside: self.inside.clone(),
                name,
                path: attributes.path.clone(),
                elsewhere: attributes.elsewhere,
                line,
                when: self.when.and(attributes.when.clone()),
            });
            return Ok(());
        }
        let content;
        braced!(content in input);
        let before = self.source.modules.len();
        self.within(Some(name), attributes, true, |this| {
            let inner = Attributes::inner(&content)?;
            this.document(&inner);
            this.within(None, &inner, true, |this| this.items(&content))
        })?;
        if attributes.elsewhere || attributes.path.is_some() {
            // Its files are in a folder of another name.
            self.source.modules[before..].iter_mut().for_each(|module| module.elsewhere = true);
        }
        Ok(())
    }

    fn implementation(
        &mut self,
        input: ParseStream<'_>,
        attributes: &Attributes,
    ) -> syn::Result<()> {
        input.parse::<Token![impl]>()?;
        let mut head = Vec::new();
        while !input.is_empty() && !input.peek(token::Brace) {
            head.push(input.parse::<TokenTree>()?);
        }
        let name = shown_type(self_type(&head));
        self.documented(&name, attributes);
        if input.is_empty() {
            return Ok(());
        }
        let content;
        braced!(content in input);
        self.within(Some(name), attributes, false, |this| {
            let inner = Attributes::inner(&content)?;
            this.within(None, &inner, false, |this| this.items(&content))
        })
    }

    /// A trait, and its items.
    fn block_of(&mut self, input: ParseStream<'_>, attributes: &Attributes) -> syn::Result<()> {
        input.parse::<TokenTree>()?;
        let name = shown(&input.call(Ident::parse_any)?);
        self.documented(&name, attributes);
        while !input.is_empty() && !input.peek(token::Brace) {
            let end = input.peek(Token![;]);
            input.parse::<TokenTree>()?;
            if end {
                return Ok(());
            }
        }
        if input.is_empty() {
            return Ok(());
        }
        let content;
        braced!(content in input);
        self.within(Some(name), attributes, false, |this| this.items(&content))
    }

    /// A struct, enum or union, and what is documented in it.
    fn fields_of(&mut self, input: ParseStream<'_>, attributes: &Attributes) -> syn::Result<()> {
        input.parse::<TokenTree>()?;
        let ident = input.call(Ident::parse_any)?;
        let name = shown(&ident);
        self.documented(&name, attributes);
        if let Some(maker) = &attributes.maker {
            self.maker(maker, line_of(ident.span()), &attributes.when, TESTS);
        }
        while !input.is_empty() {
            let end = input.peek(Token![;]) || input.peek(token::Brace);
            match input.parse::<TokenTree>()? {
                TokenTree::Group(group) if group.delimiter() == Delimiter::Brace => {
                    let read = |input: ParseStream<'_>| {
                        self.within(Some(name.clone()), attributes, false, |this| {
                            this.fields(input)
                        })
                    };
                    let _ = Parser::parse2(read, group.stream());
                }
                _ => {}
            }
            if end {
                break;
            }
        }
        Ok(())
    }

    /// Fields, or variants with fields of their own.
    fn fields(&mut self, input: ParseStream<'_>) -> syn::Result<()> {
        while !input.is_empty() {
            let attributes = Attributes::outer(input)?;
            if input.peek(Token![pub]) {
                input.parse::<Token![pub]>()?;
                if input.peek(token::Paren) {
                    input.parse::<TokenTree>()?;
                }
            }
            if !input.peek(Ident::peek_any) {
                input.parse::<Option<TokenTree>>()?;
                continue;
            }
            let name = shown(&input.call(Ident::parse_any)?);
            self.documented(&name, &attributes);
            // A comma inside `<...>` is passed for an end: what follows it has
            // no attributes, and so nothing to say.
            while !input.is_empty() && !input.peek(Token![,]) {
                match input.parse::<TokenTree>()? {
                    TokenTree::Group(group) if group.delimiter() == Delimiter::Brace => {
                        let read = |input: ParseStream<'_>| {
                            let name = Some(name.clone());
                            self.within(name, &attributes, false, |this| this.fields(input))
                        };
                        let _ = Parser::parse2(read, group.stream());
                    }
                    _ => {}
                }
            }
            input.parse::<Option<Token![,]>>()?;
        }
        Ok(())
    }

    /// `const`, `static`, `type`, `use`: up to its end.
    fn value(&mut self, input: ParseStream<'_>, attributes: &Attributes) -> syn::Result<()> {
        let import = input.peek(Token![use]) || input.peek(Token![extern]);
        let mut name = None;
        input.parse::<TokenTree>()?;
        while !input.is_empty() && !input.peek(Token![;]) {
            if input.peek(Token![mut]) {
                input.parse::<Token![mut]>()?;
            } else if (name.is_none() || import) && input.peek(Ident::peek_any) {
                // Of what is imported, the last word is its name here.
                name = Some(shown(&input.call(Ident::parse_any)?));
            } else {
                name = name.or_else(|| input.peek(Token![_]).then(|| "_".to_owned()));
                input.parse::<TokenTree>()?;
            }
        }
        input.parse::<Option<Token![;]>>()?;
        self.documented(&name.unwrap_or_default(), attributes);
        Ok(())
    }

    /// `name! { ... }`, or the definition of a macro.
    fn invocation(&mut self, input: ParseStream<'_>, attributes: &Attributes) -> syn::Result<()> {
        let ident = input.call(Ident::parse_any)?;
        let (name, line) = (ident.to_string(), line_of(ident.span()));
        input.parse::<Token![!]>()?;
        let defined = if input.peek(Ident) { Some(shown(&input.parse::<Ident>()?)) } else { None };
        let group = input.parse::<TokenTree>()?;
        if !matches!(&group, TokenTree::Group(group) if group.delimiter() == Delimiter::Brace) {
            while !input.is_empty() && !input.parse::<TokenTree>()?.to_string().eq(";") {}
        }
        let TokenTree::Group(group) = group else { return Ok(()) };
        if name == "macro_rules" {
            let defined = defined.unwrap_or_default();
            self.documented(&defined, attributes);
            self.source.macros.push(Defined::read(defined, group.stream()));
        } else if name == "cfg_if" {
            self.alternatives(group.stream(), attributes);
        } else if THROUGH.contains(&name.as_str()) {
            let read = |input: ParseStream<'_>| {
                self.within(None, attributes, true, |this| {
                    Attributes::inner(input)?;
                    this.items(input)
                })
            };
            if Parser::parse2(read, group.stream()).is_err() {
                self.maker(format!("{name}!"), line, &attributes.when, TESTS);
            }
        } else if !PLAIN.contains(&name.as_str()) {
            self.called(&name, line, group.stream(), &attributes.when);
        }
        Ok(())
    }

    /// A macro of which only its definition tells what it makes.
    fn called(&mut self, name: &str, line: u32, given: TokenStream, when: &Cfg) {
        let given = Defined::read(String::new(), given);
        let when = self.when.and(when.clone());
        let makes = Makes { tests: given.makes.tests && self.tests, ..given.makes };
        // Inside of an `impl` no macro makes tests, nor do its items have any.
        let called = self.tests;
        self.source.makers.push(Maker { what: format!("{name}!"), line, when, makes, called });
    }

    /// `cfg_if! { if #[cfg(...)] { ... } else ... }`.
    fn alternatives(&mut self, tokens: TokenStream, attributes: &Attributes) {
        let mut before = Cfg::ALWAYS;
        let mut when = None;
        for token in tokens {
            let TokenTree::Group(group) = token else { continue };
            if group.delimiter() == Delimiter::Bracket {
                let mut found = Attributes::default();
                let read = |input: ParseStream<'_>| found.bare(input);
                let _ = Parser::parse2(read, group.stream());
                when = Some(found.when);
                continue;
            }
            let this = when.take();
            let here = before.and(this.clone().unwrap_or(Cfg::ALWAYS));
            before = before.and(this.map_or(Cfg::Known(false), |this| this.not()));
            let conditional =
                Attributes { when: attributes.when.and(here), ..Attributes::default() };
            let read = |input: ParseStream<'_>| {
                self.within(None, &conditional, true, |this| this.items(input))
            };
            let _ = Parser::parse2(read, group.stream());
        }
    }

    /// Keeps the examples of an item that has a name.
    fn documented(&mut self, name: &str, attributes: &Attributes) {
        if attributes.docs.is_empty() {
            return;
        }
        let depth = self.inside.len();
        self.inside.extend((!name.is_empty()).then(|| name.to_owned()));
        let before = self.when.clone();
        self.when = self.when.and(attributes.when.clone());
        self.document(attributes);
        self.when = before;
        self.inside.truncate(depth);
    }

    /// Keeps the examples of what is around.
    fn document(&mut self, attributes: &Attributes) {
        let pieces: Vec<_> = attributes.docs.iter().collect();
        let found = examples(&pieces);
        if found == Examples::default() {
            return;
        }
        // Which of the pieces holds which example is not kept: rarely is one
        // of them conditional.
        let mut when = self.when.clone();
        for piece in pieces.iter().filter(|piece| piece.when != Cfg::ALWAYS) {
            when = when.and(piece.when.clone());
        }
        let item = self.inside.join("::");
        let line = attributes.docs.first().map_or(0, |piece| piece.what.line());
        if found.made {
            let makes = Makes { tests: false, docs: true };
            let what = "#[doc = ...]".to_owned();
            self.source.makers.push(Maker { what, line, when: when.clone(), makes, called: false });
        }
        let at = found.at;
        if !at.is_empty() {
            self.source.docs.push(Documented { item, at, when });
        }
    }
}

fn is_type(input: ParseStream<'_>) -> bool {
    input.peek(Token![struct]) || input.peek(Token![enum]) || input.peek(Token![union])
}

fn is_value(input: ParseStream<'_>) -> bool {
    let constant = input.peek(Token![const]) && (input.peek2(Ident) || input.peek2(Token![_]));
    let static_ = input.peek(Token![static]) && (input.peek2(Ident) || input.peek2(Token![mut]));
    let crate_ = input.peek(Token![extern]) && input.peek2(Token![crate]);
    constant || static_ || crate_ || input.peek(Token![use]) || input.peek(Token![type])
}

/// The rest of a function's head; its body is passed over.
fn to_body(input: ParseStream<'_>) -> syn::Result<TokenStream> {
    let mut head = TokenStream::new();
    while !input.is_empty() {
        let last = input.peek(Token![;]) || input.peek(token::Brace);
        let token = input.parse::<TokenTree>()?;
        if last {
            break;
        }
        head.extend([token]);
    }
    Ok(head)
}

/// Whether rstest makes several of a function with these arguments.
fn has_values(head: &TokenStream) -> bool {
    let text: String = head.to_string().split_whitespace().collect();
    text.contains("#[values") || text.contains("#[files")
}

fn line_of(span: proc_macro2::Span) -> u32 {
    u32::try_from(span.start().line).unwrap_or(u32::MAX)
}
