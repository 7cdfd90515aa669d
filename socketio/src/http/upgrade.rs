//! Opening a WebSocket: RFC 6455 section 4.2, from the request's head to the stream.

use std::future::poll_fn;

use axum::body::Body;
use http::{HeaderMap, HeaderValue, Method, Response, StatusCode, header, request::Parts};
use hyper::upgrade::OnUpgrade;
use tokio::io::ReadBuf;
use tokio_tungstenite::tungstenite::handshake::derive_accept_key;

use crate::{
    connection::Stream,
    hub::Unavailable,
    observe::{self, Observer},
    proto::frame,
};

/// Why a request does not open a connection. Each answer says what to do.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Rejected {
    /// It is not a WebSocket request.
    NoUpgrade,
    /// It is one, but not as it should be.
    Malformed(&'static str),
    /// A page of another origin.
    ForeignOrigin,
    Unavailable(Unavailable),
}

/// An accepted request: answer it, then take the stream.
pub(crate) struct Handover {
    upgrade: OnUpgrade,
}

/// Is it a request for a WebSocket?
pub(crate) fn wants_websocket(parts: &Parts) -> bool {
    parts.method == Method::GET
        && has_token(&parts.headers, header::CONNECTION, "upgrade")
        && has_token(&parts.headers, header::UPGRADE, "websocket")
}

/// Checks a request for a WebSocket. Whether its origin may open one is not looked at here.
pub(crate) fn accept(parts: &mut Parts) -> Result<(Handover, HeaderValue), Rejected> {
    if !wants_websocket(parts) {
        return Err(Rejected::NoUpgrade);
    }
    if parts.headers.get(header::SEC_WEBSOCKET_VERSION).is_none_or(|version| version != "13") {
        return Err(Rejected::Malformed("`Sec-WebSocket-Version` is 13"));
    }
    let key = parts.headers.get(header::SEC_WEBSOCKET_KEY);
    let key = key
        .filter(|key| key.len() == 24)
        .ok_or(Rejected::Malformed("`Sec-WebSocket-Key` has 24 characters"))?;
    let accept = derive_accept_key(key.as_bytes());
    let accept =
        HeaderValue::try_from(accept).map_err(|_| Rejected::Malformed("`Sec-WebSocket-Key` is malformed"))?;
    let upgrade = parts.extensions.remove::<OnUpgrade>();
    let upgrade =
        upgrade.ok_or(Rejected::Malformed("the server that runs this service cannot upgrade connections"))?;
    Ok((Handover { upgrade }, accept))
}

impl Handover {
    /// Waits until the answer is written and the stream is ours. `None`: the client is gone.
    pub(crate) async fn stream(self) -> Option<(Stream, Vec<u8>)> {
        match self.upgrade.await {
            Ok(upgraded) => Some(Stream::of(upgraded)),
            Err(error) => {
                observe::not_upgraded(&error);
                None
            }
        }
    }
}

/// `101 Switching Protocols`
pub(crate) fn switching(accept: HeaderValue, protocol: Option<HeaderValue>) -> Response<Body> {
    let mut response = Response::new(Body::empty());
    *response.status_mut() = StatusCode::SWITCHING_PROTOCOLS;
    let headers = response.headers_mut();
    headers.insert(header::CONNECTION, HeaderValue::from_static("Upgrade"));
    headers.insert(header::UPGRADE, HeaderValue::from_static("websocket"));
    headers.insert(header::SEC_WEBSOCKET_ACCEPT, accept);
    if let Some(protocol) = protocol {
        headers.insert(header::SEC_WEBSOCKET_PROTOCOL, protocol);
    }
    response
}

impl Rejected {
    /// The answer to the request.
    pub(crate) fn response(self, observer: &Observer) -> Response<Body> {
        let (status, text) = match self {
            Self::NoUpgrade => (
                StatusCode::UPGRADE_REQUIRED,
                "this is a WebSocket endpoint: open it with a WebSocket client (`new WebSocket(\"ws://..\")`), not with a plain request\n".to_owned(),
            ),
            Self::Malformed(what) => (StatusCode::BAD_REQUEST, format!("malformed WebSocket request: {what}\n")),
            Self::ForeignOrigin => {
                observer.foreign_origin();
                (
                    StatusCode::FORBIDDEN,
                    "pages of this origin may not connect: the server allows them with `Config::origins([..])`\n".to_owned(),
                )
            }
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
        match self {
            Self::NoUpgrade => {
                headers.insert(header::UPGRADE, HeaderValue::from_static("websocket"));
                headers.insert(header::CONNECTION, HeaderValue::from_static("Upgrade"));
            }
            Self::Malformed(_) => {
                headers.insert(header::SEC_WEBSOCKET_VERSION, HeaderValue::from_static("13"));
            }
            Self::Unavailable(_) => {
                headers.insert(header::RETRY_AFTER, HeaderValue::from_static("1"));
            }
            Self::ForeignOrigin => {}
        }
        response
    }
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
}
