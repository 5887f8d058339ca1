//! What the derives work on: attributes and syntax put together, checked as far as each piece goes.

use proc_macro2::Span;
use quote::format_ident;
use syn::spanned::Spanned;
use syn::{
    Attribute, Data, DeriveInput, Error, ExprPath, Fields, Generics, Ident, LitStr, Member, Path,
    Result, Type,
};

use crate::attr::{
    ArrayAttr, EnvelopeAttr, FieldAttr, Len, Role, SiblingAttr, Spanning, Value, VariantAttr,
};

pub(crate) struct Field {
    /// Its position in the declaration.
    pub(crate) at: usize,
    pub(crate) member: Member,
    /// The variable that holds it.
    pub(crate) binding: Ident,
    pub(crate) ty: Type,
    pub(crate) name: String,
    pub(crate) role: Option<Spanning<Role>>,
    pub(crate) read: Option<ExprPath>,
    pub(crate) write: Option<ExprPath>,
    pub(crate) serde: Vec<Attribute>,
    pub(crate) span: Span,
}

impl Field {
    /// Fields at positions of an array.
    fn positional(fields: &Fields) -> Result<Vec<Self>> {
        fields
            .iter()
            .enumerate()
            .map(|(at, field)| Ok(Self::new(at, field, FieldAttr::parse(&field.attrs)?)))
            .collect()
    }

    /// Fields that are members of an object: serde's own derive reads their attributes.
    fn named(fields: &Fields) -> Result<Vec<Self>> {
        let each = |(at, field): (usize, &syn::Field)| {
            if let Some(attr) = field.attrs.iter().find(|attr| attr.path().is_ident("array")) {
                const REMEDY: &str = "these fields are members of an object, not positions of an array; \
                                      use `#[serde(...)]` here";
                return Err(Error::new(attr.span(), REMEDY));
            }
            Ok(Self::new(at, field, FieldAttr::default()))
        };
        fields.iter().enumerate().map(each).collect()
    }

    fn new(at: usize, field: &syn::Field, attr: FieldAttr) -> Self {
        let member = match &field.ident {
            Some(ident) => Member::Named(ident.clone()),
            None => Member::Unnamed(at.into()),
        };
        let plain = match &member {
            Member::Named(ident) => ident.to_string().trim_start_matches("r#").to_owned(),
            Member::Unnamed(index) => index.index.to_string(),
        };
        Field {
            at,
            member,
            binding: format_ident!("field{at}"),
            ty: field.ty.clone(),
            name: attr.rename.unwrap_or(plain),
            role: attr.role,
            read: attr.read,
            write: attr.write,
            serde: field
                .attrs
                .iter()
                .filter(|attr| attr.path().is_ident("serde"))
                .cloned()
                .collect(),
            span: field.span(),
        }
    }

    pub(crate) fn role(&self) -> Option<&Role> {
        self.role.as_ref().map(|role| &role.value)
    }
}

/// A struct that is an array.
pub(crate) struct ArrayInput<'a> {
    pub(crate) ident: &'a Ident,
    pub(crate) generics: &'a Generics,
    pub(crate) fields: Vec<Field>,
    pub(crate) len: Len,
    pub(crate) krate: Path,
}

impl<'a> ArrayInput<'a> {
    pub(crate) fn parse(input: &'a DeriveInput) -> Result<Self> {
        let Data::Struct(data) = &input.data else {
            const REMEDY: &str = "`Array` is for structs; for an enum of arrays use `#[derive(Envelope)]` with \
                                  `#[envelope(tag = 0)]`";
            return Err(Error::new(input.ident.span(), REMEDY));
        };
        let attr = ArrayAttr::parse(&input.attrs)?;
        Ok(ArrayInput {
            ident: &input.ident,
            generics: &input.generics,
            fields: Field::positional(&data.fields)?,
            len: attr.len,
            krate: attr.krate.unwrap_or_else(default_crate),
        })
    }
}

fn default_crate() -> Path {
    syn::parse_quote!(::tagged_json)
}

/// Where tag and content stand.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Layout {
    Adjacent {
        tag: String,
        content: Vec<String>,
    },
    Flat {
        tag: String,
    },
    Array {
        tag: i64,
        content: Option<i64>,
    },
    /// Paths of one or two tags, and of the content.
    Routed {
        tags: Vec<Vec<String>>,
        content: Vec<Vec<String>>,
    },
    /// Known by the members that are there.
    Present,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Style {
    Unit,
    Newtype,
    Tuple,
    Struct,
}

pub(crate) struct Variant {
    pub(crate) ident: Ident,
    pub(crate) style: Style,
    pub(crate) fields: Vec<Field>,
    /// The tag that is written, then the aliases.
    pub(crate) tags: Vec<Spanning<Value>>,
    pub(crate) other: Option<Span>,
    pub(crate) default: Option<Span>,
    pub(crate) serde: Vec<Attribute>,
}

