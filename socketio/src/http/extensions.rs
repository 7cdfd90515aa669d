//! What is agreed on about the frames of a WebSocket: `Sec-WebSocket-Extensions`.

use http::{HeaderMap, HeaderValue, header, request::Parts};

use crate::{
    config::Config,
    connection::Terms,
    proto::{deflate::agree, engine::Revision},
};

/// What goes for the WebSocket that this request asks for. `base64`: its client takes text only.
pub(super) fn terms(parts: &Parts, base64: bool, revision: Revision, config: &Config) -> Terms {
    // frames that are written anew for a client must not be compressed before
    let settings = config.deflate.as_ref().filter(|settings| {
        let is_rewritten = base64 || revision == Revision::V3 && settings.binary;
        !is_rewritten && settings.is_for(parts)
    });
    let deflate = settings.and_then(|_| {
        let offers = parts.headers.get_all(header::SEC_WEBSOCKET_EXTENSIONS);
        agree(offers.into_iter().filter_map(|offers| offers.to_str().ok()))
    });
    Terms { base64, revision, deflate }
}

/// Answers what the client has offered.
pub(super) fn answer(headers: &mut HeaderMap, terms: Terms) {
    let answer = terms.deflate.and_then(|agreement| HeaderValue::try_from(agreement.answer()).ok());
    if let Some(answer) = answer {
        headers.insert(header::SEC_WEBSOCKET_EXTENSIONS, answer);
    }
}
