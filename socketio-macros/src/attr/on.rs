//! The arguments of `#[on(..)]`.

use proc_macro2::{Span, TokenStream};
use syn::{
    Attribute, Error, Ident, LitInt, LitStr, Meta, Path, Result, Token, Type,
    ext::IdentExt,
    parse::{Parse, ParseStream, Parser},
    spanned::Spanned,
};

use super::{
    CRATE, CUSTOM, LIFECYCLE, NAMESPACE, is_slip, krate_option, lifecycle, no_value, skip, unknown_option,
    value,
};
use crate::{
    ast::{Function, argument_conditions},
    cfg::{self, Conditional},
    diag::Errors,
};

/// One thing that a handler listens to.
pub(crate) enum Subject {
    /// `connect`, `"connect"`
    Lifecycle { variant: &'static str, span: Span },
    /// `"name"`
    Name(LitStr),
    /// `custom = "ping"`: a name that looks like a word of the life cycle.
    Custom(LitStr),
    /// `SendMessage`
    Type(Box<Type>),
    /// `fallback`: events without a handler of their own.
    Fallback(Span),
    /// `any`: every event.
    Any(Span),
}

impl Subject {
    pub(crate) fn span(&self) -> Span {
        match self {
            Self::Lifecycle { span, .. } | Self::Fallback(span) | Self::Any(span) => *span,
            Self::Name(name) | Self::Custom(name) => name.span(),
            Self::Type(ty) => ty.span(),
        }
    }
}

/// `#[on(subject, .., option = value, ..)]`
#[derive(Default)]
pub(crate) struct OnAttr {
    pub(crate) subjects: Vec<Subject>,
    pub(crate) namespace: Option<LitStr>,
    pub(crate) priority: Option<LitInt>,
    pub(crate) manual: Option<Ident>,
    pub(crate) concurrent: Option<Ident>,
    pub(crate) krate: Option<Path>,
    /// A word was reported as misspelt; it may have been the subject.
    pub(crate) has_unknown: bool,
    /// The predicates of the `cfg_attr` around it.
    pub(crate) conditions: Vec<TokenStream>,
}

/// The words without a value, apart from those of the life cycle.
const WORDS: [&str; 4] = ["manual", "concurrent", "fallback", "any"];

const ON_OPTIONS: [&str; 6] = ["namespace", "priority", "concurrent", "manual", "custom", "crate"];

/// The options with a value. No type has such a name.
const VALUED: [&str; 3] = ["namespace", "priority", "custom"];

/// Where something is said that a handler does not say.
fn elsewhere(word: &str) -> Option<&'static str> {
    Some(match word {
        "guard" | "guards" => {
            "a guard is an argument of the handler, like `_: Admin`; that of all handlers of a module is in `namespace!(\"/admin\", guard = Admin)`"
        }
        "validate" => {
            "the type of a payload says how it is validated: `#[payload(validate = check)]`, `#[event(\"..\", validate = check)]`"
        }
        "middleware" | "gate" | "rate_limit" | "timeout" => {
            "gates and middleware are added to the server or to a namespace: `SocketIo::builder().gate(RateLimit::new().event(\"..\", 5, second))`"
        }
        "ack" => {
            "a handler returns what it answers; a type says what it is: `#[event(\"..\", ack = Receipt)]`"
        }
        "name" | "event" => "the name of the event stands alone: `#[on(\"some:name\")]`",
        _ => return None,
    })
}

impl OnAttr {
    /// Parses one attribute; mistakes in it do not hide each other.
    pub(crate) fn parse(input: ParseStream<'_>, errors: &mut Errors) -> Result<Self> {
        let mut attr = Self::default();
        let mut seen: Vec<String> = vec![];
        while !input.is_empty() {
            attr.entry(input, &mut seen, errors)?;
            if !input.is_empty() {
                input.parse::<Token![,]>()?;
            }
        }
        Ok(attr)
    }

