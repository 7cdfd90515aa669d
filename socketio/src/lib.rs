#![doc = include_str!("docs/crate.md")]

#[cfg(test)]
extern crate self as socketio;

mod answer;
mod builder;
mod check;
mod close;
mod config;
mod emit;
mod encode;
mod engine;
mod error;
mod event;
mod extract;
#[cfg(fuzzing)]
#[doc(hidden)]
pub mod fuzz;
pub mod guide;
mod handler;
mod handshake;
mod io;
mod listener;
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
mod value;
mod websocket;

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
    builder::SocketIoBuilder,
    check::EventSet,
    close::{CloseCode, CloseReason, DisconnectReason},
    config::{Config, Overflow, Parser},
    emit::{Dynamic, Emit},
    encode::{ArgsWriter, EncodeError},
    engine::{EngineLayer, EngineLayered, EngineService, Refused},
    error::{
        AckError, ClientError, EmitError, FireError, IntoClientError, ListenError, SetUuidError, SocketError,
    },
    event::{Acknowledged, Args, Arguments, Carries, Direction, Event, Kind, Outgoing, Payload, kind},
    extract::{
        Ack, Auth, ConnectArgument, Cx, Data, EventName, Extension, FromEvent, NamespaceParams, Parts, State,
    },
    handler::{BuildError, Handler, Lifecycle, Registered, Subject},
    handshake::Handshake,
    io::{HandlerTable, SocketIo},
    listener::{IncomingEvent, Listener, ListensTo},
    message::{Bytes, Message},
    room::{Broadcast, BroadcastAcks, EmitReport, PartialAcks, RemoteError, RemoteSocket},
    socket::{AckFuture, Address, Extensions, Fire, InvalidSocketId, Socket, SocketId},
    value::{Rest, Value},
    websocket::WebSocketService,
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
