#![doc = include_str!("docs/crate.md")]

#[cfg(test)]
extern crate self as socketio;

mod answer;
mod broadcast;
mod builder;
mod check;
mod close;
mod config;
mod connection;
mod emit;
mod encode;
mod error;
mod event;
mod extract;
#[cfg(fuzzing)]
#[doc(hidden)]
pub mod fuzz;
pub mod guide;
mod handler;
mod handshake;
mod hooks;
mod http;
mod hub;
mod io;
mod listener;
mod message;
mod namespace;
#[doc(hidden)]
pub mod private;
mod proto;
mod session;
mod socket;
mod states;
#[cfg(test)]
mod tests;
mod transport;
mod value;
mod wire;

#[cfg(bench)]
#[doc(hidden)]
pub use crate::session::bench;
#[doc = include_str!("docs/event_derive.md")]
pub use socketio_macros::Event;
#[doc = include_str!("docs/payload_derive.md")]
pub use socketio_macros::Payload;
#[doc = include_str!("docs/event.md")]
pub use socketio_macros::event;
#[doc = include_str!("docs/events.md")]
pub use socketio_macros::events;
#[doc = include_str!("docs/handlers.md")]
pub use socketio_macros::handlers;
#[doc = include_str!("docs/namespace.md")]
pub use socketio_macros::namespace;
#[doc = include_str!("docs/on.md")]
pub use socketio_macros::on;

pub use crate::{
    broadcast::{Broadcast, BroadcastAcks, PartialAcks, RemoteError, RemoteSocket},
    builder::SocketIoBuilder,
    check::EventSet,
    close::{CloseCode, CloseReason, DisconnectReason},
    config::{Config, Overflow, Parser},
    emit::{Dynamic, Emit, EmitReport, Fire},
    encode::{ArgsWriter, Arguments},
    error::{
        AckError, ClientError, EmitError, EncodeError, FireError, IntoClientError, ListenError, SetUuidError,
        SocketError,
    },
    event::{Acknowledged, Carries, Direction, Event, Kind, Outgoing, Payload, kind},
    extract::{
        Ack, Auth, ConnectArgument, Cx, Data, EventName, Extension, FromEvent, NamespaceParams, Parts, State,
    },
    handler::{BuildError, Handler, HandlerTable, Lifecycle, Subject},
    handshake::Handshake,
    hooks::Refused,
    http::{EngineLayer, EngineLayered, EngineService, WebSocketService},
    io::SocketIo,
    listener::{IncomingEvent, Listener, ListensTo},
    message::{Bytes, Message},
    socket::{AckFuture, Address, Extensions, InvalidSocketId, Socket, SocketId},
    value::{Args, Rest, Value},
};

/// The README's program compiles.
#[cfg(doctest)]
#[doc = include_str!("../../README.md")]
struct Readme;

/// So does everything that those who come from Node.js are told.
#[cfg(doctest)]
#[doc = include_str!("../../docs/from-socketio.md")]
struct FromSocketIo;

/// And from Go.
#[cfg(doctest)]
#[doc = include_str!("../../docs/from-gofiber.md")]
struct FromGofiber;
