//! Opening a WebSocket: RFC 6455 section 4.2, from the request's head to the stream.

use axum::body::Body;
use http::{HeaderMap, HeaderValue, Method, Response, StatusCode, header, request::Parts};
use hyper::upgrade::OnUpgrade;
use tokio_tungstenite::tungstenite::handshake::derive_accept_key;

use super::Stream;
use crate::{
    config::{Config, Origins},
    io::Unavailable,
};

/// Why a request does not open a connection. Each answer says what to do.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Refusal {
    /// It is no request for a WebSocket.
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

/// Checks a request for a WebSocket.
pub(crate) fn accept(parts: &mut Parts, config: &Config) -> Result<(Handover, HeaderValue), Refusal> {
    if parts.method != Method::GET || !has_token(&parts.headers, header::CONNECTION, "upgrade") {
        return Err(Refusal::NoUpgrade);
    }
    if !has_token(&parts.headers, header::UPGRADE, "websocket") {
        return Err(Refusal::NoUpgrade);
    }
    if parts.headers.get(header::SEC_WEBSOCKET_VERSION).is_none_or(|version| version != "13") {
        return Err(Refusal::Malformed("`Sec-WebSocket-Version` is 13"));
    }
    let key = parts.headers.get(header::SEC_WEBSOCKET_KEY);
    let key = key
        .filter(|key| key.len() == 24)
        .ok_or(Refusal::Malformed("`Sec-WebSocket-Key` has 24 characters"))?;
    check_origin(&parts.headers, &config.origins)?;
    let accept = derive_accept_key(key.as_bytes());
    let accept =
        HeaderValue::try_from(accept).map_err(|_| Refusal::Malformed("`Sec-WebSocket-Key` is malformed"))?;
    let upgrade = parts.extensions.remove::<OnUpgrade>();
    let upgrade = upgrade
        .ok_or(Refusal::Malformed("the server in front of this service cannot upgrade connections"))?;
    Ok((Handover { upgrade }, accept))
}

impl Handover {
    /// Waits until the answer is written and the stream is ours. `None`: the client has gone.
    pub(crate) async fn stream(self) -> Option<(Stream, Vec<u8>)> {
        match self.upgrade.await {
            Ok(upgraded) => Some(Stream::of(upgraded)),
            Err(error) => {
                tracing::debug!(%error, "a connection was not upgraded");
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

impl Refusal {
    /// The answer to the request.
    pub(crate) fn response(self) -> Response<Body> {
        let (status, text) = match self {
            Self::NoUpgrade => (
                StatusCode::UPGRADE_REQUIRED,
                "this is a WebSocket endpoint: open it with a WebSocket client (`new WebSocket(\"ws://..\")`), not with a plain request\n".to_owned(),
            ),
            Self::Malformed(what) => (StatusCode::BAD_REQUEST, format!("malformed WebSocket request: {what}\n")),
            Self::ForeignOrigin => {
                tracing::warn!("a page of another origin was refused; allow it with `Config::origins([..])`");
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

/// A browser sends the page's origin. It must be the host that is asked, or be listed; a program sends none.
fn check_origin(headers: &HeaderMap, origins: &Origins) -> Result<(), Refusal> {
    let Some(origin) = headers.get(header::ORIGIN) else { return Ok(()) };
    let allowed = match origins {
        Origins::Any => true,
        Origins::Same => is_same_host(headers, origin),
        Origins::Listed(listed) => {
            is_same_host(headers, origin)
                || listed.iter().any(|listed| origin.as_bytes().eq_ignore_ascii_case(listed.as_bytes()))
        }
    };
    if allowed { Ok(()) } else { Err(Refusal::ForeignOrigin) }
}

fn is_same_host(headers: &HeaderMap, origin: &HeaderValue) -> bool {
    let host = headers.get(header::HOST).and_then(|host| host.to_str().ok());
    let origin = origin.to_str().ok().and_then(|origin| origin.split_once("://"));
    let (Some(host), Some((scheme, origin))) = (host, origin) else { return false };
    let default_port = match scheme.to_ascii_lowercase().as_str() {
        "http" => ":80",
        "https" => ":443",
        _ => return false,
    };
    let bare = |host: &str| host.strip_suffix(default_port).unwrap_or(host).to_ascii_lowercase();
    bare(host) == bare(origin)
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

    fn check(host: &str, origin: Option<&str>, origins: &Origins) -> bool {
        let mut headers = HeaderMap::new();
        headers.insert(header::HOST, HeaderValue::from_str(host).expect("valid"));
        if let Some(origin) = origin {
            headers.insert(header::ORIGIN, HeaderValue::from_str(origin).expect("valid"));
        }
        check_origin(&headers, origins).is_ok()
    }

    #[test]
    fn pages_of_the_same_host_may_connect() {
        assert!(check("a.example:3000", None, &Origins::Same));
        assert!(check("a.example:3000", Some("http://A.example:3000"), &Origins::Same));
        assert!(check("a.example", Some("https://a.example:443"), &Origins::Same));
        for foreign in
            ["http://b.example", "http://a.example.b", "http://a.example:81", "null", "", "ftp://a.example"]
        {
            assert!(!check("a.example", Some(foreign), &Origins::Same), "{foreign}");
        }
    }

    #[test]
    fn listed_origins_may_connect() {
        let listed = Origins::Listed(vec!["https://app.example".to_owned()]);
        assert!(check("api.example", Some("https://APP.example"), &listed));
        assert!(check("api.example", Some("https://api.example"), &listed));
        assert!(!check("api.example", Some("http://app.example"), &listed));
        assert!(check("api.example", Some("null"), &Origins::Any));
    }

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
