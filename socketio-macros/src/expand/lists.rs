//! `events!`, `event!`, `handlers!`, `namespace!`

use proc_macro2::TokenStream;
use quote::{quote, quote_spanned};
use syn::{
    Attribute, Expr, Ident, LitStr, Path, Result, Token, Type, Visibility, bracketed,
    parse::{Parse, ParseStream, Parser},
    punctuated::Punctuated,
    spanned::Spanned,
};

use crate::{
    ast::{elided, krate},
    check,
    diag::{Errors, at, call_at, check_listed, in_sight_of_root},
};

/// `pub EVENTS = [SendMessage, "name", use other::EVENTS]`
struct EventList {
    attrs: Vec<Attribute>,
    vis: Visibility,
    name: Ident,
    entries: Punctuated<Entry, Token![,]>,
}

enum Entry {
    Type(Type),
    Name(LitStr),
    /// The list of another crate, which is linked by that.
    Use(Path),
}

impl Parse for EventList {
    fn parse(input: ParseStream<'_>) -> Result<Self> {
        let attrs = input.call(Attribute::parse_outer)?;
        let vis = input.parse()?;
        let name = input.parse()?;
        input.parse::<Token![=]>()?;
        let entries;
        bracketed!(entries in input);
        let entries = entries.parse_terminated(Entry::parse, Token![,])?;
        // a semicolon is what an item's declaration ends with
        input.parse::<Option<Token![;]>>()?;
        Ok(Self { attrs, vis, name, entries })
    }
}

impl Parse for Entry {
    fn parse(input: ParseStream<'_>) -> Result<Self> {
        if input.peek(LitStr) {
            input.parse().map(Self::Name)
        } else if input.peek(Token![use]) {
            input.parse::<Token![use]>()?;
            input.call(Path::parse_mod_style).map(Self::Use)
        } else {
            input.parse().map(Self::Type)
        }
    }
}

pub(crate) fn events(item: TokenStream) -> TokenStream {
    let mut errors = Errors::default();
    let Some(list) = errors.take(syn::parse2::<EventList>(item)) else {
        return errors.finish().unwrap_or_default();
    };
    for entry in &list.entries {
        if let Entry::Name(name) = entry {
            check::event_name(name, &mut errors);
        }
    }
    if let Some(errors) = errors.finish() {
        return errors;
    }
    let krate = krate(None);
    let EventList { attrs, vis, name, entries } = &list;
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
                names.push(quote_spanned!(span=> <#elided as #krate::Event>::NAME));
                incoming.push(quote_spanned!(span=> !::core::matches!(<#elided as #krate::Event>::DIRECTION, #krate::Direction::Server)));
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
        #vis const #name: #krate::EventSet = __SOCKETIO_EVENTS;

        // not `pub`: a glob import of this crate must not make another crate strict
        #[doc(hidden)]
        pub(crate) const __SOCKETIO_EVENTS: #krate::EventSet = {
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

/// `"name", a, b` or `"name", ..args`
struct NamedEvent {
    name: LitStr,
    args: Punctuated<Expr, Token![,]>,
}

impl Parse for NamedEvent {
    fn parse(input: ParseStream<'_>) -> Result<Self> {
        let name = input.parse()?;
        let args = if input.is_empty() {
            Punctuated::new()
        } else {
            input.parse::<Token![,]>()?;
            Punctuated::parse_terminated(input)?
        };
        Ok(Self { name, args })
    }
}

pub(crate) fn event(item: TokenStream) -> TokenStream {
    let mut errors = Errors::default();
    let parsed = errors.take(syn::parse2::<NamedEvent>(item));
    if let Some(event) = &parsed {
        check::event_name(&event.name, &mut errors);
        if event.args.len() > MAX_ARGUMENTS {
            errors
                .at(&event.args[MAX_ARGUMENTS], format!("`event!` takes at most {MAX_ARGUMENTS} arguments"));
        }
    }
    let krate = krate(None);
    match (errors.finish(), parsed) {
        (Some(errors), _) => quote!({ #errors; #krate::private::NamedEvent::new("", ()) }),
        (None, None) => TokenStream::new(),
        (None, Some(NamedEvent { name, args })) => {
            let check = check_listed(&krate, "check_name", &name);
            let args = match spread(&args) {
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
    }
}

/// `..args`: one value that holds all arguments.
fn spread(args: &Punctuated<Expr, Token![,]>) -> Option<&Expr> {
    match args.first()? {
        Expr::Range(range) if args.len() == 1 && range.start.is_none() => range.end.as_deref(),
        _ => None,
    }
}

/// Tuples up to this length are arguments.
const MAX_ARGUMENTS: usize = 12;

pub(crate) fn handlers(item: TokenStream) -> TokenStream {
    let krate = krate(None);
    match Punctuated::<Path, Token![,]>::parse_terminated.parse2(item) {
        Err(error) => error.to_compile_error(),
        Ok(paths) => {
            let each = paths
                .iter()
                .map(|path| quote_spanned!(at(path.span())=> <#path as #krate::Registered>::handlers()));
            quote!(&[#(#each),*])
        }
    }
}

pub(crate) fn namespace(item: TokenStream) -> TokenStream {
    let mut errors = Errors::default();
    let name = errors.take(syn::parse2::<LitStr>(item));
    if let Some(name) = &name {
        check::namespace(name, &mut errors);
    }
    match errors.finish() {
        Some(errors) => errors,
        None => quote! {
            #[doc(hidden)]
            const __SOCKETIO_NAMESPACE: &str = #name;
        },
    }
}
