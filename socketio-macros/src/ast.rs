//! What the macros know of the items they stand on.

use proc_macro2::{TokenStream, TokenTree};
use quote::ToTokens;
use syn::{
    Attribute, Error, Expr, Ident, Lifetime, LitStr, Path, Result, Signature, Token, Type, Visibility,
    bracketed,
    parse::{Parse, ParseStream},
    parse_quote,
    punctuated::Punctuated,
    spanned::Spanned,
    visit_mut::VisitMut,
};

/// A function, of which only the signature is understood: a body that is being typed must not hide the item
/// from an editor.
pub(crate) struct Function {
    pub(crate) attrs: Vec<Attribute>,
    pub(crate) vis: Visibility,
    pub(crate) sig: Signature,
    body: TokenStream,
}

impl Function {
    /// One that stands in an `impl`: its body stays there.
    pub(crate) fn of_impl(function: &syn::ImplItemFn) -> Self {
        let syn::ImplItemFn { attrs, vis, sig, .. } = function.clone();
        Self { attrs, vis, sig, body: TokenStream::new() }
    }
}

impl Parse for Function {
    fn parse(input: ParseStream<'_>) -> Result<Self> {
        Ok(Self {
            attrs: input.call(Attribute::parse_outer)?,
            vis: input.parse()?,
            sig: input.parse()?,
            body: input.parse()?,
        })
    }
}

impl ToTokens for Function {
    fn to_tokens(&self, tokens: &mut TokenStream) {
        for attr in &self.attrs {
            attr.to_tokens(tokens);
        }
        self.vis.to_tokens(tokens);
        self.sig.to_tokens(tokens);
        self.body.to_tokens(tokens);
    }
}

/// `pub EVENTS = [SendMessage, "name", use other::EVENTS]`
pub(crate) struct EventList {
    pub(crate) attrs: Vec<Attribute>,
    pub(crate) vis: Visibility,
    pub(crate) name: Ident,
    pub(crate) entries: Punctuated<Entry, Token![,]>,
}

pub(crate) enum Entry {
    Type(Type),
    Name(LitStr),
    /// The list of another crate, which is linked by that.
    Use(Path),
}

impl Parse for EventList {
    fn parse(input: ParseStream<'_>) -> Result<Self> {
        let attrs = input.call(Attribute::parse_outer)?;
        let vis = input.parse()?;
        let name = input.parse()?;
        input.parse::<Token![=]>()?;
        let entries;
        bracketed!(entries in input);
        let entries = entries.parse_terminated(Entry::parse, Token![,])?;
        // a semicolon is what an item's declaration ends with
        input.parse::<Option<Token![;]>>()?;
        Ok(Self { attrs, vis, name, entries })
    }
}

impl Parse for Entry {
    fn parse(input: ParseStream<'_>) -> Result<Self> {
        if input.peek(LitStr) {
            input.parse().map(Self::Name)
        } else if input.peek(Token![use]) {
            input.parse::<Token![use]>()?;
            input.call(Path::parse_mod_style).map(Self::Use)
        } else {
            input.parse().map(Self::Type)
        }
    }
}

/// `"name", a, b` or `"name", ..args`
pub(crate) struct NamedEvent {
    pub(crate) name: LitStr,
    pub(crate) args: Punctuated<Expr, Token![,]>,
}

impl Parse for NamedEvent {
    fn parse(input: ParseStream<'_>) -> Result<Self> {
        let name = input.parse()?;
        let args = if input.is_empty() {
            Punctuated::new()
        } else {
            input.parse::<Token![,]>()?;
            Punctuated::parse_terminated(input)?
        };
        Ok(Self { name, args })
    }
}

/// Tuples up to this length are arguments.
pub(crate) const MAX_ARGUMENTS: usize = 12;

/// Is this an `impl` block?
pub(crate) fn is_impl(item: &TokenStream) -> bool {
    let is_word = |token: &TokenTree| matches!(token, TokenTree::Ident(_));
    item.clone().into_iter().find(is_word).is_some_and(|word| word.to_string() == "impl")
}

/// The mistake, if this is not even the start of a function.
pub(crate) fn not_a_function(item: &TokenStream) -> Option<Error> {
    let is_fn =
        item.clone().into_iter().any(|token| matches!(token, TokenTree::Ident(ident) if ident == "fn"));
    (!is_fn).then(|| {
        Error::new(
            item.span(),
            "`#[on(..)]` stands on a function: `#[on(\"name\")] async fn handler(..) { .. }`",
        )
    })
}

/// The crate that generated code refers to.
pub(crate) fn krate(given: Option<&Path>) -> Path {
    given.cloned().unwrap_or_else(|| parse_quote!(::socketio))
}

/// The type with every lifetime except `'static` left to be inferred: an argument may borrow from the event.
pub(crate) fn elided(ty: &Type) -> Type {
    with_lifetime(ty, "'_")
}

/// The type with this lifetime for every other one except `'static`.
pub(crate) fn with_lifetime(ty: &Type, name: &str) -> Type {
    struct Replace<'a>(&'a str);

    impl VisitMut for Replace<'_> {
        fn visit_lifetime_mut(&mut self, lifetime: &mut Lifetime) {
            if lifetime.ident != "static" {
                *lifetime = Lifetime::new(self.0, lifetime.span());
            }
        }

        // lifetimes in these have binders of their own
        fn visit_type_fn_ptr_mut(&mut self, _: &mut syn::TypeFnPtr) {}
        fn visit_type_trait_object_mut(&mut self, _: &mut syn::TypeTraitObject) {}
    }

    let mut ty = ty.clone();
    Replace(name).visit_type_mut(&mut ty);
    ty
}

/// Writes the type for every `Self`: what is generated stands outside the `impl`.
pub(crate) fn replace_self(sig: &mut Signature, of: &Type) {
    struct Replace<'a>(&'a Type);

    impl VisitMut for Replace<'_> {
        fn visit_type_mut(&mut self, ty: &mut Type) {
            if matches!(ty, Type::Path(path) if path.path.is_ident("Self")) {
                *ty = self.0.clone();
            } else {
                syn::visit_mut::visit_type_mut(self, ty);
            }
        }
    }

    Replace(of).visit_signature_mut(sig);
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lifetimes_are_replaced_where_they_are_free() {
        let ty: Type = parse_quote!(Message<'a, Cow<'b, str>, &'static str, for<'c> fn(&'c str)>);
        let expected: Type = parse_quote!(Message<'_, Cow<'_, str>, &'static str, for<'c> fn(&'c str)>);
        assert_eq!(elided(&ty).to_token_stream().to_string(), expected.to_token_stream().to_string());
    }

    #[test]
    fn a_body_that_is_being_typed_is_kept() {
        let function: Function = parse_quote!(#[inline] pub async fn said(text: String) { text. });
        assert_eq!(function.sig.ident, "said");
        assert!(function.to_token_stream().to_string().ends_with("{ text . }"));
    }
}
