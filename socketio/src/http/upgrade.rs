//! Opening a WebSocket, from the request's head to the stream: RFC 6455 section 4.2; over HTTP/2, RFC 8441.

use std::future::poll_fn;

use axum::body::Body;
use http::{HeaderMap, HeaderValue, Method, Response, StatusCode, Version, header, request::Parts};
use hyper::upgrade::OnUpgrade;
use tokio::io::ReadBuf;
use tokio_tungstenite::tungstenite::handshake::derive_accept_key;

use crate::{
    config::Config,
    connection::Stream,
    handshake,
    hub::Unavailable,
    observe::{self, Observer},
    proto::frame,
};

/// Why a request does not open a connection. Each answer says what to do.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Rejected {
    /// It is not a WebSocket request.
    NoUpgrade,
    /// It is not one either, and came over HTTP/2, which has no upgrades.
    NoConnect,
    /// It is one, but not as it should be.
    Malformed(&'static str),
    /// A page of another origin, if it says of which.
    ForeignOrigin(Option<HeaderValue>),
    /// There is more to be kept of it than may be.
    TooLong,
    Unavailable(Unavailable),
}

/// An accepted request: answer it, then take the stream.
pub(crate) struct Handover {
    upgrade: OnUpgrade,
    over_http2: bool,
}

/// How an accepted request is answered.
pub(crate) enum Consent {
    /// `101 Switching Protocols`, with this `Sec-WebSocket-Accept`.
    Switching(HeaderValue),
    /// `200`: the WebSocket is a stream of an HTTP/2 connection.
    Connected,
}

/// Is it a request for a WebSocket?
pub(crate) fn wants_websocket(parts: &Parts) -> bool {
    is_extended_connect(parts)
        || parts.method == Method::GET
            && has_token(&parts.headers, header::CONNECTION, "upgrade")
            && has_token(&parts.headers, header::UPGRADE, "websocket")
}

/// RFC 8441: over HTTP/2, a WebSocket is asked for with CONNECT and `:protocol = websocket`.
///
/// hyper has a type for `:protocol` only with its feature `http2`, which the program turns on (by axum's) and we need not:
/// a CONNECT that has a path is an extended one (RFC 8441 section 4; h2 refuses others), and of the protocols for which
/// there are such requests, only this one has a `Sec-WebSocket-Version`.
fn is_extended_connect(parts: &Parts) -> bool {
    parts.method == Method::CONNECT
        && parts.version >= Version::HTTP_2
        && parts.uri.path_and_query().is_some()
        && parts.headers.contains_key(header::SEC_WEBSOCKET_VERSION)
}

/// Checks a request for a WebSocket. Whether its origin may open one is not looked at here.
pub(crate) fn accept(parts: &mut Parts) -> Result<(Handover, Consent), Rejected> {
    if !wants_websocket(parts) {
        let is_old = parts.version < Version::HTTP_2;
        return Err(if is_old { Rejected::NoUpgrade } else { Rejected::NoConnect });
    }
    if parts.headers.get(header::SEC_WEBSOCKET_VERSION).is_none_or(|version| version != "13") {
        return Err(Rejected::Malformed("`Sec-WebSocket-Version` is 13"));
    }
    let consent = if is_extended_connect(parts) { Consent::Connected } else { switch(&parts.headers)? };
    let upgrade = parts.extensions.remove::<OnUpgrade>();
    let upgrade =
        upgrade.ok_or(Rejected::Malformed("the server that runs this service cannot upgrade connections"))?;
    let over_http2 = matches!(consent, Consent::Connected);
    Ok((Handover { upgrade, over_http2 }, consent))
}

/// The proof that the request was read as what it is.
fn switch(headers: &HeaderMap) -> Result<Consent, Rejected> {
    let key = headers.get(header::SEC_WEBSOCKET_KEY);
    let key = key
        .filter(|key| key.len() == 24)
        .ok_or(Rejected::Malformed("`Sec-WebSocket-Key` has 24 characters"))?;
    let accept = derive_accept_key(key.as_bytes());
    let accept = HeaderValue::try_from(accept);
    accept.map(Consent::Switching).map_err(|_| Rejected::Malformed("`Sec-WebSocket-Key` is malformed"))
}

impl Handover {
    /// Waits until the answer is written and the stream is ours. `None`: the client is gone.
    pub(crate) async fn stream(self) -> Option<(Stream, Vec<u8>)> {
        match self.upgrade.await {
            Ok(upgraded) if self.over_http2 => Some(Stream::of_http2(upgraded)),
            Ok(upgraded) => Some(Stream::of(upgraded)),
            Err(error) => {
                observe::not_upgraded(&error);
                None
            }
        }
    }
}

