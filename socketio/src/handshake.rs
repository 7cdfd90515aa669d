//! What is kept of the request that opened a connection.

use std::{fmt, net::SocketAddr, time::SystemTime};

use bytes::{Bytes, BytesMut};
use http::{HeaderMap, HeaderValue, Uri, request::Parts};

use crate::{
    contained::{Contained, contain},
    observe,
};

/// The request that opened a connection, in compact form: its query, headers and time, and the peer's address.
///
/// Take `&Handshake` in any handler, or call [`Socket::handshake`](crate::Socket::handshake). A connect handler
/// may take any of axum's extractors of request parts as well.
///
/// ```
/// use socketio::{extract::Handshake, on};
///
/// #[on(connect)]
/// fn connected(handshake: &Handshake) {
///     println!("{:?} asks for {}", handshake.address(), handshake.query());
///     println!("{:?}", handshake.header("user-agent"));
/// }
/// ```
pub struct Handshake {
    /// The query, then name and value of each header, each with an [`END`] after it: none of them can hold one. A name that is
    /// [usual](USUAL) is one character before the value.
    text: Box<str>,
    address: Option<SocketAddr>,
    issued: SystemTime,
}

impl Handshake {
    pub(crate) fn new(parts: &Parts) -> Self {
        let address = parts.extensions.get::<axum::extract::ConnectInfo<SocketAddr>>().map(|info| info.0);
        let mut text = String::with_capacity(length(parts) + 1 + 2 * parts.headers.len());
        let add = |text: &mut String, part: &str| {
            text.push_str(part);
            text.push(END);
        };
        add(&mut text, parts.uri.query().unwrap_or_default());
        for (name, value) in readable(&parts.headers) {
            match USUAL.iter().position(|usual| *usual == name) {
                Some(at) => text.push(mark(at)),
                None => add(&mut text, name),
            }
            add(&mut text, value);
        }
        Self { text: text.into(), address, issued: SystemTime::now() }
    }

    /// The query string, undecoded and without the `?`.
    pub fn query(&self) -> &str {
        self.parts().next().unwrap_or_default()
    }

    /// The first header of this name (in any case), if its value is readable text.
    ///
    /// Over HTTP/2, `host` is the `:authority` of the request, and `cookie` is one header, however the client divided it.
    pub fn header(&self, name: &str) -> Option<&str> {
        self.headers().find(|(known, _)| known.eq_ignore_ascii_case(name)).map(|(_, value)| value)
    }

    /// The headers whose values are readable text: names in lower case.
    pub fn headers(&self) -> impl Iterator<Item = (&str, &str)> {
        let mut parts = self.parts().skip(1);
        std::iter::from_fn(move || {
            let part = parts.next()?;
            match part.chars().next().and_then(usual) {
                // every mark is one byte
                Some(name) => Some((name, &part[1..])),
                None => Some((part, parts.next()?)),
            }
        })
    }

    /// The address of the TCP peer. `None` unless the application is served with
    /// `into_make_service_with_connect_info::<SocketAddr>()`. Proxy headers are not looked at, not
    /// even those of [`trusted_proxies`](crate::Config::trusted_proxies): take them from [`header`](Self::header).
    pub fn address(&self) -> Option<SocketAddr> {
        self.address
    }

    /// When the request was handled.
    pub fn issued(&self) -> SystemTime {
        self.issued
    }

    /// In the form of Socket.IO, for other nodes.
    pub(crate) fn to_json(&self) -> serde_json::Value {
        let mut headers = serde_json::Map::new();
        for (name, value) in self.headers() {
            headers.entry(name).or_insert_with(|| value.into());
        }
        let query: serde_json::Map<String, serde_json::Value> =
            serde_urlencoded::from_str::<Vec<(String, String)>>(self.query())
                .unwrap_or_default()
                .into_iter()
                .map(|(name, value)| (name, value.into()))
                .collect();
        let issued =
            self.issued.duration_since(SystemTime::UNIX_EPOCH).map_or(0, |time| time.as_millis() as u64);
        let address = self.address.map(|address| address.ip().to_string());
        serde_json::json!({
            "headers": headers,
            "address": address.unwrap_or_default(),
            "issued": issued,
            "query": query,
            "url": format!("/?{}", self.query()),
            "xdomain": self.header("origin").is_some(),
            "secure": false,
            "auth": {},
        })
    }

