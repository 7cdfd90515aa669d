//! What a client offers in `Sec-WebSocket-Extensions`, and what it is answered: RFC 7692 section 7.1.

use super::MAX_WINDOW;

/// What both sides do.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Agreement {
    /// The client inflates with a window of this many bits.
    pub(crate) window: u8,
    /// It has asked for that.
    is_asked: bool,
}

impl Agreement {
    /// The value of the header that answers.
    ///
    /// Without an offer of it, a server may ask for `client_no_context_takeover` (7.1.1.2). The client's window does not
    /// matter: ours is the largest.
    pub(crate) fn answer(self) -> String {
        let mut answer =
            "permessage-deflate; server_no_context_takeover; client_no_context_takeover".to_owned();
        if self.is_asked {
            answer.push_str(&format!("; server_max_window_bits={}", self.window));
        }
        answer
    }
}

/// The first offer that can be taken, of all values of the header. What is malformed or unknown declines its own offer
/// only.
pub(crate) fn agree<'a>(headers: impl IntoIterator<Item = &'a str>) -> Option<Agreement> {
    headers.into_iter().flat_map(|header| split(header, b',')).find_map(take)
}

fn take(offer: &str) -> Option<Agreement> {
    let mut parts = split(offer, b';').map(str::trim);
    if parts.next()? != "permessage-deflate" {
        return None;
    }
    let mut agreement = Agreement { window: MAX_WINDOW, is_asked: false };
    let mut seen = [false; NAMES.len()];
    for part in parts {
        let (name, value) = match part.split_once('=') {
            Some((name, value)) => (name.trim_end(), Some(unquoted(value.trim_start())?)),
            None => (part, None),
        };
        let known = NAMES.iter().position(|known| *known == name)?;
        if std::mem::replace(&mut seen[known], true) {
            return None;
        }
        match (name, value) {
            ("client_max_window_bits", None) => {}
            ("client_max_window_bits", Some(bits)) => drop(window_bits(bits)?),
            ("server_max_window_bits", Some(bits)) => {
                agreement = Agreement { window: window_bits(bits)?, is_asked: true };
            }
            ("server_no_context_takeover" | "client_no_context_takeover", None) => {}
            _ => return None,
        }
    }
    Some(agreement)
}

const NAMES: [&str; 4] = [
    "server_no_context_takeover",
    "client_no_context_takeover",
    "server_max_window_bits",
    "client_max_window_bits",
];

/// "A decimal integer value without leading zeroes between 8 to 15 inclusive".
fn window_bits(value: &str) -> Option<u8> {
    match value.as_bytes() {
        [digit @ b'8'..=b'9'] => Some(digit - b'0'),
        [b'1', digit @ b'0'..=b'5'] => Some(10 + digit - b'0'),
        _ => None,
    }
}

/// A value may stand in quotes. None of ours has anything to escape.
fn unquoted(value: &str) -> Option<&str> {
    match value.strip_prefix('"') {
        Some(value) => value.strip_suffix('"'),
        None => Some(value),
    }
}

/// The parts of a list; what stands in quotes separates nothing.
fn split(list: &str, separator: u8) -> impl Iterator<Item = &str> {
    let mut rest = Some(list);
    std::iter::from_fn(move || {
        let list = rest?;
        let (mut quoted, mut escaped) = (false, false);
        let at = list.bytes().position(|byte| {
            let was_escaped = std::mem::take(&mut escaped);
            match byte {
                b'\\' if quoted && !was_escaped => escaped = true,
                b'"' if !was_escaped => quoted = !quoted,
                _ => {}
            }
            byte == separator && !quoted
        });
        let (part, after) = match at {
            Some(at) => (&list[..at], Some(&list[at + 1..])),
            None => (list, None),
        };
        rest = after;
        Some(part)
    })
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    const PLAIN: &str = "permessage-deflate; server_no_context_takeover; client_no_context_takeover";

    fn answer(offers: &str) -> Option<String> {
        agree([offers]).map(Agreement::answer)
    }

    /// What Chromium, Firefox, `ws`, undici and python's `websockets` send.
    #[test]
    fn offers_of_clients_are_taken() {
        for offer in ["permessage-deflate; client_max_window_bits", "permessage-deflate"] {
            assert_eq!(answer(offer).as_deref(), Some(PLAIN), "{offer}");
        }
    }

    #[test]
    fn a_window_that_the_client_asks_for_is_kept() {
        for bits in 8..=15 {
            let offer = format!("permessage-deflate; server_max_window_bits={bits}");
            assert_eq!(agree([&*offer]).map(|agreed| agreed.window), Some(bits));
            assert_eq!(answer(&offer), Some(format!("{PLAIN}; server_max_window_bits={bits}")));
        }
        let quoted = "permessage-deflate ;server_max_window_bits = \"9\";client_max_window_bits=\"12\"";
        assert_eq!(agree([quoted]).map(|agreed| agreed.window), Some(9));
    }

    #[test]
    fn a_bad_offer_declines_itself_and_not_the_next() {
        let bad = [
            "permessage-deflate; server_max_window_bits",
            "permessage-deflate; server_max_window_bits=7",
            "permessage-deflate; server_max_window_bits=16",
            "permessage-deflate; server_max_window_bits=08",
            "permessage-deflate; server_max_window_bits=+9",
            "permessage-deflate; server_max_window_bits=\"9",
            "permessage-deflate; client_max_window_bits=",
            "permessage-deflate; client_max_window_bits=100",
            "permessage-deflate; server_no_context_takeover=1",
            "permessage-deflate; client_no_context_takeover; client_no_context_takeover",
            "permessage-deflate; server_max_window_bits=9; server_max_window_bits=10",
            "permessage-deflate; unknown",
            "permessage-deflate;",
            "permessage-bzip2",
            "x-webkit-deflate-frame",
            "foo; bar=\"permessage-deflate, permessage-deflate\"",
            "",
        ];
        for bad in bad {
            assert_eq!(answer(bad), None, "{bad}");
            // what stands in quotes that nothing closes is not an offer either
            if !bad.ends_with("\"9") {
                assert_eq!(answer(&format!("{bad}, permessage-deflate")).as_deref(), Some(PLAIN), "{bad}");
            }
            assert_eq!(agree([bad, "permessage-deflate"]).map(Agreement::answer).as_deref(), Some(PLAIN));
        }
    }

    proptest! {
        #[test]
        fn no_offer_panics(offers in "(permessage-deflate|[a-z_]{0,4}|[;,=\" \\\\0-9é]|server_max_window_bits){0,12}") {
            let _ = answer(&offers);
        }
    }
}
