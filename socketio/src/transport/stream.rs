//! Packets with their lengths on any stream of bytes: what Engine.IO speaks over WebTransport.
//!
//! The frames that wait in the outbox are the same as for a WebSocket, and lose their first byte on their way out. There is
//! no closing handshake: a side that has nothing more to say ends its direction.

use std::task::{Context, Poll, ready};

use tokio::io::ReadBuf;

use super::{Input, Next, Received, Written, writing::Writing};
use crate::{
    close::DisconnectReason,
    config::Config,
    connection::{Mailbox, Out, Progress, Stream},
    proto::engine::stream::{Packet, PacketReader, StreamFault},
};

/// A stream of packets.
pub(crate) struct PacketStream {
    stream: Stream,
    reader: PacketReader,
    writing: Writing,
    /// Read from the stream, and not looked at yet because reading is paused: from this byte on.
    held: Option<(Vec<u8>, u32)>,
    closing: Closing,
    max_payload: usize,
}

/// How far the end has come.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Closing {
    No,
    /// All has been said by us: write the rest and end our direction.
    Said,
    /// Our direction has ended: wait for the peer to end its own, so that nothing we wrote is lost.
    Ended,
}

impl PacketStream {
    /// `early`: what was read of the stream already.
    pub(crate) fn new(stream: Stream, early: Vec<u8>, config: &Config) -> Self {
        Self {
            stream,
            reader: PacketReader::default(),
            writing: Writing::of_packets(),
            held: (!early.is_empty()).then_some((early, 0)),
            closing: Closing::No,
            max_payload: config.max_payload,
        }
    }

    /// How far the packet has come that is read in part.
    pub(crate) fn unfinished(&self) -> Option<Progress> {
        let (number, bytes) = self.reader.unfinished()?;
        Some(Progress { number, bytes })
    }

    /// The next packet of the peer.
    pub(crate) fn next(&mut self, cx: &mut Context<'_>, input: &mut Input) -> Next {
        if let Some((held, at)) = self.held.take() {
            input.load(held, at);
        }
        loop {
            if input.is_open {
                let mut rest = input.rest();
                let read = self.reader.next(&mut rest, self.max_payload);
                let len = rest.len();
                input.keep(len);
                match read {
                    Ok(Some(Packet::Text(text))) => return Next::Received(Received::Text(text.into())),
                    Ok(Some(Packet::Binary(bytes))) => return Next::Received(Received::Binary(bytes.into())),
                    Ok(None) if input.eof => return Next::Ended(DisconnectReason::TransportClose),
                    Ok(None) => input.is_open = false,
                    Err(fault) => return Next::Ended(reason_of(fault)),
                }
            }
            if input.reads == READS_PER_TURN {
                return Next::Yield;
            }
            let mut buffer = ReadBuf::new(input.buffer());
            match self.stream.poll_read(cx, &mut buffer) {
                Poll::Pending => return Next::Idle,
                Poll::Ready(Ok(())) => {
                    let len = buffer.filled().len();
                    input.fill(len);
                }
                Poll::Ready(Err(error)) => {
                    return Next::Ended(DisconnectReason::TransportError(error.kind()));
                }
            }
        }
    }

    /// Reading is paused: keeps what is still to be looked at.
    pub(crate) fn pause(&mut self, input: &mut Input) {
        if input.is_open {
            self.held = Some(input.unload());
        }
        input.give_back();
    }

    /// Writes what waits. When all is written, the outbox is armed to wake the owner.
    ///
    /// # Errors
    /// If the stream is broken.
    pub(crate) fn write(&mut self, cx: &mut Context<'_>, out: Out<'_>) -> std::io::Result<Written> {
        self.writing.write(&mut self.stream, cx, out)
    }

    /// Nothing more is said but what waits; `false` if that is of no use.
    pub(crate) fn start_close(&mut self, mailbox: &Mailbox, reason: &DisconnectReason) -> bool {
        let is_heard = match reason {
            // the peer sends nothing more; what was emitted for it is written as long as it takes that
            DisconnectReason::TransportClose => self.writing.is_under_way() || mailbox.outbox.has_waiting(),
            reason => reason.close_code().is_some() || reason.has_bare_close(),
        };
        if is_heard {
            self.say_close();
        }
        self.closing != Closing::No
    }

    /// Our direction ends when what waits is written.
    pub(crate) fn say_close(&mut self) {
        if self.closing == Closing::No {
            self.closing = Closing::Said;
        }
    }

    /// Writes what is left, ends our direction, and reads until the peer has ended its own.
    pub(crate) fn poll_close(&mut self, cx: &mut Context<'_>, out: Out<'_>) -> Poll<()> {
        loop {
            match self.closing {
                Closing::No => return Poll::Ready(()),
                Closing::Said => match self.write(cx, out) {
                    Err(_) => return Poll::Ready(()),
                    Ok(Written { blocked: true, .. }) => return Poll::Pending,
                    Ok(_) => match ready!(self.stream.poll_shutdown(cx)) {
                        Err(_) => return Poll::Ready(()),
                        Ok(()) => self.closing = Closing::Ended,
                    },
                },
                Closing::Ended => match ready!(self.stream.poll_discard(cx)) {
                    Ok(read) if read > 0 => {}
                    _ => return Poll::Ready(()),
                },
            }
        }
    }
}

fn reason_of(fault: StreamFault) -> DisconnectReason {
    match fault {
        StreamFault::Empty => DisconnectReason::protocol(fault),
        StreamFault::TooLong => DisconnectReason::TooLong,
        StreamFault::InvalidUtf8 => DisconnectReason::InvalidUtf8,
    }
}

/// Then it is the neighbours' turn.
const READS_PER_TURN: usize = 4;
