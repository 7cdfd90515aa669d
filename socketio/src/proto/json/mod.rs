//! Small helpers on JSON text, alongside serde_json.

pub(crate) mod check;
pub(crate) mod mend;
pub(crate) mod ser;

use std::{fmt::Write, io};

/// Appends a number in decimal digits.
pub(crate) fn write_number(out: &mut Vec<u8>, number: u64) {
    // writing into a `Vec` cannot fail
    let _ = io::Write::write_fmt(out, format_args!("{number}"));
}

/// How many bytes at the start stand for themselves inside a JSON string: no quote, no escape, no control
/// character.
///
/// A whole block is looked at without a branch: 128 bytes cost about 100 instructions, byte by byte about 1 000.
pub(crate) fn plain_len(bytes: &[u8]) -> usize {
    let mut len =
        BLOCK * bytes.as_chunks().0.iter().take_while(|block| is_plain_block::<BLOCK>(block)).count();
    for word in bytes[len..].as_chunks().0 {
        match plain_len_of_word(*word) {
            Some(plain) => return len + plain,
            None => len += word.len(),
        }
    }
    len + bytes[len..].iter().take_while(|byte| is_plain_byte(**byte)).count()
}

/// So much is looked at at once: two registers, even on an old CPU. With half of it, there are as many branches again.
const BLOCK: usize = 32;

/// The same of eight bytes, all looked at in one register; `None` if it is all of them.
pub(crate) fn plain_len_of_word(word: [u8; 8]) -> Option<usize> {
    const ONES: u64 = u64::from_le_bytes([1; 8]);
    let word = u64::from_le_bytes(word);
    // the highest bit of the lowest byte that is less than `byte`, and maybe some above it
    let less = |word: u64, byte: u8| word.wrapping_sub(ONES * u64::from(byte)) & !word & (ONES << 7);
    let zero = |word| less(word, 1);
    let special =
        zero(word ^ (ONES * u64::from(b'"'))) | zero(word ^ (ONES * u64::from(b'\\'))) | less(word, 0x20);
    (special != 0).then_some(special.trailing_zeros() as usize / 8)
}

/// Do all bytes stand for themselves inside a JSON string?
pub(crate) fn is_plain(bytes: &[u8]) -> bool {
    // the last block may have bytes in common with the one before it
    if let Some(last) = bytes.last_chunk::<BLOCK>() {
        return bytes.as_chunks().0.iter().all(is_plain_block::<BLOCK>) && is_plain_block(last);
    }
    match (bytes.first_chunk::<16>(), bytes.last_chunk::<16>()) {
        (Some(first), Some(last)) => is_plain_block(first) && is_plain_block(last),
        _ => is_short_plain(bytes),
    }
}

/// The same of less than sixteen bytes: as two words, or two halves of one, which may have bytes in common.
fn is_short_plain(bytes: &[u8]) -> bool {
    let is_plain = |word| plain_len_of_word(word).is_none();
    match (bytes.first_chunk(), bytes.last_chunk()) {
        (Some(first), Some(last)) => is_plain(*first) && is_plain(*last),
        _ => match (bytes.first_chunk::<4>(), bytes.last_chunk::<4>()) {
            (Some([a, b, c, d]), Some([e, f, g, h])) => is_plain([*a, *b, *c, *d, *e, *f, *g, *h]),
            _ => bytes.iter().all(|byte| is_plain_byte(*byte)),
        },
    }
}

fn is_plain_byte(byte: u8) -> bool {
    byte >= 0x20 && byte != b'"' && byte != b'\\'
}

/// Written so that compilers make a few vector instructions of it: what is not plain has a zero among these three.
fn is_plain_block<const N: usize>(block: &[u8; N]) -> bool {
    let least = |byte: u8| (byte ^ b'"').min(byte ^ b'\\').min(byte.saturating_sub(0x1f));
    !block.iter().fold(false, |any, byte| any | (least(*byte) == 0))
}

/// The text of the JSON string at the start, if it has no escapes, and what follows its closing quote. `text`
/// must be JSON, or the inside of an array.
pub(crate) fn plain_string(text: &str) -> Option<(&str, &str)> {
    let inside = text.strip_prefix('"')?;
    let (plain, rest) = inside.split_at_checked(memchr::memchr2(b'"', b'\\', inside.as_bytes())?)?;
    Some((plain, rest.strip_prefix('"')?))
}

