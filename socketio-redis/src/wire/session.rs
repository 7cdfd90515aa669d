//! The sessions of `@socket.io/redis-streams-adapter` 0.3: base64 of MessagePack, `{sid, pid, rooms, data}`. Ours have `node` as
//! well while the socket lives, which Node ignores.

use std::sync::Arc;

use base64::{Engine, engine::general_purpose::STANDARD};
use serde::Deserialize;
use serde_json::{json, value::RawValue};
use socketio::cluster::{NodeId, Session};

use super::{
    MAX_ROOMS, Malformed,
    classic::as_json,
    json::{from_buffers, with_buffers},
    msgpack,
};

#[derive(Deserialize)]
struct Raw<'a> {
    sid: String,
    pid: String,
    rooms: Vec<Arc<str>>,
    #[serde(borrow)]
    data: Option<&'a RawValue>,
    node: Option<String>,
}

/// A session, as it is stored. `node`: the socket is there.
pub(crate) fn write(session: &Session, node: Option<&String>) -> Vec<u8> {
    let Session { pid, id, rooms, data, .. } = session;
    // Node reads `data` without a check
    let (data, attachments) = from_buffers(data.as_deref().unwrap_or("{}"));
    let (id, pid, rooms) = (json!(id), json!(pid), json!(rooms));
    let node = node.map_or_else(String::new, |node| format!(r#","node":{}"#, json!(node)));
    let text = format!(r#"{{"sid":{id},"pid":{pid},"rooms":{rooms},"data":{data}{node}}}"#);
    let mut out = Vec::with_capacity(text.len());
    // what is written here is JSON
    let _ = msgpack::write_json(&mut out, &text, &attachments);
    STANDARD.encode(out).into_bytes()
}

/// Reads a session that any node has stored.
pub(crate) fn read(pid: &str, stored: &[u8]) -> Result<Session, Malformed> {
    let bytes = STANDARD.decode(stored).map_err(|_| Malformed::Shape)?;
    let (text, attachments) = as_json(&bytes)?;
    let raw: Raw<'_> = serde_json::from_str(&text).map_err(|_| Malformed::Shape)?;
    if raw.pid != pid {
        return Err(Malformed::Shape);
    }
    if raw.rooms.len() > MAX_ROOMS {
        return Err(Malformed::Rooms);
    }
    let data = raw.data.map(|data| Arc::from(with_buffers(data.get(), &attachments)));
    Ok(Session { pid: raw.pid, id: raw.sid, rooms: raw.rooms, data, node: raw.node.map(NodeId::new) })
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn session() -> Session {
        Session {
            pid: "p".to_owned(),
            id: "s".to_owned(),
            rooms: vec!["s".into(), "a".into()],
            data: Some(r#"{"n":1}"#.into()),
            node: None,
        }
    }

    #[test]
    fn a_session_is_read_as_it_is_written() {
        assert_eq!(read("p", &write(&session(), None)), Ok(session()));
        let lives = Session { node: Some(NodeId::new("n")), ..session() };
        assert_eq!(read("p", &write(&session(), Some(&"n".to_owned()))), Ok(lives));
        let bytes = Session { data: Some(r#"{"b":{"data":[1,2],"type":"Buffer"}}"#.into()), ..session() };
        assert_eq!(read("p", &write(&bytes, None)), Ok(bytes), "bytes in what Node keeps");
    }

    /// `84 sid pid rooms[] data{}`, as Node has stored it.
    #[test]
    fn a_session_of_node_is_read() {
        let node = b"\x84\xa3sid\xa1s\xa3pid\xa1p\xa5rooms\x92\xa1s\xa1a\xa4data\x81\xa1n\x01";
        assert_eq!(read("p", STANDARD.encode(node).as_bytes()), Ok(session()));
        assert_eq!(read("q", STANDARD.encode(node).as_bytes()), Err(Malformed::Shape), "of somebody else");
    }

    proptest! {
        #[test]
        fn any_bytes_are_a_session_or_refused(bytes in prop::collection::vec(any::<u8>(), 0..200)) {
            let _ = read("p", &bytes);
            let _ = read("p", STANDARD.encode(&bytes).as_bytes());
        }
    }
}
