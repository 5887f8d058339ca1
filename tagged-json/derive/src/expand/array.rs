//! `#[derive(Array)]`

use proc_macro2::TokenStream;
use quote::quote;
use syn::{DeriveInput, Result};

use crate::ast::ArrayInput;
use crate::expand::{Sides, block, fields};
use crate::valid;

pub(crate) fn derive(input: &DeriveInput) -> Result<TokenStream> {
    let input = ArrayInput::parse(input)?;
    valid::array(&input)?;
    let sides = Sides::new(input.generics, &input.krate);
    let read = read(&input, &sides);
    let write = write(&input, &sides);
    Ok(block(&input.krate, &quote!(#read #write)))
}

fn read(input: &ArrayInput<'_>, sides: &Sides) -> TokenStream {
    let ident = input.ident;
    let name = ident.to_string();
    let (declare, _, bounds) = sides.read.split_for_impl();
    let (_, ty, _) = sides.own.split_for_impl();
    let elements = fields::read(&input.fields, input.len, &name, &quote!(#ident), sides);
    quote! {
        impl #declare tagged::Elements<'de> for #ident #ty #bounds {
            const NAME: &'static str = #name;
            #[inline]
            fn elements<A: serde::de::SeqAccess<'de>>(
                seq: tagged::Positions<A>,
            ) -> ::core::result::Result<Self, A::Error> {
                #elements
            }
        }
        impl #declare serde::Deserialize<'de> for #ident #ty #bounds {
            #[inline]
            fn deserialize<D: serde::Deserializer<'de>>(
                deserializer: D,
            ) -> ::core::result::Result<Self, D::Error> {
                tagged::deserialize_array(deserializer)
            }
        }
    }
}

fn write(input: &ArrayInput<'_>, sides: &Sides) -> TokenStream {
    let ident = input.ident;
    let (declare, ty, bounds) = sides.write.split_for_impl();
    let members = input.fields.iter().map(|field| {
        let (member, binding) = (&field.member, &field.binding);
        quote!(#member: #binding)
    });
    let fields = fields::write(&input.fields, sides);
    quote! {
        impl #declare serde::Serialize for #ident #ty #bounds {
            fn serialize<S: serde::Serializer>(
                &self,
                serializer: S,
            ) -> ::core::result::Result<S::Ok, S::Error> {
                let #ident { #(#members),* } = self;
                let mut seq = serde::Serializer::serialize_seq(serializer, ::core::option::Option::None)?;
                #fields
                serde::ser::SerializeSeq::end(seq)
            }
        }
    }
}
