//! Is it JSON? One pass over the text, without values and without allocations (RFC 8259).
//!
//! serde_json answers the same question; it keeps a stack of brackets on the heap, and looks at strings byte by byte.

use super::{plain_len, plain_len_of_word};

/// It is no JSON, or nested too deeply to be said here.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Fault {
    Malformed,
    TooDeep,
}

/// The elements of an array.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Elements {
    /// Behind `[`.
    pub(crate) start: usize,
    /// Behind the first element; `start` if there is none.
    pub(crate) first_end: usize,
    /// Before `]`.
    pub(crate) end: usize,
}

/// Where the elements of an array are; nothing but white space stands beside it.
pub(crate) fn array(text: &str) -> Result<Elements, Fault> {
    let mut reader = Reader { bytes: text.as_bytes(), at: 0 };
    reader.skip_space();
    reader.expect(b'[')?;
    let start = reader.at;
    reader.skip_space();
    let (mut first_end, mut end) = (start, reader.at);
    if reader.peek() != Some(b']') {
        reader.value()?;
        first_end = reader.at;
        loop {
            reader.skip_space();
            end = reader.at;
            match reader.peek() {
                Some(b',') => {
                    reader.at += 1;
                    reader.value()?;
                }
                Some(b']') => break,
                _ => return Err(Fault::Malformed),
            }
        }
    }
    reader.at += 1;
    reader.skip_space();
    if reader.at == text.len() { Ok(Elements { start, first_end, end }) } else { Err(Fault::Malformed) }
}

struct Reader<'a> {
    bytes: &'a [u8],
    /// Invariant: `at <= bytes.len()`.
    at: usize,
}

/// As many brackets as there are bits for them.
const DEEPEST: u32 = u128::BITS;

impl Reader<'_> {
    fn peek(&self) -> Option<u8> {
        self.bytes.get(self.at).copied()
    }

    fn expect(&mut self, byte: u8) -> Result<(), Fault> {
        if self.peek() != Some(byte) {
            return Err(Fault::Malformed);
        }
        self.at += 1;
        Ok(())
    }

    fn skip_space(&mut self) {
        while let Some(b' ' | b'\n' | b'\r' | b'\t') = self.peek() {
            self.at += 1;
        }
    }

    /// A value, with white space before it.
    fn value(&mut self) -> Result<(), Fault> {
        // a bit for each open bracket, the innermost lowest: is it an object's?
        let (mut objects, mut depth) = (0_u128, 0);
        loop {
            self.skip_space();
            let byte = self.peek().ok_or(Fault::Malformed)?;
            let opens = matches!(byte, b'{' | b'[');
            if opens {
                self.at += 1;
                self.skip_space();
                let is_empty = self.peek() == Some(if byte == b'{' { b'}' } else { b']' });
                if is_empty {
                    self.at += 1;
                } else {
                    if depth == DEEPEST {
                        return Err(Fault::TooDeep);
                    }
                    objects = objects << 1 | u128::from(byte == b'{');
                    depth += 1;
                    if byte == b'{' {
                        self.key()?;
                    }
                    continue;
                }
            } else {
                self.scalar(byte)?;
            }
            // behind a value
            loop {
                if depth == 0 {
                    return Ok(());
                }
                self.skip_space();
                match (self.peek(), objects & 1 == 1) {
                    (Some(b','), is_object) => {
                        self.at += 1;
                        if is_object {
                            self.skip_space();
                            self.key()?;
                        }
                        break;
                    }
                    (Some(b'}'), true) | (Some(b']'), false) => {
                        self.at += 1;
                        objects >>= 1;
                        depth -= 1;
                    }
                    _ => return Err(Fault::Malformed),
                }
            }
        }
    }

    /// `"key" :`
    fn key(&mut self) -> Result<(), Fault> {
        self.expect(b'"')?;
        self.string()?;
        self.skip_space();
        self.expect(b':')
    }

    /// A value that holds no others; `byte` is its first.
    fn scalar(&mut self, byte: u8) -> Result<(), Fault> {
        match byte {
            b'"' => {
                self.at += 1;
                self.string()
            }
            b't' => self.word(b"true"),
            b'f' => self.word(b"false"),
            b'n' => self.word(b"null"),
            b'-' | b'0'..=b'9' => self.number(),
            _ => Err(Fault::Malformed),
        }
    }

    fn word(&mut self, word: &[u8]) -> Result<(), Fault> {
        if !self.bytes[self.at..].starts_with(word) {
            return Err(Fault::Malformed);
        }
        self.at += word.len();
        Ok(())
    }

    fn number(&mut self) -> Result<(), Fault> {
        if self.peek() == Some(b'-') {
            self.at += 1;
        }
        match self.peek() {
            Some(b'0') => self.at += 1,
            _ => self.digits()?,
        }
        if self.peek() == Some(b'.') {
            self.at += 1;
            self.digits()?;
        }
        if let Some(b'e' | b'E') = self.peek() {
            self.at += 1;
            if let Some(b'+' | b'-') = self.peek() {
                self.at += 1;
            }
            self.digits()?;
        }
        Ok(())
    }

    /// At least one.
    fn digits(&mut self) -> Result<(), Fault> {
        let digits = self.bytes[self.at..].iter().take_while(|byte| byte.is_ascii_digit()).count();
        self.at += digits;
        if digits > 0 { Ok(()) } else { Err(Fault::Malformed) }
    }

    /// The rest of a string, and its closing quote.
    fn string(&mut self) -> Result<(), Fault> {
        loop {
            self.skip_plain();
            match self.peek() {
                Some(b'"') => {
                    self.at += 1;
                    return Ok(());
                }
                Some(b'\\') => {
                    self.at += 1;
                    match self.peek() {
                        Some(b'"' | b'\\' | b'/' | b'b' | b'f' | b'n' | b'r' | b't') => self.at += 1,
                        Some(b'u') => {
                            let digits = self.bytes.get(self.at + 1..self.at + 5).ok_or(Fault::Malformed)?;
                            if !digits.iter().all(u8::is_ascii_hexdigit) {
                                return Err(Fault::Malformed);
                            }
                            self.at += 5;
                        }
                        _ => return Err(Fault::Malformed),
                    }
                }
                _ => return Err(Fault::Malformed),
            }
        }
    }

    fn skip_plain(&mut self) {
        let rest = &self.bytes[self.at..];
        self.at += match rest.first_chunk() {
            // most keys and names end here
            Some(word) if let Some(len) = plain_len_of_word(*word) => len,
            _ => plain_len(rest),
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
        prop_assert_ne!(ours, Err(Fault::TooDeep));
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
        assert_eq!(array(&nested(131)), Err(Fault::TooDeep));
        assert_eq!(array(&"[".repeat(100_000)), Err(Fault::TooDeep));
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
