//! What a transport hands to the owner of its connection.

use bytes::Bytes;
use tokio_tungstenite::tungstenite::Utf8Bytes;

use crate::{
    close::DisconnectReason,
    connection::{Amount, buffers},
};

/// A message, or a control frame that means something to sockets.
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

/// What a transport has when its owner asks for the next message.
#[derive(Debug)]
pub(crate) enum Next {
    Received(Received),
    /// Something that concerns nobody but the transport: a frame of a WebSocket that is tried.
    Internal,
    /// Nothing more is there.
    Idle,
    /// It has read its share of this turn: more may be there.
    Yield,
    /// The client has changed over to a WebSocket: see [`Transport::change_over`](super::Transport::change_over).
    Upgraded,
    /// The connection ends.
    Ended(DisconnectReason),
}

/// What was read from a stream in this turn, and where its owner stands in it. To be handed back to the transport at the
/// end of the turn: [`Transport::pause`](super::Transport::pause).
#[derive(Debug, Default)]
pub(crate) struct Input {
    bytes: Vec<u8>,
    /// Invariant: `from <= at <= end <= bytes.len()`; `at..end` is still to be looked at.
    from: usize,
    at: usize,
    end: usize,
    /// `bytes` is the buffer of the thread.
    is_scratch: bool,
    /// The stream has ended.
    pub(super) eof: bool,
    /// Whole messages may be left in it.
    pub(super) is_open: bool,
    pub(super) reads: usize,
    /// How much was inflated.
    pub(super) inflated: usize,
}

impl Input {
    /// What was kept from an earlier turn comes first: from this byte on.
    pub(super) fn load(&mut self, held: Vec<u8>, at: u32) {
        self.give_back();
        (self.from, self.at, self.end, self.is_open) = (at as usize, at as usize, held.len(), true);
        self.bytes = held;
    }

    /// What is to be kept for a later turn, and where it begins. The buffer of the thread is copied, and what was kept
    /// before is not: pausing again and again costs nothing.
    pub(super) fn unload(&mut self) -> (Vec<u8>, u32) {
        match u32::try_from(self.at) {
            Ok(at) if !self.is_scratch => (std::mem::take(&mut self.bytes), at),
            _ => (self.rest().to_vec(), 0),
        }
    }

    /// A buffer to read into.
    pub(super) fn buffer(&mut self) -> &mut [u8] {
        if !self.is_scratch {
            self.bytes = buffers::take_scratch();
            self.is_scratch = true;
        }
        (self.from, self.at, self.end) = (0, 0, 0);
        &mut self.bytes
    }

    /// So much was read into the [buffer](Self::buffer).
    pub(super) fn fill(&mut self, len: usize) {
        (self.end, self.eof, self.is_open) = (len, len == 0, true);
        self.reads += 1;
    }

    /// All that was read, looked at or not.
    pub(super) fn all(&self) -> &[u8] {
        &self.bytes[self.from..self.end]
    }

    /// What is still to be looked at.
    #[inline]
    pub(super) fn rest(&self) -> &[u8] {
        &self.bytes[self.at..self.end]
    }

    /// The same, to be unmasked in its place.
    #[inline]
    pub(super) fn rest_mut(&mut self) -> &mut [u8] {
        &mut self.bytes[self.at..self.end]
    }

    /// Only the last `len` bytes are still to be looked at.
    #[inline]
    pub(super) fn keep(&mut self, len: usize) {
        self.at = self.end - len;
    }

    /// Has something come in this turn?
    pub(crate) fn has_read(&self) -> bool {
        self.reads > 0 && !self.eof
    }

    /// The turn is over: gives the buffer of the thread back.
    #[inline]
    pub(super) fn give_back(&mut self) {
        if std::mem::take(&mut self.is_scratch) {
            buffers::give_scratch(std::mem::take(&mut self.bytes));
        }
    }
}

/// How a turn of writing ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(crate) struct Written {
    /// The peer does not take more at the moment.
    pub(crate) blocked: bool,
    /// It took something.
    pub(crate) progress: bool,
    /// What was taken from the outbox; only where it is counted.
    pub(crate) sent: Amount,
}
