//! The derives of `tagged-json`; their documentation is there.

mod ast;
mod attr;
mod case;
mod expand;
mod fallback;
mod valid;

use proc_macro::TokenStream;
use syn::{DeriveInput, parse_macro_input};

/// Reads a struct from a JSON array and writes it as one; see `tagged_json::Array`.
#[proc_macro_derive(Array, attributes(array, serde))]
pub fn derive_array(input: TokenStream) -> TokenStream {
    let input = parse_macro_input!(input as DeriveInput);
    expand::array::derive(&input).unwrap_or_else(|error| fallback::array(&input, &error)).into()
}

/// Reads an enum from enveloped messages and writes it as such; see `tagged_json::Envelope`.
#[proc_macro_derive(Envelope, attributes(envelope, array, serde))]
pub fn derive_envelope(input: TokenStream) -> TokenStream {
    let input = parse_macro_input!(input as DeriveInput);
    expand::envelope::derive(&input)
        .unwrap_or_else(|error| fallback::envelope(&input, &error))
        .into()
}
