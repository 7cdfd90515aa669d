//! The GETs and POSTs of a session that polls.

use std::{
    convert::Infallible,
    pin::Pin,
    sync::Arc,
    task::{Context, Poll},
};

use axum::body::{Body, Bytes, HttpBody};
use http::{HeaderMap, HeaderValue, Response, StatusCode, header, request::Parts};
use http_body_util::BodyExt;
use hyper::body::{Frame, SizeHint};
use tokio::{
    sync::oneshot,
    time::{Instant, timeout_at},
};
use tokio_tungstenite::tungstenite::Utf8Bytes;

use super::{
    answers::{RequestFault, is_old, no_store, plain},
    gzip,
};
use crate::{
    config::Config,
    connection::{Carrier, Mailbox, Outbound, Pace, Payload, PollReply, PostBody, Posting, SessionRequest},
    proto::engine::{RequestError, Revision},
};

/// What a GET says of its answer.
pub(super) struct Fetch {
    /// The answer is to be a script: the number of its function.
    jsonp: Option<String>,
    takes_gzip: bool,
    is_old: bool,
}

impl Fetch {
    pub(super) fn new(parts: &Parts, jsonp: Option<String>, config: &Config) -> Self {
        Self { jsonp, takes_gzip: gzip::is_taken(parts, config), is_old: is_old(parts) }
    }
}

/// A GET of a session: waits until there is something to fetch.
pub(super) async fn poll(mailbox: &Mailbox, fetch: Fetch) -> Result<Response<Body>, RequestFault> {
    let (poll, reply) = oneshot::channel();
    if !mailbox.submit(SessionRequest::Poll(poll)) {
        return Err(gone(mailbox));
    }
    let reply = reply.await;
    answer_poll(reply, Some(mailbox), &fetch)
}

/// Why a request was not taken.
fn gone(mailbox: &Mailbox) -> RequestFault {
    match mailbox.carrier() {
        Carrier::WebSocket | Carrier::Packets => RequestError::BadRequest.into(),
        Carrier::Nothing => RequestError::Session.into(),
        Carrier::Polling | Carrier::Upgrading => RequestFault::Status(StatusCode::TOO_MANY_REQUESTS),
    }
}

/// `mailbox`: of a session that may have its answers compressed.
pub(super) fn answer_poll(
    reply: Result<PollReply, oneshot::error::RecvError>,
    mailbox: Option<&Mailbox>,
    fetch: &Fetch,
) -> Result<Response<Body>, RequestFault> {
    let payload = match reply {
        Ok(PollReply::Payload(payload)) => payload,
        Ok(PollReply::Overtaken) => return Err(RequestError::BadRequest.into()),
        Ok(PollReply::Duplicate) => return Err(RequestFault::Status(StatusCode::BAD_REQUEST)),
        Err(_) => return Err(RequestError::Session.into()),
    };
    let (kind, payload) = match &fetch.jsonp {
        None if payload.is_text() => ("text/plain; charset=UTF-8", payload),
        None => ("application/octet-stream", payload),
        Some(number) => {
            let script = payload.map(|payload| {
                let text = str::from_utf8(payload).unwrap_or_default();
                let quoted = serde_json::to_string(text).unwrap_or_default();
                // these two end a line in a script, but not in JSON
                let quoted = quoted.replace('\u{2028}', "\\u2028").replace('\u{2029}', "\\u2029");
                format!("___eio[{number}]({quoted});").into()
            });
            ("text/javascript; charset=UTF-8", script)
        }
    };
    let mut headers = HeaderMap::new();
    let payload = match mailbox {
        Some(mailbox) => gzip::packed(payload, mailbox, fetch.takes_gzip, &mut headers),
        None => payload,
    };
    let mut response = plain(StatusCode::OK, kind, fetching(payload));
    response.headers_mut().extend(headers);
    no_store(&mut response, fetch.is_old);
    Ok(response)
}

/// What a POST says of its body.
pub(super) struct Delivery {
    /// Compressed, say: nobody sends that.
    is_encoded: bool,
    is_bytes: bool,
    is_form: bool,
    is_old: bool,
}

impl Delivery {
    pub(super) fn new(parts: &Parts, is_form: bool) -> Self {
        let has = |name, value: &str| {
            parts
                .headers
                .get(name)
                .is_some_and(|known: &HeaderValue| known.as_bytes().starts_with(value.as_bytes()))
        };
        Self {
            is_encoded: parts.headers.contains_key(header::CONTENT_ENCODING)
                && !has(header::CONTENT_ENCODING, "identity"),
            is_bytes: has(header::CONTENT_TYPE, "application/octet-stream"),
            is_form,
            is_old: is_old(parts),
        }
    }
}

