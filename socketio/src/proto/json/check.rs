//! Is it JSON? One pass over the text, without values and without allocations (RFC 8259).
//!
//! serde_json answers the same question; it keeps a stack of brackets on the heap, and looks at strings byte by byte.

use std::ops::Range;

use serde::de::IgnoredAny;

use super::{
    mend::{self, Surrogates},
    plain_len, plain_len_of_word,
};

/// Why a text is not the JSON that was looked for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum NotJson {
    Malformed,
    /// It is JSON as far as it was read; JavaScript reads it and serde_json does not, or not so. Once it is
    /// [mended](mend::mend), both do.
    Unusual,
    /// Inside the check only: more brackets are open than it counts.
    TooDeep,
}

/// The elements of an array.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Elements {
    /// After `[`.
    pub(crate) start: usize,
    /// After the first element; `start` if there is none.
    pub(crate) first_end: usize,
    /// Before `]`.
    pub(crate) end: usize,
}

/// Where the elements of an array are; nothing but white space stands around it.
pub(crate) fn array(text: &str) -> Result<Elements, NotJson> {
    match array_of::<false>(text) {
        Err(NotJson::TooDeep) => deep_array(text),
        found => found,
    }
}

/// The same with values of any depth.
#[cold]
#[inline(never)]
fn deep_array(text: &str) -> Result<Elements, NotJson> {
    array_of::<true>(text)
}

#[inline(always)]
fn array_of<const DEEP: bool>(text: &str) -> Result<Elements, NotJson> {
    let value = |rest| if DEEP { any_value(rest) } else { value(rest, DEEPEST) };
    let offset = |rest: &[u8]| text.len() - rest.len();
    let (b'[', rest) = token(text.as_bytes())? else { return Err(NotJson::Malformed) };
    let start = offset(rest);
    let mut found = Elements { start, first_end: start, end: start };
    let rest = if let (b']', rest) = token(rest)? {
        rest
    } else {
        let mut rest = value(rest)?;
        found.first_end = offset(rest);
        loop {
            found.end = offset(rest);
            match token(rest)? {
                (b',', next) => rest = value(next)?,
                (b']', rest) => break rest,
                _ => return Err(NotJson::Malformed),
            }
        }
    };
    end(rest)?;
    Ok(found)
}

/// Calls `visit` with the place of each key, quotes included, and of its value, for an object that nothing but white space
/// stands around.
pub(crate) fn members(
    text: &str,
    mut visit: impl FnMut(Range<usize>, Range<usize>) -> Result<(), NotJson>,
) -> Result<(), NotJson> {
    let offset = |rest: &[u8]| text.len() - rest.len();
    let (b'{', mut rest) = token(text.as_bytes())? else { return Err(NotJson::Malformed) };
    if let (b'}', rest) = token(rest)? {
        return end(rest);
    }
    loop {
        let (b'"', key) = token(rest)? else { return Err(NotJson::Malformed) };
        let key_start = offset(key) - 1;
        let after_key = string(key)?;
        let (b':', before) = token(after_key)? else { return Err(NotJson::Malformed) };
        let before = skip_space(before);
        let after = any_value(before)?;
        visit(key_start..offset(after_key), offset(before)..offset(after))?;
        match token(after)? {
            (b',', next) => rest = next,
            (b'}', rest) => return end(rest),
            _ => return Err(NotJson::Malformed),
        }
    }
}

/// How many brackets may be open inside a value: each takes some of the thread's stack.
const DEEPEST: usize = 128;

/// A value of any depth.
fn any_value(rest: &[u8]) -> Result<&[u8], NotJson> {
    match value(rest, DEEPEST) {
        Err(NotJson::TooDeep) => deep_value(rest),
        other => other,
    }
}

/// For what has more brackets inside each other than anybody writes: serde_json's stack is on the heap.
#[cold]
#[inline(never)]
fn deep_value(rest: &[u8]) -> Result<&[u8], NotJson> {
    let mut values = serde_json::Deserializer::from_slice(rest).into_iter::<IgnoredAny>();
    match values.next() {
        Some(Ok(_)) => Ok(&rest[values.byte_offset()..]),
        _ => Err(NotJson::Malformed),
    }
}

