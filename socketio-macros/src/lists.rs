//! `events!`, `event!`, `handlers!`, `namespace!`: parsed, checked, expanded.

use proc_macro2::TokenStream;
use quote::quote;
use syn::{
    LitStr, Path, Token,
    parse::{Parse, ParseStream, Result},
    punctuated::Punctuated,
};

use crate::{
    ast::{EventList, NamedEvent},
    check,
    diag::parsing,
    expand,
};

pub(crate) fn events(item: TokenStream) -> TokenStream {
    match parsing(item, |list: EventList, errors| {
        check::event_list(&list, errors);
        list
    }) {
        (Some(list), None) => expand::lists::events(&list),
        (_, errors) => quote!(#errors),
    }
}

pub(crate) fn event(item: TokenStream) -> TokenStream {
    match parsing(item, |event: NamedEvent, errors| {
        check::named_event(&event, errors);
        event
    }) {
        (Some(event), None) => expand::lists::event(&event),
        (_, errors) => {
            let event = expand::lists::no_event();
            quote!({ #errors; #event })
        }
    }
}

pub(crate) fn handlers(item: TokenStream) -> TokenStream {
    match parsing(item, |Paths(paths), _| paths) {
        (Some(paths), None) => expand::lists::handlers(&paths),
        (_, errors) => quote!(#errors),
    }
}

pub(crate) fn namespace(item: TokenStream) -> TokenStream {
    match parsing(item, |name: LitStr, errors| {
        check::namespace(&name, errors);
        name
    }) {
        (Some(name), None) => expand::lists::namespace(&name),
        (_, errors) => quote!(#errors),
    }
}

struct Paths(Punctuated<Path, Token![,]>);

impl Parse for Paths {
    fn parse(input: ParseStream<'_>) -> Result<Self> {
        Punctuated::parse_terminated(input).map(Self)
    }
}
