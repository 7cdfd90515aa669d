//! Attributes and options: what they say, and the words that they know.

mod client_error;
mod event;
mod namespace;
mod on;

pub(crate) use self::{
    client_error::{How, Message, Shown, client_error},
    event::{EventAttr, From, PayloadAttr, Validate, event, payload},
    namespace::NamespaceOfModule,
    on::{MAX_CONDITIONS, OnAttr, Subject, contains, deciding, has_on, on_block, take_on},
};

use proc_macro2::TokenTree;
use syn::{
    Attribute, Error, Ident, Meta, Path, Result, Token,
    ext::IdentExt,
    parse::{Parse, ParseStream},
    spanned::Spanned,
};

pub(crate) use crate::words::{LIFECYCLE, MAX_NAME, RESERVED};
use crate::{diag::Errors, words::nearest};

/// The variant of `Lifecycle` for a word.
pub(crate) fn lifecycle(word: &str) -> Option<&'static str> {
    LIFECYCLE.iter().find(|(known, _)| *known == word).map(|(_, variant)| *variant)
}

/// The word of the life cycle that a name may have been meant to be.
pub(crate) fn misspelt_lifecycle(name: &str) -> Option<&'static str> {
    LIFECYCLE.iter().map(|(word, _)| *word).find(|word| is_slip(name, word))
}

/// Returns `true` if this is the word with a typing slip: two neighbours swapped, a letter left out, or one doubled.
///
/// Short words have too many neighbours that are words themselves (`ring`, `pin`, `lose`), and other changes often make
/// one as well (`closed`, `errors`).
fn is_slip(written: &str, word: &str) -> bool {
    let (written, word): (Vec<char>, Vec<char>) =
        (written.to_lowercase().chars().collect(), word.to_lowercase().chars().collect());
    if written.len() < SHORTEST_SLIP || word.len() < SHORTEST_SLIP {
        return false;
    }
    let same = written.iter().zip(&word).take_while(|(a, b)| a == b).count();
    let rest = |text: &[char], skipped: usize| text.get(same + skipped..).unwrap_or_default().to_vec();
    if written.len() + 1 == word.len() {
        return rest(&written, 0) == rest(&word, 1);
    }
    if written.len() == word.len() + 1 {
        let is_doubled = same > 0 && written[same] == written[same - 1];
        return is_doubled && rest(&written, 1) == rest(&word, 0);
    }
    let is_swapped = same + 1 < word.len() && written.get(same) == word.get(same + 1);
    written.len() == word.len()
        && is_swapped
        && written[same + 1] == word[same]
        && rest(&written, 2) == rest(&word, 2)
}

/// The length, in letters, from which a slip is recognized.
const SHORTEST_SLIP: usize = 5;

/// The value of `crate = path`.
fn krate_option(input: ParseStream<'_>) -> Result<Path> {
    input.call(Path::parse_mod_style)
}

const CRATE: &str = "`crate` is the path of this crate: `crate = facade::socketio`";
const NAMESPACE: &str = "`namespace` is a text in quotes: `namespace = \"/admin\"`";
const CUSTOM: &str = "`custom` is a text in quotes: `custom = \"ping\"`";
const VALIDATE: &str = "`validate` is the path of a function: `validate = check`, with `fn check(value: &Self) -> Result<(), FieldErrors>`";

/// Reads `= value`, all of it. Where that is not there, says so with `wanted`, and goes on after the next comma.
fn value<T>(
    key: &Ident,
    input: ParseStream<'_>,
    errors: &mut Errors,
    wanted: &str,
    parse: impl Fn(ParseStream<'_>) -> Result<T>,
) -> Option<T> {
    let has_value = input.peek(Token![=]);
    if has_value {
        drop(input.parse::<Token![=]>());
        let (ahead, here) = (input.fork(), input.fork());
        if parse(&ahead).is_ok() {
            if is_end(&ahead) {
                return errors.take(parse(input));
            }
            if ahead.peek(Ident) {
                errors.push(ahead.error("expected `,`"));
                let value = errors.take(parse(input));
                skip(input);
                return value;
            }
        }
        match here.parse::<TokenTree>() {
            Ok(token) if !is_end(input) => errors.at(&token, wanted),
            _ => errors.at(key, wanted),
        }
    } else {
        errors.at(key, wanted);
    }
    skip(input);
    None
}

/// Returns `true` where an option ends.
fn is_end(input: ParseStream<'_>) -> bool {
    input.is_empty() || input.peek(Token![,]) || input.peek(Token![;])
}

/// Passes what is left of an option.
fn skip(input: ParseStream<'_>) {
    while !is_end(input) && input.parse::<TokenTree>().is_ok() {}
}

/// Reports `= value` after a word that takes none.
fn no_value(key: &Ident, input: ParseStream<'_>, errors: &mut Errors) -> bool {
    let has_value = !is_end(input);
    if has_value {
        errors.at(key, format!("`{key}` stands alone, without a value"));
        skip(input);
    }
    has_value
}

/// Reports an attribute without parentheses.
fn bare(attr: &Attribute, errors: &mut Errors, wanted: &str) -> bool {
    let is_bare = !matches!(attr.meta, Meta::List(_));
    if is_bare {
        errors.at_span(attr.path().span(), wanted);
    }
    is_bare
}

/// The option that an unknown word was probably meant to be.
fn near_option<'a>(word: &str, known: &[&'a str]) -> Option<&'a str> {
    nearest(word, known, 2)
}

