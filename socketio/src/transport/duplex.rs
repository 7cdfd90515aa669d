//! What a client that polls may change over to: a WebSocket, or another stream.

use std::{
    io,
    task::{Context, Poll},
};

use super::{Input, Next, PacketStream, WebSocket, Written};
use crate::{
    config::Config,
    connection::{Framing, Out, Upgrade},
};

/// One stream for both directions, which is not a connection's own yet: it has an outbox of its own.
pub(super) enum Duplex {
    WebSocket(WebSocket),
    Packets(PacketStream),
}

impl Duplex {
    pub(super) fn new(upgrade: Upgrade, config: &Config) -> Self {
        let Upgrade { stream, early, framing } = upgrade;
        match framing {
            Framing::WebSocket(terms) => Self::WebSocket(WebSocket::new(stream, early, terms, config)),
            Framing::Packets => Self::Packets(PacketStream::new(stream, early, config)),
        }
    }

    pub(super) fn next(&mut self, cx: &mut Context<'_>, out: Out<'_>, input: &mut Input) -> Next {
        match self {
            Self::WebSocket(websocket) => websocket.next(cx, out, input),
            Self::Packets(packets) => packets.next(cx, input),
        }
    }

    pub(super) fn pause(&mut self, input: &mut Input) {
        match self {
            Self::WebSocket(websocket) => websocket.pause(input),
            Self::Packets(packets) => packets.pause(input),
        }
    }

    pub(super) fn write(&mut self, cx: &mut Context<'_>, out: Out<'_>) -> io::Result<Written> {
        match self {
            Self::WebSocket(websocket) => websocket.write(cx, out),
            Self::Packets(packets) => packets.write(cx, out),
        }
    }

    /// Says that it ends, without a reason. After a fault of the peer (`failed`) no answer to that is waited for.
    pub(super) fn say_close(&mut self, out: Out<'_>, failed: bool) {
        match self {
            Self::WebSocket(websocket) => websocket.say_close(out, None, failed),
            Self::Packets(packets) => packets.say_close(),
        }
    }

    pub(super) fn poll_close(&mut self, cx: &mut Context<'_>, out: Out<'_>) -> Poll<()> {
        match self {
            Self::WebSocket(websocket) => websocket.poll_close(cx, out),
            Self::Packets(packets) => packets.poll_close(cx, out),
        }
    }
}
