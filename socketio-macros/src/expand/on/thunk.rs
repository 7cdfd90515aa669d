//! The function that the runtime calls.

use proc_macro2::{Span, TokenStream};
use quote::{format_ident, quote, quote_spanned};
use syn::{Ident, ReturnType, Type, spanned::Spanned};

use super::{Handler, Listening};
use crate::diag::{all_at, at};

impl Handler<'_> {
    /// The function that the runtime calls: extracts, calls, answers.
    pub(super) fn thunk(&self, index: usize, listening: &Listening) -> TokenStream {
        let Self { krate, name, args, .. } = self;
        let function = self.path();
        let thunk = format_ident!("__call{index}");
        let is_async = self.function.sig.asyncness.is_some();
        let awaits = is_async.then(|| quote!(.await));
        let returned = Ident::new("__returned", self.return_span());
        let extract = self.extract(listening);
        let answer = self.answer(listening, &returned);
        // the future's span is that of `async`, so that "is not Send" points there
        let span = at(self.function.sig.asyncness.as_ref().map_or_else(|| name.span(), Spanned::span));
        let pin = all_at(span, quote!(#krate::private::pin));
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
                    __in: #krate::private::Incoming,
                    __parts: #krate::private::ConnectParts,
                ) -> #krate::private::BoxFuture {
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
                fn #thunk(__in: #krate::private::Incoming) -> #krate::private::BoxFuture {
                    #future
                }
            };
        }
        quote! {
            #[allow(deprecated)]
            fn #thunk(__in: &#krate::private::Incoming) -> #krate::private::Outcome {
                #extract
                let #returned = #function(#(#args),*);
                #answer
            }
        }
    }

    /// `let (__arg0, ..) = ..;`: the arguments borrow from `__in`.
    fn extract(&self, listening: &Listening) -> TokenStream {
        let Self { krate, args, .. } = self;
        let kind = &listening.kind;
        let each = self.types.iter().zip(args).enumerate().map(|(i, (ty, arg))| {
            let span = at(ty.span());
            let value = if listening.is_connect {
                quote!(#krate::private::Via::<'_, #ty>::NEW.via().extract::<#ty>(&mut __cx, &mut __parts).await)
            } else {
                quote_spanned!(span=> #krate::private::extract::<#ty, #kind>(&mut __cx))
            };
            quote_spanned! {span=>
                let #arg = match #value {
                    #krate::private::Result::Ok(__value) => __value,
                    #krate::private::Result::Err(__error) => return __in.reject(#i, __error),
                };
            }
        });
        if args.is_empty() {
            return TokenStream::new();
        }
        quote! {
            let (#(#args,)*) = {
                #[allow(unused_imports)]
                use #krate::private::PartsFallback as _;
                let mut __cx = __in.cx();
                let _ = &mut __cx;
                #(#each)*
                (#(#args,)*)
            };
        }
    }

    /// What the returned value means: the rule comes from the event, its payload, and an `Ack` argument.
    fn answer(&self, listening: &Listening, returned: &Ident) -> TokenStream {
        let Self { krate, types, .. } = self;
        let token = match &listening.event {
            Some((_, token)) => token.clone(),
            None => quote!(#krate::private::NotAcknowledged),
        };
        let fits = types.iter().filter(|_| listening.event.is_some()).map(|ty| {
            let span = at(ty.span());
            quote_spanned!(span=> __Probe::<#ty>::NEW.ack_param().fits(&__ack);)
        });
        let payloads: &[Type] = if listening.event.is_some() { types } else { &[] };
        let span = returned.span();
        let rule = quote_spanned!(span=> __ack.with(__param).answer(#returned, &__in));
        quote! {
            #[allow(unused_imports)]
            use #krate::private::{AckParamFallback as _, AckTokenFallback as _, Pick as _, Probe as __Probe, With as _};
            let __ack = #token #(.pick(__Probe::<#payloads>::NEW.ack_token()))*;
            let __param = #krate::private::NoParam #(.pick(__Probe::<#payloads>::NEW.ack_param()))*;
            #(#fits)*
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
