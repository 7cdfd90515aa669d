//! What every answer says besides what it answers: headers of ours, of the program, and for pages of other origins.

use axum::body::Body;
use bytes::Bytes;
use http::{HeaderValue, Response, StatusCode, header, request::Parts};

use super::{
    answers::{RequestFault, no_sniffing},
    origin::{Sharing, sharing},
};
use crate::{
    contained::{Contained, contain},
    handshake::copy,
    hooks::Answering,
    hub::Handle,
};

/// What is kept of a request until it is answered.
///
/// The request itself is not: its headers are pieces of the block that they were read into, and the server reads on into that
/// block only if nobody holds one of them.
pub(super) struct Finishing {
    hub: Handle,
    /// For the program, if it looks at answers.
    parts: Option<Box<Contained<Parts>>>,
    sharing: Option<(HeaderValue, Sharing)>,
    is_first: bool,
    is_websocket: bool,
}

impl Finishing {
    pub(super) fn new(hub: &Handle, parts: &Parts, is_first: bool, is_websocket: bool) -> Self {
        let origin = parts.headers.get(header::ORIGIN);
        Self {
            hub: hub.clone(),
            parts: hub.hooks().headers.as_ref().map(|_| Box::new(Contained::new(copy(parts)))),
            sharing: origin.and_then(|origin| Some((own(origin)?, sharing(origin, hub.config())?))),
            is_first,
            is_websocket,
        }
    }

    pub(super) fn finish(self, answer: Result<Response<Body>, RequestFault>) -> Response<Body> {
        let observer = self.hub.observer();
        let mut response = answer.unwrap_or_else(|fault| fault.response(self.is_websocket, observer));
        let headers = response.headers_mut();
        no_sniffing(headers);
        if let (Some(add), Some(parts)) = (&self.hub.hooks().headers, &self.parts) {
            let added = contain(|| add(headers, &Answering { parts, is_first: self.is_first }));
            if let Err(panic) = added {
                observer.hook_panicked("response_headers", &panic);
                response = RequestFault::Status(StatusCode::INTERNAL_SERVER_ERROR).response(false, observer);
                no_sniffing(response.headers_mut());
                return response;
            }
        }
        // a page of another origin may read what it may ask for
        if let Some((origin, sharing)) = self.sharing {
            headers.insert(header::ACCESS_CONTROL_ALLOW_ORIGIN, origin);
            headers.append(header::VARY, HeaderValue::from_static("Origin"));
            if sharing == Sharing::WithCredentials {
                headers.insert(header::ACCESS_CONTROL_ALLOW_CREDENTIALS, HeaderValue::from_static("true"));
            }
        }
        response
    }
}

/// A copy that shares nothing.
fn own(value: &HeaderValue) -> Option<HeaderValue> {
    HeaderValue::from_maybe_shared(Bytes::copy_from_slice(value.as_bytes())).ok()
}
