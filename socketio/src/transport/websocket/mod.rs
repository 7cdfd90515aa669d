//! A WebSocket: tungstenite reads untrusted frames from memory, except the usual ones, and we read and write the stream.
//!
//! Reading and writing go through buffers of the thread, so that an idle connection keeps none; writing takes
//! finished frames from the outbox. tungstenite's own frames (pong, close) go through the outbox as well, so
//! that there is one order.

mod closing;
mod inflating;
mod reading;
mod text;

use std::{io, task::Context};

use self::{closing::Closing, reading::Reading};
use super::{Input, Next, Written, writing::Writing};
use crate::{
    config::Config,
    connection::{Out, Progress, Stream, Terms},
};

/// One WebSocket connection.
pub(crate) struct WebSocket {
    stream: Stream,
    reading: Reading,
    writing: Writing,
    closing: Closing,
}

impl WebSocket {
    /// `early`: what the peer sent after its request.
    pub(crate) fn new(stream: Stream, early: Vec<u8>, terms: Terms, config: &Config) -> Self {
        Self {
            stream,
            reading: Reading::new(early, terms.deflate.is_some(), config.max_payload),
            writing: Writing::new(terms),
            closing: Closing::No,
        }
    }

    /// How far the message has come that is read in part.
    pub(crate) fn unfinished(&self) -> Option<Progress> {
        self.reading.unfinished()
    }

    /// The next message of the peer.
    #[inline(always)]
    pub(crate) fn next(&mut self, cx: &mut Context<'_>, out: Out<'_>, input: &mut Input) -> Next {
        loop {
            if let Some(received) = self.reading.next_whole(input) {
                return Next::Received(received);
            }
            if let Some(next) = self.reading.more(&mut self.stream, cx, out, input, &mut self.closing) {
                return next;
            }
        }
    }

    /// Reading is paused: keeps what is still to be looked at.
    #[inline]
    pub(crate) fn pause(&mut self, input: &mut Input) {
        self.reading.pause(input);
    }

    /// Writes what waits. When all is written, the outbox is armed to wake the owner.
    pub(crate) fn write(&mut self, cx: &mut Context<'_>, out: Out<'_>) -> io::Result<Written> {
        self.writing.write(&mut self.stream, cx, out)
    }
}