/// A request that opens a connection: is there no more of it than may be kept?
pub(crate) fn check_length(parts: &Parts, config: &Config) -> Result<(), Rejected> {
    if handshake::length(parts) > config.max_handshake { Err(Rejected::TooLong) } else { Ok(()) }
}

impl Consent {
    /// The answer to the request.
    pub(crate) fn response(self, protocol: Option<HeaderValue>) -> Response<Body> {
        let mut response = Response::new(Body::empty());
        // over HTTP/2, what belongs to one connection must not be sent (RFC 9113 8.2.2)
        if let Self::Switching(accept) = self {
            *response.status_mut() = StatusCode::SWITCHING_PROTOCOLS;
            let headers = response.headers_mut();
            headers.insert(header::CONNECTION, HeaderValue::from_static("Upgrade"));
            headers.insert(header::UPGRADE, HeaderValue::from_static("websocket"));
            headers.insert(header::SEC_WEBSOCKET_ACCEPT, accept);
        }
        if let Some(protocol) = protocol {
            response.headers_mut().insert(header::SEC_WEBSOCKET_PROTOCOL, protocol);
        }
        response
    }
}

impl Rejected {
    /// The answer to the request.
    pub(crate) fn response(self, observer: &Observer) -> Response<Body> {
        let (status, text) = match &self {
            Self::NoUpgrade => (
                StatusCode::UPGRADE_REQUIRED,
                "this is a WebSocket endpoint: open it with a WebSocket client (`new WebSocket(\"ws://..\")`), not with a plain request\n".to_owned(),
            ),
            Self::NoConnect => (
                StatusCode::METHOD_NOT_ALLOWED,
                "this is a WebSocket endpoint: over HTTP/2, open it with CONNECT and `:protocol = websocket` (RFC 8441)\n".to_owned(),
            ),
            Self::Malformed(what) => (StatusCode::BAD_REQUEST, format!("malformed WebSocket request: {what}\n")),
            Self::ForeignOrigin(origin) => {
                let origin = origin.as_ref().map(|origin| String::from_utf8_lossy(origin.as_bytes()));
                observer.foreign_origin(origin.as_deref().unwrap_or("unknown"));
                (
                    StatusCode::FORBIDDEN,
                    "pages of this origin may not connect: the server allows them with `Config::origins([..])`\n".to_owned(),
                )
            }
            Self::TooLong => (
                StatusCode::REQUEST_HEADER_FIELDS_TOO_LARGE,
                "the query and the headers are too long together: the server's limit is `Config::max_handshake`\n".to_owned(),
            ),
            Self::Unavailable(Unavailable::Draining) => (
                StatusCode::SERVICE_UNAVAILABLE,
                "the server is shutting down: connect again in a moment, to another instance\n".to_owned(),
            ),
            Self::Unavailable(Unavailable::TooMany) => (
                StatusCode::SERVICE_UNAVAILABLE,
                "the server has as many connections as it may have: try again later\n".to_owned(),
            ),
        };
        let mut response = Response::new(Body::from(text));
        *response.status_mut() = status;
        let headers = response.headers_mut();
        headers.insert(header::CONTENT_TYPE, HeaderValue::from_static("text/plain; charset=utf-8"));
        match &self {
            Self::NoUpgrade => {
                headers.insert(header::UPGRADE, HeaderValue::from_static("websocket"));
                headers.insert(header::CONNECTION, HeaderValue::from_static("Upgrade"));
            }
            Self::NoConnect => {
                headers.insert(header::ALLOW, HeaderValue::from_static("CONNECT"));
            }
            Self::Malformed(_) => {
                headers.insert(header::SEC_WEBSOCKET_VERSION, HeaderValue::from_static("13"));
            }
            Self::Unavailable(_) => {
                headers.insert(header::RETRY_AFTER, HeaderValue::from_static("1"));
            }
            Self::ForeignOrigin(_) | Self::TooLong => {}
        }
        response
    }
}

/// The reference takes the first subprotocol that a client offers, whatever it is.
pub(super) fn requested_protocol(parts: &Parts) -> Option<HeaderValue> {
    // some clients send the header without a name in it: answered with one that is empty, they hang up
    let mut offered = tokens(&parts.headers, header::SEC_WEBSOCKET_PROTOCOL);
    HeaderValue::from_str(offered.find(|name| !name.is_empty())?).ok()
}

/// The first of the server's subprotocols that the client offers.
pub(crate) fn subprotocol(headers: &HeaderMap, known: &[HeaderValue]) -> Option<HeaderValue> {
    known
        .iter()
        .find(|known| {
            known.to_str().is_ok_and(|name| {
                tokens(headers, header::SEC_WEBSOCKET_PROTOCOL).any(|offered| offered == name)
            })
        })
        .cloned()
}

