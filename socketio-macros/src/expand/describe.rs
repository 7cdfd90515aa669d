//! What a contract knows. Whether there is one is decided where the macros that are called here are defined.

use proc_macro2::TokenStream;
use quote::{ToTokens, quote};
use syn::{
    Attribute, Data, DeriveInput, Expr, ExprLit, Fields, FnArg, GenericArgument, GenericParam, Lit, Meta,
    Pat, Path, PathArguments, Token, Type, ext::IdentExt, punctuated::Punctuated,
};

use crate::{
    ast::{Function, with_lifetime},
    attr::EventAttr,
};

/// What `derive(Event)` says about the type.
pub(super) fn event(krate: &Path, input: &DeriveInput, attr: &EventAttr) -> TokenStream {
    let ident = &input.ident;
    let (impls, generics, wheres) = input.generics.split_for_impl();
    let predicates = wheres.map(|clause| {
        let predicates = &clause.predicates;
        quote!(#predicates)
    });
    let args = arguments(input);
    let types = args.iter().map(|(ty, _)| ty);
    let optional = args.iter().map(|(_, optional)| optional);
    let is_generic = input.generics.params.iter().any(|param| !matches!(param, GenericParam::Lifetime(_)));
    // a `static` cannot be generic: `events!` lists such an event with its concrete types
    let lifetimes = input.generics.lifetimes().map(|_| quote!('static));
    let concrete = (!is_generic).then(|| quote!([#ident<#(#lifetimes),*>]));
    let bounds = is_generic.then(|| {
        let bounds =
            args.iter().map(|(ty, _)| ty.clone()).chain(attr.ack.as_ref().map(ToTokens::to_token_stream));
        quote!(#([#bounds])*)
    });
    let ack = attr.ack.as_ref().map(|ack| quote!([#ack]));
    let namespace = &attr.namespace;
    let (doc, deprecated) = (doc(&input.attrs), deprecated(&input.attrs));
    quote! {
        #krate::private::describe_event! {
            impl [#impls] for [#ident #generics] where [#predicates]
            doc #doc, deprecated [#deprecated], namespace [#namespace],
            args { #([#optional #types])* }, ack { #ack }, bounds { #bounds },
            record { #concrete }
        }
    }
}

/// The type of each argument, and whether it may be missing.
fn arguments(input: &DeriveInput) -> Vec<(TokenStream, bool)> {
    let ident = &input.ident;
    let (_, generics, _) = input.generics.split_for_impl();
    let whole = || vec![(quote!(#ident #generics), false)];
    let Data::Struct(data) = &input.data else { return whole() };
    match &data.fields {
        Fields::Named(_) => whole(),
        Fields::Unit => vec![],
        Fields::Unnamed(fields) => {
            // a newtype is its field: serde fills in nothing for it
            let may_be_missing = fields.unnamed.len() > 1;
            let all = has_default(&input.attrs);
            let fields = fields.unnamed.iter();
            fields
                .map(|field| {
                    (field.ty.to_token_stream(), may_be_missing && (all || has_default(&field.attrs)))
                })
                .collect()
        }
    }
}

/// `#[serde(default)]`, `#[serde(default = "path")]`
fn has_default(attrs: &[Attribute]) -> bool {
    attrs.iter().filter(|attr| attr.path().is_ident("serde")).any(|attr| {
        let metas = attr.parse_args_with(Punctuated::<Meta, Token![,]>::parse_terminated);
        metas.is_ok_and(|metas| metas.iter().any(|meta| meta.path().is_ident("default")))
    })
}

/// What `events!` says about a generic event: its types are known there.
pub(super) fn entry(krate: &Path, ty: &Type) -> Option<TokenStream> {
    let Type::Path(path) = ty else { return None };
    let PathArguments::AngleBracketed(args) = &path.path.segments.last()?.arguments else { return None };
    let is_generic = args.args.iter().any(|arg| !matches!(arg, GenericArgument::Lifetime(_)));
    is_generic.then(|| {
        let ty = with_lifetime(ty, "'static");
        quote!(#krate::private::describe_entry! { #ty })
    })
}

/// What `#[on(Type)]` says about its event.
pub(super) fn handler_of_type(krate: &Path, ty: &Type) -> TokenStream {
    quote!(#krate::private::describe_handler! { event #ty })
}

/// What `#[on("name")]` says about its event: by the types of the function.
pub(super) fn handler_of_name(
    krate: &Path,
    function: &Function,
    types: &[(String, &Type)],
    returned: &Type,
) -> TokenStream {
    let (doc, deprecated) = (doc(&function.attrs), deprecated(&function.attrs));
    let args = types.iter().map(|(name, ty)| quote!([#name #ty]));
    quote! {
        #krate::private::describe_handler! {
            doc #doc, deprecated [#deprecated],
            args { #(#args)* }, returns { #returned }
        }
    }
}

/// The name of an argument; empty for a pattern.
pub(super) fn argument_name(argument: &FnArg) -> String {
    match argument {
        FnArg::Typed(argument) => pattern_name(&argument.pat),
        FnArg::Receiver(_) => String::new(),
    }
}

/// `text`, and `Data(text)` as well.
fn pattern_name(pattern: &Pat) -> String {
    match pattern {
        Pat::Ident(name) => name.ident.unraw().to_string().trim_start_matches('_').to_owned(),
        Pat::TupleStruct(of) if of.elems.len() == 1 => pattern_name(&of.elems[0]),
        _ => String::new(),
    }
}

/// The documentation, without the space after each `///`.
fn doc(attrs: &[Attribute]) -> String {
    let lines = attrs.iter().filter(|attr| attr.path().is_ident("doc")).filter_map(|attr| match &attr.meta {
        Meta::NameValue(meta) => text(&meta.value),
        _ => None,
    });
    let lines: Vec<String> =
        lines.map(|line| line.strip_prefix(' ').unwrap_or(&line).trim_end().to_owned()).collect();
    lines.join("\n").trim().to_owned()
}

/// The note of `#[deprecated]`, which may be empty.
fn deprecated(attrs: &[Attribute]) -> Option<String> {
    let attr = attrs.iter().find(|attr| attr.path().is_ident("deprecated"))?;
    let note = match &attr.meta {
        Meta::Path(_) => None,
        Meta::NameValue(meta) => text(&meta.value),
        Meta::List(_) => {
            let metas =
                attr.parse_args_with(Punctuated::<Meta, Token![,]>::parse_terminated).unwrap_or_default();
            metas.iter().find(|meta| meta.path().is_ident("note")).and_then(|meta| match meta {
                Meta::NameValue(meta) => text(&meta.value),
                _ => None,
            })
        }
    };
    Some(note.unwrap_or_default())
}

fn text(value: &Expr) -> Option<String> {
    match value {
        Expr::Lit(ExprLit { lit: Lit::Str(text), .. }) => Some(text.value()),
        _ => None,
    }
}
