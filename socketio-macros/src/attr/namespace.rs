//! The input of `namespace!`.

use syn::{
    Error, Ident, LitStr, Result, Token, Type,
    ext::IdentExt,
    parse::{Parse, ParseStream},
};

use super::{unknown_option, value};
use crate::diag::Errors;

/// `"/admin", guard = Admin`
pub(crate) struct NamespaceOfModule {
    pub(crate) name: LitStr,
    /// What each client of the namespace must have.
    pub(crate) guards: Vec<Type>,
}

const GUARD: &str = "a guard is a type, an extractor: `guard = Admin`";

impl Parse for NamespaceOfModule {
    fn parse(input: ParseStream<'_>) -> Result<Self> {
        if !input.peek(LitStr) {
            return Err(
                input.error("the name of the namespace comes first, in quotes: `namespace!(\"/admin\")`")
            );
        }
        let (name, mut guards) = (input.parse()?, vec![]);
        while !input.is_empty() {
            input.parse::<Token![,]>()?;
            if input.is_empty() {
                break;
            }
            let key = input.call(Ident::parse_any)?;
            if key == "middleware" || key == "gate" {
                return Err(Error::new(
                    key.span(),
                    format!("the builder adds it: `.namespace({}, |n| n.{key}(..))`", quoted(&name)),
                ));
            }
            if key != "guard" {
                return Err(Error::new(key.span(), unknown_option(&key.to_string(), &["guard"])));
            }
            let mut errors = Errors::default();
            let guard = value(&key, input, &mut errors, GUARD, Type::parse);
            if let Some(error) = errors.first() {
                return Err(error);
            }
            guards.extend(guard);
        }
        Ok(Self { name, guards })
    }
}

fn quoted(name: &LitStr) -> String {
    format!("{:?}", name.value())
}
