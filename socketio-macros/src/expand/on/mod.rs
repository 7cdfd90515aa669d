//! The code that `#[on(..)]` generates: a descriptor for each thing that a function listens to, the function that the
//! runtime calls, and checks.

mod checks;
mod descriptor;
mod thunk;

use proc_macro2::{Span, TokenStream};
use quote::{ToTokens, format_ident, quote, quote_spanned};
use syn::{FnArg, Ident, ItemImpl, Path, Type, ext::IdentExt, spanned::Spanned};

use super::describe::argument_name;
use crate::{
    ast::{Function, argument_conditions, elided, krate},
    attr::{OnAttr, Subject, contains, deciding},
    cfg,
    diag::{as_if_written_at, at, position},
};

/// The function, and what registers it.
pub(crate) fn function(function: &Function, attrs: &[OnAttr], nth: u32) -> TokenStream {
    let registered = variants(function, attrs, None, (nth, 0)).into_iter().map(|handler| handler.listed());
    quote!(#function #(#registered)*)
}

/// The `impl`, and what registers its handlers.
pub(crate) fn block(block: &ItemImpl, handlers: &[(Function, Vec<OnAttr>)], nth: u32) -> TokenStream {
    let registered = (0..).zip(handlers).flat_map(|(i, (function, attrs))| {
        let handlers = variants(function, attrs, Some(&block.self_ty), (nth, i));
        handlers.into_iter().map(|handler| handler.associated())
    });
    quote!(#block #(#registered)*)
}

/// An empty list for a function with a mistake in it, so that `handlers![..]` does not fail as well.
pub(crate) fn unregistered(function: &Function, attrs: &[OnAttr]) -> TokenStream {
    let Function { vis, sig, .. } = function;
    let krate = krate(attrs.iter().find_map(|attr| attr.krate.as_ref()));
    let cfg = cfg::cfg(&function.conditions());
    let list = list_of(&sig.ident);
    quote! {
        #cfg
        #[doc(hidden)]
        #[allow(dead_code, non_upper_case_globals, unreachable_pub)]
        #vis const #list: &[#krate::private::Handler] = &[];
    }
}

/// The name by which `handlers![..]` finds the descriptors of a function. It is not the function's own name, which may
/// also be the name of a module, a macro or a type. Where there is none, this is what the compiler says it cannot find: so
/// it names the attribute.
pub(crate) fn list_of(function: &Ident) -> Ident {
    format_ident!("__on_attribute_of_{}", function.unraw(), span = function.span())
}

/// One handler for each combination of the `cfg` predicates on the attributes and arguments, which rustc has not
/// evaluated yet. Nearly always that is a single one.
fn variants<'a>(
    function: &'a Function,
    attrs: &'a [OnAttr],
    of: Option<&'a Type>,
    nth: (u32, u32),
) -> Vec<Handler<'a>> {
    let deciding = deciding(attrs, function);
    (0..1_u32 << deciding.len())
        .map(|combination| {
            let (holding, failing): (Vec<_>, Vec<_>) =
                (0..).zip(&deciding).partition(|(i, _)| combination & (1 << i) == 0);
            let holding: Vec<TokenStream> =
                holding.into_iter().map(|(_, predicate)| predicate.clone()).collect();
            let failing = failing.into_iter().map(|(_, predicate)| quote!(not(#predicate)));
            let is_there =
                |conditions: &[TokenStream]| conditions.iter().all(|condition| contains(&holding, condition));
            let (names, types): (Vec<String>, Vec<Type>) = function
                .sig
                .inputs
                .iter()
                .filter(|argument| is_there(&argument_conditions(argument)))
                .filter_map(|argument| match argument {
                    FnArg::Typed(typed) => Some((argument_name(argument), elided(&typed.ty))),
                    FnArg::Receiver(_) => None,
                })
                .unzip();
            let attrs: Vec<&OnAttr> = attrs.iter().filter(|attr| is_there(&attr.conditions)).collect();
            Handler {
                krate: krate(attrs.iter().find_map(|attr| attr.krate.as_ref())),
                conditions: function.conditions().into_iter().chain(holding).chain(failing).collect(),
                name: &function.sig.ident,
                args: (0..types.len()).map(|i| format_ident!("__arg{i}")).collect(),
                function,
                of,
                attrs,
                names,
                types,
                nth,
            }
        })
        .collect()
}

/// Everything that the pieces of one expansion need.
struct Handler<'a> {
    krate: Path,
    /// The `cfg` predicates that it depends on.
    conditions: Vec<TokenStream>,
    function: &'a Function,
    name: &'a Ident,
    /// The type that the function belongs to, if it is in an `impl`.
    of: Option<&'a Type>,
    /// The attributes; each has its own options.
    attrs: Vec<&'a OnAttr>,
    /// What the function calls its arguments.
    names: Vec<String>,
    /// The types of the arguments, their lifetimes left to be inferred.
    types: Vec<Type>,
    args: Vec<Ident>,
    /// The number of the expansion, and of the function in it.
    nth: (u32, u32),
}

/// What an event is, for the code that is generated for it.
struct Listening {
    /// The expression of its `Subject`.
    subject: TokenStream,
    /// The type that says which arguments there are.
    kind: TokenStream,
    /// For an event with arguments: its name, unless that may be any, and the token of its acknowledgement.
    event: Option<(Option<TokenStream>, TokenStream)>,
    is_connect: bool,
    /// The type, if the event is known by one.
    of_type: Option<Type>,
}

impl Listening {
    /// Is this the type of the event itself?
    fn is_of(&self, ty: &Type) -> bool {
        fn names(ty: &Type) -> Option<impl Iterator<Item = &Ident>> {
            match ty {
                Type::Path(ty) => Some(ty.path.segments.iter().map(|segment| &segment.ident)),
                _ => None,
            }
        }
        let of = self.of_type.as_ref().and_then(names);
        of.zip(names(ty)).is_some_and(|(of, names)| of.eq(names))
    }

    /// May an argument of this type be the one that answers? Code that need not be there need not be checked.
    fn may_answer(&self, ty: &Type) -> bool {
        !is_reference(ty) && !self.is_of(ty)
    }
}

/// References are extractors of ours.
fn is_reference(ty: &Type) -> bool {
    matches!(ty, Type::Reference(_))
}

impl Handler<'_> {
    /// How the function is called.
    fn path(&self) -> TokenStream {
        let name = self.name;
        self.of.map_or_else(|| name.to_token_stream(), |of| quote!(<#of>::#name))
    }

    /// What registers a function, inside the constant by which `handlers![..]` finds it.
    ///
    /// It is a single item of a kind that is also allowed in an `impl`. In an `impl` without `#[on]`, the code in the
    /// constant does not find the function, and that is the only error.
    fn listed(&self) -> TokenStream {
        let Self { krate, function, name, .. } = self;
        let (vis, cfg, list) = (&function.vis, cfg::cfg(&self.conditions), list_of(name));
        // what the user allows for the function is allowed in the code generated for it
        let allowed = function.attrs.iter().filter(|attr| attr.path().is_ident("allow"));
        let registered = self.registered();
        quote! {
            #cfg
            #[doc(hidden)]
            #(#allowed)*
            #[allow(dead_code, non_upper_case_globals, unreachable_pub)]
            #vis const #list: &[#krate::private::Handler] = {
                #registered
                &__HANDLERS
            };
        }
    }

    /// What registers an associated function.
    fn associated(&self) -> TokenStream {
        if self.attrs.is_empty() {
            return TokenStream::new();
        }
        let cfg = cfg::cfg(&self.conditions);
        let allowed = self.function.attrs.iter().filter(|attr| attr.path().is_ident("allow"));
        let registered = self.registered();
        quote! {
            #cfg
            #[doc(hidden)]
            #(#allowed)*
            const _: () = { #registered };
        }
    }

    /// The checks, the functions that the runtime calls, and their descriptors. Registering something deprecated is not
    /// using it, so that lint is off.
    fn registered(&self) -> TokenStream {
        let Self { krate, attrs, .. } = self;
        let subjects: Vec<(&OnAttr, &Subject)> =
            attrs.iter().flat_map(|attr| attr.subjects.iter().map(move |subject| (*attr, subject))).collect();
        let listening: Vec<Listening> = subjects.iter().map(|(_, subject)| self.listening(subject)).collect();
        let warnings = subjects.iter().map(|(_, subject)| checks::misspelt(subject));
        let checks =
            subjects.iter().zip(&listening).map(|((_, subject), listening)| self.checks(subject, listening));
        let thunks = listening.iter().enumerate().map(|(i, listening)| self.thunk(i, listening));
        let descriptors = subjects
            .iter()
            .zip(&listening)
            .enumerate()
            .map(|(i, ((attr, subject), listening))| self.descriptor(i, attr, subject, listening));
        let count = listening.len();
        let discovered =
            subjects.iter().enumerate().filter(|(_, (attr, _))| attr.manual.is_none()).map(|(i, _)| i);
        quote! {
            // names, and the traits that answer for types which say nothing themselves
            #[allow(unused_imports)]
            use #krate::private::{self as __p, fallbacks::*};
            #(#warnings)*
            #[allow(deprecated)]
            const _: () = { #(#checks)* };
            #(#thunks)*
            // a static has one address; a promoted constant has one in each crate that names it
            #[allow(deprecated)]
            static __HANDLERS: [__p::Handler; #count] = [#(#descriptors),*];
            #(__p::inventory::submit! { __p::Submitted(&__HANDLERS[#discovered]) })*
        }
    }

    /// Where the function is in the source, for messages and for the order of handlers.
    fn location(&self) -> TokenStream {
        let name = self.name;
        let function = match self.of {
            None => name.to_string(),
            Some(of) => format!("{}::{}", of.to_token_stream(), name),
        };
        // the function's name; if a macro made the name, the outermost macro call
        let here = as_if_written_at(name.span(), quote!(__p::here()));
        // the `impl`, if there is one
        let block = self.of.map(|of| as_if_written_at(of.span(), quote!(.in_block_at(__p::here()))));
        let (written_line, written_column) = position(name.span());
        let (expansion, nth) = self.nth;
        quote! {
            __p::Location::new(
                __p::module_path!(),
                #here,
                // for several from one macro call: the position in the definition, then what was expanded first
                [#written_line, #written_column, #expansion, #nth],
                #function,
            )#block
        }
    }

    fn listening(&self, subject: &Subject) -> Listening {
        let span = at(subject.span());
        match subject {
            Subject::Lifecycle { variant, .. } => {
                let ident = Ident::new(variant, span);
                Listening {
                    subject: quote!(__p::Subject::Lifecycle(__p::Lifecycle::#ident)),
                    kind: {
                        let kind = format_ident!("{variant}Event", span = span);
                        quote!(__p::kind::#kind)
                    },
                    event: None,
                    is_connect: *variant == "Connect",
                    of_type: None,
                }
            }
            Subject::Name(name) | Subject::Custom(name) => Listening {
                subject: quote!(__p::Subject::Event(#name)),
                kind: custom_event(span),
                event: Some((Some(name.to_token_stream()), quote!(__p::Untyped))),
                is_connect: false,
                of_type: None,
            },
            Subject::Fallback(span) => listening_to_all(*span, "Fallback", "Untyped"),
            Subject::Any(span) => listening_to_all(*span, "Any", "NeverAnswers"),
            Subject::Type(ty) => {
                let ty = elided(ty);
                let name = quote_spanned!(span=> <#ty as __p::Event>::NAME);
                Listening {
                    subject: quote!(__p::subject_of(
                        #name,
                        <#ty as __p::Event>::DIRECTION
                    )),
                    kind: quote_spanned!(span=> <#ty as __p::Event>::Kind),
                    event: Some((
                        Some(name),
                        quote_spanned!(span=> <<#ty as __p::Event>::Answer as __p::Token>::NEW),
                    )),
                    is_connect: false,
                    of_type: Some(ty),
                }
            }
        }
    }

    /// Are the arguments extracted in a future?
    fn is_pinned(&self, listening: &Listening) -> bool {
        listening.is_connect || self.function.sig.asyncness.is_some()
    }
}

fn custom_event(span: Span) -> TokenStream {
    let kind = Ident::new("CustomEvent", span);
    quote!(__p::kind::#kind)
}

/// For events of any name.
fn listening_to_all(span: Span, word: &str, token: &str) -> Listening {
    let (word, token) = (Ident::new(word, at(span)), Ident::new(token, at(span)));
    Listening {
        subject: quote!(__p::Subject::#word),
        kind: custom_event(at(span)),
        event: Some((None, quote!(__p::#token))),
        is_connect: false,
        of_type: None,
    }
}
