//! What `derive(Event)` and `derive(Payload)` write.

use proc_macro2::TokenStream;
use quote::{format_ident, quote};
use syn::{Data, DeriveInput, Fields, GenericParam, Path, Type};

use crate::{
    ast::krate,
    attr::{EventAttr, From},
    diag::check_listed,
};

pub(crate) fn payload(input: &DeriveInput) -> TokenStream {
    payload_of(&krate(None), input, &quote!(cx.next_arg()))
}

pub(crate) fn event(input: &DeriveInput, attr: &EventAttr) -> TokenStream {
    let krate = krate(attr.krate.as_ref());
    let EventAttr { name, ack, from, .. } = attr;
    let ident = &input.ident;
    let (impls, generics, wheres) = input.generics.split_for_impl();
    let fields = positional_fields(input);
    let payload = payload_of(&krate, input, &take(fields.as_deref()));
    let bounds = serialize_bounds(&krate, input);
    let arguments = arguments(&krate, input, &bounds);
    let answer = match ack {
        Some(ack) => quote!(#krate::private::AcknowledgedWith<#ack>),
        None => quote!(#krate::private::NotAcknowledged),
    };
    let acknowledged = ack.as_ref().map(|ack| {
        quote! {
            #[automatically_derived]
            impl #impls #krate::private::Acknowledged for #ident #generics #wheres {
                type Ack = #ack;
            }
        }
    });
    let outgoing = (*from != Some(From::Client)).then(|| {
        quote! {
            #[automatically_derived]
            impl #impls #krate::private::Outgoing for #ident #generics
            where
                #bounds
            {
            }
        }
    });
    let direction = match from {
        None => quote!(Both),
        Some(From::Client) => quote!(Client),
        Some(From::Server) => quote!(Server),
    };
    let listed = check_listed(&krate, "check_declared", name);
    quote! {
        #payload
        #arguments
        #[automatically_derived]
        impl #impls #krate::private::Event for #ident #generics #wheres {
            const NAME: &'static str = #name;
            const DIRECTION: #krate::private::Direction = #krate::private::Direction::#direction;
            type Answer = #answer;
        }
        #outgoing
        #acknowledged
        const _: () = #listed;
    }
}

/// How an event is taken from its arguments.
fn take(fields: Option<&[&Type]>) -> TokenStream {
    match fields {
        None => quote!(cx.next_arg()),
        // `struct Unit;` or `struct Unit();`
        Some([]) => quote!(::core::result::Result::Ok(Self {})),
        // a newtype is its field
        Some([_]) => quote!(cx.next_arg()),
        Some(_) => quote!(cx.next_args()),
    }
}

/// `Payload`, and `FromEvent` where the type can be deserialized: with all its lifetimes set to the event's.
///
/// `fields` are the arguments that `take` takes one by one.
fn payload_of(krate: &Path, input: &DeriveInput, take: &TokenStream) -> TokenStream {
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
        impl #impls #krate::private::Payload for #ident #generics #wheres {}

        #[automatically_derived]
        impl<'__e, __K: #krate::private::Carries, #(#params),*> #krate::private::FromEvent<'__e, __K> for #ty
        where
            #predicates
            #ty: #krate::private::serde::Deserialize<'__e>,
        {
            type Rejection = #krate::private::ClientError;

            fn from_event(cx: &mut #krate::private::EventContext<'__e>) -> ::core::result::Result<Self, #krate::private::ClientError> {
                #take
            }
        }
    }
}

/// A tuple struct is one argument for each field, a unit struct has no argument; `None`: the value as a whole
/// is the one argument.
fn positional_fields(input: &DeriveInput) -> Option<Vec<&Type>> {
    let Data::Struct(data) = &input.data else { return None };
    match &data.fields {
        Fields::Named(_) => None,
        Fields::Unit => Some(vec![]),
        Fields::Unnamed(fields) => Some(fields.unnamed.iter().map(|field| &field.ty).collect()),
    }
}

/// Where the type can be written as arguments.
///
/// The bounds are of references with a lifetime of their own: rustc would reject `Type: Serialize` at once for a
/// type that only clients send and that is not `Serialize`.
fn serialize_bounds(krate: &Path, input: &DeriveInput) -> TokenStream {
    let ident = &input.ident;
    let (_, generics, _) = input.generics.split_for_impl();
    let predicates = input.generics.where_clause.as_ref().map(|clause| {
        let predicates = &clause.predicates;
        quote!(#predicates,)
    });
    match positional_fields(input) {
        None => quote! { #predicates for<'__s> &'__s #ident #generics: #krate::private::serde::Serialize },
        Some(types) => quote! { #predicates #(for<'__s> &'__s #types: #krate::private::serde::Serialize,)* },
    }
}

/// How the type is written as arguments.
fn arguments(krate: &Path, input: &DeriveInput, bounds: &TokenStream) -> TokenStream {
    let ident = &input.ident;
    let (impls, generics, _) = input.generics.split_for_impl();
    // references: that is what the bounds are of
    let (arity, write) = match positional_fields(input) {
        None => (1, quote!(args.arg(&self)?;)),
        Some(types) => {
            let write = (0..types.len()).map(|i| {
                let index = syn::Index::from(i);
                quote!(args.arg(&&self.#index)?;)
            });
            (types.len(), quote!(#(#write)*))
        }
    };
    let args = if arity == 0 { format_ident!("_args") } else { format_ident!("args") };
    quote! {
        #[automatically_derived]
        impl #impls #krate::private::Arguments for #ident #generics
        where
            #bounds
        {
            fn arity(&self) -> usize {
                #arity
            }

            fn write(&self, #args: &mut #krate::private::ArgsWriter<'_>) -> ::core::result::Result<(), #krate::private::EncodeError> {
                #write
                ::core::result::Result::Ok(())
            }
        }
    }
}
