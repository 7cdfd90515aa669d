//! What `events!`, `event!`, `handlers!` and `namespace!` write.

use proc_macro2::TokenStream;
use quote::{quote, quote_spanned};
use syn::{Expr, LitStr, Path, Token, punctuated::Punctuated, spanned::Spanned};

use crate::{
    ast::{Entry, EventList, NamedEvent, elided, krate},
    diag::{at, call_at, check_listed, in_sight_of_root},
};

pub(crate) fn events(list: &EventList) -> TokenStream {
    let krate = krate(None);
    let EventList { attrs, vis, name, entries } = list;
    let (mut names, mut incoming, mut included, mut checks) = (vec![], vec![], vec![], vec![]);
    for entry in entries {
        let index = names.len();
        let check = quote!(#krate::private::check_first);
        let arguments = quote!(#index, &__SOCKETIO_EVENTS);
        match entry {
            Entry::Name(name) => {
                checks.push(call_at(name, check, arguments));
                names.push(quote!(#name));
                incoming.push(quote!(true));
            }
            Entry::Type(ty) => {
                let elided = elided(ty);
                let span = at(ty.span());
                checks.push(call_at(ty, check, arguments));
                names.push(quote_spanned!(span=> <#elided as #krate::private::Event>::NAME));
                incoming.push(quote_spanned!(span=> !::core::matches!(<#elided as #krate::private::Event>::DIRECTION, #krate::private::Direction::Server)));
            }
            Entry::Use(path) => included.push(quote_spanned!(at(path.span())=> &#path)),
        }
    }
    let in_root = in_sight_of_root(
        &krate,
        &call_at(name, quote!(#krate::private::check_in_root), quote!(&__SOCKETIO_EVENTS)),
    );
    // half full at the most
    let capacity = (names.len() * 2).next_power_of_two().max(2);
    quote! {
        #(#attrs)*
        #[allow(dead_code)]
        #vis const #name: #krate::private::EventSet = __SOCKETIO_EVENTS;

        // not `pub`: a glob import of this crate must not make another crate strict
        #[doc(hidden)]
        pub(crate) const __SOCKETIO_EVENTS: #krate::private::EventSet = {
            const NAMES: &[&str] = &[#(#names),*];
            const INCOMING: &[bool] = &[#(#incoming),*];
            const TABLE: &[u16] = &#krate::private::table::<#capacity>(NAMES);
            #krate::private::event_set(NAMES, INCOMING, TABLE, &[#(#included),*])
        };
        // a listed name is meant, however much it looks like a word of the life cycle: hides the warning of `#[on(..)]`
        #[doc(hidden)]
        #[allow(unused_imports)]
        pub(crate) use #krate::private::listed::*;
        // `#[on(..)]` looks for the list in the crate's root
        const _: () = #in_root;
        #(const _: () = #checks;)*
    }
}

pub(crate) fn event(NamedEvent { name, args }: &NamedEvent) -> TokenStream {
    let krate = krate(None);
    let check = check_listed(&krate, "check_name", name);
    let args = match spread(args) {
        Some(all) => quote!(#all),
        None => {
            let args = args.iter();
            quote!((#(#args,)*))
        }
    };
    quote!({
        const _: () = #check;
        #krate::private::NamedEvent::new(#name, #args)
    })
}

/// What stands for an event with a mistake in it.
pub(crate) fn no_event() -> TokenStream {
    let krate = krate(None);
    quote!(#krate::private::NamedEvent::new("", ()))
}

/// `..args`: one value that holds all arguments.
fn spread(args: &Punctuated<Expr, Token![,]>) -> Option<&Expr> {
    match args.first()? {
        Expr::Range(range) if args.len() == 1 && range.start.is_none() => range.end.as_deref(),
        _ => None,
    }
}

pub(crate) fn handlers(paths: &Punctuated<Path, Token![,]>) -> TokenStream {
    let krate = krate(None);
    let each = paths
        .iter()
        .map(|path| quote_spanned!(at(path.span())=> <#path as #krate::private::Registered>::handlers()));
    quote!(&[#(#each),*])
}

pub(crate) fn namespace(name: &LitStr) -> TokenStream {
    quote! {
        #[doc(hidden)]
        const __SOCKETIO_NAMESPACE: &str = #name;
    }
}
