//! `#[on(..)]`: a descriptor for each thing that a function listens to, what the runtime calls, and checks.

mod checks;
mod descriptor;
mod thunk;

use proc_macro2::{Span, TokenStream};
use quote::{ToTokens, format_ident, quote, quote_spanned};
use syn::{Attribute, FnArg, Ident, ItemImpl, Path, Type};

use crate::{
    ast::{Function, elided, krate},
    attr::{OnAttr, Subject},
    diag::at,
};

/// The function, and what registers it.
pub(crate) fn function(function: &Function, attrs: &[OnAttr]) -> TokenStream {
    let handler = Handler::new(function, attrs, None);
    let (listed, registered) = (handler.listed(), handler.registered());
    quote!(#function #listed #registered)
}

/// The `impl`, and what registers its handlers.
pub(crate) fn block(block: &ItemImpl, handlers: &[(Function, Vec<OnAttr>)]) -> TokenStream {
    let registered = handlers
        .iter()
        .map(|(function, attrs)| Handler::new(function, attrs, Some(&block.self_ty)).registered());
    quote!(#block #(#registered)*)
}

/// Everything that the pieces of one expansion need.
struct Handler<'a> {
    krate: Path,
    function: &'a Function,
    name: &'a Ident,
    /// The type that the function belongs to, if it stands in an `impl`.
    of: Option<&'a Type>,
    /// Each attribute, with options of its own.
    attrs: &'a [OnAttr],
    /// The types of the arguments, their lifetimes left to be inferred.
    types: Vec<Type>,
    args: Vec<Ident>,
}

/// What an event is, for the code that is generated for it.
struct Listening {
    span: Span,
    /// The expression of its `Subject`.
    subject: TokenStream,
    /// The type that says which arguments there are.
    kind: Ident,
    /// Carries it arguments? Then this is its name, which may be any, and the token of its acknowledgement.
    event: Option<(Option<TokenStream>, TokenStream)>,
    is_connect: bool,
}

impl<'a> Handler<'a> {
    fn new(function: &'a Function, attrs: &'a [OnAttr], of: Option<&'a Type>) -> Self {
        let types: Vec<Type> = function
            .sig
            .inputs
            .iter()
            .filter_map(|argument| match argument {
                FnArg::Typed(argument) => Some(elided(&argument.ty)),
                FnArg::Receiver(_) => None,
            })
            .collect();
        Self {
            krate: krate(attrs.iter().find_map(|attr| attr.krate.as_ref())),
            name: &function.sig.ident,
            args: (0..types.len()).map(|i| format_ident!("__arg{i}")).collect(),
            function,
            of,
            attrs,
            types,
        }
    }

    /// How the function is called.
    fn path(&self) -> TokenStream {
        let name = self.name;
        self.of.map_or_else(|| name.to_token_stream(), |of| quote!(<#of>::#name))
    }

    fn cfgs(&self) -> Vec<&Attribute> {
        self.function.attrs.iter().filter(|attr| attr.path().is_ident("cfg")).collect()
    }

    /// The type by which `handlers![..]` finds the descriptors: types and functions have name spaces of their own.
    fn listed(&self) -> TokenStream {
        let (vis, name, cfgs) = (&self.function.vis, self.name, self.cfgs());
        quote! {
            #(#cfgs)*
            #[doc(hidden)]
            #[allow(non_camel_case_types, dead_code, missing_docs, missing_debug_implementations)]
            #vis struct #name {}
        }
    }

    /// The checks, what the runtime calls, and the descriptors of it.
    fn registered(&self) -> TokenStream {
        let Self { krate, name, attrs, .. } = self;
        let cfgs = self.cfgs();
        let subjects: Vec<(&OnAttr, &Subject)> =
            attrs.iter().flat_map(|attr| attr.subjects.iter().map(move |subject| (attr, subject))).collect();
        let listening: Vec<Listening> = subjects.iter().map(|(_, subject)| self.listening(subject)).collect();
        let checks =
            subjects.iter().zip(&listening).map(|((_, subject), listening)| self.checks(subject, listening));
        let thunks = listening.iter().enumerate().map(|(i, listening)| self.thunk(i, listening));
        let descriptors = subjects
            .iter()
            .zip(&listening)
            .enumerate()
            .map(|(i, ((attr, _), listening))| self.descriptor(i, attr, listening));
        let count = listening.len();
        let discovered =
            subjects.iter().enumerate().filter(|(_, (attr, _))| attr.manual.is_none()).map(|(i, _)| i);
        let listed = self.of.is_none().then(|| {
            quote! {
                impl #krate::private::Registered for #name {
                    fn handlers() -> &'static [#krate::private::Handler] {
                        &__HANDLERS
                    }
                }
            }
        });
        quote! {
            #(#cfgs)*
            #[doc(hidden)]
            const _: () = {
                const _: () = {
                    #[allow(unused_imports)]
                    use #krate::private::{IsAckFallback as _, NoEvent as _, TakesNothing as _};
                    #(#checks)*
                };
                #(#thunks)*
                // a static has one address; a promoted constant has one in each crate that names it
                static __HANDLERS: [#krate::private::Handler; #count] = [#(#descriptors),*];
                #listed
                #(#krate::private::inventory::submit! { #krate::private::Submitted(&__HANDLERS[#discovered]) })*
            };
        }
    }

    fn listening(&self, subject: &Subject) -> Listening {
        let krate = &self.krate;
        let span = at(subject.span());
        match subject {
            Subject::Lifecycle { variant, .. } => {
                let ident = Ident::new(variant, span);
                Listening {
                    span,
                    subject: quote!(#krate::private::Subject::Lifecycle(#krate::private::Lifecycle::#ident)),
                    kind: format_ident!("{variant}Event", span = span),
                    event: None,
                    is_connect: *variant == "Connect",
                }
            }
            Subject::Name(name) | Subject::Custom(name) => Listening {
                span,
                subject: quote!(#krate::private::Subject::Event(#name)),
                kind: Ident::new("CustomEvent", span),
                event: Some((Some(name.to_token_stream()), quote!(#krate::private::Untyped))),
                is_connect: false,
            },
            Subject::Fallback(span) => self.listening_to_all(*span, "Fallback", "Untyped"),
            Subject::Any(span) => self.listening_to_all(*span, "Any", "NeverAnswers"),
            Subject::Type(ty) => {
                let ty = elided(ty);
                let name = quote_spanned!(span=> <#ty as #krate::private::Event>::NAME);
                Listening {
                    span,
                    subject: quote!(#krate::private::Subject::Event(#name)),
                    kind: Ident::new("CustomEvent", span),
                    event: Some((
                        Some(name),
                        quote_spanned!(span=> <<#ty as #krate::private::Event>::Answer as #krate::private::Token>::NEW),
                    )),
                    is_connect: false,
                }
            }
        }
    }

    /// For events of any name.
    fn listening_to_all(&self, span: Span, word: &str, token: &str) -> Listening {
        let krate = &self.krate;
        let (word, token) = (Ident::new(word, at(span)), Ident::new(token, at(span)));
        Listening {
            span: at(span),
            subject: quote!(#krate::private::Subject::#word),
            kind: Ident::new("CustomEvent", at(span)),
            event: Some((None, quote!(#krate::private::#token))),
            is_connect: false,
        }
    }
}
