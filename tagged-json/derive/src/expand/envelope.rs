//! `#[derive(Envelope)]`

use proc_macro2::TokenStream;
use quote::quote;
use syn::{DeriveInput, Result};

use crate::ast::EnvelopeInput;
use crate::expand::{Sides, block, read, write};
use crate::valid;

pub(crate) fn derive(input: &DeriveInput) -> Result<TokenStream> {
    let input = EnvelopeInput::parse(input)?;
    valid::envelope(&input)?;
    let sides = Sides::new(input.generics, &input.krate);
    let read = read::message(&input, &sides);
    let write = write::message(&input, &sides);
    Ok(block(&input.krate, &quote!(#read #write)))
}
