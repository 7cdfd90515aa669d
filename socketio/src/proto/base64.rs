//! Bytes as text, read from any encoder: canonical base64 quickly, and what MIME, URL-safe and careless encoders write.

use base64::{
    Engine, alphabet,
    engine::{DecodePaddingMode, GeneralPurpose, GeneralPurposeConfig, general_purpose::STANDARD},
};

/// A text that no base64 encoder writes.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("not base64")]
pub(crate) struct NotBase64;

/// Without `=`, and with bits after the last byte that need not be zero.
const LENIENT: GeneralPurpose = GeneralPurpose::new(
    &alphabet::STANDARD,
    GeneralPurposeConfig::new()
        .with_decode_allow_trailing_bits(true)
        .with_decode_padding_mode(DecodePaddingMode::RequireNone),
);

/// The bytes of a text: white space anywhere, the URL-safe alphabet, and missing or doubled `=` are read as Node.js reads them.
///
/// Node.js also drops every other character, all that follows a `=`, and a last digit that is not a whole byte. That
/// would hand handlers bytes which nobody sent, so it is an error here.
pub(crate) fn read(text: &str) -> Result<Vec<u8>, NotBase64> {
    match STANDARD.decode(text) {
        Ok(bytes) => Ok(bytes),
        Err(_) => read_lenient(text),
    }
}

/// A second pass, for the few that need one: Java's encoder ends a line after 76 characters, and the last one.
#[cold]
fn read_lenient(text: &str) -> Result<Vec<u8>, NotBase64> {
    let mut digits = Vec::with_capacity(text.len());
    let mut is_padded = false;
    for byte in text.bytes() {
        match byte {
            // `is_ascii_whitespace` leaves the vertical tab out
            b' ' | b'\t'..=b'\r' => {}
            b'=' => is_padded = true,
            _ if is_padded => return Err(NotBase64),
            b'-' => digits.push(b'+'),
            b'_' => digits.push(b'/'),
            digit => digits.push(digit),
        }
    }
    LENIENT.decode(digits).map_err(|_| NotBase64)
}

/// Appends bytes as canonical base64.
pub(crate) fn write(out: &mut String, bytes: &[u8]) {
    STANDARD.encode_string(bytes, out);
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_lenient_decoders_read_is_read() {
        for (text, bytes) in [
            ("", &b""[..]),
            ("QUJD", b"ABC"),
            // Java's and MIME's lines
            ("QUJD\n", b"ABC"),
            ("QUJD\r\nREVG\r\n", b"ABCDEF"),
            ("Q\nUJD", b"ABC"),
            ("Q U\tJ\x0bD\x0c", b"ABC"),
            ("\n", b""),
            // padding
            ("QQ", b"A"),
            ("QQ=", b"A"),
            ("QQ==", b"A"),
            ("QQ===", b"A"),
            ("QUI", b"AB"),
            ("QUI==", b"AB"),
            ("QUJD=", b"ABC"),
            ("QQ=\n=\n", b"A"),
            ("====", b""),
            // bits that are left over
            ("QR==", b"A"),
            ("QUJ", b"AB"),
            // the alphabet of URLs
            ("-_8=", b"\xfb\xff"),
            ("+_8", b"\xfb\xff"),
        ] {
            assert_eq!(read(text).as_deref(), Ok(bytes), "{text:?}");
        }
    }

    #[test]
    fn what_would_lose_bytes_is_not() {
        for text in
            ["%%%", "Q", "QUJDR", "Q%UJD", "=QUJD", "QQ==QQ==", "QQ=A", "\u{a0}QUJD", "\u{feff}", "QUJD\0"]
        {
            assert_eq!(read(text), Err(NotBase64), "{text:?}");
        }
    }

    proptest::proptest! {
        #[test]
        fn bytes_are_read_however_they_are_wrapped(
            bytes in proptest::collection::vec(proptest::prelude::any::<u8>(), 0..300),
            width in 1_usize..100,
            url_safe in proptest::prelude::any::<bool>(),
            padded in proptest::prelude::any::<bool>(),
        ) {
            let mut text = String::new();
            write(&mut text, &bytes);
            proptest::prop_assert_eq!(read(&text), Ok(bytes.clone()));
            if url_safe {
                text = text.replace('+', "-").replace('/', "_");
            }
            if !padded {
                text.truncate(text.trim_end_matches('=').len());
            }
            let lines: Vec<&[u8]> = text.as_bytes().chunks(width).collect();
            let wrapped = String::from_utf8_lossy(&lines.join(&b"\r\n"[..])).into_owned() + "\n";
            proptest::prop_assert_eq!(read(&wrapped), Ok(bytes));
        }

        #[test]
        fn no_text_panics(text in proptest::prelude::any::<String>()) {
            let _ = read(&text);
        }
    }
}