    fn entry(&mut self, input: ParseStream<'_>, seen: &mut Vec<String>, errors: &mut Errors) -> Result<()> {
        if input.peek(LitStr) {
            let name: LitStr = input.parse()?;
            self.subjects.push(match lifecycle(&name.value()) {
                Some(variant) => Subject::Lifecycle { variant, span: name.span() },
                None => Subject::Name(name),
            });
            return Ok(());
        }
        if let Some(key) = key_ahead(input) {
            input.call(Ident::parse_any)?;
            self.option(&key, input, seen, errors);
            return Ok(());
        }
        let ty: Type = input.parse()?;
        let word = match &ty {
            Type::Path(path) if path.qself.is_none() => path.path.get_ident().cloned(),
            _ => None,
        };
        match word {
            Some(word) if word == "manual" => {
                self.note(&word, seen, errors);
                self.manual = Some(word);
            }
            Some(word) if word == "concurrent" => {
                self.note(&word, seen, errors);
                self.concurrent = Some(word);
            }
            Some(word) if word == "fallback" => self.subjects.push(Subject::Fallback(word.span())),
            Some(word) if word == "any" => self.subjects.push(Subject::Any(word.span())),
            Some(word) => match lifecycle(&word.to_string()) {
                Some(variant) => self.subjects.push(Subject::Lifecycle { variant, span: word.span() }),
                None => match misspelt_word(&word.to_string()) {
                    Some(near) => {
                        errors.at(&word, format!("unknown word `{word}`, did you mean `{near}`?"));
                        self.has_unknown = true;
                    }
                    None => self.subjects.push(Subject::Type(Box::new(ty))),
                },
            },
            None => self.subjects.push(Subject::Type(Box::new(ty))),
        }
        Ok(())
    }

    fn option(&mut self, key: &Ident, input: ParseStream<'_>, seen: &mut Vec<String>, errors: &mut Errors) {
        let word = key.to_string();
        match word.as_str() {
            "namespace" => {
                self.note(key, seen, errors);
                self.namespace = value(key, input, errors, NAMESPACE, <LitStr as Parse>::parse);
            }
            "priority" => {
                self.note(key, seen, errors);
                let wanted = "`priority` is a whole number: `priority = 10`";
                self.priority = value(key, input, errors, wanted, LitInt::parse);
            }
            // may be given several times
            "custom" => match value(key, input, errors, CUSTOM, <LitStr as Parse>::parse) {
                Some(name) => self.subjects.push(Subject::Custom(name)),
                None => self.has_unknown = true,
            },
            "crate" => {
                self.note(key, seen, errors);
                self.krate = value(key, input, errors, CRATE, krate_option);
            }
            known if WORDS.contains(&known) || lifecycle(known).is_some() => {
                no_value(key, input, errors);
                self.has_unknown = true;
            }
            unknown => {
                let message =
                    elsewhere(unknown).map_or_else(|| unknown_option(unknown, &ON_OPTIONS), str::to_owned);
                errors.at(key, message);
                // it may have been the subject
                self.has_unknown = true;
                skip(input);
            }
        }
    }

    fn note(&mut self, key: &Ident, seen: &mut Vec<String>, errors: &mut Errors) {
        let word = key.to_string();
        if seen.contains(&word) {
            errors.at(key, format!("`{word}` is given twice"));
        }
        seen.push(word);
    }
}

/// The key, if `key = ..` comes next, or an option without its value.
fn key_ahead(input: ParseStream<'_>) -> Option<Ident> {
    let ahead = input.fork();
    let key = ahead.call(Ident::parse_any).ok()?;
    let is_valued =
        VALUED.iter().any(|word| key == word) && !ahead.peek(Token![::]) && !ahead.peek(Token![<]);
    (is_valued || ahead.peek(Token![=])).then_some(key)
}

/// The known word that a bare word was probably meant to be. Types do not start with a lower-case letter.
fn misspelt_word(word: &str) -> Option<&'static str> {
    let words = LIFECYCLE.map(|(word, _)| word).into_iter().chain(WORDS);
    let is_lower = word.starts_with(char::is_lowercase);
    words.filter(|_| is_lower).find(|known| is_slip(word, known))
}

/// Removes every `#[on(..)]` from the attributes of a function: one expansion serves all of them.
pub(crate) fn take_on(attrs: &mut Vec<Attribute>, errors: &mut Errors) -> Vec<OnAttr> {
    cfg::take(attrs, is_on)
        .iter()
        .filter_map(|Conditional { meta, conditions }| {
            let parser = |input: ParseStream<'_>| OnAttr::parse(input, errors);
            let parsed = match meta {
                Meta::List(list) => list.parse_args_with(parser),
                Meta::Path(_) | Meta::NameValue(_) => {
                    Err(Error::new(meta.span(), "name the event: `#[on(\"name\")]`"))
                }
            };
            let mut attr = errors.take(parsed)?;
            attr.conditions = conditions.clone();
            Some(attr)
        })
        .collect()
}

/// How many predicates may decide about one handler: code is generated for each combination.
pub(crate) const MAX_CONDITIONS: usize = 4;

