//! The input of `namespace!`.

use syn::{
    Error, Ident, LitStr, Result, Token, Type,
    ext::IdentExt,
    parse::{Parse, ParseStream},
};

use super::unknown_option;

/// `"/admin", guard = Admin`
pub(crate) struct NamespaceOfModule {
    pub(crate) name: LitStr,
    /// What each client of the namespace must have.
    pub(crate) guards: Vec<Type>,
}

impl Parse for NamespaceOfModule {
    fn parse(input: ParseStream<'_>) -> Result<Self> {
        let (name, mut guards) = (input.parse()?, vec![]);
        while !input.is_empty() {
            input.parse::<Token![,]>()?;
            if input.is_empty() {
                break;
            }
            let key = input.call(Ident::parse_any)?;
            if key != "guard" {
                return Err(Error::new(key.span(), unknown_option(&key.to_string(), &["guard"])));
            }
            if input.parse::<Option<Token![=]>>()?.is_none() || input.is_empty() {
                return Err(Error::new(key.span(), "say which: `guard = Admin`, an extractor"));
            }
            guards.push(input.parse()?);
        }
        Ok(Self { name, guards })
    }
}
