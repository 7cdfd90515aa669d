//! `#[on(..)]`: the item is parsed, then its attributes, both are checked, and the code that registers it is generated.

use proc_macro2::TokenStream;
use quote::quote;
use syn::{
    ImplItem, ItemImpl,
    parse::{ParseStream, Parser},
};

use crate::{
    ast::{self, Function, replace_self},
    attr::{self, OnAttr},
    cfg, check,
    diag::{Errors, parsing},
    expand,
};

/// `nth` counts the expansions of a crate.
pub(crate) fn on(attr: TokenStream, item: &TokenStream, nth: u32) -> TokenStream {
    if ast::is_impl(item) {
        return on_impl(attr, item, nth);
    }
    if let Some(error) = ast::not_a_function(item) {
        let error = error.to_compile_error();
        return quote!(#error #item);
    }
    match parsing(item.clone(), |mut function: Function, errors| {
        let parsed = Parser::parse2(|input: ParseStream<'_>| OnAttr::parse(input, errors), attr);
        let mut attrs: Vec<OnAttr> = errors.take(parsed).into_iter().collect();
        attrs.extend(attr::take_on(&mut function.attrs, errors));
        check::free(&function, errors);
        check::handler(&attrs, &function, errors);
        (function, attrs)
    }) {
        (Some((function, attrs)), None) => expand::on::function(&function, &attrs, nth),
        // the function stays: one mistake is one message, not a trail of "cannot find function"
        (Some((function, attrs)), Some(errors)) => {
            let errors = where_it_is(&function, errors);
            let unregistered = expand::on::unregistered(&function, &attrs);
            quote!(#errors #function #unregistered)
        }
        (None, errors) => quote!(#errors #item),
    }
}

/// `#[on] impl Chat { #[on("say")] fn say(..) {} }`: an attribute on an associated function cannot know the type that
/// the function belongs to, so the `impl` needs one as well.
fn on_impl(attr: TokenStream, item: &TokenStream, nth: u32) -> TokenStream {
    match parsing(item.clone(), |mut block: ItemImpl, errors| {
        let krate = attr::on_block(attr, errors);
        check::block(&block, errors);
        let mut handlers = vec![];
        let mut mistakes = vec![];
        for item in &mut block.items {
            let ImplItem::Fn(function) = item else { continue };
            if !attr::has_on(&function.attrs) {
                continue;
            }
            let mut errors = Errors::default();
            let mut attrs = attr::take_on(&mut function.attrs, &mut errors);
            for attr in &mut attrs {
                attr.krate = attr.krate.take().or_else(|| krate.clone());
            }
            let mut function = Function::of_impl(function);
            replace_self(&mut function.sig, &block.self_ty);
            function.attrs.extend(block.attrs.iter().cloned());
            check::associated(&attrs, &mut errors);
            check::handler(&attrs, &function, &mut errors);
            match errors.finish() {
                Some(errors) => mistakes.push(where_it_is(&function, errors)),
                None => handlers.push((function, attrs)),
            }
        }
        (block, handlers, mistakes)
    }) {
        (Some((block, handlers, mistakes)), None) => {
            let block = expand::on::block(&block, &handlers, nth);
            quote!(#(#mistakes)* #block)
        }
        (Some((block, _, mistakes)), errors) => quote!(#errors #(#mistakes)* #block),
        (None, errors) => quote!(#errors #item),
    }
}

/// The mistakes in a function, under its `cfg`.
fn where_it_is(function: &Function, errors: TokenStream) -> TokenStream {
    let conditions = function.conditions();
    if conditions.is_empty() {
        return errors;
    }
    let cfg = cfg::cfg(&conditions);
    quote! {
        #cfg
        const _: () = { #errors };
    }
}
