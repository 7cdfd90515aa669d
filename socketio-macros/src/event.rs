//! `derive(Event)` and `derive(Payload)`: the type is parsed, then its attribute, both are checked and expanded.
//!
//! The traits are implemented even if there is a mistake, so that the mistake is the only message.

use proc_macro2::TokenStream;
use quote::quote;
use syn::DeriveInput;

use crate::{attr, check, diag::parsing, expand};

pub(crate) fn derive_payload(item: TokenStream) -> TokenStream {
    let (parsed, errors) = parsing(item, |input: DeriveInput, errors| {
        let attr = attr::payload(&input, errors);
        check::fields(&input, errors);
        (input, attr)
    });
    let expanded = parsed.map(|(input, attr)| expand::event::payload(&input, &attr));
    quote!(#errors #expanded)
}

pub(crate) fn derive_event(item: TokenStream) -> TokenStream {
    let (parsed, errors) = parsing(item, |input: DeriveInput, errors| {
        let attr = attr::event(&input, errors);
        check::event(&input, &attr, errors);
        (input, attr)
    });
    let expanded = parsed.map(|(input, attr)| expand::event::event(&input, &attr, errors.is_none()));
    quote!(#errors #expanded)
}
