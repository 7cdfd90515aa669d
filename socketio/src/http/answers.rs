//! What a request is answered with, where it is not a session's packets: faults, and what browsers ask first.

use axum::body::Body;
use http::{HeaderMap, HeaderValue, Method, Response, StatusCode, header, request::Parts};

use super::upgrade::Rejected;
use crate::{observe::Observer, proto::engine::RequestError};

/// Why a request is not answered with what it asked for.
pub(super) enum RequestFault {
    Engine(RequestError),
    Upgrade(Rejected),
    /// A status says it all.
    Status(StatusCode),
}

impl From<RequestError> for RequestFault {
    fn from(error: RequestError) -> Self {
        Self::Engine(error)
    }
}

impl From<Rejected> for RequestFault {
    fn from(refusal: Rejected) -> Self {
        Self::Upgrade(refusal)
    }
}

/// Does a browser ask whether a page of another origin may send the request that it is about to?
pub(super) fn is_preflight(parts: &Parts) -> bool {
    parts.method == Method::OPTIONS
        && parts.headers.contains_key(header::ORIGIN)
        && parts.headers.contains_key(header::ACCESS_CONTROL_REQUEST_METHOD)
}

pub(super) fn preflight(parts: &Parts) -> Response<Body> {
    let mut response = Response::new(Body::empty());
    *response.status_mut() = StatusCode::NO_CONTENT;
    let headers = response.headers_mut();
    headers.insert(header::ACCESS_CONTROL_ALLOW_METHODS, HeaderValue::from_static("GET,POST"));
    if let Some(asked) = parts.headers.get(header::ACCESS_CONTROL_REQUEST_HEADERS) {
        headers.insert(header::ACCESS_CONTROL_ALLOW_HEADERS, asked.clone());
    }
    response
}

pub(super) fn plain(status: StatusCode, kind: &'static str, text: impl Into<Body>) -> Response<Body> {
    let mut response = Response::new(text.into());
    *response.status_mut() = status;
    response.headers_mut().insert(header::CONTENT_TYPE, HeaderValue::from_static(kind));
    response
}

/// A browser takes the answer for what its type says. Without this, a page could run as a script what somebody else has
/// said on the bus.
pub(super) fn no_sniffing(headers: &mut HeaderMap) {
    headers.insert(header::X_CONTENT_TYPE_OPTIONS, HeaderValue::from_static("nosniff"));
}

/// `is_old`: the client [looks into answers for scripts](is_old).
pub(super) fn no_store(response: &mut Response<Body>, is_old: bool) {
    let headers = response.headers_mut();
    headers.insert(header::CACHE_CONTROL, HeaderValue::from_static("no-store"));
    if is_old {
        headers.insert(header::X_XSS_PROTECTION, HeaderValue::from_static("0"));
    }
}

/// Is the client an Internet Explorer? Old ones look into answers for scripts.
pub(super) fn is_old(parts: &Parts) -> bool {
    let agent = parts.headers.get(header::USER_AGENT).and_then(|agent| agent.to_str().ok());
    agent.is_some_and(|agent| agent.contains(";MSIE") || agent.contains("Trident/"))
}

impl RequestFault {
    pub(super) fn response(self, is_websocket: bool, observer: &Observer) -> Response<Body> {
        match self {
            Self::Upgrade(refusal) => refusal.response(observer),
            Self::Status(status) => {
                let mut response = Response::new(Body::empty());
                *response.status_mut() = status;
                response
            }
            Self::Engine(error) => {
                let status = match error {
                    RequestError::Forbidden(_) if !is_websocket => StatusCode::FORBIDDEN,
                    _ => StatusCode::BAD_REQUEST,
                };
                if is_websocket {
                    // the reference says HTML, but the text may be the program's
                    return plain(status, "text/plain; charset=utf-8", error.to_string());
                }
                let body = serde_json::json!({ "code": error.code(), "message": error.to_string() });
                plain(status, "application/json", body.to_string())
            }
        }
    }
}
