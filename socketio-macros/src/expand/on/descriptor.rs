//! The descriptor: what the runtime knows of a handler before it calls it.

use proc_macro2::TokenStream;
use quote::{ToTokens, format_ident, quote};
use syn::ReturnType;

use super::{Handler, Listening};
use crate::{ast::elided, attr::OnAttr};

impl Handler<'_> {
    pub(super) fn descriptor(&self, index: usize, attr: &OnAttr, listening: &Listening) -> TokenStream {
        let Self { krate, types, .. } = self;
        let thunk = format_ident!("__call{index}");
        let name = match self.of {
            None => self.name.to_string(),
            Some(of) => format!("{}::{}", of.to_token_stream(), self.name),
        };
        let namespace = match &attr.namespace {
            Some(namespace) => namespace.to_token_stream(),
            // the module's `namespace!`, if it has one
            None => quote!({
                #[allow(unused_imports)]
                use #krate::private::open::*;
                {
                    #[allow(unused_imports)]
                    use self::*;
                    __SOCKETIO_NAMESPACE
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
        let answers = if listening.event.is_some() {
            let returned = match &self.function.sig.output {
                ReturnType::Default => syn::parse_quote!(()),
                ReturnType::Type(_, ty) => elided(ty),
            };
            quote!({
                #[allow(unused_imports)]
                use #krate::private::{AnswersFallback as _, IsAckFallback as _, Probe};
                #krate::private::answers(Probe::<#returned>::ANSWERS, false #(|| Probe::<#types>::IS_ACK)*)
            })
        } else {
            quote!(#krate::private::Answers::Nothing)
        };
        let needs_parts = if listening.is_connect {
            quote!({
                #[allow(unused_imports)]
                use #krate::private::PartsFallback as _;
                false #(|| #krate::private::Via::<'_, #types>::NEEDS_PARTS)*
            })
        } else {
            quote!(false)
        };
        let subject = &listening.subject;
        quote! {
            #krate::private::Handler {
                subject: #subject,
                namespace: #namespace,
                priority: #priority,
                concurrent: #concurrent,
                location: #krate::private::Location {
                    module: #krate::private::module_path!(),
                    file: #krate::private::file!(),
                    line: #krate::private::line!(),
                    column: #krate::private::column!(),
                    function: #name,
                },
                call: #krate::private::Call::#call(#thunk),
                answers: #answers,
                needs_parts: #needs_parts,
                needs: &[#({
                    #[allow(unused_imports)]
                    use #krate::private::StateNeedFallback as _;
                    #krate::private::Probe::<#types>::NEEDS
                }),*],
            }
        }
    }
}
