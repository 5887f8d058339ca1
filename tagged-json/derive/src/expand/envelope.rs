//! `#[derive(Envelope)]`

use proc_macro2::TokenStream;
use quote::quote;
use syn::{Data, DeriveInput, Result};

use crate::ast::EnvelopeInput;
use crate::expand::{Sides, around, block, kind, read, write};
use crate::valid;

pub(crate) fn derive(input: &DeriveInput) -> Result<TokenStream> {
    if matches!(input.data, Data::Struct(_)) {
        return around::derive(input);
    }
    let input = EnvelopeInput::parse(input)?;
    valid::envelope(&input)?;
    let sides = Sides::new(input.generics, &input.krate);
    let read = read::message(&input, &sides);
    let write = write::message(&input, &sides);
    let declared = input.kind.as_ref().map(|kind| kind::declare(&input, kind));
    let kind = input.kind.as_ref().map(|kind| kind::implement(&input, kind, &sides));
    let block = block(&input.krate, &quote!(#read #write #kind));
    Ok(quote!(#declared #block))
}
