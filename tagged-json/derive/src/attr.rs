//! Attributes as they are written.

use proc_macro2::Span;
use syn::meta::ParseNestedMeta;
use syn::spanned::Spanned;
use syn::{Attribute, Error, Expr, ExprLit, ExprPath, ExprUnary, Lit, LitStr, Path, Result, UnOp};

use crate::case::Case;

/// A literal that can be a tag or a position.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Value {
    Str(String),
    Int(i64),
    Bool(bool),
    /// Two strings, for two tags.
    Pair(String, String),
}

#[derive(Debug, Clone)]
pub(crate) struct Spanning<T> {
    pub(crate) value: T,
    pub(crate) span: Span,
}

/// `name = LITERAL`
pub(crate) fn literal(meta: &ParseNestedMeta<'_>) -> Result<Spanning<Value>> {
    literal_of(&meta.value()?.parse()?)
}

fn literal_of(expr: &Expr) -> Result<Spanning<Value>> {
    let span = expr.span();
    let value = match expr {
        Expr::Lit(ExprLit { lit: Lit::Str(text), .. }) => Value::Str(text.value()),
        Expr::Lit(ExprLit { lit: Lit::Int(number), .. }) => Value::Int(number.base10_parse()?),
        Expr::Lit(ExprLit { lit: Lit::Bool(flag), .. }) => Value::Bool(flag.value),
        Expr::Unary(ExprUnary { op: UnOp::Neg(_), expr, .. }) => match literal_of(expr)?.value {
            Value::Int(number) => Value::Int(-number),
            Value::Str(_) | Value::Bool(_) | Value::Pair(..) => return Err(not_a_literal(span)),
        },
        Expr::Tuple(pair) if pair.elems.len() == 2 => {
            let mut halves = pair.elems.iter().map(literal_of);
            match (
                halves.next().transpose()?.map(|half| half.value),
                halves.next().transpose()?.map(|half| half.value),
            ) {
                (Some(Value::Str(first)), Some(Value::Str(second))) => Value::Pair(first, second),
                _ => return Err(Error::new(span, "a pair of tags is two strings")),
            }
        }
        _ => return Err(not_a_literal(span)),
    };
    Ok(Spanning { value, span })
}

fn not_a_literal(span: Span) -> Error {
    Error::new(span, "expected a string, an integer or a boolean")
}

fn string(meta: &ParseNestedMeta<'_>) -> Result<LitStr> {
    meta.value()?.parse()
}

fn path(meta: &ParseNestedMeta<'_>) -> Result<ExprPath> {
    string(meta)?.parse()
}

fn unknown(meta: &ParseNestedMeta<'_>, known: &str) -> Error {
    meta.error(format!("unknown option, expected one of {known}"))
}

/// Calls `each` for every option in `#[name(...)]`.
fn options(
    attrs: &[Attribute],
    name: &str,
    mut each: impl FnMut(ParseNestedMeta<'_>) -> Result<()>,
) -> Result<()> {
    for attr in attrs.iter().filter(|attr| attr.path().is_ident(name)) {
        attr.parse_nested_meta(&mut each)?;
    }
    Ok(())
}

/// `#[array(...)]` on a struct.
#[derive(Default)]
pub(crate) struct ArrayAttr {
    pub(crate) len: Len,
    pub(crate) krate: Option<Path>,
}

#[derive(Debug, Default, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Len {
    #[default]
    Exact,
    AtLeast,
    Ignore,
}

impl ArrayAttr {
    pub(crate) fn parse(attrs: &[Attribute]) -> Result<Self> {
        let mut found = ArrayAttr::default();
        options(attrs, "array", |meta| {
            if meta.path.is_ident("len") {
                let text = string(&meta)?;
                found.len = match &*text.value() {
                    "exact" => Len::Exact,
                    "at_least" => Len::AtLeast,
                    "ignore" => Len::Ignore,
                    other => {
                        let text_of = format!(
                            "unknown length policy {other:?}, expected \"exact\", \"at_least\" or \"ignore\""
                        );
                        return Err(Error::new(text.span(), text_of));
                    }
                };
            } else if meta.path.is_ident("crate") {
                found.krate = Some(string(&meta)?.parse()?);
            } else {
                return Err(unknown(&meta, "`len`, `crate`"));
            }
            Ok(())
        })?;
        Ok(found)
    }
}

