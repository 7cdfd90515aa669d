//! Typed, annotated realtime events for axum.

#[cfg(test)]
extern crate self as socketio;

mod answer;
mod builder;
mod check;
mod close;
mod config;
mod emit;
mod error;
mod event;
mod extract;
mod handler;
mod handshake;
mod io;
mod message;
#[doc(hidden)]
pub mod private;
mod proto;
mod room;
mod session;
mod socket;
mod states;
#[cfg(test)]
mod test;
mod transport;
mod websocket;

pub use socketio_macros::{Event, Payload, event, events, handlers, namespace, on};

pub use crate::{
    builder::SocketIoBuilder,
    check::EventSet,
    close::{CloseCode, CloseReason, DisconnectReason},
    config::{Config, Overflow},
    emit::{ArgsWriter, Dynamic, Emit, EncodeError},
    error::{AckError, ClientError, EmitError, FireError, IntoClientError, SetUuidError, SocketError},
    event::{Acknowledged, Args, Arguments, Carries, Direction, Event, Kind, Outgoing, Payload, kind},
    extract::{Ack, Auth, ConnectArgument, Cx, Data, EventName, Extension, FromEvent, Parts, State},
    handler::{BuildError, Handler, Lifecycle, Registered, Subject},
    handshake::Handshake,
    io::{HandlerTable, SocketIo},
    message::{Bytes, Message},
    room::{Broadcast, EmitReport},
    socket::{AckFuture, Address, Extensions, Fire, InvalidSocketId, Socket, SocketId},
    websocket::WebSocketService,
};
