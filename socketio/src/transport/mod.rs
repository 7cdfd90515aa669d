//! Connections: how they are opened, read and written.

mod stream;
mod upgrade;
mod websocket;

pub(crate) use self::{
    stream::Stream,
    upgrade::{Handover, Refusal, accept, subprotocol, switching},
    websocket::{Read, WebSocket},
};
