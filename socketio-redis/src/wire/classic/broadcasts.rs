//! Broadcasts of other nodes.

use std::sync::Arc;

use bytes::Bytes;
use socketio::cluster::{Packed, Selection};

use crate::wire::{
    MAX_MESSAGE, MAX_ROOMS, Malformed,
    msgpack::{self, Reader},
};

/// A broadcast of another node, up to its payload, which is read only if somebody is to get it.
#[derive(Debug)]
pub(crate) struct Broadcast<'a> {
    pub(crate) uid: &'a str,
    pub(crate) namespace: &'a str,
    pub(crate) selection: Selection,
    pub(crate) volatile: bool,
    pub(crate) compress: bool,
    reader: Reader<'a>,
}

/// The sender of a broadcast: what comes from this node ends here.
pub(crate) fn sender(message: &[u8]) -> Result<&str, Malformed> {
    let mut reader = Reader::new(message);
    if reader.array()? != 3 {
        return Err(Malformed::Shape);
    }
    reader.str()
}

/// Reads a broadcast: `[uid, {type, data, nsp}, {rooms, except, flags}]`.
pub(crate) fn broadcast(message: &[u8]) -> Result<Broadcast<'_>, Malformed> {
    if message.len() > MAX_MESSAGE {
        return Err(Malformed::Length);
    }
    let mut reader = Reader::new(message);
    if reader.array()? != 3 {
        return Err(Malformed::Shape);
    }
    let uid = reader.str()?;
    let (mut namespace, mut data) = ("/", None);
    let mut keys = map(&mut reader)?;
    while keys > 0 {
        keys -= 1;
        match reader.str()? {
            "nsp" => namespace = reader.str()?,
            "data" => {
                data = Some(reader.position());
                reader.skip()?;
            }
            _ => reader.skip()?,
        }
    }
    let Opts { selection, volatile, compress } = opts(&mut reader)?;
    reader.end()?;
    reader.go_to(data.ok_or(Malformed::Shape)?);
    Ok(Broadcast { uid, namespace, selection, volatile, compress, reader })
}

impl Broadcast<'_> {
    /// The event.
    pub(crate) fn event(&mut self) -> Result<Packed, Malformed> {
        let (mut text, mut attachments) = (vec![], vec![]);
        self.reader.json(&mut text, &mut attachments)?;
        pack(text, attachments)
    }
}

fn pack(text: Vec<u8>, attachments: Vec<Bytes>) -> Result<Packed, Malformed> {
    let text = String::from_utf8(text).map_err(|_| Malformed::Utf8)?;
    Packed::new(text, attachments).map_err(|_| Malformed::Nesting)
}

fn map(reader: &mut Reader<'_>) -> Result<u64, Malformed> {
    match reader.head()? {
        msgpack::Head::Map(keys) => Ok(keys),
        _ => Err(Malformed::Shape),
    }
}

/// `{rooms, except, flags}`
struct Opts {
    selection: Selection,
    volatile: bool,
    compress: bool,
}

/// What is missing is empty, and `flags` may be an array: emitters of other languages send it so.
fn opts(reader: &mut Reader<'_>) -> Result<Opts, Malformed> {
    let mut opts = Opts { selection: Selection::default(), volatile: false, compress: true };
    let mut keys = map(reader)?;
    while keys > 0 {
        keys -= 1;
        match reader.str()? {
            "rooms" => opts.selection.rooms = rooms(reader)?,
            "except" => opts.selection.except = rooms(reader)?,
            "flags" => {
                let start = reader.position();
                if let msgpack::Head::Map(mut flags) = reader.head()? {
                    while flags > 0 {
                        flags -= 1;
                        let flag = reader.str()?;
                        let at = reader.position();
                        match (flag, reader.head()?) {
                            ("volatile", msgpack::Head::Bool(value)) => opts.volatile = value,
                            ("compress", msgpack::Head::Bool(value)) => opts.compress = value,
                            _ => {}
                        }
                        reader.go_to(at);
                        reader.skip()?;
                    }
                } else {
                    reader.go_to(start);
                    reader.skip()?;
                }
            }
            _ => reader.skip()?,
        }
    }
    Ok(opts)
}

fn rooms(reader: &mut Reader<'_>) -> Result<Vec<Arc<str>>, Malformed> {
    let count = match reader.head()? {
        msgpack::Head::Nil => return Ok(vec![]),
        msgpack::Head::Array(count) => count,
        _ => return Err(Malformed::Shape),
    };
    if count > MAX_ROOMS as u64 {
        return Err(Malformed::Rooms);
    }
    (0..count).map(|_| reader.str().map(Arc::from)).collect()
}
