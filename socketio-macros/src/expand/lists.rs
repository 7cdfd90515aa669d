//! The code that `events!`, `event!`, `handlers!` and `namespace!` generate.

use proc_macro2::TokenStream;
use quote::{quote, quote_spanned};
use syn::{Expr, Path, Token, punctuated::Punctuated, spanned::Spanned};

use super::{describe, on::list_of};
use crate::{
    ast::{Entry, EventList, NamedEvent, elided, krate},
    attr::NamespaceOfModule,
    diag::{at, call_at, check_listed},
};

pub(crate) fn events(krate: Option<&Path>, list: &EventList) -> TokenStream {
    let krate = self::krate(krate);
    let EventList { attrs, vis, name, entries } = list;
    let (mut names, mut incoming, mut included, mut checks) = (vec![], vec![], vec![], vec![]);
    let mut described = vec![];
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
                described.extend(describe::entry(&krate, ty));
                let elided = elided(ty);
                let span = at(ty.span());
                checks.push(call_at(ty, check, arguments));
                names.push(quote_spanned!(span=> <#elided as #krate::private::Event>::NAME));
                incoming.push(quote_spanned!(span=> ::core::matches!(<#elided as #krate::private::Event>::DIRECTION, #krate::private::Direction::Both | #krate::private::Direction::Client)));
            }
            Entry::Use(path) => included.push(quote_spanned!(at(path.span())=> &#path)),
        }
    }
    let in_root = check_listed(&krate, "check_in_root", name, None);
    // at most half full
    let capacity = (names.len() * 2).next_power_of_two().max(2);
    quote! {
        #(#attrs)*
        #[allow(dead_code)]
        #vis const #name: #krate::private::EventSet = __SOCKETIO_EVENTS;

        // not `pub`: a glob import of this crate must not make another crate strict
        #[doc(hidden)]
        #[allow(deprecated)]
        pub(crate) const __SOCKETIO_EVENTS: #krate::private::EventSet = {
            const __NAMES: &[&::core::primitive::str] = &[#(#names),*];
            const __INCOMING: &[::core::primitive::bool] = &[#(#incoming),*];
            const __TABLE: &[::core::primitive::u16] = &#krate::private::table::<#capacity>(__NAMES);
            #krate::private::event_set(__NAMES, __INCOMING, __TABLE, &[#(#included),*])
        };
        // a listed name is intended even if it looks like a word of the life cycle: this hides the warning of `#[on(..)]`
        #[doc(hidden)]
        #[allow(unused_imports)]
        pub(crate) use #krate::private::listed::*;
        // `#[on(..)]` looks for the list in the crate's root
        const _: () = #in_root;
        #(const _: () = #checks;)*
        #(#described)*
    }
}

pub(crate) fn event(krate: Option<&Path>, NamedEvent { name, args }: &NamedEvent) -> TokenStream {
    let krate = self::krate(krate);
    let check = check_listed(&krate, "check_name", name, Some(name));
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

/// The replacement for an event with a mistake in it.
pub(crate) fn no_event(krate: Option<&Path>) -> TokenStream {
    let krate = self::krate(krate);
    quote!(#krate::private::NamedEvent::new("", ()))
}

/// `..args`: one value that holds all arguments.
fn spread(args: &Punctuated<Expr, Token![,]>) -> Option<&Expr> {
    match args.first()? {
        Expr::Range(range) if args.len() == 1 && range.start.is_none() => range.end.as_deref(),
        _ => None,
    }
}

/// The list of a function's handlers is next to the function, under a name derived from the function's.
pub(crate) fn handlers(paths: &Punctuated<Path, Token![,]>) -> TokenStream {
    let lists = paths.iter().cloned().map(|mut path| {
        if let Some(last) = path.segments.last_mut() {
            last.ident = list_of(&last.ident);
        }
        path
    });
    quote!(&[#(#lists),*])
}

pub(crate) fn namespace(
    krate: Option<&Path>,
    NamespaceOfModule { name, guards }: &NamespaceOfModule,
) -> TokenStream {
    let krate = self::krate(krate);
    let guards = (!guards.is_empty()).then(|| {
        let guards = guards.iter().map(|ty| {
            let span = at(ty.span());
            quote_spanned!(span=> <#ty as #krate::private::AsGuard>::GUARD)
        });
        quote! {
            #[doc(hidden)]
            const __SOCKETIO_GUARDS: &[#krate::private::Guard] = &[#(#guards),*];
        }
    });
    quote! {
        #[doc(hidden)]
        const __SOCKETIO_NAMESPACE: &::core::primitive::str = #name;
        #guards
    }
}