/// Nothing but white space follows.
fn end(rest: &[u8]) -> Result<(), NotJson> {
    if skip_space(rest).is_empty() { Ok(()) } else { Err(NotJson::Malformed) }
}

fn skip_space(mut rest: &[u8]) -> &[u8] {
    while let [b' ' | b'\n' | b'\r' | b'\t', next @ ..] = rest {
        rest = next;
    }
    rest
}

// What follows takes the text from some place on, and returns it from the place where what it reads has ended: that stays
// in two registers.

/// A byte that is not white space.
#[inline(always)]
fn token(mut rest: &[u8]) -> Result<(u8, &[u8]), NotJson> {
    loop {
        match rest {
            [b' ' | b'\n' | b'\r' | b'\t', next @ ..] => rest = next,
            [byte, next @ ..] => return Ok((*byte, next)),
            [] => return Err(NotJson::Malformed),
        }
    }
}

/// A value, with white space before it; it may hold so many others inside each other.
#[inline(always)]
fn value(rest: &[u8], depth: usize) -> Result<&[u8], NotJson> {
    match token(rest)? {
        (b'"', rest) => string(rest),
        (b'{', rest) => object(rest, depth),
        (b'[', rest) => elements(rest, depth),
        (b'1'..=b'9', after) => fraction(rest, skip_digits(after)),
        (b'0', after) => fraction(rest, after),
        (b'-', [b'0', after @ ..]) => {
            if !matches!(after, [b'.', ..]) && is_unusual(rest) {
                return Err(NotJson::Unusual);
            }
            fraction(rest, after)
        }
        (b'-', after) => fraction(rest, digits(after)?),
        (b't', rest) => rest.strip_prefix(b"rue").ok_or(NotJson::Malformed),
        (b'f', rest) => rest.strip_prefix(b"alse").ok_or(NotJson::Malformed),
        (b'n', rest) => rest.strip_prefix(b"ull").ok_or(NotJson::Malformed),
        _ => Err(NotJson::Malformed),
    }
}

/// An array after its bracket.
#[inline(never)]
fn elements(mut rest: &[u8], depth: usize) -> Result<&[u8], NotJson> {
    if let (b']', rest) = token(rest)? {
        return Ok(rest);
    }
    let depth = depth.checked_sub(1).ok_or(NotJson::TooDeep)?;
    loop {
        match token(value(rest, depth)?)? {
            (b',', next) => rest = next,
            (b']', rest) => return Ok(rest),
            _ => return Err(NotJson::Malformed),
        }
    }
}

/// An object after its bracket.
#[inline(never)]
fn object(mut rest: &[u8], depth: usize) -> Result<&[u8], NotJson> {
    if let (b'}', rest) = token(rest)? {
        return Ok(rest);
    }
    let depth = depth.checked_sub(1).ok_or(NotJson::TooDeep)?;
    loop {
        let (b'"', key) = token(rest)? else { return Err(NotJson::Malformed) };
        let (b':', behind) = token(string(key)?)? else { return Err(NotJson::Malformed) };
        match token(value(behind, depth)?)? {
            (b',', next) => rest = next,
            (b'}', rest) => return Ok(rest),
            _ => return Err(NotJson::Malformed),
        }
    }
}

/// What may follow the digits before the point of a number, before which white space may stand.
#[inline(always)]
fn fraction<'a>(number: &[u8], rest: &'a [u8]) -> Result<&'a [u8], NotJson> {
    let is_whole = !matches!(rest, [b'.' | b'e' | b'E', ..]) && number.len() - rest.len() <= LONGEST;
    if is_whole { Ok(rest) } else { point_and_exponent(number, rest) }
}

