//! Typed, annotated realtime events for axum.

/// stub
pub mod answer;
mod builder;
mod close;
mod config;
mod emit;
mod error;
mod event;
mod event_set;
mod extract;
mod handler;
mod handshake;
mod io;
mod message;
mod proto;
mod room;
mod session;
mod socket;
mod states;
mod transport;
mod websocket;

pub use crate::{
    builder::SocketIoBuilder,
    close::{CloseCode, CloseReason, DisconnectReason},
    config::{Config, Overflow},
    emit::{ArgsWriter, Dynamic, Emit, EncodeError},
    error::{AckError, ClientError, EmitError, FireError, IntoClientError, SetUuidError, SocketError},
    event::{Acknowledged, Arguments, Carries, Direction, Event, Kind, Outgoing, Payload, kind},
    extract::{Ack, Auth, Cx, Data, EventName, Extension, FromEvent, State},
    handler::{BuildError, Handler, Lifecycle, Registered, Subject},
    handshake::Handshake,
    io::{HandlerTable, SocketIo},
    message::{Bytes, Message},
    room::{Broadcast, EmitReport},
    socket::{AckFuture, Address, Extensions, Fire, InvalidSocketId, Socket, SocketId},
    websocket::WebSocketService,
};
