//! One client connection, whatever it speaks: opening, sending, receiving, closing.

mod polling;
mod raw;
mod websocket;

use std::net::SocketAddr;
use std::time::Instant;

use anyhow::Result;
use mio::{Registry, Token};

use crate::link::{Link, Settings};
use crate::options::{Options, Wire};
use polling::Polling;
use raw::Raw;
use websocket::WebSocket;

pub(crate) enum Session {
    Raw(Raw),
    WebSocket(WebSocket),
    Polling(Polling),
}

/// How far the life of a session has come.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Stage {
    Opening,
    Open,
    Closing,
    Closed,
}

/// What the event loop knows about a socket that became ready.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Readiness {
    /// Which of the sockets of the session.
    pub(crate) link: usize,
    /// The peer has closed its side.
    pub(crate) hung_up: bool,
}

impl Session {
    /// Sockets that a session may own; its tokens are `first..first + LINKS`.
    pub(crate) const LINKS: usize = 2;

    /// Begins to open a session.
    pub(crate) fn open(
        options: &Options,
        settings: Settings,
        registry: &Registry,
        first: Token,
    ) -> Result<Self> {
        let link = |offset| Link::connect(settings, registry, Token(first.0 + offset));
        Ok(match options.wire {
            Wire::Tcp => Self::Raw(Raw::open(link(0)?, options.size)),
            Wire::Plain | Wire::Bus | Wire::Sio => Self::WebSocket(WebSocket::open(link(0)?, options)?),
            Wire::Poll => Self::Polling(Polling::open(link(0)?, link(1)?, options)?),
        })
    }

    /// Reads and writes what the sockets allow, and hands over each complete message with the time it was here.
    pub(crate) fn ready(
        &mut self,
        readiness: Readiness,
        scratch: &mut [u8],
        deliver: &mut dyn FnMut(&[u8], Instant) -> Result<()>,
    ) -> Result<()> {
        match self {
            Self::Raw(raw) => raw.ready(readiness, scratch, deliver),
            Self::WebSocket(websocket) => websocket.ready(readiness, scratch, deliver),
            Self::Polling(polling) => polling.ready(readiness, scratch, deliver),
        }
    }

    /// Queues one message; `flush` sends it.
    pub(crate) fn send(&mut self, text: &[u8]) {
        match self {
            Self::Raw(raw) => raw.send(text),
            Self::WebSocket(websocket) => websocket.send(text),
            Self::Polling(polling) => polling.send(text),
        }
    }

    pub(crate) fn flush(&mut self) -> Result<()> {
        match self {
            Self::Raw(raw) => raw.flush(),
            Self::WebSocket(websocket) => websocket.flush(),
            Self::Polling(polling) => polling.flush(),
        }
    }

    /// Begins to close the session in the orderly way of its wire.
    pub(crate) fn close(&mut self) -> Result<()> {
        match self {
            Self::WebSocket(websocket) => websocket.close(),
            // `Options::check` lets no mode that closes reach these
            Self::Raw(_) | Self::Polling(_) => Ok(()),
        }
    }

    /// Ends the connection at once, without a word, on WebSockets.
    pub(crate) fn reset(&mut self) -> Result<()> {
        match self {
            Self::WebSocket(websocket) => websocket.reset(),
            Self::Raw(_) | Self::Polling(_) => Ok(()),
        }
    }

    /// All bytes that came.
    pub(crate) fn bytes_read(&self) -> u64 {
        match self {
            Self::Raw(raw) => raw.link().bytes_read(),
            Self::WebSocket(websocket) => websocket.link().bytes_read(),
            Self::Polling(polling) => polling.bytes_read(),
        }
    }

    /// The client's end of the first socket.
    pub(crate) fn local_addr(&self) -> Result<SocketAddr> {
        match self {
            Self::Raw(raw) => raw.link().local_addr(),
            Self::WebSocket(websocket) => websocket.link().local_addr(),
            Self::Polling(polling) => polling.link().local_addr(),
        }
    }

    pub(crate) fn stage(&self) -> Stage {
        match self {
            Self::Raw(raw) => raw.stage(),
            Self::WebSocket(websocket) => websocket.stage(),
            Self::Polling(polling) => polling.stage(),
        }
    }
}
