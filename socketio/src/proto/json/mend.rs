//! JSON that JavaScript reads and serde_json does not, or not so: rewritten, so that both read the same.
//!
//! | text | JavaScript reads | serde_json reads | written as |
//! |---|---|---|---|
//! | `"\ud83d"`: what `JSON.stringify` makes of half an emoji | a string | an error | `"\ufffd"` |
//! | `1e400` | `Infinity` | an error | the largest float |
//! | `5.0`, `1e3`, `-0` | whole numbers | floats: no integer is read from them | `5`, `1000`, `0` |
//!
//! [`check`](super::check) finds such a text while it looks at it, so that any other costs nothing.

use memchr::memchr2;

/// The frame with the JSON [mended](mend) that starts at byte `at`. `None`: nothing changes, or spans would be too small for
/// it.
#[cold]
pub(crate) fn mended(frame: &str, at: usize) -> Option<String> {
    let (head, json) = frame.split_at(at);
    let mended = [head, &mend(json)].concat();
    (mended != frame && u32::try_from(mended.len()).is_ok()).then_some(mended)
}

/// Rewrites what is unusual: [`check`](super::check) finds nothing more then. What is not JSON stays that.
///
/// The text grows by less than five times: `1e400` does.
pub(crate) fn mend(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    let mut rest = text;
    while let Some(at) = rest.find(|it: char| it == '"' || it == '-' || it.is_ascii_digit()) {
        out.push_str(&rest[..at]);
        rest = &rest[at..];
        let len = if rest.starts_with('"') {
            mend_string(rest, &mut out)
        } else {
            let number = &rest[..number_at_start(rest.as_bytes()).len()];
            out.push_str(usual_number(number).as_deref().unwrap_or(number));
            number.len()
        };
        rest = &rest[len..];
    }
    out.push_str(rest);
    out
}

/// Writes the string at the start; returns the length that was read.
fn mend_string(text: &str, out: &mut String) -> usize {
    let bytes = text.as_bytes();
    let (mut written, mut at) = (0, 1);
    while let Some(found) = memchr2(b'"', b'\\', &bytes[at..]) {
        at += found;
        at += match &bytes[at..] {
            [b'"', ..] => {
                out.push_str(&text[written..=at]);
                return at + 1;
            }
            [b'\\', b'u', a, b, c, d, after @ ..] => match surrogates([*a, *b, *c, *d], after) {
                Surrogates::None => 2,
                Surrogates::Pair(_) => 12,
                Surrogates::Alone => {
                    out.push_str(&text[written..at]);
                    out.push_str("\\ufffd");
                    written = at + 6;
                    6
                }
            },
            // whatever follows a backslash, the next byte of interest may be the one after it
            [_, next, ..] if next.is_ascii() => 2,
            _ => 1,
        };
    }
    out.push_str(&text[written..]);
    text.len()
}

/// What `\u` and four digits begin.
pub(super) enum Surrogates<'a> {
    /// Another character.
    None,
    /// The first half of a character; the second half follows, and this after it.
    Pair(&'a [u8]),
    /// Half of a character.
    Alone,
}

/// Looks at the `digits` of an escape, and what follows them. They may also be none: then they begin nothing.
pub(super) fn surrogates(digits: [u8; 4], after: &[u8]) -> Surrogates<'_> {
    match unit(digits) {
        Some(0xd800..=0xdbff) => match after {
            [b'\\', b'u', a, b, c, d, after @ ..]
                if matches!(unit([*a, *b, *c, *d]), Some(0xdc00..=0xdfff)) =>
            {
                Surrogates::Pair(after)
            }
            _ => Surrogates::Alone,
        },
        Some(0xdc00..=0xdfff) => Surrogates::Alone,
        _ => Surrogates::None,
    }
}

fn unit(digits: [u8; 4]) -> Option<u16> {
    let text = str::from_utf8(&digits).ok().filter(|_| digits.iter().all(u8::is_ascii_hexdigit))?;
    u16::from_str_radix(text, 16).ok()
}

/// The bytes at the start of which a number may consist, whether they are one or not.
pub(super) fn number_at_start(bytes: &[u8]) -> &[u8] {
    let is_part = |byte: &u8| matches!(byte, b'0'..=b'9' | b'+' | b'-' | b'.' | b'e' | b'E');
    &bytes[..bytes.iter().take_while(|byte| is_part(byte)).count()]
}