#[inline(always)]
fn point_and_exponent<'a>(number: &[u8], mut rest: &'a [u8]) -> Result<&'a [u8], NotJson> {
    // only these may be a whole number with a point, or beyond the range of a float: `1.0`, `1e400`, 400 digits
    let may_be_unusual =
        matches!(rest, [b'.', b'0', ..] | [b'e' | b'E', ..]) || number.len() - rest.len() > LONGEST;
    if may_be_unusual && is_unusual(number) {
        return Err(NotJson::Unusual);
    }
    if let [b'.', next @ ..] = rest {
        rest = digits(next)?;
        if matches!(rest, [b'e' | b'E', ..]) && is_unusual(number) {
            return Err(NotJson::Unusual);
        }
    }
    match rest {
        [b'e' | b'E', b'+' | b'-', next @ ..] | [b'e' | b'E', next @ ..] => digits(next),
        rest => Ok(rest),
    }
}

/// No number of so many digits is beyond the range of a float.
const LONGEST: usize = 300;

#[cold]
#[inline(never)]
fn is_unusual(number: &[u8]) -> bool {
    let text = str::from_utf8(mend::number_at_start(skip_space(number))).unwrap_or_default();
    mend::usual_number(text).is_some()
}

/// At least one.
#[inline]
fn digits(rest: &[u8]) -> Result<&[u8], NotJson> {
    match rest {
        [b'0'..=b'9', rest @ ..] => Ok(skip_digits(rest)),
        _ => Err(NotJson::Malformed),
    }
}

#[inline(always)]
fn skip_digits(mut rest: &[u8]) -> &[u8] {
    while let [b'0'..=b'9', next @ ..] = rest {
        rest = next;
    }
    rest
}

/// A string after its quote.
#[inline(always)]
fn string(rest: &[u8]) -> Result<&[u8], NotJson> {
    // most keys and names end within a word
    if let Some(word) = rest.first_chunk()
        && let Some(len) = plain_len_of_word(*word)
        && let Some([b'"', rest @ ..]) = rest.get(len..)
    {
        return Ok(rest);
    }
    any_string(rest)
}

#[inline(never)]
fn any_string(mut rest: &[u8]) -> Result<&[u8], NotJson> {
    loop {
        rest = match &rest[plain_len(rest)..] {
            [b'"', rest @ ..] => return Ok(rest),
            [b'\\', b'"' | b'\\' | b'/' | b'b' | b'f' | b'n' | b'r' | b't', rest @ ..] => rest,
            [b'\\', b'u', digits @ ..] => unit(digits)?,
            _ => return Err(NotJson::Malformed),
        };
    }
}

