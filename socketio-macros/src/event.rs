//! `derive(Event)` and `derive(Payload)`: the type is parsed, then its attribute, both are checked and expanded.

use proc_macro2::TokenStream;
use quote::quote;
use syn::DeriveInput;

use crate::{attr, check, diag::parsing, expand};

pub(crate) fn derive_payload(item: TokenStream) -> TokenStream {
    match parsing(item, |input: DeriveInput, errors| {
        check::fields(&input, errors);
        input
    }) {
        (Some(input), None) => expand::event::payload(&input),
        (_, errors) => quote!(#errors),
    }
}

pub(crate) fn derive_event(item: TokenStream) -> TokenStream {
    match parsing(item, |input: DeriveInput, errors| {
        let attr = attr::event(&input, errors);
        check::event(&input, attr.as_ref(), errors);
        attr.map(|attr| (input, attr))
    }) {
        (Some(Some((input, attr))), None) => expand::event::event(&input, &attr),
        (_, errors) => quote!(#errors),
    }
}
