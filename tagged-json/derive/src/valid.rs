//! What is well-formed piece by piece but makes no sense together.

use syn::{Error, Result};

use crate::ast::{ArrayInput, EnvelopeInput, Field, Layout, Style, Variant};
use crate::attr::{Len, Role, Value};

pub(crate) fn array(input: &ArrayInput<'_>) -> Result<()> {
    fields(&input.fields)?;
    if input.len == Len::AtLeast {
        if let Some(rest) =
            input.fields.iter().find(|field| matches!(field.role(), Some(Role::Rest)))
        {
            return Err(Error::new(
                rest.span,
                "`rest` takes all that follows: remove `len = \"at_least\"`",
            ));
        }
    }
    Ok(())
}

/// Required fields, then those that may be missing, then the rest.
fn fields(fields: &[Field]) -> Result<()> {
    let mut tail: Option<&Role> = None;
    for field in fields {
        let span = field.role.as_ref().map_or(field.span, |role| role.span);
        match (tail, field.role()) {
            (Some(Role::Rest), _) => {
                return Err(Error::new(
                    span,
                    "nothing can follow the `rest` field; move it to the end",
                ));
            }
            (Some(Role::Optional), Some(Role::Rest)) => {
                const REMEDY: &str = "a rest after an `optional` field cannot be told from that field; \
                                      use `default` instead of `optional`";
                return Err(Error::new(span, REMEDY));
            }
            (Some(_), None | Some(Role::Hole)) => {
                const REMEDY: &str = "a field that has to be there follows one that may be missing; \
                                      mark it `#[array(default)]` or `#[array(optional)]`, or move it forward";
                return Err(Error::new(span, REMEDY));
            }
            (_, None | Some(Role::Hole)) => {}
            (_, role @ Some(_)) => tail = role,
        }
    }
    Ok(())
}

pub(crate) fn envelope(input: &EnvelopeInput<'_>) -> Result<()> {
    tags(input)?;
    at_most_one(input.variants.iter().filter_map(|variant| variant.other), "other")?;
    at_most_one(input.variants.iter().filter_map(|variant| variant.default), "default")?;
    if let (Some(span), false) = (input.deny, matches!(input.layout, Layout::Adjacent { .. })) {
        const REMEDY: &str = "only an envelope with a content member has members of its own; put \
                              `#[serde(deny_unknown_fields)]` on the content type";
        return Err(Error::new(span, REMEDY));
    }
    if let (Some(span), true) = (input.embedded, no_content(&input.layout)) {
        return Err(Error::new(
            span,
            "`embedded` is about the content: say where it is, `content = \"msg\"`",
        ));
    }
    pairs(input)?;
    input.variants.iter().try_for_each(|variant| shape(variant, &input.layout))
}

fn no_content(layout: &Layout) -> bool {
    match layout {
        Layout::Flat { .. } | Layout::Array { content: None, .. } | Layout::Present => true,
        Layout::Routed { content, .. } => content.is_empty(),
        Layout::Adjacent { .. } | Layout::Array { content: Some(_), .. } => false,
    }
}

/// A pair of tags is a pair in every variant, and paths can be written beside each other.
fn pairs(input: &EnvelopeInput<'_>) -> Result<()> {
    let wants_pair = matches!(&input.layout, Layout::Routed { tags, .. } if tags.len() == 2);
    for variant in input.variants.iter().filter(|variant| variant.other.is_none()) {
        for tag in &variant.tags {
            let text = match (wants_pair, &tag.value) {
                (true, Value::Pair(..))
                | (false, Value::Str(_) | Value::Int(_) | Value::Bool(_)) => continue,
                (true, _) => "there are two tags: `#[envelope(rename = (\"first\", \"second\"))]`",
                (false, Value::Pair(..)) => "there is one tag: give one value",
            };
            return Err(Error::new(tag.span, text));
        }
    }
    if let Layout::Routed { tags, content } = &input.layout {
        if tags.len() == 2 && content.is_empty() && tags.iter().any(|path| path.len() > 1) {
            const REMEDY: &str =
                "a pair of tags deep inside needs a place for its content: add `content = \"...\"`";
            return Err(Error::new(input.ident.span(), REMEDY));
        }
        let heads: Vec<_> =
            tags.iter().chain(content.first()).filter_map(|path| path.first()).collect();
        if (1..heads.len()).any(|at| heads[..at].contains(&heads[at])) {
            const REMEDY: &str = "two paths under the same member cannot be written; read that member as the content";
            return Err(Error::new(input.ident.span(), REMEDY));
        }
    }
    Ok(())
}

fn at_most_one(mut spans: impl Iterator<Item = proc_macro2::Span>, what: &str) -> Result<()> {
    match spans.nth(1) {
        Some(second) => Err(Error::new(second, format!("a second `{what}` variant; keep one"))),
        None => Ok(()),
    }
}

fn tags(input: &EnvelopeInput<'_>) -> Result<()> {
    let mut seen: Vec<(&Value, &syn::Ident)> = Vec::new();
    for variant in input.variants.iter().filter(|variant| variant.other.is_none()) {
        for tag in &variant.tags {
            if let Some((_, first)) = seen.iter().find(|(value, _)| *value == &tag.value) {
                let text = format!(
                    "this tag belongs to `{first}` already; give one of them another with `rename`"
                );
                return Err(Error::new(tag.span, text));
            }
            seen.push((&tag.value, &variant.ident));
        }
    }
    Ok(())
}

fn shape(variant: &Variant, layout: &Layout) -> Result<()> {
    let span = variant.ident.span();
    if variant.other.is_some() {
        let whole = no_content(layout);
        return match variant.fields.len() {
            0 | 2 => Ok(()),
            1 if whole => Ok(()),
            _ if whole => Err(Error::new(
                span,
                "an `other` variant keeps the tag and the whole message: two fields, `(String, Box<RawValue>)`",
            )),
            _ => Err(Error::new(
                span,
                "an `other` variant keeps tag and content: two fields, `(String, Option<Box<RawValue>>)`",
            )),
        };
    }
    match layout {
        Layout::Array { tag, content: None } => {
            fields(&variant.fields)?;
            let movable = |field: &Field| {
                matches!(field.role(), Some(Role::Optional | Role::Rest | Role::Default(_)))
            };
            match variant.fields.iter().find(|field| *tag < 0 && movable(field)) {
                Some(field) => Err(Error::new(
                    field.span,
                    "with a tag counted from the end every field has to be there",
                )),
                None => Ok(()),
            }
        }
        _ if no_content(layout) && variant.style == Style::Tuple => Err(Error::new(
            span,
            "unnamed fields have no names to stand beside the tag; name them, or give `content = \"...\"`",
        )),
        Layout::Flat { .. }
        | Layout::Adjacent { .. }
        | Layout::Array { .. }
        | Layout::Routed { .. }
        | Layout::Present => Ok(()),
    }
}