/// Closes a WebSocket that was just opened, in an orderly way.
pub(crate) async fn close_at_once(mut stream: Stream) {
    let mut frame = frame::CLOSE_FRAME;
    let said = poll_fn(|cx| {
        while !frame.is_empty() {
            let written = std::task::ready!(stream.poll_write(cx, frame))?;
            frame = &frame[written..];
        }
        std::task::ready!(stream.poll_flush(cx))?;
        stream.poll_shutdown(cx)
    });
    if said.await.is_err() {
        return;
    }
    // until the peer has closed as well: an end without that might take our frame with it
    let mut scratch = [0; 512];
    loop {
        let mut buffer = ReadBuf::new(&mut scratch);
        match poll_fn(|cx| stream.poll_read(cx, &mut buffer)).await {
            Ok(()) if !buffer.filled().is_empty() => {}
            _ => return,
        }
    }
}

fn has_token(headers: &HeaderMap, name: header::HeaderName, token: &str) -> bool {
    tokens(headers, name).any(|known| known.eq_ignore_ascii_case(token))
}

/// The elements of a comma-separated header.
fn tokens(headers: &HeaderMap, name: header::HeaderName) -> impl Iterator<Item = &str> {
    headers
        .get_all(name)
        .into_iter()
        .filter_map(|value| value.to_str().ok())
        .flat_map(|value| value.split(','))
        .map(str::trim)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn tokens_are_found_in_lists() {
        let mut headers = HeaderMap::new();
        headers.append(header::CONNECTION, HeaderValue::from_static("keep-alive, Upgrade"));
        assert!(has_token(&headers, header::CONNECTION, "upgrade"));
        assert!(!has_token(&headers, header::CONNECTION, "grade"));
        let known = [HeaderValue::from_static("b"), HeaderValue::from_static("a")];
        headers.append(header::SEC_WEBSOCKET_PROTOCOL, HeaderValue::from_static("x, a"));
        headers.append(header::SEC_WEBSOCKET_PROTOCOL, HeaderValue::from_static("b"));
        assert_eq!(subprotocol(&headers, &known).as_ref(), Some(&known[0]));
    }

    fn parts(request: http::request::Builder) -> Parts {
        request.body(()).expect("valid").into_parts().0
    }

    #[test]
    fn a_subprotocol_without_a_name_is_not_echoed() {
        for (offered, expected) in [
            (&[][..], None),
            (&[""], None),
            (&[" , "], None),
            (&["", "a"], Some("a")),
            (&[", b, a"], Some("b")),
            (&["a,b"], Some("a")),
        ] {
            let request = offered.iter().fold(http::Request::get("/"), |request, offered| {
                request.header(header::SEC_WEBSOCKET_PROTOCOL, *offered)
            });
            let parts = parts(request);
            let echoed = requested_protocol(&parts);
            assert_eq!(
                echoed.as_ref().map(HeaderValue::as_bytes),
                expected.map(str::as_bytes),
                "{offered:?}"
            );
            assert_eq!(subprotocol(&parts.headers, &[]), None);
        }
    }

    #[test]
    fn an_extended_connect_wants_a_websocket() {
        let connect = |uri| http::Request::builder().method("CONNECT").version(Version::HTTP_2).uri(uri);
        let (uri, version) = ("http://a.example/ws?x", header::SEC_WEBSOCKET_VERSION);
        assert!(wants_websocket(&parts(connect(uri).header(&version, "13"))));
        for other in [
            // another protocol, a tunnel, an old CONNECT, a GET
            connect(uri),
            connect("a.example:80").header(&version, "13"),
            connect(uri).version(Version::HTTP_11).header(&version, "13"),
            connect(uri).method("GET").header(&version, "13"),
        ] {
            assert!(!wants_websocket(&parts(other)));
        }
        let refused = |request| accept(&mut parts(request)).err();
        assert_eq!(refused(connect(uri)), Some(Rejected::NoConnect));
        assert_eq!(refused(http::Request::get("/ws")), Some(Rejected::NoUpgrade));
        let malformed = Some(Rejected::Malformed("`Sec-WebSocket-Version` is 13"));
        assert_eq!(refused(connect(uri).header(&version, "8")), malformed);
        let answer = Rejected::NoConnect.response(&Observer::new());
        assert_eq!((answer.status().as_u16(), answer.headers().len()), (405, 2), "{answer:?}");
        let answer = Consent::Connected.response(Some(HeaderValue::from_static("chat")));
        assert_eq!((answer.status().as_u16(), answer.headers().len()), (200, 1), "{answer:?}");
    }
}
