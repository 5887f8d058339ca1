//! Fields that are positions of an array.

use proc_macro2::TokenStream;
use quote::{format_ident, quote};

use crate::ast::Field;
use crate::attr::{Len, Role};
use crate::expand::{Sides, names, option, phantom};

/// Reads `fields` from `seq: Positions<A>` and builds `path { ... }`.
pub(crate) fn read(
    fields: &[Field],
    len: Len,
    name: &str,
    path: &TokenStream,
    sides: &Sides,
) -> TokenStream {
    let rest = fields.iter().any(|field| matches!(field.role(), Some(Role::Rest)));
    let has_to = |field: &&Field| matches!(field.role(), None | Some(Role::Hole));
    let min = if len == Len::Ignore { 0 } else { fields.iter().filter(has_to).count() };
    let count = fields.len();
    let max = option((!rest && len == Len::Exact).then(|| quote!(#count)));
    let each = fields.iter().map(|field| read_one(field, len, sides));
    let members = fields.iter().map(|field| {
        let (member, binding) = (&field.member, &field.binding);
        quote!(#member: #binding)
    });
    quote! {
        let mut seq = tagged::Positions::of(seq, #name, #min, #max);
        #(#each)*
        tagged::Positions::finish(seq)?;
        ::core::result::Result::Ok(#path { #(#members),* })
    }
}

fn read_one(field: &Field, len: Len, sides: &Sides) -> TokenStream {
    let (binding, ty, name) = (&field.binding, &field.ty, &field.name);
    let seed = format_ident!("Seed{binding}");
    let with = field.read.as_ref().map(|path| {
        let (declare, _, bounds) = sides.read.split_for_impl();
        let (own, own_ty, own_bounds) = sides.own.split_for_impl();
        let phantom = phantom(&sides.own);
        quote! {
            struct #seed #own (#phantom) #own_bounds;
            impl #declare serde::de::DeserializeSeed<'de> for #seed #own_ty #bounds {
                type Value = #ty;
                fn deserialize<D: serde::Deserializer<'de>>(
                    self,
                    deserializer: D,
                ) -> ::core::result::Result<#ty, D::Error> {
                    #path(deserializer)
                }
            }
        }
    });
    let params = names(&sides.own);
    let seed =
        field.read.as_ref().map(|_| quote!(, #seed::<#(#params),*>(::core::marker::PhantomData)));
    let call = |method: &str| {
        let method = format_ident!("{method}{}", if seed.is_some() { "_seed" } else { "" });
        quote!(tagged::Positions::#method(&mut seq, #name #seed)?)
    };
    let value = match field.role() {
        None if len == Len::Ignore => {
            let optional = call("optional");
            quote!(::core::option::Option::unwrap_or_default(#optional))
        }
        None => call("required"),
        Some(Role::Default(None)) => {
            let optional = call("optional");
            quote!(::core::option::Option::unwrap_or_default(#optional))
        }
        Some(Role::Default(Some(path))) => {
            let optional = call("optional");
            quote!(::core::option::Option::unwrap_or_else(#optional, #path))
        }
        Some(Role::Optional) => {
            let optional = call("optional");
            quote!(::core::option::Option::flatten(#optional))
        }
        Some(Role::Rest) => quote!(tagged::Positions::rest(&mut seq, #name)?),
        Some(Role::Hole) => quote!({
            tagged::Positions::hole(&mut seq)?;
            ::core::default::Default::default()
        }),
    };
    quote! { #with let #binding: #ty = #value; }
}

/// Writes `fields`, bound to references by name, into `seq: impl SerializeSeq`.
pub(crate) fn write(fields: &[Field], sides: &Sides) -> TokenStream {
    let optional: Vec<_> =
        fields.iter().filter(|field| matches!(field.role(), Some(Role::Optional))).collect();
    // An optional field is written if it, or one behind it, is there.
    let last = optional.iter().enumerate().map(|(at, field)| {
        let (binding, count) = (&field.binding, at + 1);
        quote! { if ::core::option::Option::is_some(#binding) { optional = #count; } }
    });
    let count = (!optional.is_empty()).then(|| quote! { let mut optional = 0_usize; #(#last)* });
    let each = fields.iter().map(|field| {
        let write = write_one(field, sides);
        match optional.iter().position(|other| other.binding == field.binding) {
            Some(at) => quote! { if optional > #at { #write } },
            None => write,
        }
    });
    quote! { #count #(#each)* }
}

fn write_one(field: &Field, sides: &Sides) -> TokenStream {
    let (binding, ty) = (&field.binding, &field.ty);
    match (field.role(), &field.write) {
        (Some(Role::Hole), _) => {
            quote! { serde::ser::SerializeSeq::serialize_element(&mut seq, &())?; }
        }
        (Some(Role::Rest), _) => {
            quote! { serde::Serialize::serialize(#binding, tagged::IntoSeq(&mut seq))?; }
        }
        (_, None) => quote! { serde::ser::SerializeSeq::serialize_element(&mut seq, #binding)?; },
        (_, Some(path)) => {
            let mut own = sides.own.clone();
            own.params.insert(0, syn::parse_quote!('__value));
            let mut bounded = sides.write.clone();
            bounded.params.insert(0, syn::parse_quote!('__value));
            let (declare, own_ty, bounds) = own.split_for_impl();
            let (declare_bounded, _, bounds_write) = bounded.split_for_impl();
            let phantom = phantom(&sides.own);
            let params = names(&sides.own);
            quote! {{
                struct With #declare (&'__value #ty, #phantom) #bounds;
                impl #declare_bounded serde::Serialize for With #own_ty #bounds_write {
                    fn serialize<S: serde::Serializer>(
                        &self,
                        serializer: S,
                    ) -> ::core::result::Result<S::Ok, S::Error> {
                        #path(self.0, serializer)
                    }
                }
                serde::ser::SerializeSeq::serialize_element(
                    &mut seq,
                    &With::<'_, #(#params),*>(#binding, ::core::marker::PhantomData),
                )?;
            }}
        }
    }
}
