//! `#[on(..)]`: the item is parsed, then its attributes, both are checked, and what registers it is written.

use proc_macro2::TokenStream;
use quote::quote;
use syn::{
    ImplItem, ItemImpl,
    parse::{ParseStream, Parser},
};

use crate::{
    ast::{self, Function, replace_self},
    attr::{self, OnAttr},
    check,
    diag::parsing,
    expand,
};

pub(crate) fn on(attr: TokenStream, item: &TokenStream) -> TokenStream {
    if ast::is_impl(item) {
        return on_impl(&attr, item);
    }
    if let Some(error) = ast::not_a_function(item) {
        let error = error.to_compile_error();
        return quote!(#error #item);
    }
    match parsing(item.clone(), |mut function: Function, errors| {
        let parsed = Parser::parse2(|input: ParseStream<'_>| OnAttr::parse(input, errors), attr);
        let mut attrs: Vec<OnAttr> = errors.take(parsed).into_iter().collect();
        attrs.extend(attr::take_on(&mut function.attrs, errors));
        check::handler(&attrs, &function, errors);
        (function, attrs)
    }) {
        (Some((function, attrs)), None) => expand::on::function(&function, &attrs),
        // the function stays: one mistake is one message, not a trail of "cannot find function"
        (Some((function, _)), errors) => quote!(#errors #function),
        (None, errors) => quote!(#errors #item),
    }
}

/// `#[on] impl Chat { #[on("say")] fn say(..) {} }`: an attribute on an associated function cannot know the type it
/// belongs to, so that the `impl` has one as well.
fn on_impl(attr: &TokenStream, item: &TokenStream) -> TokenStream {
    match parsing(item.clone(), |mut block: ItemImpl, errors| {
        check::block(attr, &block, errors);
        let mut handlers = vec![];
        for item in &mut block.items {
            let ImplItem::Fn(function) = item else { continue };
            let attrs = attr::take_on(&mut function.attrs, errors);
            if attrs.is_empty() {
                continue;
            }
            let mut function = Function::of_impl(function);
            replace_self(&mut function.sig, &block.self_ty);
            function.attrs.extend(block.attrs.iter().filter(|attr| attr.path().is_ident("cfg")).cloned());
            check::associated(&attrs, errors);
            check::handler(&attrs, &function, errors);
            handlers.push((function, attrs));
        }
        (block, handlers)
    }) {
        (Some((block, handlers)), None) => expand::on::block(&block, &handlers),
        (Some((block, _)), errors) => quote!(#errors #block),
        (None, errors) => quote!(#errors #item),
    }
}
