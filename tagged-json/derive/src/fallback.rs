//! The error, and stubs of the impls, so that it stays the only error.

use proc_macro2::TokenStream;
use quote::quote;
use syn::{DeriveInput, Error, GenericParam, Generics, Lifetime, LifetimeParam};

pub(crate) fn array(input: &DeriveInput, error: &Error) -> TokenStream {
    stub(input, error)
}

pub(crate) fn envelope(input: &DeriveInput, error: &Error) -> TokenStream {
    stub(input, error)
}

fn stub(input: &DeriveInput, error: &Error) -> TokenStream {
    let ident = &input.ident;
    let message = error.to_compile_error();
    let (write, ty, bounds) = input.generics.split_for_impl();
    let reading = with_de(&input.generics);
    let (read, _, _) = reading.split_for_impl();
    quote! {
        #message
        #[automatically_derived]
        const _: () = {
            use ::tagged_json::__private::serde as serde;
            impl #read serde::Deserialize<'de> for #ident #ty #bounds {
                fn deserialize<D: serde::Deserializer<'de>>(_: D) -> ::core::result::Result<Self, D::Error> {
                    ::core::unreachable!()
                }
            }
            impl #write serde::Serialize for #ident #ty #bounds {
                fn serialize<S: serde::Serializer>(&self, _: S) -> ::core::result::Result<S::Ok, S::Error> {
                    ::core::unreachable!()
                }
            }
        };
    }
}

/// The generics with `'de`, which outlives every lifetime of the type.
pub(crate) fn with_de(generics: &Generics) -> Generics {
    let mut reading = generics.clone();
    let mut de = LifetimeParam::new(Lifetime::new("'de", proc_macro2::Span::call_site()));
    de.bounds.extend(generics.lifetimes().map(|param| param.lifetime.clone()));
    reading.params.insert(0, GenericParam::Lifetime(de));
    reading
}
