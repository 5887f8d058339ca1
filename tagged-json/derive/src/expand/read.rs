//! The reading half of an enum of messages.

use proc_macro2::TokenStream;
use quote::quote;

use crate::ast::{EnvelopeInput, Layout, Style, Variant};
use crate::attr::{Len, Value};
use crate::expand::{Sides, fields, members, option};

pub(crate) fn message(input: &EnvelopeInput<'_>, sides: &Sides) -> TokenStream {
    let ident = input.ident;
    let (declare, _, bounds) = sides.read.split_for_impl();
    let (_, ty, _) = sides.own.split_for_impl();
    let constants = constants(input);
    let lookups = lookups(input);
    let content = content(input, sides);
    let absent = absent(input);
    let elements = elements(input, sides);
    let other = other(input);
    let module = match &input.layout {
        Layout::Adjacent { .. } => quote!(adjacent),
        Layout::Flat { .. } => quote!(flat),
        Layout::Array { .. } => quote!(array),
        Layout::Routed { .. } => quote!(routed),
        Layout::Present => quote!(present),
    };
    let inside = inside(input, &module);
    quote! {
        impl #declare tagged::Message<'de> for #ident #ty #bounds {
            #constants
            #lookups
            #content
            #absent
            #elements
            #inside
            #other
        }
        impl #declare serde::Deserialize<'de> for #ident #ty #bounds {
            #[inline]
            fn deserialize<D: serde::Deserializer<'de>>(
                deserializer: D,
            ) -> ::core::result::Result<Self, D::Error> {
                tagged::layout::#module(deserializer)
            }
        }
    }
}

