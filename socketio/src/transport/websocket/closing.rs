//! The closing handshake: RFC 6455 section 7.

use std::task::{Context, Poll, ready};

use super::WebSocket;
use crate::{
    close::{CloseCode, CloseReason, DisconnectReason},
    connection::{Mailbox, Out},
    transport::Written,
};

/// How far the closing handshake has come.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Closing {
    No,
    /// Our close frame is on the way: wait for the peer's.
    Handshake,
    /// All has been said by us: write the rest and end our direction.
    Said,
    /// All has been said by both: write the rest, and be gone.
    Both,
    /// Our direction has ended: wait for the peer to end its own, so that nothing we wrote is lost by a reset.
    Ended,
}

impl WebSocket {
    /// Says why the connection ends, if there is a way to; `false` if there is not.
    pub(crate) fn start_close(&mut self, mailbox: &Mailbox, reason: &DisconnectReason) -> bool {
        let is_engine = mailbox.wire().is_engine();
        if is_engine && !self.reading.is_broken() && reason.has_bare_close() {
            self.say_close(mailbox.out(), None, !reason.is_clean());
        } else if let Some(code) = reason.close_code() {
            let text = match reason {
                DisconnectReason::ServerClose { reason, .. } => reason.clone(),
                // clients of the reference expect a bare code
                _ if is_engine => CloseReason::default(),
                reason => CloseReason::truncating(&reason.to_string()),
            };
            self.say_close(mailbox.out(), Some((code, text.as_str())), !reason.is_clean());
        } else if *reason == DisconnectReason::TransportClose
            && self.closing == Closing::No
            && (self.writing.is_under_way() || mailbox.outbox.has_waiting())
        {
            // the peer sends nothing more; what was emitted for it is written as long as it takes that
            self.closing = Closing::Said;
        }
        self.closing != Closing::No
    }

    /// Sends a close frame. After a fault of the peer (`failed`) its answer is not waited for.
    pub(crate) fn say_close(&mut self, out: Out<'_>, said: Option<(CloseCode, &str)>, failed: bool) {
        if self.closing != Closing::No {
            return;
        }
        self.reading.close(out, said);
        self.closing = if failed { Closing::Said } else { Closing::Handshake };
    }

    /// Finishes the closing handshake: writes what is left, reads until the peer has closed.
    pub(crate) fn poll_close(&mut self, cx: &mut Context<'_>, out: Out<'_>) -> Poll<()> {
        loop {
            match self.closing {
                Closing::No => return Poll::Ready(()),
                Closing::Handshake | Closing::Said | Closing::Both => match self.write(cx, out) {
                    Err(_) => return Poll::Ready(()),
                    Ok(Written { blocked: true, .. }) => return Poll::Pending,
                    Ok(_) => match self.closing {
                        Closing::Handshake => {
                            let closed = ready!(self.reading.poll_close(&mut self.stream, cx, out));
                            self.closing = if closed { Closing::Both } else { Closing::Said };
                        }
                        // nothing more comes that a reset could answer
                        Closing::Both => return self.stream.poll_end(cx),
                        _ => match ready!(self.stream.poll_shutdown(cx)) {
                            Err(_) => return Poll::Ready(()),
                            Ok(()) => self.closing = Closing::Ended,
                        },
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
