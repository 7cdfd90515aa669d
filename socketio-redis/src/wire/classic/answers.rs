//! Answers: ours to others, and theirs to us.

use std::sync::Arc;

use bytes::Bytes;
use serde::Deserialize;
use serde_json::{json, value::RawValue};
use socketio::cluster::{Fetched, Packed, QuestionId, Reply};

use super::{OURS, as_json, question_of};
use crate::wire::{
    Malformed,
    json::{from_buffers, with_buffers},
    msgpack,
};

/// An answer of ours. `None`: the one that asked expects none.
pub(crate) fn response(id: &str, is_ids: bool, reply: &Reply) -> Option<Vec<u8>> {
    let quoted = json!(id);
    let body = match reply {
        Reply::Sockets(sockets) if is_ids => {
            let ids: Vec<&str> = sockets.iter().map(|socket| &*socket.id).collect();
            json!({ "requestId": id, "sockets": ids }).to_string()
        }
        Reply::Sockets(sockets) => {
            let sockets: Vec<String> = sockets
                .iter()
                .map(|socket| {
                    // Node reads `handshake` and `data` without a check
                    let handshake = socket.handshake.as_deref().unwrap_or("{}");
                    let data = socket.data.as_deref().unwrap_or("{}");
                    let (own, rooms) = (json!(socket.id), json!(socket.rooms));
                    format!(r#"{{"id":{own},"handshake":{handshake},"rooms":{rooms},"data":{data}}}"#)
                })
                .collect();
            format!(r#"{{"requestId":{quoted},"sockets":[{}]}}"#, sockets.join(","))
        }
        Reply::Rooms(rooms) => json!({ "requestId": id, "rooms": rooms }).to_string(),
        Reply::Value(value) => {
            let data = with_buffers(value.text(), value.attachments());
            format!(r#"{{"type":6,"requestId":{quoted},"data":{data}}}"#)
        }
        // Node's own nodes say nothing then
        Reply::Nobody if !id.starts_with(OURS) => return None,
        Reply::Nobody => format!(r#"{{"type":6,"requestId":{quoted},"nobody":true}}"#),
        Reply::Clients(clients) => json!({ "type": 8, "requestId": id, "clientCount": clients }).to_string(),
        Reply::Acked(value) => {
            let mut body = vec![];
            msgpack::write_map(&mut body, 3);
            msgpack::write_str(&mut body, "type");
            msgpack::write_uint(&mut body, 9);
            msgpack::write_str(&mut body, "requestId");
            msgpack::write_str(&mut body, id);
            msgpack::write_str(&mut body, "packet");
            msgpack::write_json(&mut body, value.text(), value.attachments()).ok()?;
            return Some(body);
        }
        Reply::NoAck if !id.starts_with(OURS) => return None,
        Reply::NoAck => format!(r#"{{"type":9,"requestId":{quoted},"nobody":true}}"#),
        _ => return None,
    };
    Some(body.into_bytes())
}

#[derive(Deserialize)]
struct RawResponse<'a> {
    #[serde(rename = "requestId")]
    id: Option<String>,
    #[serde(rename = "type")]
    kind: Option<u64>,
    #[serde(borrow)]
    sockets: Option<Vec<&'a RawValue>>,
    rooms: Option<Vec<Arc<str>>>,
    #[serde(borrow)]
    data: Option<&'a RawValue>,
    #[serde(rename = "clientCount")]
    clients: Option<u64>,
    #[serde(borrow)]
    packet: Option<&'a RawValue>,
    #[serde(default)]
    nobody: bool,
}

#[derive(Deserialize)]
struct RawSocket<'a> {
    id: String,
    #[serde(borrow)]
    handshake: Option<&'a RawValue>,
    rooms: Option<Vec<Arc<str>>>,
    #[serde(borrow)]
    data: Option<&'a RawValue>,
}

/// The answer to a request of the old form, about one socket: it is here.
pub(crate) fn done(id: &str) -> Vec<u8> {
    json!({ "requestId": id }).to_string().into_bytes()
}

/// Reads an answer. `None`: it is not for this node.
pub(crate) fn answer(uid: &str, message: &[u8]) -> Result<Option<(QuestionId, Reply)>, Malformed> {
    let (text, attachments) = as_json(message)?;
    let raw: RawResponse<'_> = serde_json::from_str(&text).map_err(|_| Malformed::Shape)?;
    let Some(question) = raw.id.as_deref().and_then(|id| question_of(uid, id)) else { return Ok(None) };
    // what is not there is undefined, and an answer nevertheless
    let value = |value: Option<&RawValue>, attachments: Vec<Bytes>| {
        let (text, attachments) = match value.map_or("null", RawValue::get) {
            text if attachments.is_empty() => from_buffers(text),
            text => (text.to_owned(), attachments),
        };
        Packed::new(text, attachments).map_err(|_| Malformed::Nesting)
    };
    let reply = match raw.kind {
        Some(6) if raw.nobody => Reply::Nobody,
        Some(6) => Reply::Value(value(raw.data, attachments)?),
        Some(8) => Reply::Clients(usize::try_from(raw.clients.unwrap_or(0)).map_err(|_| Malformed::Shape)?),
        Some(9) if raw.nobody => Reply::NoAck,
        Some(9) => Reply::Acked(value(raw.packet, attachments)?),
        _ => match (raw.sockets, raw.rooms) {
            (Some(sockets), _) => Reply::Sockets(sockets.into_iter().filter_map(fetched).collect()),
            (None, Some(rooms)) => Reply::Rooms(rooms),
            // a node without the socket of an old form
            (None, None) => Reply::Sockets(vec![]),
        },
    };
    Ok(Some((question, reply)))
}

/// A socket of another node; one without an id is left out.
fn fetched(socket: &RawValue) -> Option<Fetched> {
    let raw: RawSocket<'_> = serde_json::from_str(socket.get()).ok()?;
    let text = |value: Option<&RawValue>| value.map(|value| Arc::from(value.get()));
    Some(Fetched {
        id: raw.id,
        rooms: raw.rooms.unwrap_or_default(),
        data: text(raw.data),
        handshake: text(raw.handshake),
    })
}