/// An enum of messages.
pub(crate) struct EnvelopeInput<'a> {
    pub(crate) ident: &'a Ident,
    pub(crate) generics: &'a Generics,
    pub(crate) variants: Vec<Variant>,
    pub(crate) layout: Layout,
    pub(crate) rename_all_fields: Option<LitStr>,
    pub(crate) deny: Option<Span>,
    pub(crate) embedded: Option<Span>,
    pub(crate) tag_list: bool,
    pub(crate) kind: Option<Ident>,
    pub(crate) vis: &'a syn::Visibility,
    pub(crate) krate: Path,
}

impl<'a> EnvelopeInput<'a> {
    pub(crate) fn parse(input: &'a DeriveInput) -> Result<Self> {
        let Data::Enum(data) = &input.data else {
            const REMEDY: &str = "`Envelope` is for enums, one variant a message; for an array with fixed \
                                  fields use `#[derive(Array)]`";
            return Err(Error::new(input.ident.span(), REMEDY));
        };
        let attr = EnvelopeAttr::parse(&input.attrs)?;
        let layout = layout(&input.ident, &attr)?;
        let variants = data.variants.iter().map(|variant| self::variant(variant, &layout, &attr));
        Ok(EnvelopeInput {
            ident: &input.ident,
            generics: &input.generics,
            variants: variants.collect::<Result<_>>()?,
            layout,
            rename_all_fields: attr.rename_all_fields,
            deny: attr.deny,
            embedded: attr.embedded,
            tag_list: attr.tag_list,
            kind: attr.kind,
            vis: &input.vis,
            krate: attr.krate.unwrap_or_else(default_crate),
        })
    }
}

fn layout(ident: &Ident, attr: &EnvelopeAttr) -> Result<Layout> {
    if let Some(span) = attr.present {
        if attr.tag.is_some() || !attr.content.is_empty() {
            const REMEDY: &str =
                "`present` goes by the members that are there: remove `tag` and `content`";
            return Err(Error::new(span, REMEDY));
        }
        return Ok(Layout::Present);
    }
    let Some(tag) = &attr.tag else {
        const REMEDY: &str = "where is the tag? add `#[envelope(tag = \"type\", content = \"msg\")]`, \
                              `#[envelope(tag = \"type\")]` or `#[envelope(tag = 0)]`";
        return Err(Error::new(ident.span(), REMEDY));
    };
    let as_path = |value: &Spanning<Value>| match &value.value {
        Value::Str(name) => Ok(path(name)),
        Value::Int(_) | Value::Bool(_) | Value::Pair(..) => Err(Error::new(
            value.span,
            "the tag is a member, so the content is one too: give its name as a string",
        )),
    };
    match &tag.value {
        Value::Pair(first, second) => Ok(Layout::Routed {
            tags: vec![path(first), path(second)],
            content: attr.content.iter().map(as_path).collect::<Result<_>>()?,
        }),
        Value::Str(name)
            if is_path(name)
                || attr
                    .content
                    .iter()
                    .any(|content| matches!(&content.value, Value::Str(name) if is_path(name))) =>
        {
            Ok(Layout::Routed {
                tags: vec![path(name)],
                content: attr.content.iter().map(as_path).collect::<Result<_>>()?,
            })
        }
        Value::Str(name) => {
            let member = |content: &Spanning<Value>| match &content.value {
                Value::Str(name) => Ok(name.clone()),
                Value::Int(_) | Value::Bool(_) | Value::Pair(..) => Err(Error::new(
                    content.span,
                    "the tag is a member, so the content is one too: give its name as a string",
                )),
            };
            let content = attr.content.iter().map(member).collect::<Result<Vec<_>>>()?;
            if content.contains(name) {
                let span = attr.content.first().map_or(tag.span, |content| content.span);
                return Err(Error::new(span, "tag and content cannot be the same member"));
            }
            if content.is_empty() {
                return Ok(Layout::Flat { tag: name.clone() });
            }
            Ok(Layout::Adjacent { tag: name.clone(), content })
        }
        Value::Int(at) => {
            let content = match &*attr.content {
                [] => None,
                [Spanning { value: Value::Int(content), span }] if content == at => {
                    return Err(Error::new(
                        *span,
                        "tag and content cannot stand at the same position",
                    ));
                }
                [Spanning { value: Value::Int(content), .. }] => Some(*content),
                [content, ..] => {
                    const REMEDY: &str = "the tag is a position in an array, so the content is one too: \
                                          give one integer";
                    return Err(Error::new(content.span, REMEDY));
                }
            };
            Ok(Layout::Array { tag: *at, content })
        }
        Value::Bool(_) => Err(Error::new(
            tag.span,
            "a tag stands at a member (\"type\") or at a position (0), not at a boolean",
        )),
    }
}

fn is_path(name: &str) -> bool {
    name.starts_with('/') || name.contains('.')
}