/// `#[array(...)]` on a field, and what of `#[serde(...)]` holds for a position.
#[derive(Default)]
pub(crate) struct FieldAttr {
    pub(crate) role: Option<Spanning<Role>>,
    pub(crate) rename: Option<String>,
    pub(crate) read: Option<ExprPath>,
    pub(crate) write: Option<ExprPath>,
}

#[derive(Clone)]
pub(crate) enum Role {
    Default(Option<ExprPath>),
    Optional,
    Rest,
    Hole,
}

impl FieldAttr {
    pub(crate) fn parse(attrs: &[Attribute]) -> Result<Self> {
        let mut found = FieldAttr::default();
        options(attrs, "array", |meta| {
            let role = if meta.path.is_ident("optional") {
                Role::Optional
            } else if meta.path.is_ident("rest") {
                Role::Rest
            } else if meta.path.is_ident("hole") {
                Role::Hole
            } else if meta.path.is_ident("default") {
                Role::Default(if meta.input.peek(syn::Token![=]) {
                    Some(path(&meta)?)
                } else {
                    None
                })
            } else {
                const KNOWN: &str = "`default`, `optional`, `rest`, `hole`, `rename`, `with`, \
                                     `deserialize_with`, `serialize_with`";
                return if found.shared(&meta)? { Ok(()) } else { Err(unknown(&meta, KNOWN)) };
            };
            found.set_role(role, &meta)
        })?;
        options(attrs, "serde", |meta| {
            if meta.path.is_ident("default") {
                let value = if meta.input.peek(syn::Token![=]) { Some(path(&meta)?) } else { None };
                found.set_role(Role::Default(value), &meta)
            } else if meta.path.is_ident("borrow") || found.shared(&meta)? {
                Ok(())
            } else {
                const REMEDY: &str = "this serde option has no meaning for a position in an array; \
                                      remove it or use an option of `#[array(...)]`";
                Err(meta.error(REMEDY))
            }
        })?;
        Ok(found)
    }

    fn set_role(&mut self, role: Role, meta: &ParseNestedMeta<'_>) -> Result<()> {
        if self.role.is_some() {
            return Err(meta.error(
                "a field is one of `default`, `optional`, `rest` and `hole`; remove the others",
            ));
        }
        self.role = Some(Spanning { value: role, span: meta.path.span() });
        Ok(())
    }

