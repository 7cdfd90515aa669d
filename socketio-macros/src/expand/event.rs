//! `derive(Event)` and `derive(Payload)`

use proc_macro2::TokenStream;
use quote::{format_ident, quote, quote_spanned};
use syn::{Data, DeriveInput, Fields, GenericParam, Path};

use crate::{
    ast::krate,
    attr::{EventAttr, From},
    check,
    diag::{Errors, at, with_event_set},
};

pub(crate) fn expand_payload(item: TokenStream) -> TokenStream {
    let mut errors = Errors::default();
    let Some(input) = errors.take(syn::parse2::<DeriveInput>(item)) else {
        return errors.finish().unwrap_or_default();
    };
    check::fields(&input, &mut errors);
    match errors.finish() {
        Some(errors) => errors,
        None => payload(&krate(None), &input, &one_argument()),
    }
}

pub(crate) fn expand_event(item: TokenStream) -> TokenStream {
    let mut errors = Errors::default();
    let Some(input) = errors.take(syn::parse2::<DeriveInput>(item)) else {
        return errors.finish().unwrap_or_default();
    };
    let attr = match input.attrs.iter().find(|attr| attr.path().is_ident("event")) {
        Some(attr) => {
            let parsed = attr
                .parse_args_with(|input: syn::parse::ParseStream<'_>| EventAttr::parse(input, &mut errors));
            errors.take(parsed)
        }
        None => {
            errors.at(
                &input.ident,
                format!("name the event: `#[event(\"some:name\")] struct {}`", input.ident),
            );
            None
        }
    };
    if let Some(attr) = &attr {
        check::event_attr(attr, &mut errors);
    }
    check::fields(&input, &mut errors);
    match (errors.finish(), attr) {
        (Some(errors), _) => errors,
        (None, None) => TokenStream::new(),
        (None, Some(attr)) => event(&input, &attr),
    }
}

fn event(input: &DeriveInput, attr: &EventAttr) -> TokenStream {
    let krate = krate(attr.krate.as_ref());
    let EventAttr { name, ack, from, .. } = attr;
    let ident = &input.ident;
    let (impls, generics, wheres) = input.generics.split_for_impl();
    let spread = positional(input);
    let payload = payload(&krate, input, &spread.unwrap_or_else(one_argument));
    let arguments = arguments(&krate, input);
    let answer = match ack {
        Some(ack) => quote!(#krate::private::AcknowledgedWith<#ack>),
        None => quote!(#krate::private::NotAcknowledged),
    };
    let acknowledged = ack.as_ref().map(|ack| {
        quote! {
            #[automatically_derived]
            impl #impls #krate::Acknowledged for #ident #generics #wheres {
                type Ack = #ack;
            }
        }
    });
    let outgoing = (*from != Some(From::Client)).then(|| {
        quote! {
            #[automatically_derived]
            impl #impls #krate::Outgoing for #ident #generics #wheres {}
        }
    });
    let direction = match from {
        None => quote!(Both),
        Some(From::Client) => quote!(Client),
        Some(From::Server) => quote!(Server),
    };
    let span = at(name.span());
    let listed = with_event_set(
        &krate,
        span,
        quote_spanned!(span=> #krate::private::check_declared(#name, &__SOCKETIO_EVENTS)),
    );
    quote! {
        #payload
        #arguments
        #[automatically_derived]
        impl #impls #krate::Event for #ident #generics #wheres {
            const NAME: &'static str = #name;
            const DIRECTION: #krate::Direction = #krate::Direction::#direction;
            type Answer = #answer;
        }
        #outgoing
        #acknowledged
        const _: () = #listed;
    }
}

/// The value is the next argument.
fn one_argument() -> TokenStream {
    quote!(cx.next_arg())
}

/// A tuple struct is one argument for each field, a unit struct is none.
fn positional(input: &DeriveInput) -> Option<TokenStream> {
    let Data::Struct(data) = &input.data else { return None };
    match &data.fields {
        Fields::Named(_) => None,
        Fields::Unit => Some(quote!(::core::result::Result::Ok(Self))),
        Fields::Unnamed(fields) => {
            let each = fields.unnamed.iter().map(|_| quote!(cx.next_arg()?));
            Some(quote!(::core::result::Result::Ok(Self(#(#each),*))))
        }
    }
}

/// `Payload`, and `FromEvent` where the type can be deserialized: with all its lifetimes set to the event's.
fn payload(krate: &Path, input: &DeriveInput, take: &TokenStream) -> TokenStream {
    let ident = &input.ident;
    let (impls, generics, wheres) = input.generics.split_for_impl();
    let params: Vec<&GenericParam> =
        input.generics.params.iter().filter(|param| !matches!(param, GenericParam::Lifetime(_))).collect();
    let args = input.generics.params.iter().map(|param| match param {
        GenericParam::Lifetime(_) => quote!('__e),
        GenericParam::Type(param) => {
            let ident = &param.ident;
            quote!(#ident)
        }
        GenericParam::Const(param) => {
            let ident = &param.ident;
            quote!(#ident)
        }
    });
    let ty = quote!(#ident<#(#args),*>);
    let predicates = input.generics.where_clause.as_ref().map(|clause| {
        let predicates = &clause.predicates;
        quote!(#predicates,)
    });
    quote! {
        #[automatically_derived]
        impl #impls #krate::Payload for #ident #generics #wheres {}

        #[automatically_derived]
        impl<'__e, __K: #krate::Carries, #(#params),*> #krate::FromEvent<'__e, __K> for #ty
        where
            #predicates
            #ty: #krate::private::serde::Deserialize<'__e>,
        {
            type Rejection = #krate::ClientError;

            fn from_event(cx: &mut #krate::Cx<'__e>) -> ::core::result::Result<Self, #krate::ClientError> {
                #take
            }
        }
    }
}

/// How the type is written as arguments, where it can be serialized.
///
/// The bound has a lifetime of its own: without one, rustc would reject it at once for a type that only clients
/// send and that is not `Serialize`.
fn arguments(krate: &Path, input: &DeriveInput) -> TokenStream {
    let ident = &input.ident;
    let (impls, generics, _) = input.generics.split_for_impl();
    let predicates = input.generics.where_clause.as_ref().map(|clause| {
        let predicates = &clause.predicates;
        quote!(#predicates,)
    });
    let fields = match &input.data {
        Data::Struct(data) => match &data.fields {
            Fields::Named(_) => None,
            Fields::Unit => Some(vec![]),
            Fields::Unnamed(fields) => Some(fields.unnamed.iter().collect::<Vec<_>>()),
        },
        Data::Enum(_) | Data::Union(_) => None,
    };
    let (bounds, arity, write) = match fields {
        None => (
            quote!(for<'__s> &'__s #ident #generics: #krate::private::serde::Serialize,),
            1,
            quote!(args.arg(self)?;),
        ),
        Some(fields) => {
            let bounds = fields.iter().map(|field| {
                let ty = &field.ty;
                quote!(for<'__s> &'__s #ty: #krate::private::serde::Serialize,)
            });
            let write = (0..fields.len()).map(|i| {
                let index = syn::Index::from(i);
                quote!(args.arg(&self.#index)?;)
            });
            (quote!(#(#bounds)*), fields.len(), quote!(#(#write)*))
        }
    };
    let args = if arity == 0 { format_ident!("_args") } else { format_ident!("args") };
    quote! {
        #[automatically_derived]
        impl #impls #krate::Arguments for #ident #generics
        where
            #predicates
            #bounds
        {
            fn arity(&self) -> usize {
                #arity
            }

            fn write(&self, #args: &mut #krate::ArgsWriter<'_>) -> ::core::result::Result<(), #krate::EncodeError> {
                #write
                ::core::result::Result::Ok(())
            }
        }
    }
}
