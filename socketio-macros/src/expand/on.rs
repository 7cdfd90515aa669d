//! `#[on(..)]`

use proc_macro2::{Span, TokenStream};
use quote::{ToTokens, format_ident, quote, quote_spanned};
use syn::{
    Attribute, FnArg, Ident, ItemImpl, Path, ReturnType, Type,
    parse::{ParseStream, Parser},
    spanned::Spanned,
};

use crate::{
    ast::{Function, elided, krate, replace_self},
    attr::{OnAttr, Subject},
    check,
    diag::{Errors, all_at, at, call_at, check_listed},
};

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

pub(crate) fn expand(attr: TokenStream, item: &TokenStream) -> TokenStream {
    if check::is_impl(item) {
        return expand_impl(&attr, item);
    }
    let mut errors = Errors::default();
    if let Some(span) = check::not_a_function(item) {
        errors
            .at_span(span, "`#[on(..)]` stands on a function: `#[on(\"name\")] async fn handler(..) { .. }`");
        let error = errors.finish();
        return quote!(#error #item);
    }
    let Some(mut function) = errors.take(syn::parse2::<Function>(item.clone())) else {
        let error = errors.finish();
        return quote!(#error #item);
    };
    let mut attrs = vec![];
    let parsed = Parser::parse2(|input: ParseStream<'_>| OnAttr::parse(input, &mut errors), attr);
    attrs.extend(errors.take(parsed));
    attrs.extend(take_attrs(&mut function.attrs, &mut errors));
    check_all(&attrs, &function, &mut errors);
    match errors.finish() {
        // the function stays: one mistake is one message, not a trail of "cannot find function"
        Some(errors) => quote!(#errors #function),
        None => {
            let handler = Handler::new(&function, &attrs, None);
            let (listed, registered) = (handler.listed(), handler.registered());
            quote!(#function #listed #registered)
        }
    }
}

/// `#[on] impl Chat { #[on("say")] fn say(..) {} }`: an attribute on an associated function cannot know the type it
/// belongs to, so that the `impl` has one as well.
fn expand_impl(attr: &TokenStream, item: &TokenStream) -> TokenStream {
    let mut errors = Errors::default();
    let Some(mut block) = errors.take(syn::parse2::<ItemImpl>(item.clone())) else {
        let error = errors.finish();
        return quote!(#error #item);
    };
    check::impl_block(attr, &block, &mut errors);
    let mut handlers = vec![];
    for item in &mut block.items {
        let syn::ImplItem::Fn(function) = item else { continue };
        let attrs = take_attrs(&mut function.attrs, &mut errors);
        if attrs.is_empty() {
            continue;
        }
        for manual in attrs.iter().filter_map(|attr| attr.manual.as_ref()) {
            errors.at(manual, "`handlers![..]` takes no associated functions: this one would never be found");
        }
        let mut function = Function::of_impl(function);
        replace_self(&mut function.sig, &block.self_ty);
        function.attrs.extend(block.attrs.iter().filter(|attr| attr.path().is_ident("cfg")).cloned());
        check_all(&attrs, &function, &mut errors);
        handlers.push((function, attrs));
    }
    match errors.finish() {
        Some(errors) => quote!(#errors #block),
        None => {
            let registered = handlers
                .iter()
                .map(|(function, attrs)| Handler::new(function, attrs, Some(&block.self_ty)).registered());
            quote!(#block #(#registered)*)
        }
    }
}

fn check_all(attrs: &[OnAttr], function: &Function, errors: &mut Errors) {
    for attr in attrs {
        if attr.subjects.is_empty() {
            errors.at_span(
                Span::call_site(),
                "name the event: `#[on(\"name\")]`, `#[on(EventType)]`, or a word of the life cycle like `#[on(connect)]`",
            );
        }
    }
    check::signature(&function.sig, errors);
    for attr in attrs {
        check::on_attr(attr, &function.sig, errors);
    }
}

/// Takes the `#[on(..)]` away from the attributes of a function: one expansion serves all of them.
fn take_attrs(attrs: &mut Vec<Attribute>, errors: &mut Errors) -> Vec<OnAttr> {
    let (on, others): (Vec<Attribute>, Vec<Attribute>) = std::mem::take(attrs).into_iter().partition(is_on);
    *attrs = others;
    on.iter()
        .filter_map(|attr| {
            let parsed = attr.parse_args_with(|input: ParseStream<'_>| OnAttr::parse(input, errors));
            errors.take(parsed)
        })
        .collect()
}

pub(crate) fn is_on(attr: &Attribute) -> bool {
    attr.path().segments.last().is_some_and(|last| last.ident == "on")
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
                impl #krate::Registered for #name {
                    fn handlers() -> &'static [#krate::Handler] {
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
                static __HANDLERS: [#krate::Handler; #count] = [#(#descriptors),*];
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
                    subject: quote!(#krate::Subject::Lifecycle(#krate::Lifecycle::#ident)),
                    kind: format_ident!("{variant}Event", span = span),
                    event: None,
                    is_connect: *variant == "Connect",
                }
            }
            Subject::Name(name) | Subject::Custom(name) => Listening {
                span,
                subject: quote!(#krate::Subject::Event(#name)),
                kind: Ident::new("CustomEvent", span),
                event: Some((Some(name.to_token_stream()), quote!(#krate::private::Untyped))),
                is_connect: false,
            },
            Subject::Fallback(span) => self.listening_to_all(*span, "Fallback", "Untyped"),
            Subject::Any(span) => self.listening_to_all(*span, "Any", "NeverAnswers"),
            Subject::Type(ty) => {
                let ty = elided(ty);
                let name = quote_spanned!(span=> <#ty as #krate::Event>::NAME);
                Listening {
                    span,
                    subject: quote!(#krate::Subject::Event(#name)),
                    kind: Ident::new("CustomEvent", span),
                    event: Some((
                        Some(name),
                        quote_spanned!(span=> <<#ty as #krate::Event>::Answer as #krate::private::Token>::NEW),
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
            subject: quote!(#krate::Subject::#word),
            kind: Ident::new("CustomEvent", at(span)),
            event: Some((None, quote!(#krate::private::#token))),
            is_connect: false,
        }
    }

    /// Checks in const evaluation, which knows the types.
    fn checks(&self, subject: &Subject, listening: &Listening) -> TokenStream {
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
                    quote!(<#ty as #krate::Event>::NAME, <#ty as #krate::Event>::DIRECTION),
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

    /// The function that the runtime calls: extracts, calls, answers.
    fn thunk(&self, index: usize, listening: &Listening) -> TokenStream {
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
                fn #thunk(__in: #krate::private::Incoming) -> #krate::private::BoxFuture {
                    #future
                }
            };
        }
        quote! {
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
                quote_spanned!(span=> #krate::private::extract::<#ty, #krate::kind::#kind>(&mut __cx))
            };
            quote_spanned! {span=>
                let #arg = match #value {
                    #krate::private::Result::Ok(value) => value,
                    #krate::private::Result::Err(error) => return __in.reject(#i, error),
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
            quote_spanned!(span=> Probe::<#ty>::NEW.ack_param().fits(&__ack);)
        });
        let payloads: &[Type] = if listening.event.is_some() { types } else { &[] };
        let span = returned.span();
        let rule = quote_spanned!(span=> __ack.with(__param).answer(#returned, &__in));
        quote! {
            #[allow(unused_imports)]
            use #krate::private::{AckParamFallback as _, AckTokenFallback as _, Pick as _, Probe, With as _};
            let __ack = #token #(.pick(Probe::<#payloads>::NEW.ack_token()))*;
            let __param = #krate::private::NoParam #(.pick(Probe::<#payloads>::NEW.ack_param()))*;
            #(#fits)*
            #rule
        }
    }

    fn descriptor(&self, index: usize, attr: &OnAttr, listening: &Listening) -> TokenStream {
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
            #krate::Handler {
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

    fn return_span(&self) -> Span {
        at(match &self.function.sig.output {
            ReturnType::Default => self.name.span(),
            ReturnType::Type(_, ty) => ty.span(),
        })
    }
}