/// A POST of a session: answered when its packets are handled.
pub(super) async fn post(
    mailbox: &Mailbox,
    delivery: Delivery,
    body: Body,
) -> Result<Response<Body>, RequestFault> {
    let config = mailbox.config();
    if delivery.is_encoded {
        return Err(RequestFault::Status(StatusCode::UNSUPPORTED_MEDIA_TYPE));
    }
    let Some(posting) = mailbox.begin_post() else {
        mailbox.submit(SessionRequest::Violation);
        return Err(RequestFault::Status(StatusCode::BAD_REQUEST));
    };
    if delivery.is_bytes && mailbox.revision() == Revision::V4 {
        mailbox.submit(SessionRequest::Violation);
        return Err(RequestFault::Status(StatusCode::BAD_REQUEST));
    }
    // a body that says that it is too long is not read
    if body.size_hint().lower() > config.max_payload as u64 {
        return Err(RequestFault::Status(StatusCode::PAYLOAD_TOO_LARGE));
    }
    let bytes = read(body, config, &posting).await.map_err(RequestFault::Status)?;
    let body = if delivery.is_bytes {
        PostBody::Bytes(bytes)
    } else {
        let text = if delivery.is_form {
            unescape_form(&bytes)
        } else {
            String::from_utf8(bytes).ok().map(Utf8Bytes::from)
        };
        // a body that is not UTF-8 holds no packet
        PostBody::Text(text.unwrap_or_else(|| "\u{fffd}".into()))
    };
    let (done, handled) = oneshot::channel();
    if !mailbox.submit(SessionRequest::Post { body, done }) {
        return Err(gone(mailbox));
    }
    handled.await.map_err(|_| gone(mailbox))?;
    // HTML, so that no old browser offers a form's answer as a file
    let mut response = plain(StatusCode::OK, "text/html", "ok");
    no_store(&mut response, delivery.is_old);
    Ok(response)
}

/// Reads a body, into memory of its own: pieces of any size cost their bytes and nothing else.
async fn read(mut body: Body, config: &Config, posting: &Posting<'_>) -> Result<Vec<u8>, StatusCode> {
    let mut read = vec![];
    let mut pace = Pace::new(Instant::now());
    loop {
        let deadline = pace.deadline(config.body_timeout, config.min_rate);
        let frame = match timeout_at(deadline, body.frame()).await {
            Ok(Some(Ok(frame))) => frame,
            Ok(Some(Err(error))) => return Err(status_of(&error)),
            Ok(None) => {
                read.shrink_to_fit();
                return Ok(read);
            }
            Err(_) => return Err(StatusCode::REQUEST_TIMEOUT),
        };
        // trailers mean nothing here
        let Ok(bytes) = frame.into_data() else { continue };
        if bytes.len() > config.max_payload - read.len() {
            return Err(StatusCode::PAYLOAD_TOO_LARGE);
        }
        pace.note(Instant::now(), bytes.len());
        posting.note(bytes.len());
        read.extend_from_slice(&bytes);
    }
}

/// A layer of the program may have a limit of its own.
fn status_of(error: &axum::Error) -> StatusCode {
    let mut source = Some(error as &dyn std::error::Error);
    while let Some(error) = source {
        if error.is::<http_body_util::LengthLimitError>() {
            return StatusCode::PAYLOAD_TOO_LARGE;
        }
        source = error.source();
    }
    StatusCode::BAD_REQUEST
}

/// The body of an answer. A long one goes out in pieces, so that it is seen whether the client takes something.
fn fetching(payload: Payload) -> Body {
    let account = payload.account();
    let rest = Bytes::from_owner(payload);
    if rest.len() > FETCHED_AT_ONCE { Body::new(Fetching { rest, account }) } else { Body::from(rest) }
}

struct Fetching {
    rest: Bytes,
    account: Option<Arc<dyn Outbound>>,
}

impl HttpBody for Fetching {
    type Data = Bytes;
    type Error = Infallible;

    /// The server asks for the next piece when the client has taken most of the one before.
    fn poll_frame(
        mut self: Pin<&mut Self>,
        _: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, Infallible>>> {
        if let Some(account) = &self.account {
            account.outbox().note_progress();
        }
        let at = self.rest.len().min(FETCHED_AT_ONCE);
        let piece = self.rest.split_to(at);
        Poll::Ready((!piece.is_empty()).then(|| Ok(Frame::data(piece))))
    }

    fn is_end_stream(&self) -> bool {
        self.rest.is_empty()
    }

    fn size_hint(&self) -> SizeHint {
        SizeHint::with_exact(self.rest.len() as u64)
    }
}

/// How much of an answer is handed over at once.
const FETCHED_AT_ONCE: usize = 64 * 1024;

/// The field `d` of a form, as clients that can only send forms escape it.
fn unescape_form(bytes: &[u8]) -> Option<Utf8Bytes> {
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