    fn parts(&self) -> impl Iterator<Item = &str> {
        self.text.split_terminator(END)
    }
}

/// What is after each part of a [`Handshake`].
const END: char = '\n';

/// Names that need not be written out: those of browsers, of WebSockets and of proxies. Every connection keeps its headers.
const USUAL: [&str; 21] = [
    "host",
    "connection",
    "upgrade",
    "sec-websocket-key",
    "sec-websocket-version",
    "sec-websocket-extensions",
    "sec-websocket-protocol",
    "user-agent",
    "origin",
    "cookie",
    "authorization",
    "accept",
    "accept-encoding",
    "accept-language",
    "cache-control",
    "referer",
    "sec-fetch-dest",
    "sec-fetch-mode",
    "sec-fetch-site",
    "x-forwarded-for",
    "x-forwarded-proto",
];

/// Characters that are in no name and no value: readable values have tabs, but no other control characters.
const MARKS: std::ops::Range<u8> = 10 + 1..10 + 1 + USUAL.len() as u8;

fn mark(at: usize) -> char {
    char::from(MARKS.start + at as u8)
}

fn usual(mark: char) -> Option<&'static str> {
    let at = u8::try_from(mark).ok().filter(|mark| MARKS.contains(mark))? - MARKS.start;
    USUAL.get(usize::from(at)).copied()
}

const _: () = assert!(MARKS.end <= b' ');

fn readable(headers: &HeaderMap) -> impl Iterator<Item = (&str, &str)> {
    headers.iter().filter_map(|(name, value)| Some((name.as_str(), value.to_str().ok()?)))
}

impl fmt::Debug for Handshake {
    /// Shows neither query nor headers: they may hold secrets.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Handshake")
            .field("address", &self.address)
            .field("issued", &self.issued)
            .finish_non_exhaustive()
    }
}

/// The request's parts, if a connect handler of the namespace reads them.
#[derive(Debug, Default)]
#[doc(hidden)]
pub struct ConnectParts(pub(crate) Option<Box<Contained<Parts>>>);

impl Clone for ConnectParts {
    fn clone(&self) -> Self {
        Self(self.0.as_ref().map(|parts| Box::new(Contained::new(copy(parts)))))
    }
}

/// A copy of a request. Its extensions are the program's: where copying one panics, the copy has none.
pub(crate) fn copy(parts: &Parts) -> Parts {
    contain(|| parts.clone()).unwrap_or_else(|panic| {
        observe::code_panicked("`Clone` of a request's extension", &panic);
        let (mut copy, ()) = http::Request::new(()).into_parts();
        copy.method = parts.method.clone();
        copy.uri = parts.uri.clone();
        copy.version = parts.version;
        copy.headers = parts.headers.clone();
        copy
    })
}

impl ConnectParts {
    pub(crate) fn some(mut parts: Parts) -> Self {
        compact(&mut parts);
        Self(Some(Box::new(Contained::new(parts))))
    }

    /// The bytes of a copy: the texts of the headers are shared.
    pub(crate) fn len(&self) -> usize {
        self.0.as_ref().map_or(0, |parts| size_of::<Parts>() + parts.headers.len() * HEADER)
    }
}

/// What a map of headers keeps for each of them.
const HEADER: usize = 112;

/// The length of what is kept of a request: its query, and the names and values of its headers.
pub(crate) fn length(parts: &Parts) -> usize {
    let headers = parts.headers.iter().map(|(name, value)| name.as_str().len() + value.len());
    parts.uri.query().map_or(0, str::len) + headers.sum::<usize>()
}

