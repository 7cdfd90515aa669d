//! The arguments of `#[event(..)]` and `#[payload(..)]`.

use syn::{
    DeriveInput, Ident, LitBool, LitStr, Path, Result, Token, Type, ext::IdentExt, parse::ParseStream,
};

use super::{krate_option, near_option, unknown_option};
use crate::diag::Errors;

/// `#[event("name", ack = T, from = client)]`, as far as it could be read.
#[derive(Default)]
pub(crate) struct EventAttr {
    pub(crate) name: Option<LitStr>,
    /// `custom = "ping"`: the name may look like a word of the life cycle.
    pub(crate) custom: bool,
    pub(crate) ack: Option<Type>,
    pub(crate) from: Option<From>,
    /// `namespace = "/admin"`: where the server sends it, for a contract.
    pub(crate) namespace: Option<LitStr>,
    /// `compress = false`
    pub(crate) compress: Option<LitBool>,
    pub(crate) validate: Option<Validate>,
    pub(crate) krate: Option<Path>,
}

/// `#[payload(validate, crate = path)]`, as far as it could be read.
#[derive(Default)]
pub(crate) struct PayloadAttr {
    pub(crate) validate: Option<Validate>,
    pub(crate) krate: Option<Path>,
}

/// What looks at a payload after it was decoded.
pub(crate) enum Validate {
    /// `validate`: the crate garde.
    Garde(Ident),
    /// `validate = path`: a function of the program.
    By(Path),
}

/// Who sends an event.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum From {
    Client,
    Server,
    Node,
}

const EVENT_OPTIONS: [&str; 7] = ["custom", "ack", "from", "namespace", "compress", "validate", "crate"];
const PAYLOAD_OPTIONS: [&str; 2] = ["validate", "crate"];

/// The one `#[event(..)]` of a type.
pub(crate) fn event(input: &DeriveInput, errors: &mut Errors) -> EventAttr {
    let mut event = EventAttr::default();
    let mut attrs = input.attrs.iter().filter(|attr| attr.path().is_ident("event"));
    match attrs.next() {
        Some(attr) => {
            let parsed = attr.parse_args_with(|input: ParseStream<'_>| event.parse(input, errors));
            errors.take(parsed);
        }
        None => errors
            .at(&input.ident, format!("name the event: `#[event(\"some:name\")] struct {}`", input.ident)),
    }
    for more in attrs {
        errors.at(more, "an event has one `#[event(..)]`");
    }
    event
}

impl EventAttr {
    fn parse(&mut self, input: ParseStream<'_>, errors: &mut Errors) -> Result<()> {
        let mut seen: Vec<String> = vec![];
        while !input.is_empty() {
            if input.peek(LitStr) {
                self.name(input.parse()?, errors);
            } else {
                let key = input.call(Ident::parse_any)?;
                if key != "validate" || input.peek(Token![=]) {
                    input.parse::<Token![=]>()?;
                } else {
                    self.validate = Some(Validate::Garde(key.clone()));
                }
                if seen.contains(&key.to_string()) {
                    errors.at(&key, format!("`{key}` is given twice"));
                }
                if !matches!(&self.validate, Some(Validate::Garde(word)) if *word == key) {
                    self.option(&key, &key.to_string(), input, errors)?;
                }
                seen.push(key.to_string());
            }
            if !input.is_empty() {
                input.parse::<Token![,]>()?;
            }
        }
        if self.name.is_none() {
            return Err(syn::Error::new(input.span(), "name the event: `#[event(\"some:name\")]`"));
        }
        Ok(())
    }

    fn name(&mut self, name: LitStr, errors: &mut Errors) {
        if self.name.is_some() {
            errors.at(&name, "an event has one name");
        }
        self.name = Some(name);
    }

    /// Reads `word = ..`. A misspelt `key` is reported and then read as the option it was meant to be, so that nothing
    /// else fails because of it.
    fn option(&mut self, key: &Ident, word: &str, input: ParseStream<'_>, errors: &mut Errors) -> Result<()> {
        match word {
            "custom" => {
                self.name(input.parse()?, errors);
                self.custom = true;
            }
            "ack" => self.ack = Some(input.parse()?),
            "from" => {
                let from: Ident = input.parse()?;
                self.from = match from.to_string().as_str() {
                    "client" => Some(From::Client),
                    "server" => Some(From::Server),
                    "node" => Some(From::Node),
                    _ => {
                        errors.at(
                            &from,
                            "expected `from = client`, `from = server` or `from = node`; leave it out for client and server",
                        );
                        None
                    }
                };
            }
            "namespace" => self.namespace = Some(input.parse()?),
            "compress" => self.compress = Some(input.parse()?),
            "validate" => self.validate = Some(Validate::By(input.call(Path::parse_mod_style)?)),
            "crate" => self.krate = Some(krate_option(input)?),
            unknown => {
                errors.at(key, unknown_option(unknown, &EVENT_OPTIONS));
                match near_option(unknown, &EVENT_OPTIONS) {
                    Some(near) => self.option(key, near, input, errors)?,
                    None => drop(input.parse::<syn::Expr>()?),
                }
            }
        }
        Ok(())
    }
}

/// `#[payload(..)]`.
pub(crate) fn payload(input: &DeriveInput, errors: &mut Errors) -> PayloadAttr {
    let mut read = PayloadAttr::default();
    for attr in input.attrs.iter().filter(|attr| attr.path().is_ident("payload")) {
        let parsed = attr.parse_args_with(|input: ParseStream<'_>| {
            while !input.is_empty() {
                read.option(input, errors)?;
                if !input.is_empty() {
                    input.parse::<Token![,]>()?;
                }
            }
            Ok(())
        });
        errors.take(parsed);
    }
    read
}

impl PayloadAttr {
    fn option(&mut self, input: ParseStream<'_>, errors: &mut Errors) -> Result<()> {
        let key = input.call(Ident::parse_any)?;
        let word = key.to_string();
        let known = PAYLOAD_OPTIONS.contains(&&*word);
        let given = match &*word {
            "validate" => self.validate.is_some(),
            "crate" => self.krate.is_some(),
            _ => {
                errors.at(&key, unknown_option(&word, &PAYLOAD_OPTIONS));
                false
            }
        };
        if given {
            errors.at(&key, format!("`{key}` is given twice"));
        }
        let word = if known { Some(&*word) } else { near_option(&word, &PAYLOAD_OPTIONS) };
        match (word, input.parse::<Option<Token![=]>>()?.is_some()) {
            (Some("validate"), true) => {
                self.validate = Some(Validate::By(input.call(Path::parse_mod_style)?));
            }
            (Some("validate"), false) => self.validate = Some(Validate::Garde(key)),
            (Some(_), true) => self.krate = Some(krate_option(input)?),
            (None, true) => drop(input.parse::<syn::Expr>()?),
            (Some(_), false) if known => errors.at(&key, "say where the crate is: `crate = path`"),
            (_, false) => {}
        }
        Ok(())
    }
}