/// `header.msg_type`, or a JSON pointer where a name has dots: `/header/msg.type`.
fn path(name: &str) -> Vec<String> {
    match name.strip_prefix('/') {
        Some(pointer) => {
            pointer.split('/').map(|part| part.replace("~1", "/").replace("~0", "~")).collect()
        }
        None => name.split('.').map(str::to_owned).collect(),
    }
}

fn variant(variant: &syn::Variant, layout: &Layout, envelope: &EnvelopeAttr) -> Result<Variant> {
    let attr = VariantAttr::parse(&variant.attrs)?;
    let style = match &variant.fields {
        Fields::Unit => Style::Unit,
        Fields::Unnamed(fields) if fields.unnamed.len() == 1 => Style::Newtype,
        Fields::Unnamed(_) => Style::Tuple,
        Fields::Named(_) => Style::Struct,
    };
    let positional = matches!(layout, Layout::Array { content: None, .. });
    let fields = if positional {
        Field::positional(&variant.fields)?
    } else {
        Field::named(&variant.fields)?
    };
    let name = variant.ident.to_string();
    let named = || {
        let name = name.trim_start_matches("r#");
        let value = Value::Str(
            envelope.rename_all.map_or_else(|| name.to_owned(), |case| case.variant(name)),
        );
        Spanning { value, span: variant.ident.span() }
    };
    let mut tags = vec![attr.rename.unwrap_or_else(named)];
    tags.extend(attr.aliases);
    Ok(Variant {
        ident: variant.ident.clone(),
        style,
        fields,
        tags,
        other: attr.other,
        default: attr.default,
        serde: variant.attrs.iter().filter(|attr| attr.path().is_ident("serde")).cloned().collect(),
    })
}

/// Where a sibling of tag and content stands.
#[derive(Clone, Copy)]
pub(crate) enum Place {
    Member,
    At(usize),
}

/// A struct around an enum of messages.
pub(crate) struct AroundInput<'a> {
    pub(crate) ident: &'a Ident,
    pub(crate) generics: &'a Generics,
    pub(crate) siblings: Vec<(Field, Place)>,
    pub(crate) body: Field,
    pub(crate) extra: Option<Field>,
    pub(crate) serde: Vec<Attribute>,
    pub(crate) krate: Path,
}

impl<'a> AroundInput<'a> {
    pub(crate) fn parse(input: &'a DeriveInput) -> Result<Self> {
        let Data::Struct(data) = &input.data else {
            return Err(Error::new(input.ident.span(), "a union cannot be a message"));
        };
        let krate = EnvelopeAttr::parse_struct(&input.attrs)?;
        let (mut siblings, mut body, mut extra) = (Vec::new(), None, None);
        for (at, field) in data.fields.iter().enumerate() {
            let attr = SiblingAttr::parse(&field.attrs)?;
            let parsed = Field::new(at, field, FieldAttr::default());
            if let Some(span) = attr.body {
                if body.replace(parsed).is_some() {
                    return Err(Error::new(span, "a second `body`; a message has one"));
                }
            } else if let Some(span) = attr.extra {
                if extra.replace(parsed).is_some() {
                    return Err(Error::new(span, "a second `extra`; keep one"));
                }
            } else {
                siblings.push((parsed, place(attr.at)?));
            }
        }
        let Some(body) = body else {
            const REMEDY: &str = "which field is the message? mark it `#[envelope(body)]`; for an array with \
                                  fixed fields use `#[derive(Array)]`";
            return Err(Error::new(input.ident.span(), REMEDY));
        };
        let placed = siblings.iter().filter(|(_, place)| matches!(place, Place::At(_))).count();
        if let Some((odd, _)) = siblings.iter().find(|(_, place)| matches!(place, Place::Member)) {
            if placed > 0 {
                const REMEDY: &str = "other siblings have positions in an array: give this one its own, \
                                      `#[envelope(at = 0)]`";
                return Err(Error::new(odd.span, REMEDY));
            }
        }
        if let (Some(extra), true) = (&extra, placed > 0) {
            return Err(Error::new(extra.span, "an array has no members to keep; remove `extra`"));
        }
        Ok(AroundInput {
            ident: &input.ident,
            generics: &input.generics,
            siblings,
            body,
            extra,
            serde: input
                .attrs
                .iter()
                .filter(|attr| attr.path().is_ident("serde"))
                .cloned()
                .collect(),
            krate: krate.unwrap_or_else(default_crate),
        })
    }
}

fn place(at: Option<Spanning<Value>>) -> Result<Place> {
    let Some(at) = at else { return Ok(Place::Member) };
    match at.value {
        Value::Int(number) => usize::try_from(number)
            .map(Place::At)
            .map_err(|_| Error::new(at.span, "a sibling's position counts from the front")),
        Value::Str(_) | Value::Bool(_) | Value::Pair(..) => Err(Error::new(
            at.span,
            "a position is an integer; a member needs no `at`, only its name",
        )),
    }
}
