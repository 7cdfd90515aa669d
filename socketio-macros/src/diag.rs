//! Errors and spans.

use proc_macro2::{Delimiter, Group, Span, TokenStream, TokenTree};
use quote::{ToTokens, quote};
use syn::{Error, parse::Parse};

/// Collects every mistake of one expansion, so that all are reported together.
///
/// It panics if it is dropped unread, because that would hide mistakes.
#[derive(Default)]
pub(crate) struct Errors {
    found: Vec<Error>,
    read: bool,
}

impl Errors {
    /// A mistake at these tokens.
    pub(crate) fn at(&mut self, tokens: &impl ToTokens, message: impl std::fmt::Display) {
        self.found.push(Error::new_spanned(tokens, message));
    }

    /// A mistake at this place.
    pub(crate) fn at_span(&mut self, span: Span, message: impl std::fmt::Display) {
        self.found.push(Error::new(span, message));
    }

    pub(crate) fn push(&mut self, error: Error) {
        self.found.push(error);
    }

    /// Keeps the value of a step that may fail.
    pub(crate) fn take<T>(&mut self, result: syn::Result<T>) -> Option<T> {
        result.map_err(|error| self.push(error)).ok()
    }

    /// The first mistake, where one is enough.
    pub(crate) fn first(mut self) -> Option<Error> {
        self.read = true;
        self.found.drain(..).next()
    }

    /// `compile_error!` for each mistake; `None` if there is none.
    pub(crate) fn finish(mut self) -> Option<TokenStream> {
        self.read = true;
        if self.found.is_empty() {
            return None;
        }
        Some(self.found.iter().map(Error::to_compile_error).collect())
    }
}

impl Drop for Errors {
    fn drop(&mut self) {
        assert!(self.read || std::thread::panicking(), "the errors of an expansion were not looked at");
    }
}

/// Parses an item and collects every mistake in it. Returns what `check` makes of the item, if it could be parsed, and
/// the errors, if there are any.
pub(crate) fn parsing<T: Parse, M>(
    item: TokenStream,
    check: impl FnOnce(T, &mut Errors) -> M,
) -> (Option<M>, Option<TokenStream>) {
    let mut errors = Errors::default();
    let checked = errors.take(syn::parse2::<T>(item)).map(|parsed| check(parsed, &mut errors));
    (checked, errors.finish())
}

/// The place of a user's token with the hygiene of this expansion: errors point at the token, generated local variables
/// see each other even if a macro of the user makes the handler, and lints recognize generated code.
pub(crate) fn at(span: Span) -> Span {
    Span::call_site().located_at(span)
}

/// The tokens with this span and its hygiene: `line!()` then gives the line of the user's token, or that of the
/// outermost macro call if a macro made the token.
pub(crate) fn as_if_written_at(span: Span, tokens: TokenStream) -> TokenStream {
    tokens
        .into_iter()
        .map(|mut token| {
            if let TokenTree::Group(group) = &token {
                token = Group::new(group.delimiter(), as_if_written_at(span, group.stream())).into();
            }
            token.set_span(span);
            token
        })
        .collect()
}

/// Line and column where a token is written, which may be in the definition of a macro.
pub(crate) fn position(span: Span) -> (u32, u32) {
    // in our own tests there is no compiler, and a span has no place
    if !proc_macro::is_available() {
        return (0, 0);
    }
    let span = span.unwrap();
    let number = |number: usize| u32::try_from(number).unwrap_or(u32::MAX);
    (number(span.line()), number(span.column()))
}

/// `function(arguments)` as tokens that reach from the first token of `ty` to its last, so that an error
/// underlines the whole type: there is no `Span::join` on stable.
pub(crate) fn call_at(ty: &impl ToTokens, function: TokenStream, arguments: TokenStream) -> TokenStream {
    let tokens: Vec<TokenTree> = ty.to_token_stream().into_iter().collect();
    let first = tokens.first().map_or_else(Span::call_site, TokenTree::span);
    let last = tokens.last().map_or(first, TokenTree::span);
    let function = all_at(first, function);
    let mut arguments = Group::new(Delimiter::Parenthesis, arguments);
    arguments.set_span(at(last));
    quote!(#function #arguments)
}

/// The tokens, each at this place: an error that spans several of them is no wider.
pub(crate) fn all_at(span: Span, tokens: TokenStream) -> TokenStream {
    tokens
        .into_iter()
        .map(|mut token| {
            token.set_span(at(span));
            token
        })
        .collect()
}

/// `check(.., events)` at these tokens. `events` is the list of the crate root's `events!`, or the open set if there is
/// none: name resolution searches the inner block's glob before the outer block's. The check itself is imported, since a
/// relative path to our crate could mean something else among the root's names.
pub(crate) fn check_listed(
    krate: &syn::Path,
    check: &str,
    at: &impl ToTokens,
    name: Option<&syn::LitStr>,
) -> TokenStream {
    let check = syn::Ident::new(check, Span::call_site());
    let name = name.map(|name| quote!(#name,));
    let call = call_at(at, quote!(__check), quote!(#name &__SOCKETIO_EVENTS));
    quote! { {
        #[allow(unused_imports)]
        use #krate::private::{#check as __check, open::*};
        {
            #[allow(unused_imports)]
            use crate::*;
            #call
        }
    } }
}
