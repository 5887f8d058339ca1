//! The tags as an enum of their own.

use proc_macro2::{Ident, TokenStream};
use quote::quote;

use crate::ast::EnvelopeInput;
use crate::expand::{Sides, read};

/// The enum, which its user names and sees.
pub(crate) fn declare(input: &EnvelopeInput<'_>, kind: &Ident) -> TokenStream {
    let (vis, ident) = (input.vis, input.ident);
    let doc = format!("The kinds of [`{ident}`], by tag.");
    let variants = input.variants.iter().map(|variant| {
        let name = &variant.ident;
        let doc = format!("[`{ident}::{name}`]");
        quote!(#[doc = #doc] #name)
    });
    quote! {
        #[doc = #doc]
        #[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
        #vis enum #kind { #(#variants),* }
    }
}

/// What it can do.
pub(crate) fn implement(input: &EnvelopeInput<'_>, kind: &Ident, sides: &Sides) -> TokenStream {
    let ident = input.ident;
    let (declare, ty, bounds) = sides.own.split_for_impl();
    let of = input.variants.iter().map(|variant| {
        let name = &variant.ident;
        quote!(#ident::#name { .. } => #kind::#name)
    });
    let known: Vec<_> = input.variants.iter().filter(|variant| variant.other.is_none()).collect();
    let names = known.iter().map(|variant| &variant.ident);
    let tags = known.iter().map(|variant| {
        let name = &variant.ident;
        let tag = variant.tags.first().map(|tag| read::literal(&tag.value));
        quote!(#kind::#name => ::core::option::Option::Some(#tag))
    });
    let arms = known.iter().flat_map(|variant| {
        let name = &variant.ident;
        variant.tags.iter().map(move |tag| {
            let tag = read::literal(&tag.value);
            quote!(if *tag == tagged::Tag::from(#tag) { return ::core::option::Option::Some(#kind::#name); })
        })
    });
    let kept = input.variants.iter().find(|variant| variant.other.is_some()).map(|variant| {
        let name = &variant.ident;
        quote!(::core::result::Result::Ok(#kind::#name))
    });
    let other = kept.unwrap_or_else(|| {
        quote!(::core::result::Result::Err(tagged::unknown_kind(&tag, &Self::TAGS)))
    });
    let count = known.len();
    let literals = known
        .iter()
        .filter_map(|variant| variant.tags.first())
        .map(|tag| read::literal(&tag.value));
    let vis = input.vis;
    quote! {
        impl #declare #ident #ty #bounds {
            /// The kind of this message.
            #vis fn kind(&self) -> #kind {
                match self { #(#of),* }
            }
        }
        impl #kind {
            /// Every kind that has a tag.
            #vis const ALL: [#kind; #count] = [#(#kind::#names),*];
            const TAGS: [tagged::Literal; #count] = [#(#literals),*];
            /// The tag that is written; `None` for unknown messages.
            #vis fn tag(self) -> ::core::option::Option<tagged::Tag<'static>> {
                let literal = match self { #(#tags,)* _ => ::core::option::Option::None };
                ::core::option::Option::map(literal, ::core::convert::From::<tagged::Literal>::from)
            }
            /// The kind of a tag, aliases included.
            #vis fn from_tag(tag: &tagged::Tag<'_>) -> ::core::option::Option<Self> {
                #(#arms)*
                ::core::option::Option::None
            }
        }
        impl ::core::fmt::Display for #kind {
            fn fmt(&self, f: &mut ::core::fmt::Formatter<'_>) -> ::core::fmt::Result {
                match self.tag() {
                    ::core::option::Option::Some(tag) => ::core::fmt::Display::fmt(&tag, f),
                    ::core::option::Option::None => f.write_str("(unknown)"),
                }
            }
        }
        impl serde::Serialize for #kind {
            fn serialize<S: serde::Serializer>(
                &self,
                serializer: S,
            ) -> ::core::result::Result<S::Ok, S::Error> {
                serde::Serialize::serialize(&self.tag(), serializer)
            }
        }
        impl<'de> serde::Deserialize<'de> for #kind {
            fn deserialize<D: serde::Deserializer<'de>>(
                deserializer: D,
            ) -> ::core::result::Result<Self, D::Error> {
                let tag = <tagged::Tag<'de> as serde::Deserialize<'de>>::deserialize(deserializer)?;
                match Self::from_tag(&tag) {
                    ::core::option::Option::Some(kind) => ::core::result::Result::Ok(kind),
                    ::core::option::Option::None => #other,
                }
            }
        }
    }
}