/// The same number in a form that serde_json reads as JavaScript does; `None`: it has that form, or is not a number.
pub(super) fn usual_number(text: &str) -> Option<String> {
    let fraction = text.split_once('.').map(|(_, fraction)| fraction);
    let is_ordinary = fraction.is_some_and(|it| {
        it.bytes().all(|byte| byte.is_ascii_digit()) && it.bytes().any(|byte| byte != b'0')
    });
    if is_ordinary && text.len() < 300 {
        return None;
    }
    serde_json::from_str::<serde::de::IgnoredAny>(text).ok()?;
    // not by serde_json, which may be off by the last bit: that can make a whole number of one with a fraction
    let value: f64 = text.parse().ok()?;
    if value.is_infinite() {
        let sign = if text.starts_with('-') { "-" } else { "" };
        return Some(format!("{sign}{LARGEST}"));
    }
    let is_whole = value.fract() == 0.0 && value.abs() <= LARGEST_WHOLE;
    let is_unusual = text.contains(['.', 'e', 'E']) || text == "-0";
    // exact: both bounds are far inside the range
    (is_whole && is_unusual).then(|| (value as i64).to_string())
}

/// `Number.MAX_VALUE`
const LARGEST: &str = "1.7976931348623157e308";

/// `Number.MAX_SAFE_INTEGER + 1`: up to here every whole number is a float.
const LARGEST_WHOLE: f64 = 9_007_199_254_740_992.0;

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn halves_of_characters() {
        for (text, mended) in [
            (r#""hi \ud83d""#, r#""hi \ufffd""#),
            (
                r#""\uDE00\uD83D\ud83d\ude00\uD83D\u0041\ud83dx""#,
                r#""\ufffd\ufffd\ud83d\ude00\ufffd\u0041\ufffdx""#,
            ),
            // an escaped backslash, and what is not an escape
            (r#""\\ud83d" \ud83d"#, r#""\\ud83d" \ud83d"#),
            (r#"{"\ud800":["\"\ud800"]}"#, r#"{"\ufffd":["\"\ufffd"]}"#),
            // not JSON: nothing is lost
            (r#""\ud8"#, r#""\ud8"#),
            (r#""\ud83d"#, r#""\ufffd"#),
            ("\"\\", "\"\\"),
            ("\"\\é\"", "\"\\é\""),
        ] {
            assert_eq!(mend(text), mended, "{text}");
        }
    }

    #[test]
    fn numbers() {
        let (long, longer) = ("9".repeat(400), format!("-{}.5", "1".repeat(400)));
        for (text, mended) in [
            ("1e400", LARGEST),
            ("-1E+400", "-1.7976931348623157e308"),
            (&long, LARGEST),
            (&longer, "-1.7976931348623157e308"),
            ("5.0", "5"),
            ("-5.000", "-5"),
            ("1e3", "1000"),
            ("12.5e1", "125"),
            ("-0", "0"),
            ("-0.0", "0"),
            ("0e5", "0"),
            ("1e-400", "0"),
            ("9007199254740992.0", "9007199254740992"),
            // as they are
            ("0", "0"),
            ("1.5", "1.5"),
            ("1e21", "1e21"),
            ("1e-7", "1e-7"),
            ("18446744073709551616", "18446744073709551616"),
            ("1.0.0", "1.0.0"),
            ("01.0", "01.0"),
            ("1.", "1."),
            (LARGEST, LARGEST),
            (r#""1.0""#, r#""1.0""#),
        ] {
            assert_eq!(mend(text), mended, "{text}");
        }
        assert_eq!(serde_json::from_str::<f64>(LARGEST).ok(), Some(f64::MAX));
        assert_eq!(mend("4.2456578453090965e15"), "4.2456578453090965e15", "it ends in a half");
    }

    proptest! {
        #[test]
        fn what_is_mended_stays_as_it_is(text in r#"[\[\]{}",:\\u0-9a-fD.eE+\- é]{0,40}"#) {
            let once = mend(&text);
            prop_assert_eq!(mend(&once), once);
        }

        /// Floats are the same numbers as before.
        #[test]
        fn numbers_keep_their_value(value: f64, digits in 0_usize..6) {
            prop_assume!(value.is_finite());
            for text in [format!("{value:e}"), format!("{value:?}"), format!("{:.*}", digits, value % 1e6)] {
                let before: f64 = text.parse()?;
                prop_assert_eq!(mend(&text).parse::<f64>()?, before, "{}", text);
            }
        }
    }
}
