//! The code that `derive(IntoClientError)` generates.

use proc_macro2::TokenStream;
use quote::{format_ident, quote, quote_spanned};
use syn::{DeriveInput, Fields, Ident, Index, LitStr, Member, Path, spanned::Spanned};

use crate::{
    ast::krate,
    attr::{How, Message, Shown},
    diag::at,
};

pub(crate) fn client_error(input: &DeriveInput, shown: &[Shown<'_>], krate: Option<&Path>) -> TokenStream {
    let krate = self::krate(krate);
    let ident = &input.ident;
    let (impls, generics, wheres) = input.generics.split_for_impl();
    let arms = shown.iter().map(|shown| arm(&krate, shown));
    // an enum without variants has no value, and a union was reported
    let body = if shown.is_empty() {
        quote!(#krate::private::ClientError::new("", ""))
    } else {
        quote!(match self { #(#arms)* })
    };
    quote! {
        #[automatically_derived]
        #[allow(deprecated)]
        impl #impls #krate::private::IntoClientError for #ident #generics #wheres {
            fn into_client_error(self) -> #krate::private::ClientError {
                #body
            }
        }

        // so that `?` works in functions that return a `ClientError` as well
        #[automatically_derived]
        #[allow(deprecated)]
        impl #impls ::core::convert::From<#ident #generics> for #krate::private::ClientError #wheres {
            fn from(__error: #ident #generics) -> Self {
                #krate::private::IntoClientError::into_client_error(__error)
            }
        }
    }
}

fn arm(krate: &Path, Shown { variant, fields, how }: &Shown<'_>) -> TokenStream {
    let path = match variant {
        Some(variant) => quote!(Self::#variant),
        None => quote!(Self),
    };
    match how {
        How::Unknown => quote!(#path { .. } => #krate::private::ClientError::new("", ""),),
        How::Transparent => {
            let inner = members(fields).into_iter().next();
            let ty = fields.iter().next().map(|field| &field.ty);
            let span = ty.map_or_else(proc_macro2::Span::call_site, |ty| at(ty.span()));
            // all of the call is at the type, which is what an error is about
            let (value, call) = (
                Ident::new("__inner", span),
                quote_spanned!(span=> #krate::private::IntoClientError::into_client_error),
            );
            quote!(#path { #inner: #value } => #call(#value),)
        }
        How::Coded { code, message, data } => {
            let members = members(fields);
            let spans = fields.iter().map(|field| at(field.ty.span())).collect::<Vec<_>>();
            let name = |place: &usize| format_ident!("__data{place}", span = spans[*place]);
            let names: Vec<_> = data.iter().map(name).collect();
            let patterns = data.iter().zip(&names).map(|(place, name)| {
                let member = &members[*place];
                quote!(#member: ref #name,)
            });
            let pattern = quote!(#path { #(#patterns)* .. });
            let (pattern, message) = match message {
                Message::Display(word) => {
                    let text = quote_spanned!(at(word.span())=> ::std::string::ToString::to_string);
                    let error = Ident::new("__error", at(word.span()));
                    (quote!(ref #error @ #pattern), quote!(#text(#error)))
                }
                Message::Text(text) => (pattern, quote!(#text)),
                Message::Code => {
                    let text = LitStr::new(&code.value().replace('_', " "), code.span());
                    (pattern, quote!(#text))
                }
            };
            let error = quote!(#krate::private::ClientError::new(#code, #message));
            let error = match (fields, &names[..]) {
                (_, []) => error,
                (Fields::Unnamed(_), [name, ..]) => quote!(#krate::private::error_with(#error, #name)),
                _ => {
                    let keys = data.iter().map(|place| match &members[*place] {
                        Member::Named(name) => name.to_string().trim_start_matches("r#").to_owned(),
                        Member::Unnamed(Index { index, .. }) => index.to_string(),
                    });
                    quote! {
                        #krate::private::error_with(#error, &#krate::private::ErrorData::new()
                            #(.with(#keys, #names))*)
                    }
                }
            };
            quote!(#pattern => #error,)
        }
    }
}

/// The names of the fields, or their places.
fn members(fields: &Fields) -> Vec<Member> {
    fields.members().collect()
}
