//! What the compiler is asked at the user's tokens.

use proc_macro2::TokenStream;
use quote::{quote, quote_spanned};
use syn::Ident;

use super::{Handler, Listening};
use crate::{
    ast::elided,
    attr::Subject,
    check,
    diag::{call_at, check_listed},
};

impl Handler<'_> {
    /// Checks in const evaluation, which knows the types.
    pub(super) fn checks(&self, subject: &Subject, listening: &Listening) -> TokenStream {
        let krate = &self.krate;
        let span = listening.span;
        let of_name = match subject {
            Subject::Lifecycle { .. } | Subject::Fallback(_) | Subject::Any(_) => TokenStream::new(),
            Subject::Custom(name) => check_listed(krate, "check_name", name),
            Subject::Name(name) => {
                let known = check_listed(krate, "check_name", name);
                let near = check::near_lifecycle(&name.value()).map(|near| {
                    let note = format!(
                        "this is an event of the wire; for the life cycle write `#[on({near})]`, to keep the name write `#[on(custom = \"{}\")]`",
                        name.value()
                    );
                    let misspelt = Ident::new("misspelt_lifecycle_word", span);
                    quote_spanned! {span=>
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
                    }
                });
                quote!(#near #known)
            }
            Subject::Type(ty) => {
                let ty = elided(ty);
                let call = call_at(
                    &ty,
                    quote!(#krate::private::check_incoming),
                    quote!(<#ty as #krate::private::Event>::NAME, <#ty as #krate::private::Event>::DIRECTION),
                );
                quote!(#call;)
            }
        };
        let of_payloads = listening.event.iter().flat_map(|(name, _)| {
            self.types.iter().map(move |ty| {
                let of_type = quote!(#krate::private::Probe::<#ty>::EVENT);
                let call = match name {
                    Some(name) => {
                        call_at(ty, quote!(#krate::private::check_payload), quote!(#name, #of_type))
                    }
                    None => call_at(ty, quote!(#krate::private::check_any_payload), of_type),
                };
                quote!(#call;)
            })
        });
        let takes = listening.event.iter().map(|_| {
            let (types, numbers) = (&self.types, 0_usize..);
            let calls = types.iter().zip(numbers).map(|(ty, i)| {
                let place = call_at(ty, quote!(#krate::private::check_place), quote!(__TAKES, #i));
                let ack = call_at(ty, quote!(#krate::private::check_ack), quote!(__ACKS, #i));
                quote!(#place; #ack;)
            });
            quote! { {
                const __TAKES: &[#krate::private::Takes] = &[#(#krate::private::Probe::<#types>::TAKES),*];
                const __ACKS: &[bool] = &[#(#krate::private::Probe::<#types>::IS_ACK),*];
                #(#calls)*
            } }
        });
        quote!(#of_name #(#of_payloads)* #(#takes)*)
    }
}