fn unknown_option(word: &str, known: &[&str]) -> String {
    match near_option(word, known) {
        Some(near) => format!("unknown option `{word}`, did you mean `{near}`?"),
        None => {
            let known: Vec<String> = known.iter().map(|option| format!("`{option}`")).collect();
            format!("unknown option `{word}`: expected {}", known.join(", "))
        }
    }
}

/// The input of a function-like macro, with an optional `crate = path;` before it.
pub(crate) struct InCrate<T> {
    pub(crate) krate: Option<Path>,
    pub(crate) item: T,
}

impl<T: Parse> Parse for InCrate<T> {
    fn parse(input: ParseStream<'_>) -> Result<Self> {
        let mut krate = None;
        while let Some(key) = option_ahead(input) {
            input.call(Ident::parse_any)?;
            input.parse::<Token![=]>()?;
            if key != "crate" {
                return Err(Error::new(key.span(), unknown_option(&key.to_string(), &["crate"])));
            }
            if krate.is_some() {
                return Err(Error::new(key.span(), "`crate` is given twice"));
            }
            krate = Some(krate_option(input)?);
            input.parse::<Token![;]>()?;
        }
        Ok(Self { krate, item: input.parse()? })
    }
}

/// The key, if `crate = ..` or `word = some::path;` comes next.
fn option_ahead(input: ParseStream<'_>) -> Option<Ident> {
    let ahead = input.fork();
    let key = ahead.call(Ident::parse_any).ok()?;
    ahead.parse::<Token![=]>().ok()?;
    if key != "crate" {
        ahead.call(Path::parse_mod_style).ok()?;
        ahead.parse::<Token![;]>().ok()?;
    }
    Some(key)
}

#[cfg(test)]
mod tests {
    use syn::LitStr;

    use super::*;
    use crate::words::distance;

    #[test]
    fn only_slips_look_like_words_of_the_life_cycle() {
        for (name, word) in [
            ("conect", "connect"),
            ("connnect", "connect"),
            ("conenct", "connect"),
            ("onnect", "connect"),
            ("connec", "connect"),
            ("connectt", "connect"),
            ("Disconect", "disconnect"),
            ("cloes", "close"),
            ("closse", "close"),
            ("errro", "error"),
        ] {
            assert_eq!(misspelt_lifecycle(name), Some(word), "{name}");
        }
        for name in [
            "ring",
            "pin",
            "song",
            "ping",
            "pings",
            "king",
            "lose",
            "closed",
            "closer",
            "clone",
            "chose",
            "errors",
            "terror",
            "connects",
            "connected",
            "connector",
            "reconnect",
            "disconnects",
            "connect",
            "Connect",
            "",
            "e",
            "close-up",
            "ürror",
        ] {
            assert_eq!(misspelt_lifecycle(name), None, "{name}");
        }
    }

    #[test]
    fn a_crate_may_come_before_what_a_macro_takes() {
        let parse = |source: &str| syn::parse_str::<InCrate<LitStr>>(source);
        let parsed = parse(r#"crate = facade::socketio; "a""#).expect("an option and a name");
        assert!(parsed.krate.is_some() && parsed.item.value() == "a");
        assert!(parse(r#""a""#).expect("a name").krate.is_none());
        for (source, message) in [
            (r#"crat = facade::socketio; "a""#, "unknown option `crat`, did you mean `crate`?"),
            (r#"colour = red; "a""#, "unknown option `colour`: expected `crate`"),
            (r#"crate = a; crate = b; "a""#, "`crate` is given twice"),
            (r#"crate = a, "a""#, "expected `;`"),
        ] {
            let error = parse(source).err().expect(source);
            assert_eq!(error.to_string(), message, "{source}");
        }
    }

    proptest::proptest! {
        #[test]
        fn the_distance_is_that_of_strsim(a in "[abcAé]{0,8}", b in "[abcAé]{0,8}") {
            let expected = strsim::osa_distance(&a.to_lowercase(), &b.to_lowercase());
            proptest::prop_assert_eq!(distance(&a, &b), expected);
        }
    }

    #[test]
    fn near_words_are_found() {
        assert_eq!(nearest("namespce", &["namespace", "priority"], 2), Some("namespace"));
        assert_eq!(nearest("conenct", &["connect", "disconnect"], 1), Some("connect"));
        assert_eq!(nearest("colour", &["namespace", "priority"], 2), None);
        assert_eq!(distance("", "abc"), 3);
    }
}
