//! Protocols without I/O: bytes in, events out. Nothing here knows tokio, axum or a clock.

pub(crate) mod base64;
pub(crate) mod bus;
pub(crate) mod deflate;
pub(crate) mod engine;
pub(crate) mod frame;
pub(crate) mod json;
pub(crate) mod packet;
mod span;

pub(crate) use self::span::{Json, Span};

/// The longest name of an event, a room or a namespace, and the longest alias of a socket, in bytes.
pub(crate) const MAX_NAME: usize = 256;