fn constants(input: &EnvelopeInput<'_>) -> TokenStream {
    let name = input.ident.to_string();
    let variants = input.variants.iter().map(|variant| format!("{name}::{}", variant.ident));
    let known = input.variants.iter().filter(|variant| variant.other.is_none());
    let tags = known.filter_map(|variant| variant.tags.first()).map(|tag| literal(&tag.value));
    let strings = input
        .variants
        .iter()
        .flat_map(|variant| &variant.tags)
        .all(|tag| matches!(tag.value, Value::Str(_)));
    let tag = match &input.layout {
        Layout::Adjacent { tag, .. } | Layout::Flat { tag } => tag.clone(),
        Layout::Array { tag, .. } => tag.to_string(),
        Layout::Routed { tags, .. } => {
            tags.iter().map(|path| path.join(".")).collect::<Vec<_>>().join(" ")
        }
        Layout::Present => String::new(),
    };
    let place = match &input.layout {
        Layout::Adjacent { content, .. } => {
            quote! { const CONTENT: &'static [&'static str] = &[#(#content),*]; }
        }
        Layout::Flat { .. } | Layout::Present => TokenStream::new(),
        Layout::Routed { tags, content } => {
            let named = content.iter().map(|path| path.join("."));
            quote! {
                const CONTENT: &'static [&'static str] = &[#(#named),*];
                const TAG_PATHS: &'static [&'static [&'static str]] = &[#(&[#(#tags),*]),*];
                const CONTENT_PATHS: &'static [&'static [&'static str]] = &[#(&[#(#content),*]),*];
            }
        }
        Layout::Array { tag, content } => {
            let tag = isize_literal(*tag);
            let content = option(content.map(isize_literal));
            quote! {
                const TAG_AT: isize = #tag;
                const CONTENT_AT: ::core::option::Option<isize> = #content;
            }
        }
    };
    let (deny, embedded, list) = (input.deny.is_some(), input.embedded.is_some(), input.tag_list);
    let kept = input.variants.iter().find(|variant| variant.other.is_some());
    let (other, borrows) = (kept.is_some(), kept.is_some_and(borrows));
    let default = input.variants.iter().position(|variant| variant.default.is_some());
    let default = option(default.map(|at| quote!(#at)));
    quote! {
        const NAME: &'static str = #name;
        const VARIANTS: &'static [&'static str] = &[#(#variants),*];
        const TAGS: &'static [tagged::Literal] = &[#(#tags),*];
        const STRINGS: bool = #strings;
        const TAG: &'static str = #tag;
        #place
        const DENY: bool = #deny;
        const OTHER: bool = #other;
        const OTHER_BORROWS: bool = #borrows;
        const TAG_LIST: bool = #list;
        const EMBEDDED: bool = #embedded;
        const DEFAULT: ::core::option::Option<usize> = #default;
    }
}

/// Whether the content of an unknown message is kept as a reference.
fn borrows(variant: &Variant) -> bool {
    variant.fields.last().is_some_and(|field| matches!(field.ty, syn::Type::Reference(_)))
}

fn isize_literal(number: i64) -> TokenStream {
    let number = proc_macro2::Literal::i64_unsuffixed(number);
    quote!(#number)
}

pub(crate) fn literal(value: &Value) -> TokenStream {
    match value {
        Value::Str(text) => quote!(tagged::Literal::Str(#text)),
        Value::Int(number) => quote!(tagged::Literal::Int(#number)),
        Value::Bool(flag) => quote!(tagged::Literal::Bool(#flag)),
        Value::Pair(first, second) => {
            let both = pair(first, second);
            quote!(tagged::Literal::Str(#both))
        }
    }
}

/// Two tags as the one string under which they are looked up.
fn pair(first: &str, second: &str) -> String {
    format!("{first}\0{second}")
}

/// What a struct of siblings around the enum needs.
fn inside(input: &EnvelopeInput<'_>, module: &TokenStream) -> TokenStream {
    let wants = match &input.layout {
        Layout::Adjacent { .. } => quote!(name == Self::TAG || Self::CONTENT.contains(&name)),
        Layout::Flat { .. } => quote!(!sibling || name == Self::TAG),
        Layout::Present => quote!(!sibling || Self::by_str(name).is_some()),
        Layout::Array { .. } => quote!(false),
        Layout::Routed { tags, content } if content.is_empty() => {
            let heads = tags.iter().filter_map(|path| path.first());
            quote!(!sibling || [#(#heads),*].contains(&name))
        }
        Layout::Routed { tags, content } => {
            let heads = tags.iter().chain(content).filter_map(|path| path.first());
            quote!([#(#heads),*].contains(&name))
        }
    };
    let seq = if matches!(input.layout, Layout::Array { .. }) {
        quote!(tagged::inside::elements(source, seq))
    } else {
        quote! {{
            let _ = (source, seq);
            ::core::result::Result::Err(serde::de::Error::invalid_type(
                serde::de::Unexpected::Seq,
                &"an object",
            ))
        }}
    };
    quote! {
        fn from_map<A: serde::de::MapAccess<'de>>(
            source: tagged::Source<'_, 'de>,
            map: A,
        ) -> ::core::result::Result<Self, A::Error> {
            tagged::inside::#module(source, map)
        }
        fn from_seq<A: serde::de::SeqAccess<'de>>(
            source: tagged::Source<'_, 'de>,
            seq: A,
        ) -> ::core::result::Result<Self, A::Error> {
            #seq
        }
        #[inline]
        fn wants(name: &str, sibling: bool) -> bool {
            let _ = sibling;
            #wants
        }
    }
}

/// From a tag to the index of its variant.
fn lookups(input: &EnvelopeInput<'_>) -> TokenStream {
    let (mut strings, mut integers, mut booleans) = (Vec::new(), Vec::new(), Vec::new());
    for (at, variant) in
        input.variants.iter().enumerate().filter(|(_, variant)| variant.other.is_none())
    {
        let some = quote!(::core::option::Option::Some(#at));
        for tag in &variant.tags {
            match &tag.value {
                Value::Str(text) => strings.push(quote!(#text => #some,)),
                Value::Int(number) => {
                    let number = proc_macro2::Literal::i64_unsuffixed(*number);
                    integers.push(quote!(#number => #some,));
                }
                Value::Pair(first, second) => {
                    let both = pair(first, second);
                    strings.push(quote!(#both => #some,));
                }
                Value::Bool(flag) => booleans.push(quote!(#flag => #some,)),
            }
        }
    }
    let lookup = |name: TokenStream, ty: TokenStream, arms: Vec<TokenStream>| {
        quote! {
            #[inline]
            #[allow(unreachable_patterns, reason = "both booleans may be tags")]
            fn #name(tag: #ty) -> ::core::option::Option<usize> {
                match tag { #(#arms)* _ => ::core::option::Option::None }
            }
        }
    };
    let strings = lookup(quote!(by_str), quote!(&str), strings);
    let integers = lookup(quote!(by_int), quote!(i128), integers);
    let booleans = lookup(quote!(by_bool), quote!(bool), booleans);
    quote! { #strings #integers #booleans }
}

fn content(input: &EnvelopeInput<'_>, sides: &Sides) -> TokenStream {
    let ident = input.ident;
    let positional = matches!(input.layout, Layout::Array { content: None, .. });
    let arms = input
        .variants
        .iter()
        .enumerate()
        .filter(|(_, variant)| variant.other.is_none())
        .map(|(at, variant)| {
            let name = &variant.ident;
            let body = match variant.style {
                _ if positional => quote!(tagged::fields(#at, content)),
                Style::Unit => {
                    quote!(<() as serde::Deserialize>::deserialize(content).map(|()| #ident::#name))
                }
                Style::Newtype => {
                    quote!(serde::Deserialize::deserialize(content).map(#ident::#name))
                }
                Style::Tuple => quote!(tagged::fields(#at, content)),
                Style::Struct => members::read(input, variant, sides),
            };
            quote!(#at => #body,)
        });
    quote! {
        #[inline]
        fn content<D: serde::Deserializer<'de>>(
            index: usize,
            content: D,
        ) -> ::core::result::Result<Self, D::Error> {
            match index {
                #(#arms)*
                _ => ::core::result::Result::Err(serde::de::Error::custom("no such variant")),
            }
        }
    }
}

fn absent(input: &EnvelopeInput<'_>) -> TokenStream {
    let ident = input.ident;
    let arms = input.variants.iter().enumerate().filter(|(_, variant)| variant.other.is_none()).filter_map(|(at, variant)| {
        let name = &variant.ident;
        match variant.style {
            Style::Unit => Some(quote!(#at => ::core::option::Option::Some(#ident::#name),)),
            Style::Newtype if variant.fields.iter().all(|field| is_option(&field.ty)) => {
                Some(quote!(#at => ::core::option::Option::Some(#ident::#name(::core::option::Option::None)),))
            }
            Style::Newtype | Style::Tuple | Style::Struct => None,
        }
    });
    quote! {
        fn absent(index: usize) -> ::core::option::Option<Self> {
            match index { #(#arms)* _ => ::core::option::Option::None }
        }
    }
}

/// Serde knows an option by the last word of its type too.
fn is_option(ty: &syn::Type) -> bool {
    match ty {
        syn::Type::Path(path) => {
            path.path.segments.last().is_some_and(|last| last.ident == "Option")
        }
        _ => false,
    }
}

fn elements(input: &EnvelopeInput<'_>, sides: &Sides) -> TokenStream {
    let ident = input.ident;
    let positional = matches!(input.layout, Layout::Array { content: None, .. });
    let wanted = |variant: &Variant| {
        variant.other.is_none() && (positional || variant.style == Style::Tuple)
    };
    let arms = input.variants.iter().enumerate().filter(|(_, variant)| wanted(variant)).map(
        |(at, variant)| {
            let variant_ident = &variant.ident;
            let name = format!("{ident}::{variant_ident}");
            let body = fields::read(
                &variant.fields,
                Len::Exact,
                &name,
                &quote!(#ident::#variant_ident),
                sides,
            );
            quote!(#at => { #body })
        },
    );
    quote! {
        #[inline]
        fn elements<A: serde::de::SeqAccess<'de>>(
            index: usize,
            seq: tagged::Positions<A>,
        ) -> ::core::result::Result<Self, A::Error> {
            match index {
                #(#arms)*
                _ => ::core::result::Result::Err(serde::de::Error::custom("no such variant")),
            }
        }
    }
}

fn other(input: &EnvelopeInput<'_>) -> TokenStream {
    let ident = input.ident;
    let body = match input.variants.iter().find(|variant| variant.other.is_some()) {
        None => quote! {
            let _ = (tag, content);
            ::core::result::Result::Err(serde::de::Error::custom("no variant for unknown messages"))
        },
        Some(variant) => {
            let name = &variant.ident;
            let mut members = variant.fields.iter().map(|field| &field.member);
            let built = match (members.next(), members.next()) {
                (Some(tag), Some(content)) => {
                    quote!(#ident::#name { #tag: tagged::keep_tag(tag)?, #content: tagged::Keep::keep(content)? })
                }
                (Some(content), None) => {
                    quote!(#ident::#name { #content: tagged::Keep::keep(content)? })
                }
                _ => quote!(#ident::#name {}),
            };
            quote! {
                let _ = (&tag, &content);
                ::core::result::Result::Ok(#built)
            }
        }
    };
    quote! {
        fn other<E: serde::de::Error>(
            tag: tagged::Tag<'de>,
            content: ::core::option::Option<tagged::Captured<'de>>,
        ) -> ::core::result::Result<Self, E> {
            #body
        }
    }
}
