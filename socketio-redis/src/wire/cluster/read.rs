//! What other nodes say.

use std::sync::Arc;

use base64::{Engine, engine::general_purpose::STANDARD};
use bytes::Bytes;
use serde::Deserialize;
use serde_json::value::RawValue;
use socketio::cluster::{Fetched, Packed, QuestionId, Reply, Selection};

use super::{kind, write::as_text};
use crate::wire::{
    MAX_ROOMS, Malformed,
    classic::{as_json, question_of},
    json::from_buffers,
};

/// A message of another node.
#[derive(Debug)]
pub(crate) struct Incoming {
    pub(crate) uid: String,
    pub(crate) namespace: String,
    pub(crate) selection: Selection,
    /// Under which it is answered, if it is a question.
    pub(crate) id: Option<String>,
    pub(crate) what: Heard,
}

/// What another node says.
#[derive(Debug)]
pub(crate) enum Heard {
    Emit {
        event: Packed,
        volatile: bool,
        compress: bool,
    },
    Join(Vec<Arc<str>>),
    Leave(Vec<Arc<str>>),
    Disconnect(bool),
    Fetch,
    Tell(Packed),
    Answer(QuestionId, Reply),
    /// The socket with this private id is to end.
    Release(String),
    /// Something for another kind of adapter, or an answer to somebody else.
    Nothing,
}

#[derive(Deserialize)]
struct RawMessage<'a> {
    #[serde(rename = "type")]
    kind: u64,
    uid: Option<String>,
    nsp: Option<String>,
    #[serde(borrow)]
    data: Option<&'a RawValue>,
}

#[derive(Deserialize)]
struct RawData<'a> {
    #[serde(borrow)]
    packet: Option<&'a RawValue>,
    opts: Option<RawOpts>,
    #[serde(rename = "requestId")]
    id: Option<String>,
    rooms: Option<Vec<Arc<str>>>,
    close: Option<bool>,
    #[serde(borrow)]
    sockets: Option<Vec<&'a RawValue>>,
    #[serde(rename = "clientCount")]
    clients: Option<u64>,
    #[serde(default)]
    nobody: bool,
    pid: Option<String>,
}

#[derive(Deserialize)]
struct RawOpts {
    rooms: Option<Vec<Arc<str>>>,
    except: Option<Vec<Arc<str>>>,
    flags: Option<RawFlags>,
}

/// PHP writes an empty map as an empty list.
#[derive(Deserialize)]
#[serde(untagged)]
enum RawFlags {
    Map {
        #[serde(default)]
        volatile: Option<bool>,
        #[serde(default)]
        compress: Option<bool>,
    },
    Other(serde::de::IgnoredAny),
}

#[derive(Deserialize)]
struct RawPacket<'a> {
    #[serde(borrow)]
    data: Option<&'a RawValue>,
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

/// Reads a message from a channel. `own`: the name of this node, whose answers it looks for.
pub(crate) fn message(own: &str, bytes: &[u8]) -> Result<Incoming, Malformed> {
    let (text, attachments) = as_json(bytes)?;
    let raw: RawMessage<'_> = serde_json::from_str(&text).map_err(|_| Malformed::Shape)?;
    let uid = raw.uid.ok_or(Malformed::Shape)?;
    let namespace = raw.nsp.ok_or(Malformed::Shape)?;
    read(own, uid, namespace, raw.kind, raw.data.map(RawValue::get), attachments)
}

/// Reads an entry of a stream: its fields, of which `data` is JSON, or MessagePack in base64.
pub(crate) fn entry(
    own: &str,
    (uid, namespace): (&str, &str),
    kind: &str,
    data: Option<&[u8]>,
) -> Result<Incoming, Malformed> {
    let kind = kind.parse().map_err(|_| Malformed::Shape)?;
    let bytes = match data {
        Some(data) if data.first() != Some(&b'{') => STANDARD.decode(data).map_err(|_| Malformed::Shape)?,
        Some(data) => data.to_vec(),
        None => b"{}".to_vec(),
    };
    let (text, attachments) = as_json(&bytes)?;
    read(own, uid.to_owned(), namespace.to_owned(), kind, Some(&text), attachments)
}

