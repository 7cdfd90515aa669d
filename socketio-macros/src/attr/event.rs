//! The arguments of `#[event(..)]` and `#[payload(..)]`.

use syn::{
    DeriveInput, Ident, LitBool, LitStr, Path, Result, Token, Type,
    ext::IdentExt,
    parse::{Parse, ParseStream},
};

use super::{
    CRATE, CUSTOM, NAMESPACE, VALIDATE, bare, is_end, krate_option, near_option, skip, unknown_option, value,
};
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
    /// A mistake was reported that says more than that there is no name.
    broken: bool,
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
        Some(attr) if bare(attr, errors, NAMELESS) => {}
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

const NAMELESS: &str = "name the event: `#[event(\"some:name\")]`";

impl EventAttr {
    fn parse(&mut self, input: ParseStream<'_>, errors: &mut Errors) -> Result<()> {
        let mut seen: Vec<String> = vec![];
        while !input.is_empty() {
            if input.peek(LitStr) {
                self.name(input.parse()?, errors);
            } else {
                let key = input.call(Ident::parse_any)?;
                if seen.contains(&key.to_string()) {
                    errors.at(&key, format!("`{key}` is given twice"));
                }
                self.option(&key, &key.to_string(), input, errors);
                seen.push(key.to_string());
            }
            if !input.is_empty() {
                input.parse::<Token![,]>()?;
            }
        }
        if self.name.is_none() && !self.broken {
            return Err(syn::Error::new(input.span(), NAMELESS));
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
    fn option(&mut self, key: &Ident, word: &str, input: ParseStream<'_>, errors: &mut Errors) {
        match word {
            "custom" => {
                self.custom = true;
                match value(key, input, errors, CUSTOM, <LitStr as Parse>::parse) {
                    Some(name) => self.name(name, errors),
                    None => self.broken = true,
                }
            }
            "ack" => {
                let wanted = "`ack` is the type of the answer: `ack = Receipt`";
                self.ack = value(key, input, errors, wanted, Type::parse);
            }
            "from" => {
                let wanted = "expected `from = client`, `from = server` or `from = node`; leave it out for client and server";
                self.from = value(key, input, errors, wanted, |input| {
                    let from: Ident = input.parse()?;
                    match from.to_string().as_str() {
                        "client" => Ok(From::Client),
                        "server" => Ok(From::Server),
                        "node" => Ok(From::Node),
                        _ => Err(syn::Error::new(from.span(), wanted)),
                    }
                });
            }
            "namespace" => self.namespace = value(key, input, errors, NAMESPACE, <LitStr as Parse>::parse),
            "compress" => {
                let wanted = "`compress` is `true` or `false`: `compress = false`";
                self.compress = value(key, input, errors, wanted, LitBool::parse);
            }
            "validate" => self.validate = validate(key, input, errors),
            "crate" => self.krate = value(key, input, errors, CRATE, krate_option),
            // the habit of other crates, or a constant
            "name" => {
                errors.at(key, "the name stands alone, in quotes: `#[event(\"some:name\")]`");
                self.broken = true;
                skip(input);
            }
            unknown => match near_option(unknown, &EVENT_OPTIONS) {
                None if !input.peek(Token![=]) => {
                    errors.at(key, "the name of an event is a text in quotes: `#[event(\"some:name\")]`");
                    self.broken = true;
                    skip(input);
                }
                None => {
                    errors.at(key, unknown_option(unknown, &EVENT_OPTIONS));
                    skip(input);
                }
                Some(near) => {
                    errors.at(key, unknown_option(unknown, &EVENT_OPTIONS));
                    self.option(key, near, input, errors);
                }
            },
        }
    }
}

/// `validate`, `validate = path`
fn validate(key: &Ident, input: ParseStream<'_>, errors: &mut Errors) -> Option<Validate> {
    if is_end(input) {
        return Some(Validate::Garde(key.clone()));
    }
    value(key, input, errors, VALIDATE, Path::parse_mod_style).map(Validate::By)
}

/// `#[payload(..)]`.
pub(crate) fn payload(input: &DeriveInput, errors: &mut Errors) -> PayloadAttr {
    let mut read = PayloadAttr::default();
    for attr in input.attrs.iter().filter(|attr| attr.path().is_ident("payload")) {
        if bare(attr, errors, "say what: `#[payload(validate)]`, or leave it out") {
            continue;
        }
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
        match word {
            Some("validate") => self.validate = validate(&key, input, errors),
            Some(_) if known || input.peek(Token![=]) => {
                self.krate = value(&key, input, errors, CRATE, krate_option);
            }
            _ => skip(input),
        }
        Ok(())
    }
}
