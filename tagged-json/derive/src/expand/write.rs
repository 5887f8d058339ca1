//! The writing half of an enum of messages.

use proc_macro2::TokenStream;
use quote::quote;

use crate::ast::{EnvelopeInput, Layout, Style, Variant};
use crate::attr::Value;
use crate::expand::{Sides, fields, members, read};

pub(crate) fn message(input: &EnvelopeInput<'_>, sides: &Sides) -> TokenStream {
    let ident = input.ident;
    let (declare, ty, bounds) = sides.write.split_for_impl();
    let arms = input.variants.iter().map(|variant| {
        let name = &variant.ident;
        let members = variant.fields.iter().map(|field| {
            let (member, binding) = (&field.member, &field.binding);
            quote!(#member: #binding)
        });
        let body = if variant.other.is_some() {
            other(input, variant)
        } else {
            known(input, variant, sides)
        };
        quote!(#ident::#name { #(#members),* } => { #body })
    });
    let body = if input.variants.is_empty() {
        quote!(match *self {})
    } else {
        quote!(match self { #(#arms)* })
    };
    let (own, own_ty, own_bounds) = sides.own.split_for_impl();
    let shared = match &input.layout {
        Layout::Routed { tags, .. } => {
            let heads = tags.iter().filter_map(|path| path.first());
            quote!(&[#(#heads),*])
        }
        Layout::Adjacent { .. } | Layout::Flat { .. } | Layout::Array { .. } | Layout::Present => {
            quote!(&[])
        }
    };
    quote! {
        impl #own tagged::Shape for #ident #own_ty #own_bounds {
            const SHARED: &'static [&'static str] = #shared;
        }
        impl #declare serde::Serialize for #ident #ty #bounds {
            fn serialize<S: serde::Serializer>(
                &self,
                serializer: S,
            ) -> ::core::result::Result<S::Ok, S::Error> {
                #body
            }
        }
    }
}

fn known(input: &EnvelopeInput<'_>, variant: &Variant, sides: &Sides) -> TokenStream {
    let tag = variant.tags.first().map(|tag| read::literal(&tag.value));
    match &input.layout {
        Layout::Adjacent { tag: member, content } => {
            let entry = content_value(input, variant, sides).map(|value| {
                let name = content.first();
                let value = embed(input, &value);
                quote! { serde::ser::SerializeMap::serialize_entry(&mut map, #name, #value)?; }
            });
            object(&quote! {
                serde::ser::SerializeMap::serialize_entry(&mut map, #member, &#tag)?;
                #entry
            })
        }
        Layout::Flat { tag: member } => {
            let members = content_value(input, variant, sides).map(
                |value| quote! { serde::Serialize::serialize(#value, tagged::IntoMap(&mut map))?; },
            );
            object(&quote! {
                serde::ser::SerializeMap::serialize_entry(&mut map, #member, &#tag)?;
                #members
            })
        }
        Layout::Routed { tags, content } => routed(input, variant, tags, content.first(), sides),
        Layout::Present => present(input, variant, sides),
        Layout::Array { tag: at, content: None } => headed(variant, *at, &quote!(&#tag), sides),
        Layout::Array { tag: at, content: Some(content) } => {
            let value = content_value(input, variant, sides).map(|value| embed(input, &value));
            placed(*at, *content, &quote!(&#tag), value.as_ref())
        }
    }
}

/// Tags and content at the ends of their paths.
fn routed(
    input: &EnvelopeInput<'_>,
    variant: &Variant,
    tags: &[Vec<String>],
    content: Option<&Vec<String>>,
    sides: &Sides,
) -> TokenStream {
    let values: Vec<_> = match variant.tags.first().map(|tag| &tag.value) {
        Some(Value::Pair(first, second)) => vec![quote!(#first), quote!(#second)],
        Some(single) => vec![read::literal(single)],
        None => Vec::new(),
    };
    let entry = |path: &[String], value: &TokenStream| {
        let (head, tail) = (path.first(), path.get(1..).unwrap_or_default());
        quote! { serde::ser::SerializeMap::serialize_entry(&mut map, #head, &tagged::Nest(&[#(#tail),*], #value))?; }
    };
    let tag_entries: Vec<_> =
        tags.iter().zip(&values).map(|(path, value)| entry(path, &quote!(&#value))).collect();
    let value = content_value(input, variant, sides);
    if let Some(path) = content {
        let content = value.map(|value| entry(path, &embed(input, &value)));
        return object(&quote! { #(#tag_entries)* #content });
    }
    // The content is the whole object: it may have the members that hold the tags.
    let Some(value) = value else { return object(&quote! { #(#tag_entries)* }) };
    let plain = tags.iter().all(|path| path.len() == 1);
    let heads: Vec<_> = tags.iter().filter_map(|path| path.first()).collect();
    if plain {
        return object(&quote! {
            #(#tag_entries)*
            let mut others = tagged::Without::new(&mut map, &[#(#heads),*]);
            serde::Serialize::serialize(#value, tagged::IntoMap(&mut others))?;
        });
    }
    let each = heads.iter().zip(&tag_entries).map(|(head, entry)| {
        quote! {
            let written = {
                let mut noting = tagged::Unless::new(&mut map, #head);
                serde::Serialize::serialize(#value, tagged::IntoMap(&mut noting))?;
                noting.written
            };
            if !written { #entry }
        }
    });
    object(&quote! { #(#each)* })
}

/// The members by which the variant is known, and nothing else.
fn present(input: &EnvelopeInput<'_>, variant: &Variant, sides: &Sides) -> TokenStream {
    let name = variant.tags.first().and_then(|tag| match &tag.value {
        Value::Str(name) => Some(name),
        Value::Int(_) | Value::Bool(_) | Value::Pair(..) => None,
    });
    let members = content_value(input, variant, sides)
        .map(|value| quote! { serde::Serialize::serialize(#value, tagged::IntoMap(&mut map))?; });
    let entry = members.unwrap_or_else(
        || quote! { serde::ser::SerializeMap::serialize_entry(&mut map, #name, &())?; },
    );
    object(&entry)
}

fn embed(input: &EnvelopeInput<'_>, value: &TokenStream) -> TokenStream {
    if input.embedded.is_some() { quote!(&tagged::Embedded(#value)) } else { value.clone() }
}

/// A reference to what the variant holds, as one value.
fn content_value(
    input: &EnvelopeInput<'_>,
    variant: &Variant,
    sides: &Sides,
) -> Option<TokenStream> {
    let bindings = variant.fields.iter().map(|field| &field.binding);
    match variant.style {
        Style::Unit => None,
        Style::Newtype => Some(quote!(#(#bindings)*)),
        Style::Tuple => Some(quote!(&(#(#bindings,)*))),
        Style::Struct => {
            let members = members::write(input, variant, sides);
            Some(quote!(&#members))
        }
    }
}

fn object(entries: &TokenStream) -> TokenStream {
    quote! {
        let mut map = serde::Serializer::serialize_map(serializer, ::core::option::Option::None)?;
        #entries
        serde::ser::SerializeMap::end(map)
    }
}

fn array(elements: &TokenStream) -> TokenStream {
    quote! {
        let mut seq = serde::Serializer::serialize_seq(serializer, ::core::option::Option::None)?;
        #elements
        serde::ser::SerializeSeq::end(seq)
    }
}

fn element(value: &TokenStream) -> TokenStream {
    quote! { serde::ser::SerializeSeq::serialize_element(&mut seq, #value)?; }
}

/// The tag, and fields behind it; before it, if it is counted from the end.
fn headed(variant: &Variant, at: i64, tag: &TokenStream, sides: &Sides) -> TokenStream {
    let tag = element(tag);
    let all = &variant.fields;
    if let Ok(before) = usize::try_from(at) {
        let nulls = (0..before).map(|_| element(&quote!(&())));
        let fields = fields::write(all, sides);
        return array(&quote! { #(#nulls)* #tag #fields });
    }
    let behind = usize::try_from(-at - 1).unwrap_or(0).min(all.len());
    let (front, back) = all.split_at(all.len() - behind);
    let (front, back) = (fields::write(front, sides), fields::write(back, sides));
    array(&quote! { #front #tag #back })
}

/// Tag and content at positions of their own, `null` at the others.
fn placed(
    tag_at: i64,
    content_at: i64,
    tag: &TokenStream,
    content: Option<&TokenStream>,
) -> TokenStream {
    let front = |at: i64| if at < 0 { 0 } else { at + 1 };
    let back = |at: i64| if at < 0 { -at } else { 0 };
    let needs_content = content.is_some() || content_at < tag_at || content_at < 0;
    let content_front = if needs_content { front(content_at) } else { 0 };
    let len = front(tag_at).max(content_front) + back(tag_at).max(back(content_at));
    let place = |at: i64| if at < 0 { len + at } else { at };
    let elements = (0..len).map(|at| match content {
        _ if at == place(tag_at) => element(tag),
        Some(content) if at == place(content_at) => element(content),
        _ => element(&quote!(&())),
    });
    array(&quote! { #(#elements)* })
}

fn other(input: &EnvelopeInput<'_>, variant: &Variant) -> TokenStream {
    let mut bindings = variant.fields.iter().map(|field| &field.binding);
    let name = format!("{}::{}", input.ident, variant.ident);
    match (&input.layout, bindings.next(), bindings.next()) {
        (Layout::Adjacent { tag: member, content: names }, Some(tag), Some(content)) => {
            let name = names.first();
            object(&quote! {
                serde::ser::SerializeMap::serialize_entry(&mut map, #member, #tag)?;
                if !tagged::Keep::is_absent(#content) {
                    serde::ser::SerializeMap::serialize_entry(&mut map, #name, #content)?;
                }
            })
        }
        (Layout::Routed { tags, content }, Some(tag), Some(value)) if !content.is_empty() => {
            let entry = |path: Option<&Vec<String>>, value: &TokenStream| {
                let path = path.map(Vec::as_slice).unwrap_or_default();
                let (head, tail) = (path.first(), path.get(1..).unwrap_or_default());
                quote! { serde::ser::SerializeMap::serialize_entry(&mut map, #head, &tagged::Nest(&[#(#tail),*], #value))?; }
            };
            let (tag, content) =
                (entry(tags.first(), &quote!(#tag)), entry(content.first(), &quote!(#value)));
            object(&quote! {
                #tag
                if !tagged::Keep::is_absent(#value) { #content }
            })
        }
        (_, Some(whole), None) | (_, Some(_), Some(whole)) => {
            quote!(serde::Serialize::serialize(#whole, serializer))
        }
        (_, None, _) => {
            let text =
                format!("{name} has not kept what it was read from, so it cannot be written");
            quote!(::core::result::Result::Err(serde::ser::Error::custom(#text)))
        }
    }
}
