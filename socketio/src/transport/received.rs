//! What a transport hands to the owner of its connection.

use std::task::Context;

use bytes::Bytes;
use tokio_tungstenite::tungstenite::Utf8Bytes;

use crate::close::DisconnectReason;

/// What a transport received.
#[derive(Debug)]
pub(crate) enum Received {
    Text(Utf8Bytes),
    Binary(Bytes),
    Ping(Bytes),
    Pong,
}

impl Received {
    /// The bytes of a message.
    pub(crate) fn len(&self) -> usize {
        match self {
            Self::Text(text) => text.len(),
            Self::Binary(bytes) => bytes.len(),
            Self::Ping(_) | Self::Pong => 0,
        }
    }
}

/// How a turn of reading ended.
#[derive(Debug, PartialEq)]
pub(crate) enum Read {
    /// Nothing more is there.
    Idle,
    /// This turn's share is used up: more may be there.
    Yield,
    /// Too much waits behind running handlers.
    Full,
    /// The client has changed over to a WebSocket: see [`Polling::take_upgraded`](super::Polling::take_upgraded).
    Upgraded,
    /// The connection ends.
    Ended(DisconnectReason),
}

/// Who takes what a transport receives.
pub(crate) trait Sink {
    /// May more be read?
    fn has_room(&self) -> bool;

    /// Takes a frame. An error ends the connection.
    fn receive(&mut self, cx: &mut Context<'_>, received: Received) -> Result<(), DisconnectReason>;
}
