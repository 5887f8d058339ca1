//! Fields of a variant that are members of an object: serde's own derive does them, on a helper.

use proc_macro2::TokenStream;
use quote::{format_ident, quote};
use syn::punctuated::Punctuated;
use syn::{Attribute, ExprPath, LitStr, Meta, Token};

use crate::ast::{EnvelopeInput, Field, Variant};
use crate::expand::{Sides, ident, mentioned, names, phantom};

/// Reads `content` as the named fields of `variant`.
pub(crate) fn read(input: &EnvelopeInput<'_>, variant: &Variant, sides: &Sides) -> TokenStream {
    let helper = ident("Members");
    let (enum_ident, variant_ident) = (input.ident, &variant.ident);
    let name = format!("{enum_ident}::{variant_ident}");
    let attrs = variant_container(input, variant, &name);
    let fields = variant.fields.iter().map(|field| declare_one(field, sides));
    let (declare, own_ty, bounds) = sides.own.split_for_impl();
    let phantom = phantom(&sides.own);
    let members = variant.fields.iter().map(|field| {
        let member = &field.member;
        quote!(#member: members.#member)
    });
    quote! {{
        #[derive(serde::Deserialize)]
        #attrs
        struct #helper #declare #bounds {
            #(#fields,)*
            #[serde(skip)]
            __phantom: #phantom,
        }
        let members: #helper #own_ty = serde::Deserialize::deserialize(content)?;
        ::core::result::Result::Ok(#enum_ident::#variant_ident { #(#members),* })
    }}
}

/// A field of a helper that is read. It borrows whatever it can: serde asks for a word.
pub(crate) fn declare_one(field: &Field, sides: &Sides) -> TokenStream {
    let (attrs, member, ty) = (&field.serde, &field.member, &field.ty);
    let has = |names: &[&str]| {
        let mut options = attrs.iter().flat_map(options);
        options.any(|meta| names.iter().any(|name| meta.path().is_ident(name)))
    };
    let lends = mentioned(&sides.own, ty).lifetimes().next().is_some();
    let borrow = (lends && !has(&["borrow", "skip", "skip_deserializing"]))
        .then(|| quote!(#[serde(borrow)]));
    quote!(#(#attrs)* #borrow #member: #ty)
}

/// An expression that serializes the named fields, bound to references, as an object.
pub(crate) fn write(input: &EnvelopeInput<'_>, variant: &Variant, sides: &Sides) -> TokenStream {
    let name = format!("{}::{}", input.ident, variant.ident);
    let attrs = variant_container(input, variant, &name);
    by_reference(&variant.fields.iter().collect::<Vec<_>>(), &attrs, sides)
}

/// A value that holds references to `fields` and serializes as an object.
pub(crate) fn by_reference(fields: &[&Field], attrs: &TokenStream, sides: &Sides) -> TokenStream {
    let mut own = sides.own.clone();
    own.params.insert(0, syn::parse_quote!('__value));
    let (declare, _, bounds) = own.split_for_impl();
    let phantom = phantom(&sides.own);
    let params = names(&sides.own);
    let mut wrappers = TokenStream::new();
    let mut declared = TokenStream::new();
    for field in fields {
        let (member, ty) = (&field.member, &field.ty);
        let attrs = lent(field, &mut wrappers, sides);
        declared.extend(quote!(#attrs #member: &'__value #ty,));
    }
    let members = fields.iter().map(|field| {
        let (member, binding) = (&field.member, &field.binding);
        quote!(#member: #binding)
    });
    quote! {{
        #wrappers
        #[derive(serde::Serialize)]
        #attrs
        struct Members #declare #bounds {
            #declared
            #[serde(skip)]
            __phantom: #phantom,
            #[serde(skip)]
            __value: ::core::marker::PhantomData<&'__value ()>,
        }
        Members::<'_, #(#params),*> {
            #(#members,)*
            __phantom: ::core::marker::PhantomData,
            __value: ::core::marker::PhantomData,
        }
    }}
}

fn variant_container(input: &EnvelopeInput<'_>, variant: &Variant, name: &str) -> TokenStream {
    container(&input.krate, &variant.serde, input.rename_all_fields.as_ref(), name)
}

/// The attributes of a helper struct.
pub(crate) fn container(
    krate: &syn::Path,
    attrs: &[Attribute],
    rename_all_fields: Option<&LitStr>,
    name: &str,
) -> TokenStream {
    let path = quote!(#krate::__private::serde).to_string().replace(' ', "");
    let own_case = attrs
        .iter()
        .any(|attr| options(attr).iter().any(|meta| meta.path().is_ident("rename_all")));
    let case =
        rename_all_fields.filter(|_| !own_case).map(|case| quote!(#[serde(rename_all = #case)]));
    quote! {
        #[serde(crate = #path, rename = #name)]
        #case
        #(#attrs)*
    }
}

fn options(attr: &Attribute) -> Vec<Meta> {
    attr.parse_args_with(Punctuated::<Meta, Token![,]>::parse_terminated)
        .map(|options| options.into_iter().collect())
        .unwrap_or_default()
}

/// The field's attributes, with functions of `&T` made functions of `&&T`.
fn lent(field: &Field, wrappers: &mut TokenStream, sides: &Sides) -> TokenStream {
    let mut kept = Vec::new();
    for meta in field.serde.iter().flat_map(options) {
        let function = |meta: &Meta| match meta {
            Meta::NameValue(pair) => {
                let value = &pair.value;
                syn::parse2::<LitStr>(quote!(#value))
                    .ok()
                    .and_then(|text| text.parse::<ExprPath>().ok())
            }
            Meta::Path(_) | Meta::List(_) => None,
        };
        let wrapper = format_ident!("{}_{}", field.binding, wrappers_name(&meta));
        let ty = &field.ty;
        let call = match (function(&meta), meta.path()) {
            (Some(module), path) if path.is_ident("with") => Some(quote!(#module::serialize)),
            (Some(function), path) if path.is_ident("serialize_with") => Some(quote!(#function)),
            (Some(function), path) if path.is_ident("skip_serializing_if") => {
                wrappers.extend(generic_fn(&wrapper, sides, ty, &function));
                let text = wrapper.to_string();
                kept.push(quote!(skip_serializing_if = #text));
                continue;
            }
            _ => None,
        };
        if let Some(call) = call {
            wrappers.extend(generic_serialize(&wrapper, sides, ty, &call));
            let text = wrapper.to_string();
            kept.push(quote!(serialize_with = #text));
        } else if !["borrow", "default", "deserialize_with", "alias"]
            .iter()
            .any(|name| meta.path().is_ident(name))
        {
            kept.push(quote!(#meta));
        }
    }
    quote!(#[serde(#(#kept),*)])
}

fn wrappers_name(meta: &Meta) -> String {
    meta.path().get_ident().map(ToString::to_string).unwrap_or_default()
}

fn generic_fn(
    name: &syn::Ident,
    sides: &Sides,
    ty: &syn::Type,
    function: &ExprPath,
) -> TokenStream {
    let generics = mentioned(&sides.own, ty);
    let (declare, _, _) = generics.split_for_impl();
    quote! { fn #name #declare (value: &&#ty) -> bool { #function(*value) } }
}

fn generic_serialize(
    name: &syn::Ident,
    sides: &Sides,
    ty: &syn::Type,
    call: &TokenStream,
) -> TokenStream {
    let mut generics = mentioned(&sides.write, ty);
    generics.params.push(syn::parse_quote!(__S: serde::Serializer));
    let (declare, _, _) = generics.split_for_impl();
    quote! {
        fn #name #declare (
            value: &&#ty,
            serializer: __S,
        ) -> ::core::result::Result<__S::Ok, __S::Error> {
            #call(*value, serializer)
        }
    }
}
