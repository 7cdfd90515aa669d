//! The descriptor: what the runtime knows about a handler before it calls it.

use proc_macro2::TokenStream;
use quote::{ToTokens, format_ident, quote};
use syn::ReturnType;

use super::{Handler, Listening, is_reference};
use crate::{
    ast::elided,
    attr::{OnAttr, Subject},
    expand::describe,
};

impl Handler<'_> {
    pub(super) fn descriptor(
        &self,
        index: usize,
        attr: &OnAttr,
        event: &Subject,
        listening: &Listening,
    ) -> TokenStream {
        let Self { krate, types, .. } = self;
        let thunk = format_ident!("__call{index}");
        let location = self.location();
        let namespace = match &attr.namespace {
            Some(namespace) => quote!((#namespace, &[])),
            // the module's `namespace!`, if it has one
            None => quote!({
                #[allow(unused_imports)]
                use __p::open::*;
                {
                    #[allow(unused_imports)]
                    use self::*;
                    (__SOCKETIO_NAMESPACE, __SOCKETIO_GUARDS)
                }
            }),
        };
        let priority = attr.priority.as_ref().map_or_else(|| quote!(0), ToTokens::to_token_stream);
        let concurrent = attr.concurrent.is_some();
        let call = match (listening.is_connect, &self.function.sig.asyncness) {
            (true, _) => quote!(Connect),
            (false, Some(_)) => quote!(Async),
            (false, None) => quote!(Sync),
        };
        let returned = match &self.function.sig.output {
            ReturnType::Default => syn::parse_quote!(()),
            ReturnType::Type(_, ty) => elided(ty),
        };
        let described = match event {
            Subject::Type(ty) => describe::handler_of_type(krate, &elided(ty)),
            Subject::Name(_) | Subject::Custom(_) => {
                let types: Vec<_> = self.names.iter().cloned().zip(types).collect();
                describe::handler_of_name(krate, self.function, &types, &returned)
            }
            Subject::Lifecycle { .. } | Subject::Fallback(_) | Subject::Any(_) => {
                quote!(__p::UNDESCRIBED)
            }
        };
        let answers = if listening.event.is_some() {
            let acks = types.iter().filter(|ty| listening.may_answer(ty));
            quote!(__p::answers(__p::Probe::<#returned>::ANSWERS, false #(|| __p::Probe::<#acks>::IS_ACK)*))
        } else {
            quote!(__p::Answers::Nothing)
        };
        let needs_parts = if listening.is_connect {
            quote!(false #(|| __p::Via::<'_, #types>::NEEDS_PARTS)*)
        } else {
            quote!(false)
        };
        let subject = &listening.subject;
        let stateful = types.iter().filter(|ty| !is_reference(ty) && !listening.is_of(ty));
        quote! {
            __p::Handler {
                // a moment of the life cycle, a name, or every event
                subject: #subject,
                // the attribute's, the module's, or `/`
                namespace: #namespace,
                // lower first
                priority: #priority,
                // may the next event start while this handler waits?
                concurrent: #concurrent,
                // for messages, and for the order of those with the same priority
                location: #location,
                // the function above, and whether it returns a future
                call: __p::Call::#call(#thunk),
                // does it answer? By the types of the returned value and of the arguments
                answers: #answers,
                // does a connect handler need the parts of the request?
                needs_parts: #needs_parts,
                // the state that the server must have, for each argument
                needs: &[#(__p::Probe::<#stateful>::NEEDS),*],
                // for a contract: of which types the event is
                described: #described,
            }
        }
    }
}
