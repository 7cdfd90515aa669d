//! What carries the packets of a connection: one interface, whatever it is.

mod duplex;
mod payloads;
mod polling;
mod received;
mod stream;
mod websocket;
mod writing;

use std::{
    io,
    sync::Arc,
    task::{Context, Poll},
};

use crate::{
    close::DisconnectReason,
    connection::{Carrier, Mailbox, Progress, SessionRequest},
};

use self::duplex::Duplex;
pub(crate) use self::{
    polling::Polling,
    received::{Input, Next, Received, Written},
    stream::PacketStream,
    websocket::WebSocket,
};

/// What carries the packets of a connection. Most are WebSockets: only these are not boxed.
///
/// This is the only place that tells one from another: its owner asks, and decides by the answers.
pub(crate) enum Transport {
    WebSocket(WebSocket),
    Polling(Box<Polling>),
    Packets(Box<PacketStream>),
}

/// What a transport is in the middle of, and must finish in its time.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(crate) struct Unfinished {
    /// Part of a message is read, and the rest outstanding.
    pub(crate) message: Option<Progress>,
    /// A WebSocket, or another stream, is tried alongside the polling.
    pub(crate) upgrade: bool,
    /// The client waits for the answer to its GET before it changes over.
    pub(crate) probe: bool,
}

impl Transport {
    /// The next message of the peer, or why there is none now. `input` is the same one for all of a turn.
    #[inline(always)]
    pub(crate) fn next(&mut self, cx: &mut Context<'_>, mailbox: &Mailbox, input: &mut Input) -> Next {
        match self {
            Self::WebSocket(websocket) => websocket.next(cx, mailbox.out(), input),
            Self::Polling(polling) => polling.next(cx, mailbox),
            Self::Packets(packets) => packets.next(cx, input),
        }
    }

    /// The turn of reading is over: keeps what is still to be looked at.
    #[inline]
    pub(crate) fn pause(&mut self, input: &mut Input) {
        match self {
            Self::WebSocket(websocket) => websocket.pause(input),
            Self::Polling(polling) => polling.pause(),
            Self::Packets(packets) => packets.pause(input),
        }
    }

    /// Writes what waits in the outbox, as far as the peer takes it.
    ///
    /// # Errors
    /// If the stream is broken.
    pub(crate) fn write(&mut self, cx: &mut Context<'_>, mailbox: &Arc<Mailbox>) -> io::Result<Written> {
        match self {
            Self::WebSocket(websocket) => websocket.write(cx, mailbox.out()),
            Self::Polling(polling) => Ok(polling.write(mailbox)),
            Self::Packets(packets) => packets.write(cx, mailbox.out()),
        }
    }

    /// Does the server write to a stream, which takes something or is dead? Whether a client fetches is seen by the
    /// heartbeat.
    pub(crate) fn is_stream(&self) -> bool {
        matches!(self, Self::WebSocket(_) | Self::Packets(_))
    }

    /// Takes a request of the session.
    pub(crate) fn accept(&mut self, request: SessionRequest, mailbox: &Mailbox) {
        match self {
            Self::Polling(polling) => polling.accept(request, mailbox),
            // one for a session on a stream was refused when it came, or has lost a race
            Self::WebSocket(_) | Self::Packets(_) => request.overtake(),
        }
    }

    /// Starts to end in an orderly way. `false`: there is no way to, the stream is to be dropped.
    pub(crate) fn start_close(&mut self, mailbox: &Mailbox, reason: &DisconnectReason) -> bool {
        match self {
            Self::WebSocket(websocket) => websocket.start_close(mailbox, reason),
            Self::Polling(polling) => {
                polling.start_close(mailbox, reason);
                true
            }
            Self::Packets(packets) => packets.start_close(mailbox, reason),
        }
    }

    /// Finishes what [`start_close`](Self::start_close) has started.
    pub(crate) fn poll_close(&mut self, cx: &mut Context<'_>, mailbox: &Arc<Mailbox>) -> Poll<()> {
        match self {
            Self::WebSocket(websocket) => websocket.poll_close(cx, mailbox.out()),
            Self::Polling(polling) => polling.poll_close(cx, mailbox),
            Self::Packets(packets) => packets.poll_close(cx, mailbox.out()),
        }
    }

    pub(crate) fn unfinished(&self) -> Unfinished {
        match self {
            Self::WebSocket(websocket) => {
                Unfinished { message: websocket.unfinished(), ..Unfinished::default() }
            }
            Self::Packets(packets) => Unfinished { message: packets.unfinished(), ..Unfinished::default() },
            // the body of a POST has a time of its own
            Self::Polling(polling) => {
                Unfinished { message: None, upgrade: polling.is_trying(), probe: polling.is_probed() }
            }
        }
    }

    /// The packets of the session go over its new stream from here on.
    pub(crate) fn change_over(&mut self, mailbox: &Mailbox) {
        let Self::Polling(polling) = self else { return };
        let Some((stream, deflate)) = polling.take_upgraded() else { return };
        let carrier;
        (*self, carrier) = match stream {
            Duplex::WebSocket(websocket) => (Self::WebSocket(websocket), Carrier::WebSocket),
            Duplex::Packets(packets) => (Self::Packets(Box::new(packets)), Carrier::Packets),
        };
        // what waits already is plain, which a client that takes compressed messages takes as well
        deflate.into_iter().for_each(|agreement| mailbox.set_agreement(agreement));
        mailbox.set_carrier(carrier);
        mailbox.outbox.set_unblocked();
    }

    /// The time for an upgrade is over: the session stays on polling.
    pub(crate) fn abandon_upgrade(&mut self, mailbox: &Mailbox) {
        if let Self::Polling(polling) = self {
            polling.abandon_upgrade(mailbox);
        }
    }

    /// The client has waited long enough for the answer to its GET.
    pub(crate) fn answer_noop(&mut self) {
        if let Self::Polling(polling) = self {
            polling.answer_noop();
        }
    }
}