/// What follows `\u`. Not inlined: few strings have it.
#[inline(never)]
fn unit(digits: &[u8]) -> Result<&[u8], NotJson> {
    match digits.split_first_chunk::<4>() {
        Some((unit, rest)) if unit.iter().all(u8::is_ascii_hexdigit) => match mend::surrogates(*unit, rest) {
            Surrogates::None => Ok(rest),
            Surrogates::Pair(rest) => Ok(rest),
            Surrogates::Alone => Err(NotJson::Unusual),
        },
        _ => Err(NotJson::Malformed),
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use serde::de::IgnoredAny;
    use serde_json::Value;

    use super::*;

    fn is_array(text: &str) -> bool {
        serde_json::from_str::<Vec<IgnoredAny>>(text).is_ok()
    }

    fn agrees(text: &str) -> Result<(), TestCaseError> {
        let ours = array(text);
        prop_assert_ne!(ours, Err(NotJson::TooDeep));
        if ours == Err(NotJson::Unusual) {
            let mended = mend::mend(text);
            prop_assert_ne!(array(&mended), Err(NotJson::Unusual), "{} {}", text, mended);
            prop_assert_eq!(array(&mended).is_ok(), is_array(text), "{} {}", text, mended);
            return agrees(&mended);
        }
        prop_assert_eq!(ours.is_ok(), is_array(text), "{}", text);
        if let Ok(Elements { start, first_end, end }) = ours {
            let inside = &text[start..end];
            let first = &text[start..first_end];
            let values: Vec<Value> = serde_json::from_str(text).unwrap_or_default();
            match values.first() {
                Some(value) => {
                    prop_assert_eq!(serde_json::from_str::<Value>(first).ok(), Some(value.clone()));
                }
                None => prop_assert!(inside.trim().is_empty() && first.is_empty()),
            }
            prop_assert_eq!(serde_json::from_str::<Vec<Value>>(&format!("[{inside}]")).ok(), Some(values));
        }
        Ok(())
    }

    #[test]
    fn numbers_words_and_escapes() {
        for good in
            ["[]", " [ ] ", "[1]", "[-0.5e-7,0,-0.5]", "[true,false,null]", r#"["\u00e9\n\"",{}]"#, "[[],[]]"]
        {
            assert!(array(good).is_ok() && is_array(good), "{good}");
        }
        for bad in [
            "",
            "[",
            "]",
            "[1,]",
            "[,1]",
            "[01]",
            "[1.]",
            "[.5]",
            "[1e]",
            "[-]",
            "[+1]",
            "[tru]",
            "[nul",
            r#"["\x"]"#,
            r#"["\u12g4"]"#,
            r#"["\u12"]"#,
            "[\"\u{1}\"]",
            "[\"",
            "{}",
            "1",
            "[1] 2",
            "[1 2]",
            "[}",
            r#"[{"a"}]"#,
            r#"[{"a":1,}]"#,
            r#"[{a:1}]"#,
            r#"[{"a":1]"#,
            "[\"a\nb\"]",
        ] {
            assert!(array(bad).is_err() && !is_array(bad), "{bad}");
        }
    }

    #[test]
    fn depth_has_an_end() {
        let nested = |depth: usize| "[".repeat(depth) + &"]".repeat(depth);
        let inside = |text: &str| value(text.as_bytes(), DEEPEST).map(<[u8]>::len);
        assert_eq!(inside(&nested(128)), Ok(0));
        // the innermost pair is empty, and needs no bit
        assert_eq!(inside(&nested(129)), Ok(0));
        assert_eq!(inside(&nested(130)), Err(NotJson::TooDeep));
        assert_eq!(
            array(&nested(100_000)).map(|it| (it.start, it.first_end, it.end)),
            Ok((1, 199_999, 199_999))
        );
        assert_eq!(array(&"[".repeat(100_000)), Err(NotJson::Malformed));
    }

    #[test]
    fn members_of_objects() {
        let read = |text: &'static str| {
            let mut found = vec![];
            members(text, |key, value| {
                found.push((&text[key], &text[value]));
                Ok(())
            })
            .map(|()| found)
        };
        assert_eq!(read(" {} "), Ok(vec![]));
        assert_eq!(
            read(r#"{ "a" : 1 ,"b\"":[{"c":2}] , "":"}"}"#),
            Ok(vec![("\"a\"", "1"), (r#""b\"""#, r#"[{"c":2}]"#), ("\"\"", "\"}\"")])
        );
        for bad in ["", "[]", "{", "{\"a\"}", "{\"a\":}", "{\"a\":1,}", "{a:1}", "{} {}", "{\"a\":1 \"b\":2}"]
        {
            assert_eq!(read(bad), Err(NotJson::Malformed), "{bad}");
        }
    }

    proptest! {
        #[test]
        fn what_is_json_is_what_serde_json_says(text in r#"[\[\]{}",:\\u0-9a-ftnrlsé.eE+\- \n\x01]{0,16}"#) {
            agrees(&text)?;
            agrees(&format!("[{text}]"))?;
            agrees(&format!("[\"{text}\"]"))?;
            agrees(&format!("[{{\"{text}\":1}},[2]]"))?;
        }

        /// Wherever in a long string the special byte stands.
        #[test]
        fn strings_of_any_length(before in "[a-zé]{0,20}", special in r#"["\\\x00-\x1f\x7f]?"#, behind in "[a-z\u{80}-\u{ff}]{0,20}") {
            agrees(&format!("[\"{before}{special}{behind}\"]"))?;
        }

        #[test]
        fn any_text_is_survived(text in ".{0,40}") {
            agrees(&text)?;
        }
    }
}
