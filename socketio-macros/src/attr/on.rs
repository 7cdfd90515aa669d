//! The arguments of `#[on(..)]`.

use proc_macro2::Span;
use syn::{
    Attribute, Ident, LitInt, LitStr, Path, Result, Token, Type, ext::IdentExt, parse::ParseStream,
    spanned::Spanned,
};

use super::{krate_option, lifecycle, unknown_option};
use crate::diag::Errors;

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
    /// `fallback`: events that nobody listens to by name.
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
}

const ON_OPTIONS: [&str; 6] = ["namespace", "priority", "concurrent", "manual", "custom", "crate"];

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
        let is_option = input.peek(Token![crate]) || input.peek(Ident) && input.peek2(Token![=]);
        if is_option && input.peek2(Token![=]) {
            let key = input.call(Ident::parse_any)?;
            input.parse::<Token![=]>()?;
            return self.option(&key, input, seen, errors);
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
                None => self.subjects.push(Subject::Type(Box::new(ty))),
            },
            None => self.subjects.push(Subject::Type(Box::new(ty))),
        }
        Ok(())
    }

    fn option(
        &mut self,
        key: &Ident,
        input: ParseStream<'_>,
        seen: &mut Vec<String>,
        errors: &mut Errors,
    ) -> Result<()> {
        match key.to_string().as_str() {
            "namespace" => {
                self.note(key, seen, errors);
                self.namespace = Some(input.parse()?);
            }
            "priority" => {
                self.note(key, seen, errors);
                self.priority = Some(input.parse()?);
            }
            // several names may be custom
            "custom" => self.subjects.push(Subject::Custom(input.parse()?)),
            "crate" => {
                self.note(key, seen, errors);
                self.krate = Some(krate_option(input)?);
            }
            unknown => {
                errors.at(key, unknown_option(unknown, &ON_OPTIONS));
                input.parse::<syn::Expr>()?;
            }
        }
        Ok(())
    }

    fn note(&mut self, key: &Ident, seen: &mut Vec<String>, errors: &mut Errors) {
        let word = key.to_string();
        if seen.contains(&word) {
            errors.at(key, format!("`{word}` is given twice"));
        }
        seen.push(word);
    }
}

/// Takes the `#[on(..)]` away from the attributes of a function: one expansion serves all of them.
pub(crate) fn take_on(attrs: &mut Vec<Attribute>, errors: &mut Errors) -> Vec<OnAttr> {
    let (on, others): (Vec<Attribute>, Vec<Attribute>) = std::mem::take(attrs).into_iter().partition(is_on);
    *attrs = others;
    on.iter()
        .filter_map(|attr| {
            let parsed = attr.parse_args_with(|input: ParseStream<'_>| OnAttr::parse(input, errors));
            errors.take(parsed)
        })
        .collect()
}

pub(crate) fn is_on(attr: &Attribute) -> bool {
    attr.path().segments.last().is_some_and(|last| last.ident == "on")
}

#[cfg(test)]
mod tests {
    use syn::parse::Parser;

    use super::*;

    fn on(attr: &str) -> (OnAttr, Option<String>) {
        let mut errors = Errors::default();
        let parsed = (|input: ParseStream<'_>| OnAttr::parse(input, &mut errors)).parse_str(attr);
        (parsed.expect("an attribute"), errors.finish().map(|errors| errors.to_string()))
    }

    #[test]
    fn subjects_are_told_apart() {
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
}
