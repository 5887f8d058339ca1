//! `#[derive(Envelope)]` on a struct around an enum of messages.

use proc_macro2::TokenStream;
use quote::quote;
use syn::{DeriveInput, Result};

use crate::ast::{AroundInput, Field, Place};
use crate::expand::{Sides, block, ident, members, phantom};

pub(crate) fn derive(input: &DeriveInput) -> Result<TokenStream> {
    let input = AroundInput::parse(input)?;
    let sides = Sides::new(input.generics, &input.krate);
    let read = read(&input, &sides);
    let write = if input.elements().next().is_some() {
        write_elements(&input, &sides)
    } else {
        write_members(&input, &sides)
    };
    Ok(block(&input.krate, &quote!(#read #write)))
}

fn read(input: &AroundInput<'_>, sides: &Sides) -> TokenStream {
    let (ident, body) = (input.ident, &input.body);
    let name = ident.to_string();
    let (declare, _, bounds) = sides.read.split_for_impl();
    let (own, ty, own_bounds) = sides.own.split_for_impl();
    let phantom = phantom(&sides.own);
    let attrs = members::container(&input.krate, &input.serde, None, &name);
    let fields = input.members().map(|field| members::declare_one(field, sides));
    let (body_member, body_ty) = (&body.member, &body.ty);
    let extra = input.extra.as_ref().map(|field| {
        let member = &field.member;
        quote!(#member: serde::Deserialize::deserialize(extra)?,)
    });
    let keeps = input.extra.is_some();
    let from_members = input.members().map(|field| {
        let member = &field.member;
        quote!(#member: members.#member)
    });
    let positions = input.elements().map(|(_, at)| at);
    let from_elements = input.elements().map(|(field, at)| {
        let (member, name) = (&field.member, &field.name);
        quote!(#member: tagged::Kept::take(elements, #at, #name)?)
    });
    let (from_members, from_elements) = if input.elements().next().is_some() {
        let refuse = quote! {
            let _ = (body, members, extra);
            ::core::result::Result::Err(serde::de::Error::custom("an array was expected"))
        };
        (
            refuse,
            quote!(::core::result::Result::Ok(Self { #body_member: body, #(#from_elements),* })),
        )
    } else {
        let refuse = quote! {
            let _ = (body, elements);
            ::core::result::Result::Err(serde::de::Error::custom("an object was expected"))
        };
        let made = quote! {
            let _ = &extra;
            ::core::result::Result::Ok(Self { #body_member: body, #extra #(#from_members),* })
        };
        (made, refuse)
    };
    quote! {
        #[derive(serde::Deserialize)]
        #attrs
        pub struct Siblings #own #own_bounds {
            #(#fields,)*
            #[serde(skip)]
            __phantom: #phantom,
        }
        impl #declare tagged::Around<'de> for #ident #ty #bounds {
            const NAME: &'static str = #name;
            const POSITIONS: &'static [usize] = &[#(#positions),*];
            const EXTRA: bool = #keeps;
            type Body = #body_ty;
            type Members = Siblings #ty;

            fn from_members<D: serde::Deserializer<'de>>(
                body: #body_ty,
                members: Siblings #ty,
                extra: D,
            ) -> ::core::result::Result<Self, D::Error> {
                #from_members
            }
            fn from_elements<E: serde::de::Error>(
                body: #body_ty,
                elements: &mut tagged::Kept<'de>,
            ) -> ::core::result::Result<Self, E> {
                #from_elements
            }
        }
        impl #declare serde::Deserialize<'de> for #ident #ty #bounds {
            fn deserialize<D: serde::Deserializer<'de>>(
                deserializer: D,
            ) -> ::core::result::Result<Self, D::Error> {
                tagged::layout::around(deserializer)
            }
        }
    }
}

/// The siblings in front of the body, the body, and the siblings behind it.
fn write_members(input: &AroundInput<'_>, sides: &Sides) -> TokenStream {
    let ident = input.ident;
    let (declare, ty, bounds) = sides.write.split_for_impl();
    let name = ident.to_string();
    let attrs = members::container(&input.krate, &input.serde, None, &name);
    let (front, back): (Vec<&Field>, Vec<&Field>) =
        input.members().partition(|field| field.at < input.body.at);
    let value = |fields: &[&Field]| members::by_reference(fields, &attrs, sides);
    let (front, back) = (value(&front), value(&back));
    let bindings = input.fields().map(|field| {
        let (member, binding) = (&field.member, &field.binding);
        quote!(#member: #binding)
    });
    let (body, body_ty) = (&input.body.binding, &input.body.ty);
    let extra = input.extra.as_ref().map(|field| {
        let binding = &field.binding;
        quote! { serde::Serialize::serialize(#binding, tagged::IntoMap(&mut map))?; }
    });
    quote! {
        impl #declare serde::Serialize for #ident #ty #bounds {
            fn serialize<S: serde::Serializer>(
                &self,
                serializer: S,
            ) -> ::core::result::Result<S::Ok, S::Error> {
                let #ident { #(#bindings),* } = self;
                let (front, back) = (#front, #back);
                let mut map = serde::Serializer::serialize_map(serializer, ::core::option::Option::None)?;
                serde::Serialize::serialize(&front, tagged::IntoMap(&mut map))?;
                let shared = <#body_ty as tagged::Shape>::SHARED;
                if shared.is_empty() {
                    serde::Serialize::serialize(#body, tagged::IntoMap(&mut map))?;
                } else {
                    // A member that holds the tag among other things is the sibling's to write.
                    let mut names = tagged::written(&front)?;
                    names.extend(tagged::written(&back)?);
                    let names: ::std::vec::Vec<&str> = shared
                        .iter()
                        .copied()
                        .filter(|name| names.iter().any(|other| other == name))
                        .collect();
                    let mut others = tagged::Without::new(&mut map, &names);
                    serde::Serialize::serialize(#body, tagged::IntoMap(&mut others))?;
                }
                serde::Serialize::serialize(&back, tagged::IntoMap(&mut map))?;
                #extra
                serde::ser::SerializeMap::end(map)
            }
        }
    }
}

fn write_elements(input: &AroundInput<'_>, sides: &Sides) -> TokenStream {
    let name = input.ident;
    let (declare, ty, bounds) = sides.write.split_for_impl();
    let mut bounded = sides.write.clone();
    bounded.params.insert(0, syn::parse_quote!('__value));
    let mut plain = sides.own.clone();
    plain.params.insert(0, syn::parse_quote!('__value));
    let (implement, _, wheres) = bounded.split_for_impl();
    let (own, own_ty, own_bounds) = plain.split_for_impl();
    let writer = ident("Elements");
    let arms = input.elements().map(|(field, at)| {
        let member = &field.member;
        quote! {
            #at => {
                serde::ser::SerializeSeq::serialize_element(seq, &self.0.#member)?;
                ::core::result::Result::Ok(true)
            }
        }
    });
    let body = &input.body.member;
    quote! {
        struct #writer #own (&'__value #name #ty) #own_bounds;
        impl #implement tagged::WriteAt for #writer #own_ty #wheres {
            fn write_at<S: serde::ser::SerializeSeq>(
                &self,
                at: usize,
                seq: &mut S,
            ) -> ::core::result::Result<bool, S::Error> {
                match at { #(#arms)* _ => ::core::result::Result::Ok(false) }
            }
        }
        impl #declare serde::Serialize for #name #ty #bounds {
            fn serialize<S: serde::Serializer>(
                &self,
                serializer: S,
            ) -> ::core::result::Result<S::Ok, S::Error> {
                let seq = serde::Serializer::serialize_seq(serializer, ::core::option::Option::None)?;
                tagged::Beside::new(seq, &#writer(self)).write(&self.#body)
            }
        }
    }
}

impl AroundInput<'_> {
    fn fields(&self) -> impl Iterator<Item = &Field> {
        self.siblings.iter().map(|(field, _)| field).chain([&self.body]).chain(&self.extra)
    }

    fn members(&self) -> impl Iterator<Item = &Field> {
        self.siblings
            .iter()
            .filter(|(_, place)| matches!(place, Place::Member))
            .map(|(field, _)| field)
    }

    fn elements(&self) -> impl Iterator<Item = (&Field, usize)> {
        self.siblings.iter().filter_map(|(field, place)| match place {
            Place::At(at) => Some((field, *at)),
            Place::Member => None,
        })
    }
}
