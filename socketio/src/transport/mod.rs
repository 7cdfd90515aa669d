//! Connections: how they are opened, read and written.

mod polling;
mod received;
mod websocket;

pub(crate) use self::{
    polling::Polling,
    received::{Read, Received, Sink},
    websocket::WebSocket,
};

/// What carries the packets of a connection. Most are WebSockets: these are not boxed.
#[expect(clippy::large_enum_variant, reason = "the large one is the usual one")]
pub(crate) enum Transport {
    WebSocket(WebSocket),
    Polling(Box<Polling>),
}
