//! Checks that the compiler makes at the user's tokens.

use proc_macro2::TokenStream;
use quote::{quote, quote_spanned};
use syn::Ident;

use super::{Handler, Listening, is_reference};
use crate::{
    ast::elided,
    attr::{Subject, misspelt_lifecycle},
    diag::{at, call_at, check_listed},
};

impl Handler<'_> {
    /// Checks in const evaluation, where types are known.
    pub(super) fn checks(&self, subject: &Subject, listening: &Listening) -> TokenStream {
        let krate = &self.krate;
        let of_name = match subject {
            Subject::Lifecycle { .. } | Subject::Fallback(_) | Subject::Any(_) => TokenStream::new(),
            Subject::Name(name) | Subject::Custom(name) => {
                check_listed(krate, "check_name", name, Some(name))
            }
            Subject::Type(ty) => {
                let ty = elided(ty);
                let call = call_at(
                    &ty,
                    quote!(__p::check_incoming),
                    quote!(<#ty as __p::Event>::NAME, <#ty as __p::Event>::DIRECTION),
                );
                quote!(#call;)
            }
        };
        let of_arguments = listening.event.iter().filter(|_| !self.types.is_empty()).map(|(name, _)| {
            let about = self.types.iter().map(|ty| match is_reference(ty) {
                true => quote!(__p::OURS),
                false => {
                    quote!((__p::Probe::<#ty>::EVENT, __p::Probe::<#ty>::TAKES, __p::Probe::<#ty>::IS_ACK))
                }
            });
            let numbered = self.types.iter().zip(0_usize..).filter(|(ty, _)| !is_reference(ty));
            let calls = numbered.map(|(ty, i)| match name {
                Some(name) => call_at(ty, quote!(__p::check_argument), quote!(#name, __all, #i)),
                None => call_at(ty, quote!(__p::check_argument_of_any), quote!(__all, #i)),
            });
            // not a constant: it would be a body of its own to check
            quote!({ let __all: &[__p::AboutArgument] = &[#(#about),*]; #(#calls;)* })
        });
        quote!(#of_name #(#of_arguments)*)
    }
}

/// The warning for a name that looks like a misspelt word of the life cycle.
pub(super) fn misspelt(subject: &Subject) -> Option<TokenStream> {
    let Subject::Name(name) = subject else { return None };
    let near = misspelt_lifecycle(&name.value())?;
    let note = format!(
        "this is an event that clients send; for the life cycle write `#[on({near})]`, to keep the name write `#[on(custom = \"{}\")]`",
        name.value()
    );
    let span = at(name.span());
    let misspelt = Ident::new("misspelt_lifecycle_word", span);
    Some(quote_spanned! {span=>
        const _: () = {
            #[deprecated(note = #note)]
            #[allow(non_upper_case_globals)]
            const #misspelt: () = ();
            {
                // the root of a crate with `events!` has one that is not deprecated
                #[allow(unused_imports)]
                use crate::*;
                #misspelt
            }
        };
    })
}
