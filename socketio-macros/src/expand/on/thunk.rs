//! The function that the runtime calls.

use proc_macro2::{Span, TokenStream};
use quote::{format_ident, quote, quote_spanned};
use syn::{Ident, ReturnType, Type, spanned::Spanned};

use super::{Handler, Listening};
use crate::diag::{all_at, at};

impl Handler<'_> {
    /// The function that the runtime calls: extracts, calls, answers.
    pub(super) fn thunk(&self, index: usize, listening: &Listening) -> TokenStream {
        let Self { name, args, .. } = self;
        let function = self.path();
        let thunk = format_ident!("__call{index}");
        let is_async = self.function.sig.asyncness.is_some();
        let awaits = is_async.then(|| quote!(.await));
        let returned = Ident::new("__returned", self.return_span());
        let extract = self.extract(listening);
        let answer = self.answer(listening, &returned);
        // the future's span is that of `async`, so that "is not Send" points there
        let span = at(self.function.sig.asyncness.as_ref().map_or_else(|| name.span(), Spanned::span));
        let pin = all_at(span, quote!(__p::pin));
        if listening.is_connect {
            let future = quote_spanned! {span=> #pin(async move {
                let __in = __in;
                let mut __parts = __parts;
                let _ = &mut __parts;
                #extract
                let #returned = #function(#(#args),*)#awaits;
                #answer
            }) };
            return quote! {
                #[allow(deprecated)]
                fn #thunk(
                    __in: __p::Incoming,
                    __parts: __p::ConnectParts,
                ) -> __p::BoxFuture {
                    #future
                }
            };
        }
        if is_async {
            let future = quote_spanned! {span=> #pin(async move {
                let __in = __in;
                #extract
                let #returned = #function(#(#args),*).await;
                #answer
            }) };
            return quote! {
                #[allow(deprecated)]
                fn #thunk(__in: __p::Incoming) -> __p::BoxFuture {
                    #future
                }
            };
        }
        quote! {
            #[allow(deprecated)]
            fn #thunk(__in: &__p::Incoming) -> __p::Outcome {
                #extract
                let #returned = #function(#(#args),*);
                #answer
            }
        }
    }

    /// `let (__arg0, ..) = ..;`: the arguments borrow from `__in`.
    fn extract(&self, listening: &Listening) -> TokenStream {
        let Self { args, .. } = self;
        let kind = &listening.kind;
        let each = self.types.iter().zip(args).enumerate().map(|(i, (ty, arg))| {
            let span = at(ty.span());
            let value = if listening.is_connect {
                quote!(__p::Via::<'_, #ty>::NEW.via().extract::<#ty>(&mut __cx, &mut __parts).await)
            } else {
                quote_spanned!(span=> __p::extract::<#ty, #kind>(&mut __cx))
            };
            quote_spanned! {span=>
                let #arg = match #value {
                    __p::Result::Ok(__value) => __value,
                    __p::Result::Err(__error) => return __in.reject(#i, __error),
                };
            }
        });
        if args.is_empty() {
            return TokenStream::new();
        }
        if !self.is_pinned(listening) {
            return quote!(let mut __cx = __in.cx(); #(#each)*);
        }
        // in a block: the cursor must not live across an await
        quote! {
            let (#(#args,)*) = {
                let mut __cx = __in.cx();
                #(#each)*
                (#(#args,)*)
            };
        }
    }

    /// What the returned value means: the rule comes from the event, its payload, and an `Ack` argument.
    fn answer(&self, listening: &Listening, returned: &Ident) -> TokenStream {
        let token = match &listening.event {
            Some((_, token)) => token.clone(),
            None => quote!(__p::NotAcknowledged),
        };
        let payloads: Vec<&Type> = match &listening.event {
            Some(_) => self.types.iter().filter(|ty| listening.may_answer(ty)).collect(),
            None => vec![],
        };
        // what an event of a type is acknowledged with, no argument can say otherwise
        let asked = if listening.of_type.is_none() { &payloads[..] } else { &[] };
        let params: Vec<Ident> = (0..payloads.len()).map(|i| format_ident!("__param{i}")).collect();
        let fits = payloads.iter().zip(&params).map(|(ty, param)| {
            let span = at(ty.span());
            quote_spanned! {span=>
                let #param = __p::Probe::<#ty>::NEW.ack_param();
                #param.fits(&__ack);
            }
        });
        let span = returned.span();
        let rule = quote_spanned!(span=> __ack.with(__param).answer(#returned, &__in));
        quote! {
            let __ack = #token #(.pick(__p::Probe::<#asked>::NEW.ack_token()))*;
            #(#fits)*
            let __param = __p::NoParam #(.pick(#params))*;
            #rule
        }
    }

    fn return_span(&self) -> Span {
        at(match &self.function.sig.output {
            ReturnType::Default => self.name.span(),
            ReturnType::Type(_, ty) => ty.span(),
        })
    }
}
