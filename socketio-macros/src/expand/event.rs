//! The code that `derive(Event)` and `derive(Payload)` generate.

use proc_macro2::TokenStream;
use quote::{quote, quote_spanned};
use syn::{Data, DeriveInput, Fields, GenericParam, LitStr, Path, Type, spanned::Spanned};

use super::describe;
use crate::{
    ast::krate,
    attr::{EventAttr, From, PayloadAttr, Validate},
    diag::{at, check_listed},
};

pub(crate) fn payload(input: &DeriveInput, attr: &PayloadAttr) -> TokenStream {
    let krate = krate(attr.krate.as_ref());
    payload_of(&krate, input, &quote!(__cx.next_arg()), attr.validate.as_ref(), false)
}

/// `is_sound` is `false` if there is a mistake in the type. The event is then as lenient as possible, so that its uses
/// do not fail as well.
pub(crate) fn event(input: &DeriveInput, attr: &EventAttr, is_sound: bool) -> TokenStream {
    let krate = krate(attr.krate.as_ref());
    let EventAttr { ack, from, .. } = attr;
    let ident = &input.ident;
    let name = attr.name.clone().unwrap_or_else(|| LitStr::new(&format!("<{ident}>"), ident.span()));
    let (impls, generics, wheres) = input.generics.split_for_impl();
    let fields = positional_fields(input);
    let is_of_nodes = *from == Some(From::Node);
    let taken = take(fields.as_deref());
    let payload = payload_of(&krate, input, &taken, attr.validate.as_ref(), is_of_nodes);
    let bounds = serialize_bounds(&krate, input);
    let arguments = arguments(&krate, input, &bounds);
    let answer = match ack {
        Some(ack) => quote!(#krate::private::AcknowledgedWith<#ack>),
        None if is_sound => quote!(#krate::private::NotAcknowledged),
        None => quote!(#krate::private::Untyped),
    };
    let acknowledged = ack.as_ref().map(|ack| {
        quote! {
            #[automatically_derived]
        #[allow(deprecated)]
            impl #impls #krate::private::Acknowledged for #ident #generics #wheres {
                type Ack = #ack;
            }
        }
    });
    let emitted = match from {
        Some(From::Client) => None,
        Some(From::Node) => Some(quote!(BetweenNodes)),
        Some(From::Server) | None => Some(quote!(Outgoing)),
    };
    let outgoing = emitted.map(|emitted| {
        quote! {
            #[automatically_derived]
        #[allow(deprecated)]
            impl #impls #krate::private::#emitted for #ident #generics
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
        Some(From::Node) => quote!(Node),
    };
    let compress =
        attr.compress.as_ref().map(|compress| quote!(const COMPRESS: ::core::primitive::bool = #compress;));
    let kind = if is_of_nodes { quote!(NodeEvent) } else { quote!(CustomEvent) };
    // events between nodes are nobody's contract
    let described = (is_sound && !is_of_nodes).then(|| describe::event(&krate, input, attr));
    let listed = is_sound.then(|| {
        let check = check_listed(&krate, "check_declared", &name, Some(&name));
        quote!(const _: () = #check;)
    });
    quote! {
        #payload
        #arguments
        #[automatically_derived]
        #[allow(deprecated)]
        impl #impls #krate::private::Event for #ident #generics #wheres {
            const NAME: &'static ::core::primitive::str = #name;
            const DIRECTION: #krate::private::Direction = #krate::private::Direction::#direction;
            #compress
            type Answer = #answer;
            type Kind = #krate::private::kind::#kind;
        }
        #outgoing
        #acknowledged
        #listed
        #described
    }
}

/// How an event is taken from its arguments.
fn take(fields: Option<&[&Type]>) -> TokenStream {
    match fields {
        None => quote!(__cx.next_arg()),
        // `struct Unit;` or `struct Unit();`
        Some([]) => quote!(::core::result::Result::Ok(Self {})),
        // a newtype is its field
        Some([_]) => quote!(__cx.next_arg()),
        Some(_) => quote!(__cx.next_args()),
    }
}

/// `Payload`, and `FromEvent` if the type is `Deserialize` with all of its lifetimes set to the event's. What nodes send is an
/// argument of handlers for that alone.
fn payload_of(
    krate: &Path,
    input: &DeriveInput,
    take: &TokenStream,
    validate: Option<&Validate>,
    is_of_nodes: bool,
) -> TokenStream {
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
    let call = validate.map(|validate| match validate {
        Validate::Garde(word) => {
            let function = quote_spanned!(at(word.span())=> #krate::private::validate_with_garde);
            // the argument is where an error about the type is reported
            let value = quote_spanned!(at(word.span())=> self);
            quote!(#function(#value))
        }
        Validate::By(path) => quote_spanned!(at(path.span())=> #path(self)),
    });
    let (validation, take) = match call {
        None => (None, take.clone()),
        Some(call) => {
            let validation = quote! {
                const VALIDATES: ::core::primitive::bool = true;

                fn validate(&self) -> ::core::result::Result<(), #krate::private::FieldErrors> {
                    #call
                }
            };
            let take = quote! {
                {
                    let __taken: ::core::result::Result<Self, #krate::private::ClientError> = #take;
                    __taken.and_then(#krate::private::validated)
                }
            };
            (Some(validation), take)
        }
    };
    let (kind, kind_params) = if is_of_nodes {
        (quote!(#krate::private::kind::NodeEvent), quote!())
    } else {
        (quote!(__K), quote!(__K: #krate::private::Carries,))
    };
    quote! {
        #[automatically_derived]
        #[allow(deprecated)]
        impl #impls #krate::private::Payload for #ident #generics #wheres {
            #validation
        }

        #[automatically_derived]
        #[allow(deprecated)]
        impl<'__e, #kind_params #(#params),*> #krate::private::FromEvent<'__e, #kind> for #ty
        where
            #predicates
            #ty: #krate::private::serde::Deserialize<'__e>,
        {
            type Rejection = #krate::private::ClientError;

            fn from_event(__cx: &mut #krate::private::EventContext<'__e>) -> ::core::result::Result<Self, #krate::private::ClientError> {
                #take
            }
        }
    }
}

/// The fields that are arguments: those of a tuple struct, none for a unit struct; `None` if the whole value is the one
/// argument.
fn positional_fields(input: &DeriveInput) -> Option<Vec<&Type>> {
    let Data::Struct(data) = &input.data else { return None };
    match &data.fields {
        Fields::Named(_) => None,
        Fields::Unit => Some(vec![]),
        Fields::Unnamed(fields) => Some(fields.unnamed.iter().map(|field| &field.ty).collect()),
    }
}

/// The bounds under which the type can be written as arguments.
///
/// They are bounds on references with a lifetime of their own: rustc would reject a plain `Type: Serialize` right away
/// for a type that only clients send and that is not `Serialize`.
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
    // references, because the bounds are on references
    let (arity, write) = match positional_fields(input) {
        None => (1, quote!(__args.arg(&self)?;)),
        Some(types) => {
            let write = (0..types.len()).map(|i| {
                let index = syn::Index::from(i);
                quote!(__args.arg(&&self.#index)?;)
            });
            (types.len(), quote!(#(#write)*))
        }
    };
    quote! {
        #[automatically_derived]
        #[allow(deprecated)]
        impl #impls #krate::private::Arguments for #ident #generics
        where
            #bounds
        {
            fn arity(&self) -> ::core::primitive::usize {
                #arity
            }

            fn write(&self, __args: &mut #krate::private::ArgsWriter<'_>) -> ::core::result::Result<(), #krate::private::EncodeError> {
                let _ = &__args;
                #write
                ::core::result::Result::Ok(())
            }
        }
    }
}
