//! The messages of `@socket.io/redis-adapter` 8 and of `@socket.io/redis-emitter` 5.

mod answers;
mod broadcasts;
mod requests;

use std::{borrow::Cow, sync::Arc};

use bytes::Bytes;
use serde_json::json;
use socketio::cluster::{Action, Asks, Packed, Question, QuestionId, Selection};

use super::{
    MAX_MESSAGE, Malformed, Message,
    json::with_buffers,
    msgpack::{self, Reader},
};

pub(crate) use self::{
    answers::{answer, done, response},
    broadcasts::{broadcast, sender},
    requests::{Request, Requested, request},
};

/// The channels of one namespace.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Channels {
    /// `socket.io#/chat#`: broadcasts; with a room and `#` after it, those for that room.
    pub(crate) broadcast: String,
    pub(crate) request: String,
    pub(crate) response: String,
    /// Answers to this node alone.
    pub(crate) own: String,
}

impl Channels {
    pub(crate) fn new(prefix: &str, namespace: &str, uid: &str) -> Self {
        let response = format!("{prefix}-response#{namespace}#");
        Self {
            broadcast: format!("{prefix}#{namespace}#"),
            request: format!("{prefix}-request#{namespace}#"),
            own: format!("{response}{uid}#"),
            response,
        }
    }

    /// The pattern that matches the broadcasts of this namespace, whatever characters its name has.
    pub(crate) fn pattern(&self) -> String {
        escaped(&self.broadcast) + "*"
    }

    /// The channel of a broadcast: with exactly one room, that room's.
    fn broadcast_to(&self, selection: &Selection) -> String {
        match &selection.rooms[..] {
            [room] => format!("{}{room}#", self.broadcast),
            _ => self.broadcast.clone(),
        }
    }

    /// The room of a broadcast's channel, if it has one.
    pub(crate) fn room_of<'a>(&self, channel: &'a str) -> Option<&'a str> {
        let room = channel.strip_prefix(&self.broadcast)?.strip_suffix('#')?;
        (!room.is_empty()).then_some(room)
    }
}

/// Text as a pattern that matches itself.
pub(crate) fn escaped(text: &str) -> String {
    let mut pattern = String::with_capacity(text.len() + 2);
    for character in text.chars() {
        if matches!(character, '*' | '?' | '[' | ']' | '\\') {
            pattern.push('\\');
        }
        pattern.push(character);
    }
    pattern
}

/// An operation of ours.
pub(crate) fn operation(
    channels: &Channels,
    uid: &str,
    namespace: &str,
    selection: &Selection,
    action: &Action<'_>,
) -> Option<Message> {
    let opts = || json!({ "rooms": selection.rooms, "except": selection.except });
    let request = |request: serde_json::Value| {
        Message::publish(channels.request.clone(), request.to_string().into_bytes())
    };
    match action {
        Action::Emit { event, volatile, compress } => {
            let mut body = Vec::with_capacity(event.len() + 128);
            msgpack::write_array(&mut body, 3);
            msgpack::write_str(&mut body, uid);
            write_packet(&mut body, namespace, event).ok()?;
            write_opts(&mut body, selection, (*volatile, *compress), None);
            Some(Message::publish(channels.broadcast_to(selection), body))
        }
        Action::Join(rooms) => {
            Some(request(json!({ "uid": uid, "type": 2, "opts": opts(), "rooms": rooms })))
        }
        Action::Leave(rooms) => {
            Some(request(json!({ "uid": uid, "type": 3, "opts": opts(), "rooms": rooms })))
        }
        Action::Disconnect { close } => {
            Some(request(json!({ "uid": uid, "type": 4, "opts": opts(), "close": close })))
        }
        Action::Tell(event) => Some(tell(channels, uid, None, event)),
        _ => None,
    }
}

