//! What this node says.

use base64::{Engine, engine::general_purpose::STANDARD};
use serde_json::json;
use socketio::cluster::{Action, Asks, Packed, Question, Reply, Selection};

use super::kind;
use crate::wire::{
    classic::{OURS, request_id},
    json::with_buffers,
    msgpack,
};

/// How a message is written.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Form {
    /// JSON; MessagePack if there are bytes in it.
    Text,
    /// MessagePack.
    MessagePack,
}

/// A message of this node, up to its envelope.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Outgoing {
    pub(crate) kind: u8,
    /// JSON with placeholders.
    data: String,
    attachments: Vec<bytes::Bytes>,
}

impl Outgoing {
    fn new(kind: u8, data: String) -> Self {
        Self { kind, data, attachments: vec![] }
    }

    fn with(kind: u8, data: String, packed: &Packed) -> Self {
        Self { kind, data, attachments: packed.attachments().to_vec() }
    }

    /// The whole message, for a channel.
    pub(crate) fn message(&self, uid: &str, namespace: &str, form: Form) -> Vec<u8> {
        let (kind, data) = (self.kind, &self.data);
        let (uid, namespace) = (json!(uid), json!(namespace));
        let text = format!(r#"{{"type":{kind},"data":{data},"uid":{uid},"nsp":{namespace}}}"#);
        if form == Form::Text && self.attachments.is_empty() {
            return text.into_bytes();
        }
        msgpack_of(&text, &self.attachments).unwrap_or_else(|| text.into_bytes())
    }

    /// The data alone, for an entry of a stream.
    pub(crate) fn entry(&self) -> Vec<u8> {
        if self.attachments.is_empty() {
            return self.data.clone().into_bytes();
        }
        match msgpack_of(&self.data, &self.attachments) {
            Some(bytes) => STANDARD.encode(bytes).into_bytes(),
            None => self.data.clone().into_bytes(),
        }
    }
}

/// `None` cannot happen: what is written here is JSON.
fn msgpack_of(text: &str, attachments: &[bytes::Bytes]) -> Option<Vec<u8>> {
    let mut out = Vec::with_capacity(text.len());
    msgpack::write_json(&mut out, text, attachments).ok()?;
    Some(out)
}

fn opts(selection: &Selection, flags: &serde_json::Value) -> serde_json::Value {
    // Node reads all three without a check
    json!({ "rooms": selection.rooms, "except": selection.except, "flags": flags })
}

/// An operation of ours.
pub(crate) fn operation(selection: &Selection, action: &Action<'_>) -> Option<Outgoing> {
    let none = json!({});
    Some(match action {
        Action::Emit { event, volatile, compress } => {
            let mut flags = serde_json::Map::new();
            if *volatile {
                flags.insert("volatile".to_owned(), true.into());
            }
            if !*compress {
                flags.insert("compress".to_owned(), false.into());
            }
            let (text, opts) = (event.text(), opts(selection, &flags.into()));
            let data = format!(r#"{{"packet":{{"type":2,"data":{text}}},"opts":{opts}}}"#);
            Outgoing::with(kind::BROADCAST, data, event)
        }
        Action::Join(rooms) => {
            Outgoing::new(kind::JOIN, json!({ "opts": opts(selection, &none), "rooms": rooms }).to_string())
        }
        Action::Leave(rooms) => {
            Outgoing::new(kind::LEAVE, json!({ "opts": opts(selection, &none), "rooms": rooms }).to_string())
        }
        Action::Disconnect { close } => Outgoing::new(
            kind::DISCONNECT,
            json!({ "opts": opts(selection, &none), "close": close }).to_string(),
        ),
        Action::Tell(event) => Outgoing::with(kind::TELL, format!(r#"{{"packet":{}}}"#, event.text()), event),
        _ => return None,
    })
}

/// A question of ours.
pub(crate) fn question(uid: &str, question: &Question<'_>) -> Option<Outgoing> {
    let id = json!(request_id(uid, question.id));
    let selection = question.selection;
    Some(match &question.asks {
        // there is no other question about rooms
        Asks::Sockets | Asks::Rooms => {
            let opts = opts(selection, &json!({}));
            Outgoing::new(kind::FETCH, json!({ "opts": opts, "requestId": id }).to_string())
        }
        Asks::Tell(event) => {
            let data = format!(r#"{{"requestId":{id},"packet":{}}}"#, event.text());
            Outgoing::with(kind::TELL, data, event)
        }
        Asks::Emit(event) => {
            let timeout = u64::try_from(question.timeout.as_millis()).unwrap_or(u64::MAX >> 11);
            let (text, opts) = (event.text(), opts(selection, &json!({ "timeout": timeout })));
            let data = format!(r#"{{"packet":{{"type":2,"data":{text}}},"requestId":{id},"opts":{opts}}}"#);
            Outgoing::with(kind::BROADCAST, data, event)
        }
        _ => return None,
    })
}

/// The socket with this private id is to end: its client is here.
pub(crate) fn release(pid: &str) -> Outgoing {
    Outgoing::new(kind::RELEASE, json!({ "pid": pid }).to_string())
}

/// An answer of ours. `None`: the one that asked expects none.
pub(crate) fn response(id: &str, reply: &Reply) -> Option<Outgoing> {
    let quoted = json!(id);
    let value = |kind: u8, value: &Packed| {
        let data = format!(r#"{{"requestId":{quoted},"packet":{}}}"#, value.text());
        Outgoing::with(kind, data, value)
    };
    let nobody = |kind: u8| Outgoing::new(kind, json!({ "requestId": id, "nobody": true }).to_string());
    Some(match reply {
        Reply::Sockets(sockets) => {
            let sockets: Vec<String> = sockets
                .iter()
                .map(|socket| {
                    let handshake = socket.handshake.as_deref().unwrap_or("{}");
                    let data = socket.data.as_deref().unwrap_or("{}");
                    let (own, rooms) = (json!(socket.id), json!(socket.rooms));
                    format!(r#"{{"id":{own},"handshake":{handshake},"rooms":{rooms},"data":{data}}}"#)
                })
                .collect();
            let data = format!(r#"{{"requestId":{quoted},"sockets":[{}]}}"#, sockets.join(","));
            Outgoing::new(kind::FETCHED, data)
        }
        Reply::Value(packed) => value(kind::TOLD, packed),
        Reply::Acked(packed) => value(kind::ACK, packed),
        Reply::Clients(clients) => {
            Outgoing::new(kind::CLIENTS, json!({ "requestId": id, "clientCount": clients }).to_string())
        }
        // Node's own nodes say nothing then
        Reply::Nobody if id.starts_with(OURS) => nobody(kind::TOLD),
        Reply::NoAck if id.starts_with(OURS) => nobody(kind::ACK),
        _ => return None,
    })
}

/// Data of a fetched socket, whose bytes have the form that JSON has for them.
pub(super) fn as_text(text: &str, attachments: &[bytes::Bytes]) -> String {
    with_buffers(text, attachments)
}
