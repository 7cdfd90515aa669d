//! The arguments of `#[event(..)]` and `#[payload(..)]`.

use syn::{
    Attribute, DeriveInput, Ident, LitStr, Path, Result, Token, Type, ext::IdentExt, parse::ParseStream,
};

use super::{krate_option, unknown_option};
use crate::diag::Errors;

/// The one `#[event(..)]` of a type.
pub(crate) fn event(input: &DeriveInput, errors: &mut Errors) -> Option<EventAttr> {
    let mut attrs = input.attrs.iter().filter(|attr| attr.path().is_ident("event"));
    let attr = match attrs.next() {
        Some(attr) => {
            let parsed = attr.parse_args_with(|input: ParseStream<'_>| EventAttr::parse(input, errors));
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
    for more in attrs {
        errors.at(more, "an event has one `#[event(..)]`");
    }
    attr
}

/// `#[event("name", ack = T, from = client)]`
pub(crate) struct EventAttr {
    pub(crate) name: LitStr,
    /// `custom = "ping"`: a name that looks like a word of the life cycle is meant.
    pub(crate) custom: bool,
    pub(crate) ack: Option<Type>,
    pub(crate) from: Option<From>,
    pub(crate) krate: Option<Path>,
}

/// Who sends an event.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum From {
    Client,
    Server,
}

const EVENT_OPTIONS: [&str; 4] = ["custom", "ack", "from", "crate"];

impl EventAttr {
    pub(crate) fn parse(input: ParseStream<'_>, errors: &mut Errors) -> Result<Self> {
        let (mut name, mut custom, mut ack, mut from, mut krate) = (None, false, None, None, None);
        let mut seen: Vec<String> = vec![];
        while !input.is_empty() {
            if input.peek(LitStr) {
                let literal: LitStr = input.parse()?;
                if name.is_some() {
                    errors.at(&literal, "an event has one name");
                }
                name = Some(literal);
            } else {
                let key = input.call(Ident::parse_any)?;
                input.parse::<Token![=]>()?;
                let word = key.to_string();
                if seen.contains(&word) {
                    errors.at(&key, format!("`{word}` is given twice"));
                }
                match word.as_str() {
                    "custom" => {
                        name = Some(input.parse()?);
                        custom = true;
                    }
                    "ack" => ack = Some(input.parse()?),
                    "from" => {
                        let who: Ident = input.parse()?;
                        from = match who.to_string().as_str() {
                            "client" => Some(From::Client),
                            "server" => Some(From::Server),
                            _ => {
                                errors.at(
                                    &who,
                                    "expected `from = client` or `from = server`; leave it out for both",
                                );
                                None
                            }
                        };
                    }
                    "crate" => krate = Some(krate_option(input)?),
                    unknown => {
                        errors.at(&key, unknown_option(unknown, &EVENT_OPTIONS));
                        input.parse::<syn::Expr>()?;
                    }
                }
                seen.push(word);
            }
            if !input.is_empty() {
                input.parse::<Token![,]>()?;
            }
        }
        let name =
            name.ok_or_else(|| syn::Error::new(input.span(), "name the event: `#[event(\"some:name\")]`"))?;
        Ok(Self { name, custom, ack, from, krate })
    }
}
