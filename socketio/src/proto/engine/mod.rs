//! Engine.IO v4: what requests ask for, packets (the first character is the type), payloads of several packets.
//!
//! On a WebSocket each packet is a frame. A binary message has no type: it is a frame of that kind.

pub(crate) mod payload;

use serde::Serialize;

/// What a text frame holds.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Packet {
    /// `0`, `5`, `6`, or a stray `3` or `1` in a form that changes nothing.
    Ignored,
    /// `1`: the client leaves.
    Close,
    /// `3`: the answer to our ping.
    Pong,
    /// `4`: a message; it starts at this byte.
    Message,
    /// `b`: a binary message in base64, of a client that sends and takes text only.
    Base64,
}

/// A frame that is no packet: the connection ends.
#[derive(Debug, thiserror::Error)]
#[error("not an Engine.IO packet")]
pub(crate) struct PacketError;

/// Why a request is refused; the codes and texts are the reference's.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub(crate) enum RequestError {
    #[error("Transport unknown")]
    Transport,
    #[error("Session ID unknown")]
    Session,
    #[error("Bad handshake method")]
    Method,
    #[error("Bad request")]
    BadRequest,
    /// Refused by the program, with its own text.
    #[error("{0}")]
    Forbidden(String),
    #[error("Unsupported protocol version")]
    Version,
}

impl RequestError {
    pub(crate) fn code(&self) -> u8 {
        match self {
            Self::Transport => 0,
            Self::Session => 1,
            Self::Method => 2,
            Self::BadRequest => 3,
            Self::Forbidden(_) => 4,
            Self::Version => 5,
        }
    }
}

/// What carries a session's packets, as the query names it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Transport {
    Polling,
    WebSocket,
}

/// The keys of a query that mean something to Engine.IO.
#[derive(Debug, Default, PartialEq, Eq)]
pub(crate) struct Query<'a> {
    pub(crate) transport: Option<Transport>,
    /// Not empty.
    pub(crate) sid: Option<&'a [u8]>,
    /// `EIO=4`
    pub(crate) is_v4: bool,
    /// `b64=1`: the client takes text only.
    pub(crate) base64: bool,
    /// The digits of `j`: the answer is to be a script.
    pub(crate) jsonp: Option<String>,
}

impl<'a> Query<'a> {
    /// Values that mean something need no percent-decoding. The first of equal keys counts.
    pub(crate) fn new(query: &'a str) -> Self {
        let (mut transport, mut sid, mut version, mut base64, mut jsonp) = (None, None, None, None, None);
        for pair in query.as_bytes().split(|&byte| byte == b'&') {
            let (key, value) = match pair.iter().position(|&byte| byte == b'=') {
                Some(at) => (&pair[..at], &pair[at + 1..]),
                None => (pair, &pair[pair.len()..]),
            };
            let slot = match key {
                b"transport" => &mut transport,
                b"sid" => &mut sid,
                b"EIO" => &mut version,
                b"b64" => &mut base64,
                b"j" => &mut jsonp,
                _ => continue,
            };
            slot.get_or_insert(value);
        }
        Self {
            transport: match transport {
                Some(b"polling") => Some(Transport::Polling),
                Some(b"websocket") => Some(Transport::WebSocket),
                _ => None,
            },
            sid: sid.filter(|sid: &&[u8]| !sid.is_empty()),
            is_v4: version == Some(b"4"),
            base64: base64.is_some_and(|value: &[u8]| !value.is_empty()),
            jsonp: jsonp.map(|j: &[u8]| {
                j.iter().filter(|byte| byte.is_ascii_digit()).map(|&digit| char::from(digit)).collect()
            }),
        }
    }
}

/// Where the text of a message starts.
pub(crate) const MESSAGE_AT: usize = 1;

/// Reads the type of a text frame.
pub(crate) fn decode(text: &str) -> Result<Packet, PacketError> {
    match text.as_bytes() {
        [b'4', ..] => Ok(Packet::Message),
        [b'b', ..] => Ok(Packet::Base64),
        [b'3', ..] => Ok(Packet::Pong),
        [b'1', ..] => Ok(Packet::Close),
        [b'0' | b'5' | b'6', ..] => Ok(Packet::Ignored),
        _ => Err(PacketError),
    }
}

