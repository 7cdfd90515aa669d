//! Requests: those that open a connection, and those of clients that poll.

mod answers;
mod engine;
mod layer;
mod origin;
mod plain;
mod requests;
mod upgrade;

pub use self::{
    engine::SocketIoService,
    layer::{SocketIoLayer, SocketIoLayered},
    plain::WebSocketService,
};
