//! What requests ask for, and why they are refused.

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

/// Which revision of Engine.IO a session speaks.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
#[repr(u8)]
pub(crate) enum Revision {
    /// That of Socket.IO 2.
    V3,
    #[default]
    V4,
}

/// The keys of a query that mean something to Engine.IO.
#[derive(Debug, Default, PartialEq, Eq)]
pub(crate) struct Query<'a> {
    pub(crate) transport: Option<Transport>,
    /// Not empty.
    pub(crate) sid: Option<&'a [u8]>,
    /// `EIO=4`, `EIO=3`
    pub(crate) revision: Option<Revision>,
    /// `b64=1`: the client takes text only.
    pub(crate) base64: bool,
    /// The digits of `j`: the answer is to be a script.
    pub(crate) jsonp: Option<String>,
}

impl<'a> Query<'a> {
    /// Values that mean something need no percent-decoding. The first of equal keys counts.
    pub(crate) fn new(query: &'a str) -> Self {
        let (mut transport, mut sid, mut version, mut base64, mut jsonp) = (None, None, None, None, None);
        let mut rest = Some(query.as_bytes());
        while let Some(pairs) = rest {
            let (pair, others) = match memchr::memchr(b'&', pairs) {
                Some(end) => (&pairs[..end], Some(&pairs[end + 1..])),
                None => (pairs, None),
            };
            rest = others;
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
            revision: match version {
                Some(b"4") => Some(Revision::V4),
                Some(b"3") => Some(Revision::V3),
                _ => None,
            },
            base64: base64.is_some_and(|value: &[u8]| !value.is_empty()),
            jsonp: jsonp.map(|j: &[u8]| {
                j.iter().filter(|byte| byte.is_ascii_digit()).map(|&digit| char::from(digit)).collect()
            }),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    proptest::proptest! {
        /// As a parser of forms reads it, which is another one.
        #[test]
        fn queries_are_read_as_forms(
            pairs in proptest::collection::vec(
                ("EIO|transport|sid|b64|j|t", "3|4|polling|websocket|[a-z0-9_-]{0,4}"),
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
            proptest::prop_assert_eq!(ours.revision == Some(Revision::V4), first("EIO") == Some("4"));
            proptest::prop_assert_eq!(ours.revision == Some(Revision::V3), first("EIO") == Some("3"));
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
        }
    }

    #[test]
    fn queries() {
        let query = Query::new("EIO=4&transport=polling&sid=abc&j=1x2&sid=d");
        assert_eq!(
            (query.transport, query.sid, query.revision),
            (Some(Transport::Polling), Some(&b"abc"[..]), Some(Revision::V4))
        );
        assert_eq!((query.jsonp.as_deref(), query.base64), (Some("12"), false));
        assert!(Query::new("b64=1").base64);
        for unknown in ["", "transport=tobi", "transport=__proto__", "transport=webtransport", "transport"] {
            assert_eq!(Query::new(unknown), Query::default(), "{unknown}");
        }
        assert_eq!(Query::new("transport=websocket&sid=").sid, None);
        assert_eq!(Query::new("EIO=3&transport=websocket").revision, Some(Revision::V3));
        assert_eq!(Query::new("EIO=5&EIO=4").revision, None);
    }
}
