//! Typed, annotated realtime events for axum.

pub mod answer;
mod close;
mod emit;
mod error;
mod event;
mod extract;
mod handler;
mod message;
mod proto;
mod session;
mod socket;

pub use crate::{
    close::DisconnectReason,
    emit::{ArgsWriter, EncodeError},
    error::{ClientError, IntoClientError, SocketError},
    event::{Acknowledged, Arguments, Carries, Direction, Event, Kind, Outgoing, Payload, kind},
    extract::{Ack, Auth, Cx, Data, EventName, Extension, FromEvent, State},
    handler::{Handler, Lifecycle, Registered, Subject},
    message::{Bytes, Message},
    socket::Socket,
};
