//! Is it JSON? One pass over the text, without values and without allocations (RFC 8259).
//!
//! serde_json answers the same question; it keeps a stack of brackets on the heap, and looks at strings byte by byte.

use super::{plain_len, plain_len_of_word};

/// It is not JSON, or nested too deeply for this check.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum NotJson {
    Malformed,
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
    let offset = |rest: &[u8]| text.len() - rest.len();
    let (b'[', rest) = token(text.as_bytes())? else { return Err(NotJson::Malformed) };
    let start = offset(rest);
    let mut found = Elements { start, first_end: start, end: start };
    let rest = if let (b']', rest) = token(rest)? {
        rest
    } else {
        let mut rest = value(rest, DEEPEST)?;
        found.first_end = offset(rest);
        loop {
            found.end = offset(rest);
            match token(rest)? {
                (b',', next) => rest = value(next, DEEPEST)?,
                (b']', rest) => break rest,
                _ => return Err(NotJson::Malformed),
            }
        }
    };
    match token(rest) {
        Ok(_) => Err(NotJson::Malformed),
        Err(_) => Ok(found),
    }
}

/// How many brackets may be open inside the array: each takes some of the thread's stack.
const DEEPEST: usize = 128;

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
        (b'1'..=b'9', rest) => fraction(skip_digits(rest)),
        (b'0', rest) => fraction(rest),
        (b'-', [b'0', rest @ ..]) => fraction(rest),
        (b'-', rest) => fraction(digits(rest)?),
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

/// What may follow the digits before the point.
#[inline(always)]
fn fraction(mut rest: &[u8]) -> Result<&[u8], NotJson> {
    if let [b'.', next @ ..] = rest {
        rest = digits(next)?;
    }
    match rest {
        [b'e' | b'E', b'+' | b'-', next @ ..] | [b'e' | b'E', next @ ..] => digits(next),
        _ => Ok(rest),
    }
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
            [b'\\', b'u', digits @ ..] => match digits.split_first_chunk::<4>() {
                Some((digits, rest)) if digits.iter().all(u8::is_ascii_hexdigit) => rest,
                _ => return Err(NotJson::Malformed),
            },
            _ => return Err(NotJson::Malformed),
        };
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
            ["[]", " [ ] ", "[1]", "[-0.5e+7,0,-0]", "[true,false,null]", r#"["\u00e9\n\"",{}]"#, "[[],[]]"]
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
        assert!(array(&nested(129)).is_ok());
        // the innermost pair is empty, and needs no bit
        assert!(array(&nested(130)).is_ok());
        assert_eq!(array(&nested(131)), Err(NotJson::TooDeep));
        assert_eq!(array(&"[".repeat(100_000)), Err(NotJson::TooDeep));
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