/// The distinct predicates that decide which arguments and which `#[on(..)]` a function has.
pub(crate) fn deciding(attrs: &[OnAttr], function: &Function) -> Vec<TokenStream> {
    let mut found: Vec<TokenStream> = vec![];
    let of_attrs = attrs.iter().flat_map(|attr| attr.conditions.iter().cloned());
    for condition in of_attrs.chain(function.sig.inputs.iter().flat_map(argument_conditions)) {
        if !contains(&found, &condition) {
            found.push(condition);
        }
    }
    found
}

/// Returns `true` if `wanted` is one of the predicates.
pub(crate) fn contains(predicates: &[TokenStream], wanted: &TokenStream) -> bool {
    predicates.iter().any(|predicate| predicate.to_string() == wanted.to_string())
}

/// The crate of an `impl`: `#[on]`, `#[on(crate = path)]`.
pub(crate) fn on_block(attr: TokenStream, errors: &mut Errors) -> Option<Path> {
    let all = attr.clone();
    let parsed = Parser::parse2(
        |input: ParseStream<'_>| {
            if input.is_empty() {
                return Ok(None);
            }
            if !input.peek2(Token![=]) {
                input.parse::<TokenStream>()?;
                return Err(Error::new_spanned(
                    &all,
                    "`#[on]` on an `impl` takes only `crate = path`: its functions say what they listen to",
                ));
            }
            let key = input.call(Ident::parse_any)?;
            if key != "crate" {
                input.parse::<TokenStream>()?;
                let word = key.to_string();
                let message =
                    elsewhere(&word).map_or_else(|| unknown_option(&word, &["crate"]), str::to_owned);
                return Err(Error::new(key.span(), message));
            }
            input.parse::<Token![=]>()?;
            let krate = krate_option(input)?;
            input.parse::<Option<Token![,]>>()?;
            Ok(Some(krate))
        },
        attr,
    );
    errors.take(parsed).flatten()
}

/// Returns `true` if there is an `#[on(..)]` among the attributes, perhaps in a `cfg_attr`.
pub(crate) fn has_on(attrs: &[Attribute]) -> bool {
    !cfg::take(&mut attrs.to_vec(), is_on).is_empty()
}

fn is_on(meta: &Meta) -> bool {
    meta.path().segments.last().is_some_and(|last| last.ident == "on")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn on(attr: &str) -> (OnAttr, Option<String>) {
        let mut errors = Errors::default();
        let parsed = (|input: ParseStream<'_>| OnAttr::parse(input, &mut errors)).parse_str(attr);
        (parsed.expect("an attribute"), errors.finish().map(|errors| errors.to_string()))
    }

    #[test]
    fn subjects_are_distinguished() {
        let (attr, errors) = on(
            r#"connect, "close", "chat:message", custom = "ping", SendMessage, manual::Type, any, fallback, "any""#,
        );
        assert!(errors.is_none());
        assert!(matches!(
            attr.subjects[..],
            [
                Subject::Lifecycle { variant: "Connect", .. },
                Subject::Lifecycle { variant: "Close", .. },
                Subject::Name(_),
                Subject::Custom(_),
                Subject::Type(_),
                Subject::Type(_),
                Subject::Any(_),
                Subject::Fallback(_),
                Subject::Name(_),
            ]
        ));
    }

    #[test]
    fn options_are_read() {
        let (attr, errors) = on(r#""a", namespace = "/x", priority = -1, manual, concurrent, crate = a::b,"#);
        assert!(errors.is_none());
        assert_eq!(attr.namespace.map(|name| name.value()).as_deref(), Some("/x"));
        assert_eq!(attr.priority.map(|priority| priority.to_string()).as_deref(), Some("-1"));
        assert!(attr.manual.is_some() && attr.concurrent.is_some() && attr.krate.is_some());
        assert_eq!(attr.subjects.len(), 1);
    }

    #[test]
    fn every_mistake_is_reported() {
        let (_, errors) = on(r#""a", colour = "red", manual, manual, namespce = 1 + 2"#);
        let errors = errors.expect("three mistakes");
        assert_eq!(errors.matches("compile_error").count(), 3, "{errors}");
        assert!(errors.contains("did you mean `namespace`?") && errors.contains("given twice"), "{errors}");
    }

    #[test]
    fn a_misspelt_word_is_not_a_type() {
        for (attr, near) in
            [("conect", "connect"), (r#""a", concurent"#, "concurrent"), ("falback", "fallback")]
        {
            let (_, errors) = on(attr);
            assert!(errors.expect(attr).contains(&format!("did you mean `{near}`?")), "{attr}");
        }
        let (attr, errors) = on("Conect, anyone, closed");
        assert!(errors.is_none() && attr.subjects.len() == 3);
    }
}