fn read(
    own: &str,
    uid: String,
    namespace: String,
    kind: u64,
    data: Option<&str>,
    attachments: Vec<Bytes>,
) -> Result<Incoming, Malformed> {
    let kind = u8::try_from(kind).unwrap_or(u8::MAX);
    let nothing = |uid, namespace| {
        let (selection, id, what) = (Selection::default(), None, Heard::Nothing);
        Ok(Incoming { uid, namespace, selection, id, what })
    };
    if kind == kind::RELEASE {
        let raw: RawData<'_> = serde_json::from_str(data.unwrap_or("{}")).map_err(|_| Malformed::Shape)?;
        let what = Heard::Release(raw.pid.ok_or(Malformed::Shape)?);
        return Ok(Incoming { uid, namespace, selection: Selection::default(), id: None, what });
    }
    if !(kind::BROADCAST..=kind::ACK).contains(&kind) {
        // beats of other adapters, and what is newer than this
        return nothing(uid, namespace);
    }
    let raw: RawData<'_> = serde_json::from_str(data.unwrap_or("{}")).map_err(|_| Malformed::Shape)?;
    if kind == kind::FETCHED || kind >= kind::TOLD {
        let Some(question) = raw.id.as_deref().and_then(|id| question_of(own, id)) else {
            return nothing(uid, namespace);
        };
        let reply = reply(kind, raw, attachments)?;
        let (selection, what) = (Selection::default(), Heard::Answer(question, reply));
        return Ok(Incoming { uid, namespace, selection, id: None, what });
    }
    let rooms = raw.rooms.unwrap_or_default();
    let (mut volatile, mut compress) = (false, true);
    let selection = raw.opts.map(|opts| {
        if let Some(RawFlags::Map { volatile: is_volatile, compress: is_compressed }) = opts.flags {
            (volatile, compress) = (is_volatile.unwrap_or(false), is_compressed.unwrap_or(true));
        }
        Selection { rooms: opts.rooms.unwrap_or_default(), except: opts.except.unwrap_or_default() }
    });
    let names = selection.iter().flat_map(|selection| [selection.rooms.len(), selection.except.len()]);
    if names.chain([rooms.len()]).any(|count| count > MAX_ROOMS) {
        return Err(Malformed::Rooms);
    }
    let event = |text: Option<&RawValue>, attachments| {
        let text = text.ok_or(Malformed::Shape)?.get();
        Packed::new(text, attachments).map_err(|_| Malformed::Nesting)
    };
    let what = match kind {
        kind::BROADCAST => {
            let packet = raw.packet.ok_or(Malformed::Shape)?.get();
            let packet: RawPacket<'_> = serde_json::from_str(packet).map_err(|_| Malformed::Shape)?;
            Heard::Emit { event: event(packet.data, attachments)?, volatile, compress }
        }
        kind::JOIN => Heard::Join(rooms),
        kind::LEAVE => Heard::Leave(rooms),
        kind::DISCONNECT => Heard::Disconnect(raw.close.unwrap_or(false)),
        kind::FETCH => Heard::Fetch,
        _ => Heard::Tell(event(raw.packet, attachments)?),
    };
    let selection = match (&what, selection) {
        (_, Some(selection)) => selection,
        (Heard::Tell(_), None) => Selection::default(),
        // never everybody: a disconnect would end all
        (_, None) => return Err(Malformed::Everybody),
    };
    Ok(Incoming { uid, namespace, selection, id: raw.id, what })
}

fn reply(kind: u8, raw: RawData<'_>, attachments: Vec<Bytes>) -> Result<Reply, Malformed> {
    // what is not there is undefined, and an answer nevertheless
    let value = |attachments: Vec<Bytes>| {
        let (text, attachments) = match raw.packet.map_or("null", RawValue::get) {
            text if attachments.is_empty() => from_buffers(text),
            text => (text.to_owned(), attachments),
        };
        Packed::new(text, attachments).map_err(|_| Malformed::Nesting)
    };
    Ok(match kind {
        kind::FETCHED => {
            let sockets = raw.sockets.unwrap_or_default();
            Reply::Sockets(sockets.into_iter().filter_map(|socket| fetched(socket, &attachments)).collect())
        }
        kind::TOLD if raw.nobody => Reply::Nobody,
        kind::TOLD => Reply::Value(value(attachments)?),
        kind::ACK if raw.nobody => Reply::NoAck,
        kind::ACK => Reply::Acked(value(attachments)?),
        _ => Reply::Clients(usize::try_from(raw.clients.unwrap_or(0)).map_err(|_| Malformed::Shape)?),
    })
}

/// A socket of another node; one without an id is left out.
fn fetched(socket: &RawValue, attachments: &[Bytes]) -> Option<Fetched> {
    let raw: RawSocket<'_> = serde_json::from_str(socket.get()).ok()?;
    let text = |value: Option<&RawValue>| value.map(|value| Arc::from(as_text(value.get(), attachments)));
    Some(Fetched {
        id: raw.id,
        rooms: raw.rooms.unwrap_or_default(),
        data: text(raw.data),
        handshake: text(raw.handshake),
    })
}
