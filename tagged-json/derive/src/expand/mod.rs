//! Checked input to code.

mod around;
pub(crate) mod array;
pub(crate) mod envelope;
mod fields;
mod kind;
mod members;
mod read;
mod write;

use proc_macro2::{Span, TokenStream, TokenTree};
use quote::{ToTokens, quote};
use syn::{GenericParam, Generics, Ident, Path, parse_quote};

use crate::fallback;

/// The generics of the two impls.
struct Sides {
    read: Generics,
    write: Generics,
    own: Generics,
}

impl Sides {
    fn new(generics: &Generics, krate: &Path) -> Self {
        let bounded = |mut generics: Generics, bound: TokenStream| {
            for param in generics.type_params_mut() {
                param.bounds.push(parse_quote!(#bound));
            }
            generics
        };
        let serde = quote!(#krate::__private::serde);
        Sides {
            read: bounded(fallback::with_de(generics), quote!(#serde::Deserialize<'de>)),
            write: bounded(generics.clone(), quote!(#serde::Serialize)),
            own: generics.clone(),
        }
    }
}

/// A type that mentions every parameter, so that a helper struct may carry them all.
fn phantom(generics: &Generics) -> TokenStream {
    let each = generics.params.iter().filter_map(|param| match param {
        GenericParam::Lifetime(param) => {
            let lifetime = &param.lifetime;
            Some(quote!(&#lifetime ()))
        }
        GenericParam::Type(param) => {
            let ident = &param.ident;
            Some(quote!(*const #ident))
        }
        GenericParam::Const(_) => None,
    });
    quote!(::core::marker::PhantomData<(#(#each,)*)>)
}

/// The parameters as arguments.
fn names(generics: &Generics) -> Vec<TokenStream> {
    let name = |param: &GenericParam| match param {
        GenericParam::Lifetime(param) => param.lifetime.to_token_stream(),
        GenericParam::Type(param) => param.ident.to_token_stream(),
        GenericParam::Const(param) => param.ident.to_token_stream(),
    };
    generics.params.iter().map(name).collect()
}

/// The parameters that a type mentions, for a function that has nothing else to infer them from.
fn mentioned(generics: &Generics, ty: &syn::Type) -> Generics {
    let words: Vec<String> = words(ty.to_token_stream());
    let mut kept = generics.clone();
    let params = generics.params.iter().zip(names(generics));
    let params = params.filter(|(_, name)| words.contains(&name.to_string()));
    kept.params = params.map(|(param, _)| param.clone()).collect();
    kept.where_clause = None;
    kept
}

fn words(tokens: TokenStream) -> Vec<String> {
    let mut found = Vec::new();
    let mut lifetime = false;
    for token in tokens {
        match token {
            TokenTree::Group(group) => found.extend(words(group.stream())),
            TokenTree::Ident(ident) if lifetime => found.push(format!("'{ident}")),
            TokenTree::Ident(ident) => found.push(ident.to_string()),
            TokenTree::Punct(punct) => {
                lifetime = punct.as_char() == '\'';
                continue;
            }
            TokenTree::Literal(_) => {}
        }
        lifetime = false;
    }
    found
}

/// Wraps impls so that nothing they need leaks.
fn block(krate: &Path, impls: &TokenStream) -> TokenStream {
    quote! {
        #[automatically_derived]
        #[allow(
            clippy::all, clippy::pedantic, clippy::nursery, clippy::restriction,
            non_camel_case_types, unused_qualifications, unused_lifetimes, missing_docs, dead_code,
            reason = "generated"
        )]
        const _: () = {
            use #krate::__private as tagged;
            use #krate::__private::serde as serde;
            #impls
        };
    }
}

/// An option in code.
fn option(value: Option<TokenStream>) -> TokenStream {
    value.map_or_else(
        || quote!(::core::option::Option::None),
        |value| quote!(::core::option::Option::Some(#value)),
    )
}

fn ident(name: &str) -> Ident {
    Ident::new(name, Span::call_site())
}