/// Headers and address are parts of the block that they were read into, which may be 400 kB with what else came in it.
/// Copied, they keep nothing but themselves.
fn compact(parts: &mut Parts) {
    let length = parts.headers.values().map(HeaderValue::len).sum();
    let mut block = BytesMut::with_capacity(length);
    parts.headers.values().for_each(|value| block.extend_from_slice(value.as_bytes()));
    let mut block = block.freeze();
    for value in parts.headers.values_mut() {
        let own = block.split_to(value.len());
        // it was a value before
        if let Ok(mut own) = HeaderValue::from_maybe_shared(own) {
            own.set_sensitive(value.is_sensitive());
            *value = own;
        }
    }
    if let Ok(own) = Uri::from_maybe_shared(Bytes::from(parts.uri.to_string())) {
        parts.uri = own;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn query_and_headers_are_kept() {
        let (parts, ()) = http::Request::get("/ws?token=a%20b&x")
            .header("X-One", "1")
            .header("x-raw", &b"\xff"[..])
            .header("x-one", "2")
            .body(())
            .expect("valid")
            .into_parts();
        let handshake = Handshake::new(&parts);
        assert_eq!(handshake.query(), "token=a%20b&x");
        assert_eq!(handshake.header("x-ONE"), Some("1"));
        assert_eq!(handshake.header("x-raw"), None);
        assert_eq!(handshake.headers().collect::<Vec<_>>(), [("x-one", "1"), ("x-one", "2")]);
        assert!(!format!("{handshake:?}").contains("token"));
        assert_eq!(length(&parts), "token=a%20b&x".len() + 3 * 5 + 3);
    }

    #[test]
    fn usual_names_are_kept_as_one_byte() {
        let names = USUAL.iter().copied().chain(["x-own", "dnt"]);
        let mut request = http::Request::get("/ws");
        for (at, name) in names.clone().enumerate() {
            request = request.header(name, format!("value\t{at}"));
        }
        let handshake = Handshake::new(&request.header("x-own", "").body(()).expect("valid").into_parts().0);
        let expected = names.clone().enumerate().map(|(at, name)| (name, format!("value\t{at}")));
        let mut expected: Vec<_> = expected.collect();
        // a map of headers keeps equal names together
        expected.insert(USUAL.len() + 1, ("x-own", String::new()));
        let headers: Vec<_> = handshake.headers().map(|(name, value)| (name, value.to_owned())).collect();
        assert_eq!(headers, expected);
        let values: usize = expected.iter().map(|(_, value)| value.len() + END.len_utf8()).sum();
        let named = "x-own".len() + "x-own".len() + "dnt".len() + 3;
        assert_eq!(handshake.text.len(), END.len_utf8() + values + USUAL.len() + named);
    }

    /// What a request was read into is not kept by what is kept of it.
    #[test]
    fn kept_parts_are_copies() {
        let block = Bytes::from(b"/ws?a=1|one|two|".repeat(1000));
        let part = |range: std::ops::Range<usize>| block.slice(range);
        let value = |range| HeaderValue::from_maybe_shared(part(range)).expect("a value");
        let (mut parts, ()) = http::Request::new(()).into_parts();
        parts.uri = Uri::from_maybe_shared(part(0..7)).expect("an address");
        parts.headers.append("x", value(8..11));
        parts.headers.append("x", value(12..15));
        parts.headers.append("y", value(12..12));
        let kept = ConnectParts::some(parts).0.expect("parts");
        assert!(block.is_unique(), "nothing of the block is kept");
        let values: Vec<_> = kept.headers.values().map(HeaderValue::as_bytes).collect();
        assert_eq!((kept.uri.to_string(), values), ("/ws?a=1".to_owned(), vec![&b"one"[..], b"two", b""]));
    }
}