    fn shared(&mut self, meta: &ParseNestedMeta<'_>) -> Result<bool> {
        if meta.path.is_ident("rename") {
            self.rename = Some(string(meta)?.value());
        } else if meta.path.is_ident("with") {
            let module = path(meta)?;
            let within = |name: &str| -> ExprPath {
                let name = syn::Ident::new(name, module.span());
                let module = &module;
                syn::parse_quote!(#module::#name)
            };
            self.read = Some(within("deserialize"));
            self.write = Some(within("serialize"));
        } else if meta.path.is_ident("deserialize_with") {
            self.read = Some(path(meta)?);
        } else if meta.path.is_ident("serialize_with") {
            self.write = Some(path(meta)?);
        } else {
            return Ok(false);
        }
        Ok(true)
    }
}

/// `#[envelope(...)]` on an enum.
#[derive(Default)]
pub(crate) struct EnvelopeAttr {
    pub(crate) tag: Option<Spanning<Value>>,
    pub(crate) content: Vec<Spanning<Value>>,
    pub(crate) rename_all: Option<Case>,
    pub(crate) rename_all_fields: Option<LitStr>,
    pub(crate) deny: Option<Span>,
    pub(crate) embedded: Option<Span>,
    pub(crate) tag_list: bool,
    pub(crate) present: Option<Span>,
    pub(crate) kind: Option<syn::Ident>,
    pub(crate) krate: Option<Path>,
}

impl EnvelopeAttr {
    pub(crate) fn parse(attrs: &[Attribute]) -> Result<Self> {
        let mut found = EnvelopeAttr::default();
        options(attrs, "envelope", |meta| {
            if meta.path.is_ident("tag") {
                found.tag = Some(literal(&meta)?);
            } else if meta.path.is_ident("content") {
                found.content.push(literal(&meta)?);
            } else if meta.path.is_ident("rename_all") {
                found.rename_all = Some(Case::parse(&string(&meta)?)?);
            } else if meta.path.is_ident("rename_all_fields") {
                let name = string(&meta)?;
                Case::parse(&name)?;
                found.rename_all_fields = Some(name);
            } else if meta.path.is_ident("deny_unknown") {
                found.deny = Some(meta.path.span());
            } else if meta.path.is_ident("embedded") {
                found.embedded = Some(meta.path.span());
            } else if meta.path.is_ident("tag_list") {
                found.tag_list = true;
            } else if meta.path.is_ident("present") {
                found.present = Some(meta.path.span());
            } else if meta.path.is_ident("kind") {
                found.kind = Some(meta.value()?.parse()?);
            } else if meta.path.is_ident("crate") {
                found.krate = Some(string(&meta)?.parse()?);
            } else {
                const KNOWN: &str = "`tag`, `content`, `present`, `kind`, `rename_all`, `rename_all_fields`, \
                                     `deny_unknown`, `embedded`, `tag_list`, `crate`";
                return Err(unknown(&meta, KNOWN));
            }
            Ok(())
        })?;
        Ok(found)
    }
}

impl EnvelopeAttr {
    /// On a struct nothing but the path of the crate can be said.
    pub(crate) fn parse_struct(attrs: &[Attribute]) -> Result<Option<Path>> {
        let mut found = None;
        options(attrs, "envelope", |meta| {
            if !meta.path.is_ident("crate") {
                const REMEDY: &str = "this belongs to the enum in the `body` field; a struct around it has `crate` only";
                return Err(meta.error(REMEDY));
            }
            found = Some(string(&meta)?.parse()?);
            Ok(())
        })?;
        Ok(found)
    }
}

/// `#[envelope(...)]` on a variant.
#[derive(Default)]
pub(crate) struct VariantAttr {
    pub(crate) rename: Option<Spanning<Value>>,
    pub(crate) aliases: Vec<Spanning<Value>>,
    pub(crate) other: Option<Span>,
    pub(crate) default: Option<Span>,
}

impl VariantAttr {
    pub(crate) fn parse(attrs: &[Attribute]) -> Result<Self> {
        let mut found = VariantAttr::default();
        options(attrs, "envelope", |meta| {
            if meta.path.is_ident("rename") {
                found.rename = Some(literal(&meta)?);
            } else if meta.path.is_ident("alias") {
                found.aliases.push(literal(&meta)?);
            } else if meta.path.is_ident("other") {
                found.other = Some(meta.path.span());
            } else if meta.path.is_ident("default") {
                found.default = Some(meta.path.span());
            } else {
                return Err(unknown(&meta, "`rename`, `alias`, `other`, `default`"));
            }
            Ok(())
        })?;
        Ok(found)
    }
}

/// `#[envelope(...)]` on a field of a struct around an enum.
#[derive(Default)]
pub(crate) struct SiblingAttr {
    pub(crate) body: Option<Span>,
    pub(crate) extra: Option<Span>,
    pub(crate) at: Option<Spanning<Value>>,
}

impl SiblingAttr {
    pub(crate) fn parse(attrs: &[Attribute]) -> Result<Self> {
        let mut found = SiblingAttr::default();
        options(attrs, "envelope", |meta| {
            if meta.path.is_ident("body") {
                found.body = Some(meta.path.span());
            } else if meta.path.is_ident("extra") {
                found.extra = Some(meta.path.span());
            } else if meta.path.is_ident("at") {
                found.at = Some(literal(&meta)?);
            } else {
                return Err(unknown(&meta, "`body`, `extra`, `at`"));
            }
            Ok(())
        })?;
        Ok(found)
    }
}
