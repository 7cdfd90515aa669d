//! `events!`, `event!`, `handlers!`, `namespace!`: parsed, checked, expanded.

use proc_macro2::TokenStream;
use quote::quote;
use syn::{
    Path, Token,
    parse::{Parse, ParseStream, Result},
    punctuated::Punctuated,
};

use crate::{
    ast::{EventList, NamedEvent},
    attr::{InCrate, NamespaceOfModule},
    check,
    diag::parsing,
    expand,
};

pub(crate) fn events(item: TokenStream) -> TokenStream {
    match parsing(item, |list: InCrate<EventList>, errors| {
        check::event_list(&list.item, errors);
        list
    }) {
        (Some(InCrate { krate, item }), None) => expand::lists::events(krate.as_ref(), &item),
        (_, errors) => quote!(#errors),
    }
}

pub(crate) fn event(item: TokenStream) -> TokenStream {
    match parsing(item, |event: InCrate<NamedEvent>, errors| {
        check::named_event(&event.item, errors);
        event
    }) {
        (Some(InCrate { krate, item }), None) => expand::lists::event(krate.as_ref(), &item),
        (event, errors) => {
            let krate = event.and_then(|event| event.krate);
            let event = expand::lists::no_event(krate.as_ref());
            quote!({ #errors; #event })
        }
    }
}

pub(crate) fn handlers(item: TokenStream) -> TokenStream {
    match parsing(item, |paths: InCrate<Paths>, _| paths) {
        (Some(InCrate { item: Paths(paths), .. }), None) => expand::lists::handlers(&paths),
        (_, errors) => quote!({ #errors; &[] }),
    }
}

pub(crate) fn namespace(item: TokenStream) -> TokenStream {
    match parsing(item, |namespace: InCrate<NamespaceOfModule>, errors| {
        check::namespace(&namespace.item.name, errors);
        check::guards(&namespace.item.guards, errors);
        namespace
    }) {
        (Some(InCrate { krate, item }), None) => expand::lists::namespace(krate.as_ref(), &item),
        (_, errors) => quote!(#errors),
    }
}

struct Paths(Punctuated<Path, Token![,]>);

impl Parse for Paths {
    fn parse(input: ParseStream<'_>) -> Result<Self> {
        Punctuated::parse_terminated(input).map(Self)
    }
}
