//! The arguments of `#[client_error(..)]`.

use syn::{
    Attribute, Data, DeriveInput, Field, Fields, Ident, LitStr, Path, Token,
    ext::IdentExt,
    parse::{Parse, ParseStream},
};

use super::{CRATE, bare, is_end, krate_option, near_option, no_value, skip, unknown_option, value};
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
            let Attr { krate, broken, .. } = Attr::read(&input.attrs, &OF_ENUM, errors);
            let shown = data.variants.iter().map(|variant| {
                let mut attr = Attr::read(&variant.attrs, &OPTIONS, errors);
                attr.broken |= broken;
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
    let (data, broken_field) = data_fields(fields, errors);
    let Attr { code, message, display, transparent, broken, .. } = attr;
    let broken = broken || broken_field;
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
                (Some(text), None) => {
                    if let Some(placeholder) = placeholder(&text.value()) {
                        errors.at(
                            &text,
                            format!("the message is sent as it is, with `{placeholder}` in it: write `display` to send what `Display` writes, or add `#[client_error(data)]` to a field"),
                        );
                    }
                    Message::Text(text)
                }
                (None, Some(word)) => Message::Display(word),
                (None, None) => Message::Code,
            };
            How::Coded { code, message, data }
        }
    };
    Shown { variant, fields, how }
}

/// What `format!` would put a value into: `{left}`, `{0}`, `{}`.
fn placeholder(text: &str) -> Option<&str> {
    text.match_indices('{').find_map(|(from, _)| {
        let inside = &text[from + 1..];
        let to = inside.find('}')?;
        let is_name = inside[..to].chars().all(|c| c.is_alphanumeric() || matches!(c, '_' | ':' | '?' | '.'));
        is_name.then(|| &text[from..from + to + 2])
    })
}

/// The places of the fields under `#[client_error(data)]`, and whether there was a mistake that was reported.
fn data_fields(fields: &Fields, errors: &mut Errors) -> (Vec<usize>, bool) {
    let mut found: Vec<(usize, &Field)> = vec![];
    let mut broken = false;
    for (place, field) in fields.iter().enumerate() {
        for attr in ours(&field.attrs) {
            if bare(attr, errors, "say what: `#[client_error(data)]`") {
                broken = true;
                continue;
            }
            let parsed = attr.parse_args_with(|input: ParseStream<'_>| {
                let key = input.call(Ident::parse_any)?;
                let word = key.to_string();
                if word == "data" {
                    broken |= no_value(&key, input, errors);
                    return Ok(true);
                }
                let message = if OPTIONS.contains(&&*word) {
                    format!("`{word}` belongs on the variant, or on the struct: a field has only `data`")
                } else {
                    unknown_option(&word, &OF_FIELD)
                };
                errors.at(&key, message);
                broken = true;
                while !input.is_empty() {
                    input.parse::<Option<Token![,]>>()?;
                    skip(input);
                }
                Ok(false)
            });
            if errors.take(parsed) == Some(true) {
                found.push((place, field));
            }
        }
    }
    if let (Fields::Unnamed(_), Some((_, second))) = (fields, found.get(1)) {
        errors.at(&second.ty, "of fields without names, one can be the data: name them, or show one of them");
        found.truncate(1);
    }
    (found.into_iter().map(|(place, _)| place).collect(), broken)
}

impl Attr {
    fn read(attrs: &[Attribute], known: &[&str], errors: &mut Errors) -> Self {
        let mut read = Self::default();
        for attr in ours(attrs) {
            if bare(attr, errors, CODE) {
                read.broken = true;
                continue;
            }
            let parsed = attr.parse_args_with(|input: ParseStream<'_>| {
                while !input.is_empty() {
                    if input.peek(LitStr) {
                        return Err(input.error(CODE));
                    }
                    let key = input.call(Ident::parse_any)?;
                    read.option(&key, known, input, errors);
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
    fn option(&mut self, key: &Ident, known: &[&str], input: ParseStream<'_>, errors: &mut Errors) {
        let word = key.to_string();
        let word = match known.iter().find(|known| **known == word) {
            Some(word) => *word,
            None => {
                errors.at(key, misplaced(&word, known));
                self.broken = true;
                near_option(&word, known).unwrap_or_default()
            }
        };
        match word {
            "code" => {
                let code = value(
                    key,
                    input,
                    errors,
                    "`code` is a text in quotes: `code = \"some_code\"`",
                    <LitStr as Parse>::parse,
                );
                self.broken |= code.is_none();
                twice(&mut self.code, key, code, errors);
            }
            "message" => {
                let wanted = "`message` is a text in quotes: `message = \"some text\"`";
                let message = value(key, input, errors, wanted, <LitStr as Parse>::parse);
                twice(&mut self.message, key, message, errors);
            }
            "display" if is_end(input) => twice(&mut self.display, key, Some(key.clone()), errors),
            "display" => {
                errors.at(key, "`display` stands alone and sends what `Display` writes; a text of your own is `message = \"..\"`");
                skip(input);
            }
            "transparent" => {
                no_value(key, input, errors);
                twice(&mut self.transparent, key, Some(key.clone()), errors);
            }
            "crate" => {
                let krate = value(key, input, errors, CRATE, krate_option);
                twice(&mut self.krate, key, krate, errors);
            }
            _ => skip(input),
        }
    }
}

const CODE: &str = "say what the client receives: `#[client_error(code = \"some_code\")]`";

/// An option that is not one here.
fn misplaced(word: &str, known: &[&str]) -> String {
    if word == "data" {
        "`data` belongs on the field that the client receives: `#[client_error(data)] left: u32`".to_owned()
    } else if known == OF_ENUM && OPTIONS.contains(&word) {
        format!("`{word}` belongs on each variant: the errors of an enum are its variants")
    } else {
        unknown_option(word, known)
    }
}

fn twice<T>(place: &mut Option<T>, key: &Ident, value: Option<T>, errors: &mut Errors) {
    if place.is_some() && value.is_some() {
        errors.at(key, format!("`{key}` is given twice"));
    }
    if value.is_some() {
        *place = value;
    }
}

/// The attributes that are ours.
fn ours(attrs: &[Attribute]) -> impl Iterator<Item = &Attribute> {
    attrs.iter().filter(|attr| attr.path().is_ident("client_error"))
}
