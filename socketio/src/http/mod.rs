//! Requests: those that open a connection, and those of clients that poll.

mod answers;
mod engine;
mod extensions;
mod finishing;
mod gzip;
mod head;
mod layer;
mod origin;
mod peer;
mod plain;
mod requests;
mod streams;
mod upgrade;

#[cfg(test)]
pub(crate) use self::engine::turn_away;
pub use self::{
    engine::SocketIoService,
    layer::{SocketIoLayer, SocketIoLayered},
    plain::WebSocketService,
    streams::StreamRequest,
};