/// Drops white space and the comma before the next element of an array's inside.
pub(crate) fn skip_separator(text: &str) -> &str {
    text.trim_start_matches([' ', '\t', '\n', '\r', ','])
}

/// Says what is wrong with a value, and where inside it, without the value: what a client sends may be secret, and long.
///
/// `text` starts with the value that could not be read. serde_json's own text names a line and a column of
/// the frame, which means nothing to a client: the path of the field does.
pub(crate) fn describe(text: &str, error: &serde_json::Error) -> String {
    let message = error.to_string();
    let message = message.rsplit_once(" at line ").map_or(message.as_str(), |(message, _)| message);
    let mut message = without_input(message);
    cut(&mut message, MAX_DESCRIPTION);
    let path = path_at(text, offset_of(text, error));
    if path.is_empty() { message } else { format!("{path}: {message}") }
}

/// The longest text of an error, and the longest path before it, in bytes. serde's own texts are shorter, unless a type
/// has hundreds of variants; a program's `de::Error::custom` may be of any length.
const MAX_DESCRIPTION: usize = 512;
const MAX_PATH: usize = 128;

/// Keeps the start of a text, whole characters of it.
fn cut(text: &mut String, max: usize) {
    let end = (0..=max.min(text.len())).rev().find(|at| text.is_char_boundary(*at));
    text.truncate(end.unwrap_or_default());
}

/// serde's text of an error without what it quotes of the input: `invalid type: string "x", expected u8` says no more
/// than `invalid type: string, expected u8`.
fn without_input(message: &str) -> String {
    const QUOTING: [&str; 4] = ["invalid type: ", "invalid value: ", "unknown variant ", "unknown field "];
    let quotes = QUOTING.iter().find_map(|what| Some((*what, message.strip_prefix(what)?)));
    let Some((what, found)) = quotes else { return message.to_owned() };
    // what is expected stands last: what is quoted may hold the same words
    let end = found.rfind(", expected ").or_else(|| found.rfind(", there are no ")).unwrap_or(found.len());
    let (found, expected) = found.split_at(end);
    let kind = found.split(['`', '"']).next().unwrap_or_default();
    format!("{}{expected}", format!("{what}{kind}").trim_end())
}

/// The byte offset of an error's line and column (both from 1; the column counts bytes).
fn offset_of(text: &str, error: &serde_json::Error) -> usize {
    let line_start: usize =
        text.split_inclusive('\n').take(error.line().saturating_sub(1)).map(str::len).sum();
    (line_start + error.column()).min(text.len())
}

/// The path (`user.tags[2]`) of the value that is being read at `offset`.
///
/// A walk over the tokens before the offset; the text need not be valid JSON.
fn path_at(text: &str, offset: usize) -> String {
    enum Level<'a> {
        Object(Option<&'a str>),
        Array(usize),
    }
    let bytes = text.as_bytes();
    let mut levels: Vec<Level<'_>> = vec![];
    let mut at = 0;
    // an error stands after the last byte that was read
    let end = offset.saturating_sub(1);
    while at < end {
        match bytes[at] {
            b'{' => levels.push(Level::Object(None)),
            b'[' => levels.push(Level::Array(0)),
            b'}' | b']' => {
                levels.pop();
            }
            b',' => match levels.last_mut() {
                Some(Level::Array(index)) => *index += 1,
                Some(Level::Object(key)) => *key = None,
                None => {}
            },
            b'"' => {
                let close = string_end(bytes, at);
                if let Some(Level::Object(key @ None)) = levels.last_mut() {
                    *key = text.get(at + 1..close);
                }
                at = close;
            }
            _ => {}
        }
        at += 1;
    }
    // the end of an object or an array was read: what is wrong is all of it, a field that is missing for one
    if matches!(bytes.get(end), Some(b'}' | b']')) {
        levels.pop();
    }
    let mut path = String::new();
    for level in levels {
        // keys are the client's, and so is the depth
        if path.len() > MAX_PATH {
            cut(&mut path, MAX_PATH);
            path.push_str("..");
            break;
        }
        match level {
            Level::Object(Some(key)) if path.is_empty() => path.push_str(key),
            Level::Object(Some(key)) => {
                let _ = write!(path, ".{key}");
            }
            Level::Array(index) => {
                let _ = write!(path, "[{index}]");
            }
            Level::Object(None) => {}
        }
    }
    path
}

