//! The arguments of `#[client_error(..)]`.

use proc_macro2::TokenStream;
use syn::{
    Attribute, Data, DeriveInput, Error, Expr, Field, Fields, Ident, LitStr, Path, Result, Token,
    ext::IdentExt, parse::ParseStream,
};

use super::{krate_option, near_option, unknown_option};
use crate::diag::Errors;

/// What the client receives for one variant, or for a struct.
pub(crate) struct Shown<'a> {
    /// The variant; `None`: the struct itself.
    pub(crate) variant: Option<&'a Ident>,
    pub(crate) fields: &'a Fields,
    pub(crate) how: How,
}

pub(crate) enum How {
    /// The error inside says it.
    Transparent,
    Coded {
        code: LitStr,
        message: Message,
        /// The places of the fields that the client receives.
        data: Vec<usize>,
    },
    /// A mistake was reported.
    Unknown,
}

pub(crate) enum Message {
    /// The code in words.
    Code,
    Text(LitStr),
    /// What the error's `Display` writes.
    Display(Ident),
}

/// `#[client_error(..)]`, as far as it could be read.
#[derive(Default)]
struct Attr {
    code: Option<LitStr>,
    message: Option<LitStr>,
    display: Option<Ident>,
    transparent: Option<Ident>,
    krate: Option<Path>,
    /// A mistake in it was reported, which says more than what is missing.
    broken: bool,
}

const OPTIONS: [&str; 4] = ["code", "message", "display", "transparent"];
const OF_ENUM: [&str; 1] = ["crate"];
const OF_FIELD: [&str; 1] = ["data"];

/// Reads the attributes of the type, and those of its variants and fields. Returns the crate as well.
pub(crate) fn client_error<'a>(
    input: &'a DeriveInput,
    errors: &mut Errors,
) -> (Vec<Shown<'a>>, Option<Path>) {
    match &input.data {
        Data::Union(data) => {
            errors.at(&data.union_token, "a union cannot be the error of a handler");
            (vec![], None)
        }
        Data::Struct(data) => {
            let mut attr =
                Attr::read(&input.attrs, &["code", "message", "display", "transparent", "crate"], errors);
            let krate = attr.krate.take();
            (vec![shown(None, &input.ident, &data.fields, attr, errors)], krate)
        }
        Data::Enum(data) => {
            let krate = Attr::read(&input.attrs, &OF_ENUM, errors).krate;
            let shown = data.variants.iter().map(|variant| {
                let attr = Attr::read(&variant.attrs, &OPTIONS, errors);
                shown(Some(&variant.ident), &variant.ident, &variant.fields, attr, errors)
            });
            (shown.collect(), krate)
        }
    }
}

fn shown<'a>(
    variant: Option<&'a Ident>,
    at: &Ident,
    fields: &'a Fields,
    attr: Attr,
    errors: &mut Errors,
) -> Shown<'a> {
    let data = data_fields(fields, errors);
    let Attr { code, message, display, transparent, broken, .. } = attr;
    let how = match (transparent, code) {
        (Some(word), code) => {
            if code.is_some() || message.is_some() || display.is_some() || !data.is_empty() {
                errors
                    .at(&word, "`transparent` shows the error inside as it is: leave out the other options");
            } else if fields.len() != 1 {
                errors.at(&word, "`transparent` needs exactly one field: the error that is shown");
            }
            if fields.len() == 1 { How::Transparent } else { How::Unknown }
        }
        (None, None) => {
            if !broken {
                errors.at(
                    at,
                    format!(
                        "say what the client receives: `#[client_error(code = \"some_code\")]` on `{at}`"
                    ),
                );
            }
            How::Unknown
        }
        (None, Some(code)) => {
            if code.value().is_empty() {
                errors.at(&code, "a code is not empty: programs read it");
            }
            let message = match (message, display) {
                (Some(_), Some(word)) => {
                    errors.at(&word, "`display` is the message: leave out `message`, or `display`");
                    Message::Code
                }
                (Some(text), None) => Message::Text(text),
                (None, Some(word)) => Message::Display(word),
                (None, None) => Message::Code,
            };
            How::Coded { code, message, data }
        }
    };
    Shown { variant, fields, how }
}

/// The places of the fields under `#[client_error(data)]`.
fn data_fields(fields: &Fields, errors: &mut Errors) -> Vec<usize> {
    let mut found: Vec<(usize, &Field)> = vec![];
    for (place, field) in fields.iter().enumerate() {
        for attr in ours(&field.attrs) {
            let parsed = attr.parse_args_with(|input: ParseStream<'_>| {
                let key = input.call(Ident::parse_any)?;
                if key != "data" {
                    input.parse::<TokenStream>()?;
                    return Err(Error::new(key.span(), unknown_option(&key.to_string(), &OF_FIELD)));
                }
                Ok(())
            });
            if errors.take(parsed).is_some() {
                found.push((place, field));
            }
        }
    }
    if let (Fields::Unnamed(_), Some((_, second))) = (fields, found.get(1)) {
        errors.at(&second.ty, "of fields without names, one can be the data: name them, or show one of them");
        found.truncate(1);
    }
    found.into_iter().map(|(place, _)| place).collect()
}

impl Attr {
    fn read(attrs: &[Attribute], known: &[&str], errors: &mut Errors) -> Self {
        let mut read = Self::default();
        for attr in ours(attrs) {
            let parsed = attr.parse_args_with(|input: ParseStream<'_>| {
                while !input.is_empty() {
                    let key = input.call(Ident::parse_any)?;
                    read.option(&key, known, input, errors)?;
                    if !input.is_empty() {
                        input.parse::<Token![,]>()?;
                    }
                }
                Ok(())
            });
            read.broken |= errors.take(parsed).is_none();
        }
        read
    }

    /// Reads one option. A misspelt one is reported, and read as what it was meant to be.
    fn option(
        &mut self,
        key: &Ident,
        known: &[&str],
        input: ParseStream<'_>,
        errors: &mut Errors,
    ) -> Result<()> {
        let word = key.to_string();
        let word = match known.iter().find(|known| **known == word) {
            Some(word) => *word,
            None => {
                errors.at(key, unknown_option(&word, known));
                self.broken = true;
                near_option(&word, known).unwrap_or_default()
            }
        };
        match word {
            "code" => twice(&mut self.code, key, value(key, input)?, errors),
            "message" => twice(&mut self.message, key, value(key, input)?, errors),
            "display" => twice(&mut self.display, key, key.clone(), errors),
            "transparent" => twice(&mut self.transparent, key, key.clone(), errors),
            "crate" => {
                input.parse::<Token![=]>()?;
                twice(&mut self.krate, key, krate_option(input)?, errors);
            }
            _ => {
                if input.parse::<Option<Token![=]>>()?.is_some() {
                    input.parse::<Expr>()?;
                }
            }
        }
        Ok(())
    }
}

/// `= "text"`
fn value(key: &Ident, input: ParseStream<'_>) -> Result<LitStr> {
    if input.parse::<Option<Token![=]>>()?.is_none() {
        return Err(Error::new(key.span(), format!("say which: `{key} = \"..\"`")));
    }
    input.parse()
}

fn twice<T>(place: &mut Option<T>, key: &Ident, value: T, errors: &mut Errors) {
    if place.replace(value).is_some() {
        errors.at(key, format!("`{key}` is given twice"));
    }
}

fn ours(attrs: &[Attribute]) -> impl Iterator<Item = &Attribute> {
    attrs.iter().filter(|attr| attr.path().is_ident("client_error"))
}
