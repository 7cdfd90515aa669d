//! `#[cfg(..)]` and `#[cfg_attr(..)]`: rustc has not evaluated those below our attribute yet.

use proc_macro2::{TokenStream, TokenTree};
use quote::quote;
use syn::{AttrStyle, Attribute, Meta};

/// The predicates that an item with these attributes depends on: all of them must hold.
pub(crate) fn conditions(attrs: &[Attribute]) -> Vec<TokenStream> {
    attrs.iter().flat_map(|attr| conditions_of(&attr.meta)).collect()
}

fn conditions_of(meta: &Meta) -> Vec<TokenStream> {
    let Meta::List(list) = meta else { return vec![] };
    if list.path.is_ident("cfg") {
        return vec![list.tokens.clone()];
    }
    let Some((when, attrs)) = cfg_attr(meta) else { return vec![] };
    attrs.iter().flat_map(conditions_of).map(|condition| quote!(any(not(#when), #condition))).collect()
}

/// `#[cfg(..)]` with all of the predicates; nothing if there are none.
pub(crate) fn cfg(conditions: &[TokenStream]) -> TokenStream {
    match conditions {
        [] => TokenStream::new(),
        [one] => quote!(#[cfg(#one)]),
        all => quote!(#[cfg(all(#(#all),*))]),
    }
}

/// An attribute and the predicates that it depends on.
pub(crate) struct Conditional {
    pub(crate) meta: Meta,
    pub(crate) conditions: Vec<TokenStream>,
}

/// Removes and returns the attributes that are `wanted`, including those in a `cfg_attr`.
pub(crate) fn take(attrs: &mut Vec<Attribute>, wanted: fn(&Meta) -> bool) -> Vec<Conditional> {
    let mut taken = vec![];
    attrs.retain_mut(|attr| {
        if !matches!(attr.style, AttrStyle::Outer) {
            return true;
        }
        match without(&attr.meta, &[], wanted, &mut taken) {
            Some(rest) => {
                attr.meta = rest;
                true
            }
            None => false,
        }
    });
    taken
}

/// What is left of an attribute without those that are wanted.
fn without(
    meta: &Meta,
    conditions: &[TokenStream],
    wanted: fn(&Meta) -> bool,
    taken: &mut Vec<Conditional>,
) -> Option<Meta> {
    if wanted(meta) {
        taken.push(Conditional { meta: meta.clone(), conditions: conditions.to_vec() });
        return None;
    }
    let Some((when, attrs)) = cfg_attr(meta) else { return Some(meta.clone()) };
    let mut conditions = conditions.to_vec();
    conditions.push(when.clone());
    let before = taken.len();
    let rest: Vec<Meta> = attrs.iter().filter_map(|attr| without(attr, &conditions, wanted, taken)).collect();
    if taken.len() == before {
        return Some(meta.clone());
    }
    (!rest.is_empty()).then(|| syn::parse_quote!(cfg_attr(#when, #(#rest),*)))
}

/// The predicate and the attributes of a `cfg_attr`.
fn cfg_attr(meta: &Meta) -> Option<(TokenStream, Vec<Meta>)> {
    let Meta::List(list) = meta else { return None };
    if !list.path.is_ident("cfg_attr") {
        return None;
    }
    let is_comma = |token: &TokenTree| matches!(token, TokenTree::Punct(punct) if punct.as_char() == ',');
    let tokens: Vec<TokenTree> = list.tokens.clone().into_iter().collect();
    let mut parts = tokens.split(is_comma).map(|part| part.iter().cloned().collect::<TokenStream>());
    let when = parts.next()?;
    let attrs = parts.filter(|part| !part.is_empty()).map(syn::parse2).collect::<Result<_, _>>();
    // rustc reports what is not an attribute
    attrs.ok().map(|attrs| (when, attrs))
}

#[cfg(test)]
mod tests {
    use quote::ToTokens;
    use syn::parse_quote;

    use super::*;

    fn text(tokens: impl ToTokens) -> String {
        tokens.to_token_stream().to_string().replace(' ', "")
    }

    #[test]
    fn conditions_are_found_in_attributes_of_attributes() {
        let attrs = [
            parse_quote!(#[cfg(unix)]),
            parse_quote!(#[inline]),
            parse_quote!(#[cfg_attr(windows, inline, cfg_attr(test, cfg(debug_assertions)))]),
        ];
        let found: Vec<String> = conditions(&attrs).iter().map(text).collect();
        assert_eq!(found, ["unix", "any(not(windows),any(not(test),debug_assertions))"]);
        assert_eq!(text(cfg(&conditions(&attrs[..2]))), "#[cfg(unix)]");
        assert_eq!(text(cfg(&[])), "");
    }

    #[test]
    fn what_is_wanted_is_taken_and_the_rest_stays() {
        let mut attrs = vec![
            parse_quote!(#[on("a")]),
            parse_quote!(#[cfg_attr(all(unix, test), inline, on("b"), cfg_attr(true, on("c")))]),
            parse_quote!(#[cfg_attr(test, on("d"))]),
            parse_quote!(#[cfg_attr(test, must_use)]),
        ];
        let taken = take(&mut attrs, |meta| meta.path().is_ident("on"));
        let taken: Vec<(String, usize)> =
            taken.iter().map(|taken| (text(&taken.meta), taken.conditions.len())).collect();
        let expected = [("on(\"a\")", 0), ("on(\"b\")", 1), ("on(\"c\")", 2), ("on(\"d\")", 1)];
        assert_eq!(taken, expected.map(|(meta, conditions)| (meta.to_owned(), conditions)));
        let left: Vec<String> = attrs.iter().map(text).collect();
        assert_eq!(left, ["#[cfg_attr(all(unix,test),inline)]", "#[cfg_attr(test,must_use)]"]);
    }
}