/// What the server says first.
#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct Open<'a> {
    pub(crate) sid: &'a str,
    pub(crate) upgrades: &'a [&'a str],
    pub(crate) ping_interval: u64,
    pub(crate) ping_timeout: u64,
    pub(crate) max_payload: u64,
}

impl Open<'_> {
    /// Writes the packet `0{..}`.
    pub(crate) fn write(&self, out: &mut Vec<u8>) {
        out.push(b'0');
        // a struct of numbers and strings: writing it into a `Vec` cannot fail
        let _ = serde_json::to_writer(out, self);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn open_has_the_keys_in_order() {
        let mut out = vec![];
        let upgrades = [];
        Open {
            sid: "x",
            upgrades: &upgrades,
            ping_interval: 25_000,
            ping_timeout: 20_000,
            max_payload: 1_000_000,
        }
        .write(&mut out);
        assert_eq!(
            String::from_utf8_lossy(&out),
            r#"0{"sid":"x","upgrades":[],"pingInterval":25000,"pingTimeout":20000,"maxPayload":1000000}"#
        );
    }

    proptest::proptest! {
        /// As a parser of forms reads it, which is another one.
        #[test]
        fn queries_are_read_as_forms(
            pairs in proptest::collection::vec(
                ("EIO|transport|sid|b64|j|t", "4|polling|websocket|[a-z0-9_-]{0,4}"),
                0..8,
            ),
            noise in "[&=%a-z]{0,6}",
        ) {
            let query: String = pairs.iter().map(|(key, value)| format!("{key}={value}&")).collect();
            let query = query + &noise.replace('=', "");
            let read: Vec<(String, String)> = serde_urlencoded::from_str(&query).expect("a form");
            let first = |key: &str| read.iter().find(|(known, _)| known == key).map(|(_, value)| &**value);
            let ours = Query::new(&query);
            proptest::prop_assert_eq!(ours.sid, first("sid").filter(|sid| !sid.is_empty()).map(str::as_bytes));
            proptest::prop_assert_eq!(ours.is_v4, first("EIO") == Some("4"));
            let transport = match first("transport") {
                Some("polling") => Some(Transport::Polling),
                Some("websocket") => Some(Transport::WebSocket),
                _ => None,
            };
            proptest::prop_assert_eq!(ours.transport, transport);
            proptest::prop_assert_eq!(ours.base64, first("b64").is_some_and(|value| !value.is_empty()));
            proptest::prop_assert_eq!(ours.jsonp.is_some(), first("j").is_some());
        }

        #[test]
        fn no_query_panics(query in proptest::prelude::any::<String>()) {
            let _ = Query::new(&query);
            let _ = decode(&query);
        }
    }

    #[test]
    fn queries() {
        let query = Query::new("EIO=4&transport=polling&sid=abc&j=1x2&sid=d");
        assert_eq!(
            (query.transport, query.sid, query.is_v4),
            (Some(Transport::Polling), Some(&b"abc"[..]), true)
        );
        assert_eq!((query.jsonp.as_deref(), query.base64), (Some("12"), false));
        assert!(Query::new("b64=1").base64);
        for unknown in ["", "transport=tobi", "transport=__proto__", "transport=webtransport", "transport"] {
            assert_eq!(Query::new(unknown), Query::default(), "{unknown}");
        }
        assert_eq!(Query::new("transport=websocket&sid=").sid, None);
        assert!(!Query::new("EIO=3&transport=websocket").is_v4);
    }

    #[test]
    fn types() {
        assert_eq!(decode("42[\"a\"]").ok(), Some(Packet::Message));
        assert_eq!(decode("3").ok(), Some(Packet::Pong));
        assert_eq!(decode("1").ok(), Some(Packet::Close));
        assert_eq!(decode("6").ok(), Some(Packet::Ignored));
        assert_eq!(decode("bAQID").ok(), Some(Packet::Base64));
        for bad in ["", "2", "2probe", "x", "é"] {
            assert!(decode(bad).is_err(), "{bad}");
        }
    }
}