fn tell(channels: &Channels, uid: &str, id: Option<&str>, event: &Packed) -> Message {
    let id = id.map_or_else(String::new, |id| format!(r#""requestId":{},"#, json!(id)));
    let data = with_buffers(event.text(), event.attachments());
    let body = format!(r#"{{"uid":{},{id}"type":6,"data":{data}}}"#, json!(uid)).into_bytes();
    Message::publish(channels.request.clone(), body)
}

/// `{type: 2, data: [..], nsp}`
fn write_packet(out: &mut Vec<u8>, namespace: &str, event: &Packed) -> Result<(), serde_json::Error> {
    msgpack::write_map(out, 3);
    msgpack::write_str(out, "type");
    msgpack::write_uint(out, 2);
    msgpack::write_str(out, "data");
    msgpack::write_json(out, event.text(), event.attachments())?;
    msgpack::write_str(out, "nsp");
    msgpack::write_str(out, namespace);
    Ok(())
}

/// `{rooms, except, flags}`: rooms and exceptions are always arrays, which Node reads without a check.
fn write_opts(
    out: &mut Vec<u8>,
    selection: &Selection,
    (volatile, compress): (bool, bool),
    timeout: Option<u64>,
) {
    let list = |out: &mut Vec<u8>, key: &str, rooms: &[Arc<str>]| {
        msgpack::write_str(out, key);
        msgpack::write_array(out, rooms.len());
        rooms.iter().for_each(|room| msgpack::write_str(out, room));
    };
    msgpack::write_map(out, 3);
    list(out, "rooms", &selection.rooms);
    list(out, "except", &selection.except);
    msgpack::write_str(out, "flags");
    msgpack::write_map(out, usize::from(volatile) + usize::from(!compress) + usize::from(timeout.is_some()));
    if volatile {
        msgpack::write_str(out, "volatile");
        out.push(0xc3);
    }
    if !compress {
        msgpack::write_str(out, "compress");
        out.push(0xc2);
    }
    if let Some(timeout) = timeout {
        msgpack::write_str(out, "timeout");
        msgpack::write_uint(out, timeout);
    }
}

/// What the id of a request of ours starts with: no id of Node does.
pub(crate) const OURS: &str = "rs:";

/// The id of a request: unique in the cluster, and says all that is needed when its answers come.
pub(crate) fn request_id(uid: &str, id: QuestionId) -> String {
    format!("{OURS}{uid}:{:x}", id.0)
}

/// The question of ours that is answered.
pub(crate) fn question_of(uid: &str, request: &str) -> Option<QuestionId> {
    let number = request.strip_prefix(OURS)?.strip_prefix(uid)?.strip_prefix(':')?;
    u64::from_str_radix(number, 16).ok().map(QuestionId)
}

/// A question of ours.
pub(crate) fn question(
    channels: &Channels,
    uid: &str,
    namespace: &str,
    question: &Question<'_>,
) -> Option<Message> {
    let id = request_id(uid, question.id);
    let selection = question.selection;
    let opts = json!({ "rooms": selection.rooms, "except": selection.except });
    let body = match &question.asks {
        Asks::Sockets => {
            json!({ "uid": uid, "requestId": id, "type": 5, "opts": opts }).to_string().into_bytes()
        }
        Asks::Rooms => json!({ "uid": uid, "requestId": id, "type": 1 }).to_string().into_bytes(),
        Asks::Tell(event) => return Some(tell(channels, uid, Some(&id), event)),
        Asks::Emit(event) => {
            let mut body = Vec::with_capacity(event.len() + 160);
            msgpack::write_map(&mut body, 5);
            for (key, text) in [("uid", uid), ("requestId", &*id)] {
                msgpack::write_str(&mut body, key);
                msgpack::write_str(&mut body, text);
            }
            msgpack::write_str(&mut body, "type");
            msgpack::write_uint(&mut body, 7);
            msgpack::write_str(&mut body, "packet");
            write_packet(&mut body, namespace, event).ok()?;
            msgpack::write_str(&mut body, "opts");
            let timeout = u64::try_from(question.timeout.as_millis()).unwrap_or(u64::MAX >> 11);
            write_opts(&mut body, selection, (false, true), Some(timeout));
            body
        }
        _ => return None,
    };
    Some(Message::publish(channels.request.clone(), body))
}

/// A message that is JSON, or MessagePack: as JSON with placeholders.
pub(crate) fn as_json(message: &[u8]) -> Result<(Cow<'_, str>, Vec<Bytes>), Malformed> {
    if message.len() > MAX_MESSAGE {
        return Err(Malformed::Length);
    }
    if message.first() == Some(&b'{') {
        let text = std::str::from_utf8(message).map_err(|_| Malformed::Utf8)?;
        return Ok((Cow::Borrowed(text), vec![]));
    }
    let (mut text, mut attachments) = (vec![], vec![]);
    let mut reader = Reader::new(message);
    reader.json(&mut text, &mut attachments)?;
    reader.end()?;
    Ok((Cow::Owned(String::from_utf8(text).map_err(|_| Malformed::Utf8)?), attachments))
}

#[cfg(test)]
mod tests;
