//! `derive(IntoClientError)`: the type is parsed, then its attributes, which are checked while they are read, and expanded.
//!
//! The trait is implemented even if there is a mistake, so that the mistake is the only message.

use proc_macro2::TokenStream;
use quote::quote;
use syn::DeriveInput;

use crate::{attr, diag::parsing, expand};

pub(crate) fn derive(item: TokenStream) -> TokenStream {
    let (expanded, errors) = parsing(item, |input: DeriveInput, errors| {
        let (shown, krate) = attr::client_error(&input, errors);
        expand::client_error::client_error(&input, &shown, krate.as_ref())
    });
    quote!(#errors #expanded)
}
