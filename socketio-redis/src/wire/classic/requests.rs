//! Requests of other nodes.

use std::sync::Arc;

use bytes::Bytes;
use serde::Deserialize;
use serde_json::value::RawValue;
use socketio::cluster::{Packed, Selection};

use super::as_json;
use crate::wire::{MAX_ROOMS, Malformed, json::from_buffers};

/// A request of another node.
#[derive(Debug)]
pub(crate) struct Request {
    pub(crate) uid: String,
    /// Under which it is answered.
    pub(crate) id: Option<String>,
    pub(crate) namespace: Option<String>,
    pub(crate) selection: Selection,
    pub(crate) what: Requested,
}

/// What another node wants.
#[derive(Debug)]
pub(crate) enum Requested {
    /// The ids of the sockets.
    Ids,
    Rooms,
    Join(Vec<Arc<str>>),
    Leave(Vec<Arc<str>>),
    Disconnect(bool),
    Sockets,
    Tell(Packed),
    Emit(Packed),
}

#[derive(Deserialize)]
struct RawRequest<'a> {
    uid: Option<String>,
    #[serde(rename = "requestId")]
    id: Option<String>,
    #[serde(rename = "type")]
    kind: u64,
    opts: Option<RawOpts>,
    rooms: Option<Vec<Arc<str>>>,
    /// The old form: one socket, and one room.
    sid: Option<Arc<str>>,
    room: Option<Arc<str>>,
    close: Option<bool>,
    #[serde(borrow)]
    data: Option<&'a RawValue>,
    #[serde(borrow)]
    packet: Option<RawPacket<'a>>,
}

#[derive(Deserialize, Default)]
struct RawOpts {
    #[serde(default)]
    rooms: Option<Vec<Arc<str>>>,
    #[serde(default)]
    except: Option<Vec<Arc<str>>>,
}

#[derive(Deserialize)]
struct RawPacket<'a> {
    nsp: Option<String>,
    #[serde(borrow)]
    data: Option<&'a RawValue>,
}

/// Reads a request.
pub(crate) fn request(message: &[u8]) -> Result<Request, Malformed> {
    let (text, attachments) = as_json(message)?;
    let raw: RawRequest<'_> = serde_json::from_str(&text).map_err(|_| Malformed::Shape)?;
    let selection = match (raw.opts, raw.sid) {
        (Some(opts), _) => {
            Some(Selection { rooms: opts.rooms.unwrap_or_default(), except: opts.except.unwrap_or_default() })
        }
        (None, Some(sid)) => Some(Selection { rooms: vec![sid], except: vec![] }),
        (None, None) => None,
    };
    let rooms = raw.rooms.or_else(|| raw.room.map(|room| vec![room])).unwrap_or_default();
    let names = selection.iter().flat_map(|selection| [selection.rooms.len(), selection.except.len()]);
    if names.chain([rooms.len()]).any(|count| count > MAX_ROOMS) {
        return Err(Malformed::Rooms);
    }
    let event = |data: Option<&RawValue>, attachments: Vec<Bytes>| {
        let (text, attachments) = match data.ok_or(Malformed::Shape)?.get() {
            text if attachments.is_empty() => from_buffers(text),
            text => (text.to_owned(), attachments),
        };
        Packed::new(text, attachments).map_err(|_| Malformed::Nesting)
    };
    let (mut namespace, mut old) = (None, Selection::default());
    let what = match raw.kind {
        0 => {
            // its rooms stand where others have `opts`
            old.rooms = rooms;
            return Ok(Request {
                uid: raw.uid.unwrap_or_default(),
                id: raw.id,
                namespace,
                selection: old,
                what: Requested::Ids,
            });
        }
        1 => Requested::Rooms,
        2 => Requested::Join(rooms),
        3 => Requested::Leave(rooms),
        4 => Requested::Disconnect(raw.close.unwrap_or(false)),
        5 => Requested::Sockets,
        6 => Requested::Tell(event(raw.data, attachments)?),
        7 => {
            let packet = raw.packet.ok_or(Malformed::Shape)?;
            namespace = Some(packet.nsp.unwrap_or_else(|| "/".to_owned()));
            Requested::Emit(event(packet.data, attachments)?)
        }
        _ => return Err(Malformed::Shape),
    };
    // without `opts` it would mean everybody: an old form that would disconnect all
    let selection = match (&what, selection) {
        (Requested::Rooms | Requested::Tell(_), selection) => selection.unwrap_or_default(),
        (_, Some(selection)) => selection,
        (_, None) => return Err(Malformed::Everybody),
    };
    // Node's emitter has no uid in these
    let uid = raw.uid.unwrap_or_else(|| "emitter".to_owned());
    Ok(Request { uid, id: raw.id, namespace, selection, what })
}
