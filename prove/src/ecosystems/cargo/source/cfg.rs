//! Conditions of `#[cfg]`, as far as they can be known before a build.

use std::env::consts;

use proc_macro2::TokenStream;
use syn::ext::IdentExt;
use syn::parse::ParseStream;
use syn::{Ident, LitStr, Token, parenthesized, token};

/// A predicate of `cfg(...)`.
#[derive(Clone, Debug, PartialEq)]
pub(super) enum Cfg {
    Known(bool),
    /// `test`: holds where test programs are built.
    Test,
    /// `doc` and `doctest`: hold where doc examples are looked for.
    Doc,
    /// A feature, or what else only a build knows.
    Open(String),
    All(Vec<Self>),
    Any(Vec<Self>),
    Not(Box<Self>),
}

/// What is built.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Built {
    Tests,
    Docs,
}

/// Whether something is there.
#[derive(Clone, Debug, PartialEq)]
pub(super) enum Truth {
    Yes,
    No,
    /// If this holds.
    If(String),
}

impl Cfg {
    /// What holds always.
    pub(super) const ALWAYS: Self = Self::Known(true);

    /// The argument of `cfg(...)`.
    pub(super) fn parse(input: ParseStream<'_>) -> syn::Result<Self> {
        let name = input.call(Ident::parse_any)?.to_string();
        if input.peek(Token![=]) {
            input.parse::<Token![=]>()?;
            return Ok(value(&name, &input.parse::<LitStr>()?.value()));
        }
        if !input.peek(token::Paren) {
            return Ok(word(name));
        }
        let content;
        parenthesized!(content in input);
        if !["all", "any", "not"].contains(&name.as_str()) {
            return Ok(Self::Open(format!("{name}({})", content.parse::<TokenStream>()?)));
        }
        let parts: Vec<Self> =
            content.parse_terminated(Self::parse, Token![,])?.into_iter().collect();
        Ok(match name.as_str() {
            "all" => Self::All(parts),
            "any" => Self::Any(parts),
            _ => Self::Not(Box::new(Self::Any(parts))),
        })
    }

    /// Both.
    pub(super) fn and(&self, other: Self) -> Self {
        let parts = |cfg: Self| match cfg {
            Self::ALWAYS => Vec::new(),
            Self::All(parts) => parts,
            other => vec![other],
        };
        let mut all = parts(self.clone());
        all.extend(parts(other));
        if all.len() == 1 { all.remove(0) } else { Self::All(all) }
    }

    pub(super) fn not(&self) -> Self {
        Self::Not(Box::new(self.clone()))
    }

    pub(super) fn truth(&self, built: Built) -> Truth {
        let known = |is: bool| if is { Truth::Yes } else { Truth::No };
        match self {
            Self::Known(is) => known(*is),
            Self::Test => known(built == Built::Tests),
            Self::Doc => known(built == Built::Docs),
            Self::Open(text) => Truth::If(text.clone()),
            Self::All(parts) => joined("all", parts, built, &Truth::No, Truth::Yes),
            Self::Any(parts) => joined("any", parts, built, &Truth::Yes, Truth::No),
            Self::Not(part) => match part.truth(built) {
                Truth::Yes => Truth::No,
                Truth::No => Truth::Yes,
                Truth::If(text) => Truth::If(format!("not({text})")),
            },
        }
    }
}

/// `decisive` if a part is that; `neutral` if all parts are that.
fn joined(name: &str, parts: &[Cfg], built: Built, decisive: &Truth, neutral: Truth) -> Truth {
    let mut texts: Vec<String> = Vec::new();
    for part in parts {
        match part.truth(built) {
            Truth::If(text) if texts.contains(&text) => {}
            Truth::If(text) => texts.push(text),
            truth if truth == *decisive => return truth,
            _ => {}
        }
    }
    match texts.len() {
        0 => neutral,
        1 => Truth::If(texts.remove(0)),
        _ => Truth::If(format!("{name}({})", texts.join(", "))),
    }
}

fn word(name: String) -> Cfg {
    match name.as_str() {
        "test" => Cfg::Test,
        "doc" | "doctest" => Cfg::Doc,
        "unix" | "windows" => Cfg::Known(consts::FAMILY == name),
        "true" => Cfg::Known(true),
        "false" => Cfg::Known(false),
        _ => Cfg::Open(name),
    }
}

/// Of platforms, this machine's: a build for another one is asked for by name.
fn value(name: &str, value: &str) -> Cfg {
    match name {
        "target_os" => Cfg::Known(consts::OS == value),
        "target_family" => Cfg::Known(consts::FAMILY == value),
        "target_arch" => Cfg::Known(consts::ARCH == value),
        "target_pointer_width" => Cfg::Known(usize::BITS.to_string() == value),
        _ => Cfg::Open(format!("{name} = {value:?}")),
    }
}

#[cfg(test)]
mod tests {
    use syn::parse::Parser;

    use super::*;

    #[track_caller]
    fn check(text: &str, tests: &str, docs: &str) {
        let cfg = Cfg::parse.parse_str(text).unwrap();
        let shown = |built| match cfg.truth(built) {
            Truth::Yes => "yes".to_owned(),
            Truth::No => "no".to_owned(),
            Truth::If(text) => text,
        };
        assert_eq!((shown(Built::Tests).as_str(), shown(Built::Docs).as_str()), (tests, docs));
    }

    #[test]
    fn what_holds_before_a_build() {
        check("test", "yes", "no");
        check("not(doctest)", "yes", "no");
        check("all(unix, not(windows))", "yes", "yes");
        check("any(test, feature = \"a\")", "yes", "feature = \"a\"");
        check("all(test, feature = \"a\", not(loom))", "all(feature = \"a\", not(loom))", "no");
        check("not(any(windows, x, x))", "not(x)", "not(x)");
        check("target(os = \"linux\")", "target(os = \"linux\")", "target(os = \"linux\")");
    }
}
