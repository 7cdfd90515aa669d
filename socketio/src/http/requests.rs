//! The GETs and POSTs of a session that polls.

use axum::body::{Body, Bytes, HttpBody};
use http::{HeaderValue, Response, StatusCode, header, request::Parts};
use tokio::{sync::oneshot, time::timeout};
use tokio_tungstenite::tungstenite::Utf8Bytes;

use super::answers::{RequestFault, no_store, plain};
use crate::{
    connection::{Carrier, Mailbox, PollReply, SessionRequest},
    proto::engine::RequestError,
};

/// A GET of a session: waits until there is something to fetch.
pub(super) async fn poll(
    mailbox: &Mailbox,
    parts: &Parts,
    jsonp: Option<&str>,
) -> Result<Response<Body>, RequestFault> {
    let (poll, reply) = oneshot::channel();
    if !mailbox.submit(SessionRequest::Poll(poll)) {
        return Err(gone(mailbox));
    }
    answer_poll(reply.await, parts, jsonp)
}

/// Why a request was not taken.
fn gone(mailbox: &Mailbox) -> RequestFault {
    match mailbox.carrier() {
        Carrier::WebSocket => RequestError::BadRequest.into(),
        Carrier::Nothing => RequestError::Session.into(),
        Carrier::Polling | Carrier::Upgrading => RequestFault::Status(StatusCode::TOO_MANY_REQUESTS),
    }
}

pub(super) fn answer_poll(
    reply: Result<PollReply, oneshot::error::RecvError>,
    parts: &Parts,
    jsonp: Option<&str>,
) -> Result<Response<Body>, RequestFault> {
    let payload = match reply {
        Ok(PollReply::Payload(payload)) => payload,
        Ok(PollReply::Overtaken) => return Err(RequestError::BadRequest.into()),
        Ok(PollReply::Duplicate) => return Err(RequestFault::Status(StatusCode::BAD_REQUEST)),
        Err(_) => return Err(RequestError::Session.into()),
    };
    let (kind, payload) = match jsonp {
        None => ("text/plain; charset=UTF-8", payload),
        Some(number) => {
            let quoted = serde_json::to_string(&payload).unwrap_or_default();
            // these two end a line in a script, but not in JSON
            let quoted = quoted.replace('\u{2028}', "\\u2028").replace('\u{2029}', "\\u2029");
            ("text/javascript; charset=UTF-8", format!("___eio[{number}]({quoted});"))
        }
    };
    let mut response = plain(StatusCode::OK, kind, payload);
    no_store(&mut response, parts);
    Ok(response)
}

/// A POST of a session: answered when its packets are handled.
pub(super) async fn post(
    mailbox: &Mailbox,
    parts: &Parts,
    body: Body,
    is_form: bool,
) -> Result<Response<Body>, RequestFault> {
    let config = mailbox.config();
    let has = |name, value: &str| {
        parts
            .headers
            .get(name)
            .is_some_and(|known: &HeaderValue| known.as_bytes().starts_with(value.as_bytes()))
    };
    if parts.headers.contains_key(header::CONTENT_ENCODING) && !has(header::CONTENT_ENCODING, "identity") {
        return Err(RequestFault::Status(StatusCode::UNSUPPORTED_MEDIA_TYPE));
    }
    let Some(_posting) = mailbox.begin_post() else {
        mailbox.submit(SessionRequest::Violation);
        return Err(RequestFault::Status(StatusCode::BAD_REQUEST));
    };
    if has(header::CONTENT_TYPE, "application/octet-stream") {
        mailbox.submit(SessionRequest::Violation);
        return Err(RequestFault::Status(StatusCode::BAD_REQUEST));
    }
    // a body that says that it is too long is not read
    if body.size_hint().lower() > config.max_payload as u64 {
        return Err(RequestFault::Status(StatusCode::PAYLOAD_TOO_LARGE));
    }
    let read = timeout(config.body_timeout, axum::body::to_bytes(body, config.max_payload));
    let bytes = match read.await {
        Ok(Ok(bytes)) => bytes,
        Ok(Err(error)) if is_too_long(&error) => {
            return Err(RequestFault::Status(StatusCode::PAYLOAD_TOO_LARGE));
        }
        Ok(Err(_)) => return Err(RequestFault::Status(StatusCode::BAD_REQUEST)),
        Err(_) => return Err(RequestFault::Status(StatusCode::REQUEST_TIMEOUT)),
    };
    let text = if is_form { unescape_form(&bytes) } else { Utf8Bytes::try_from(bytes).ok() };
    // a body that is not UTF-8 holds no packet
    let body = text.unwrap_or_else(|| "\u{fffd}".into());
    let (done, handled) = oneshot::channel();
    if !mailbox.submit(SessionRequest::Post { body, done }) {
        return Err(gone(mailbox));
    }
    handled.await.map_err(|_| gone(mailbox))?;
    // HTML, so that no old browser offers a form's answer as a file
    let mut response = plain(StatusCode::OK, "text/html", "ok".to_owned());
    no_store(&mut response, parts);
    Ok(response)
}

fn is_too_long(error: &axum::Error) -> bool {
    let mut source = Some(error as &dyn std::error::Error);
    while let Some(error) = source {
        if error.is::<http_body_util::LengthLimitError>() {
            return true;
        }
        source = error.source();
    }
    false
}

/// The field `d` of a form, as clients that can only send forms escape it.
fn unescape_form(bytes: &Bytes) -> Option<Utf8Bytes> {
    #[derive(serde::Deserialize)]
    struct Form {
        d: String,
    }
    let Form { d } = serde_urlencoded::from_bytes(bytes).ok()?;
    // a browser may have made `\r\n` of a line's end, so a packet's own is written `\n`
    let mut text = String::with_capacity(d.len());
    let mut rest = d.as_str();
    while let Some(at) = rest.find('\\') {
        let (before, from) = rest.split_at(at);
        text.push_str(before);
        let (known, plain) = match from.as_bytes() {
            [b'\\', b'\\', b'n', ..] => (3, "\\n"),
            [b'\\', b'n', ..] => (2, "\n"),
            _ => (1, "\\"),
        };
        text.push_str(plain);
        rest = &from[known..];
    }
    text.push_str(rest);
    Some(text.into())
}
