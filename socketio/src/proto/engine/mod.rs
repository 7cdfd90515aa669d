//! Engine.IO, revisions 4 and 3: what requests ask for, packets (the first character is the type), payloads of several packets.
//!
//! On a WebSocket each packet is a frame. A binary message has no type: it is a frame of that kind. On any other stream each
//! packet has a length.

pub(crate) mod packet;
pub(crate) mod payload;
mod query;
pub(crate) mod stream;

pub(crate) use self::{
    packet::{MESSAGE_AT, Open, Packet, decode},
    query::{Query, RequestError, Revision, Transport},
};
