#![doc = include_str!("docs/crate.md")]

#[cfg(test)]
extern crate self as socketio;

mod answer;
pub mod broadcast;
mod builder;
mod check;
pub mod close;
pub mod cluster;
pub mod config;
mod connection;
mod contained;
#[cfg(feature = "contract")]
pub mod contract;
mod counts;
mod describe;
pub mod emit;
mod encode;
pub mod error;
mod event;
pub mod extract;
#[cfg(fuzzing)]
#[doc(hidden)]
pub mod fuzz;
pub mod guide;
pub mod handler;
mod handshake;
mod hooks;
mod http;
mod hub;
mod io;
mod listener;
mod message;
pub mod middleware;
mod namespace;
mod node;
mod observe;
mod peer;
#[doc(hidden)]
pub mod private;
mod proto;
mod seats;
mod serve;
mod session;
mod socket;
mod states;
#[cfg(feature = "stats")]
pub mod stats;
#[cfg(feature = "test")]
pub mod test;
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
    builder::{Plugin, SocketIoBuilder},
    close::reason::DisconnectReason,
    config::settings::Config,
    error::client::ClientError,
    event::{Event, Payload},
    extract::{
        own::{Ack, Auth, State},
        payload::Data,
    },
    io::SocketIo,
    message::{Bytes, Message},
    serve::serve,
    socket::{Expiry, Socket, SocketId},
};

/// The tower services that serve a [`SocketIo`], made by its methods, and what they let a program decide.
pub mod service {
    pub use crate::{
        hooks::Answering,
        http::{SocketIoLayer, SocketIoLayered, SocketIoService, StreamRequest, WebSocketService},
        serve::Serve,
    };
}

/// The README's program compiles.
#[cfg(doctest)]
#[doc = include_str!("../../README.md")]
struct Readme;

/// So does every program of the page for those who come from Node.js.
#[cfg(doctest)]
#[doc = include_str!("../../docs/from-socketio.md")]
struct FromSocketIo;

/// And from Go.
#[cfg(doctest)]
#[doc = include_str!("../../docs/from-gofiber.md")]
struct FromGofiber;