/// Where the string that starts at `at` ends: its closing quote, or the end of the text.
fn string_end(bytes: &[u8], at: usize) -> usize {
    let mut end = at + 1;
    while end < bytes.len() && bytes[end] != b'"' {
        end += if bytes[end] == b'\\' { 2 } else { 1 };
    }
    end.min(bytes.len())
}

#[cfg(test)]
mod tests {
    use serde::Deserialize;

    use super::*;

    #[derive(Debug, Deserialize)]
    #[allow(dead_code)] // only decoded
    struct Order {
        items: Vec<Item>,
        note: Option<String>,
    }

    #[derive(Debug, Deserialize)]
    #[allow(dead_code)] // only decoded
    struct Item {
        count: u8,
    }

    fn told(text: &str) -> String {
        describe(text, &serde_json::from_str::<Order>(text).expect_err("invalid"))
    }

    #[test]
    fn the_field_is_named() {
        assert_eq!(
            told(r#"{"items":[{"count":1},{"count":"x"}]}"#),
            "items[1].count: invalid type: string, expected u8"
        );
        assert_eq!(
            told(r#"{"items":[{"count":300}]}"#),
            "items[0].count: invalid value: integer, expected u8"
        );
        assert_eq!(told(r#"{"items":[{}]}"#), "items[0]: missing field `count`");
        assert_eq!(told("{}"), "missing field `items`");
        // of the object, and not of the field before
        assert_eq!(
            told(r#"{"items":[{"count":1},{"other":[1,{"a":2}]} ]}"#),
            "items[1]: missing field `count`"
        );
        assert_eq!(told(r#"{"note":"x","later":{"a":[1]}}"#), "missing field `items`");
        assert_eq!(
            told("{\n \"items\": [],\n \"note\": 5}"),
            "note: invalid type: integer, expected a string"
        );
    }

    #[test]
    fn the_input_is_not_quoted() {
        #[derive(Debug, Deserialize)]
        #[serde(rename_all = "lowercase", deny_unknown_fields)]
        #[allow(dead_code)] // only decoded
        enum Colour {
            Red,
            Blue { shade: u8 },
        }
        let told = |text: &str| describe(text, &serde_json::from_str::<Colour>(text).expect_err("invalid"));
        assert_eq!(told(r#""secret, expected one""#), "unknown variant, expected `red` or `blue`");
        assert_eq!(
            told(r#"{"blue":{"secret` at line 3, expected":1}}"#),
            "blue.secret` at line 3, expected: unknown field, expected `shade`"
        );
        let long = format!(r#"{{"items":[{{"count":"{}"}}]}}"#, "secret ".repeat(10_000));
        assert_eq!(self::told(&long), "items[0].count: invalid type: string, expected u8");
        let deep = format!("{}1", r#"{"a longer key":"#.repeat(100));
        let error = serde_json::from_str::<serde_json::Value>(&deep).expect_err("it is not closed");
        assert!(describe(&deep, &error).len() < 200, "{}", describe(&deep, &error));
    }

    proptest::proptest! {
        /// A byte of any kind at any place among plain ones.
        #[test]
        fn bytes_that_are_not_plain_are_found(len in 0_usize..70, at in 0_usize..70, byte: u8) {
            let mut bytes = "~ !#[]\u{7f}é☃a".bytes().cycle().take(len).collect::<Vec<_>>();
            if let Some(changed) = bytes.get_mut(at) {
                *changed = byte;
            }
            let special = |byte: &u8| (*byte as char).is_ascii_control() && *byte != 0x7f || b"\"\\".contains(byte);
            let first = bytes.iter().position(special);
            proptest::prop_assert_eq!(plain_len(&bytes), first.unwrap_or(len));
            if let Some(word) = bytes.first_chunk() {
                proptest::prop_assert_eq!(plain_len_of_word(*word), first.filter(|at| *at < 8));
            }
            proptest::prop_assert_eq!(is_plain(&bytes), first.is_none());
        }

        #[test]
        fn describing_never_panics(text in ".{0,60}", cut in 0usize..80) {
            let _ = path_at(&text, cut.min(text.len()));
            if let Err(error) = serde_json::from_str::<Order>(&text) {
                describe(&text, &error);
            }
        }
    }
}
