//! Long polling: the client fetches packets with one GET after another and brings its own with POSTs; and the
//! WebSocket, or the stream of packets, that it may change over to.
//!
//! The frames that wait in the outbox are the same as for a WebSocket. An answer to a GET takes all of them;
//! after a change the WebSocket goes on with the next, so that nothing is lost, doubled or overtaken.

use std::{
    io,
    sync::Arc,
    task::{Context, Poll},
};

use tokio::sync::oneshot;

use super::{Input, Next, Received, Written, duplex::Duplex, payloads::Form};
use crate::{
    close::DisconnectReason,
    connection::{
        Amount, Carrier, Frame, Framing, Mailbox, Outbox, Payload, PollReply, PostBody, SessionRequest, Terms,
    },
    proto::{deflate::Agreement, engine::packet, frame},
};

/// The polling transport of one session.
#[derive(Default)]
pub(crate) struct Polling {
    form: Form,
    /// The GET that waits for packets.
    poll: Option<oneshot::Sender<PollReply>>,
    /// That GET came while the client was changing over.
    late: bool,
    /// The POST whose packets are being handled.
    post: Option<Post>,
    probe: Option<Box<Probe>>,
    /// The stream of a change that failed: it is informed, and forgotten.
    leaving: Option<Box<Probe>>,
    /// A request has broken the protocol.
    violated: bool,
    /// The outbox believes that the client does not take more.
    blocked: bool,
    closing: Closing,
}

struct Post {
    body: PostBody,
    /// Where the next packet starts; `None`: the last one is being handled.
    at: Option<usize>,
    done: oneshot::Sender<()>,
}

/// A stream that the client tries. It has an outbox of its own: nothing else may go out on it.
struct Probe {
    stream: Duplex,
    outbox: Outbox,
    stage: ProbeStage,
    /// What was agreed on about compression.
    deflate: Option<Agreement>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum ProbeStage {
    /// Nothing came yet.
    Opened,
    /// `2probe` was answered: the client ends its polling.
    Probed,
    /// `5`: what follows belongs to the session.
    Upgraded,
}

/// How far the end has come.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
enum Closing {
    #[default]
    No,
    /// What waits is for the GET that waits or for the next one, and `1` for the one after that.
    Orderly {
        /// The GET that waits was there when the end came. The reference answers a later one with `6` as well.
        had_poll: bool,
    },
    /// The client has ended the session, and its GET, which it may have sent before, is not here yet.
    Confirming,
    Done,
}

impl Polling {
    /// A new session: `poll` is the request that opened it.
    pub(crate) fn new(poll: oneshot::Sender<PollReply>, terms: Terms) -> Self {
        let form = Form { revision: terms.revision, text_only: terms.base64 };
        Self { form, poll: Some(poll), ..Self::default() }
    }

    /// Takes a request.
    pub(crate) fn accept(&mut self, request: SessionRequest, mailbox: &Mailbox) {
        let out = mailbox.out();
        match request {
            SessionRequest::Poll(_) if self.is_waiting() => {
                request.refuse();
                self.violated = true;
            }
            SessionRequest::Poll(poll) => {
                self.poll = Some(poll);
                self.late = mailbox.carrier() == Carrier::Upgrading;
                if std::mem::take(&mut self.blocked) {
                    out.outbox.set_unblocked();
                }
            }
            SessionRequest::Post { body, done } if self.post.is_none() && self.closing == Closing::No => {
                self.post = Some(Post { body, at: Some(0), done });
            }
            // what comes after the end is answered, and has no effect
            SessionRequest::Post { body, done } if self.closing != Closing::No => {
                let _ = done.send(());
                // the client ends the session as well: it does not ask again
                if self.form.has_close(&body) {
                    self.closing = self.close_now(packet::NOOP_PACKET);
                }
            }
            SessionRequest::Post { .. } | SessionRequest::Violation => self.violated = true,
            SessionRequest::Upgrade(upgrade) => {
                let deflate = match upgrade.framing {
                    Framing::WebSocket(terms) => terms.deflate,
                    Framing::Packets => None,
                };
                self.probe = Some(Box::new(Probe {
                    stream: Duplex::new(*upgrade, mailbox.config()),
                    outbox: Outbox::new(),
                    stage: ProbeStage::Opened,
                    deflate,
                }));
            }
        }
    }

    /// Does a GET wait?
    pub(crate) fn is_waiting(&self) -> bool {
        self.poll.as_ref().is_some_and(|poll| !poll.is_closed())
    }

    /// Is there a stream that the client tries?
    pub(crate) fn is_trying(&self) -> bool {
        self.probe.is_some()
    }

    /// Has the client sent `2probe`?
    pub(crate) fn is_probed(&self) -> bool {
        self.probe.as_ref().is_some_and(|probe| probe.stage == ProbeStage::Probed)
    }

    /// The next packet that a POST has brought; then, what comes on a stream that is tried.
    pub(crate) fn next(&mut self, cx: &mut Context<'_>, mailbox: &Mailbox) -> Next {
        if self.violated {
            return Next::Ended(DisconnectReason::Protocol("overlapping or malformed requests".into()));
        }
        if let Some(poll) = &mut self.poll
            && poll.poll_closed(cx).is_ready()
        {
            return Next::Ended(DisconnectReason::TransportError(io::ErrorKind::ConnectionAborted));
        }
        match self.next_of_post() {
            Some(next) => next,
            None => self.next_of_probe(cx, mailbox),
        }
    }

    /// The turn of reading is over: a POST whose packets are all handled is answered.
    pub(crate) fn pause(&mut self) {
        if self.post.as_ref().is_some_and(|post| post.at.is_none()) {
            self.finish_post();
        }
    }

    fn next_of_post(&mut self) -> Option<Next> {
        self.pause();
        let post = self.post.as_mut()?;
        let at = post.at?;
        let (received, next) = self.form.read(&post.body, at);
        post.at = next;
        Some(match received {
            Ok(received) => Next::Received(received),
            Err(error) => {
                self.violated = true;
                Next::Ended(DisconnectReason::Protocol(error.to_string().into()))
            }
        })
    }

    /// Answers the POST: the reference says `ok` whatever was in it.
    fn finish_post(&mut self) {
        if let Some(post) = self.post.take() {
            let _ = post.done.send(());
        }
    }

    /// An upgrade that fails leaves the session alone.
    fn next_of_probe(&mut self, cx: &mut Context<'_>, mailbox: &Mailbox) -> Next {
        if let Some(leaving) = &mut self.leaving
            && leaving.stream.poll_close(cx, mailbox.out_to(&leaving.outbox)).is_ready()
        {
            self.leaving = None;
        }
        let Some(probe) = &mut self.probe else { return Next::Idle };
        match probe.next(cx, mailbox) {
            Some(next) => next,
            None => {
                self.abandon_upgrade(mailbox);
                Next::Idle
            }
        }
    }

    /// The stream that the client tries is closed; the session stays on polling.
    pub(crate) fn abandon_upgrade(&mut self, mailbox: &Mailbox) {
        let Some(mut probe) = self.probe.take() else { return };
        probe.stream.say_close(mailbox.out_to(&probe.outbox), false);
        self.leaving = Some(probe);
        mailbox.set_carrier(Carrier::Polling);
        // to be closed in the next turn
        mailbox.notify();
    }

    /// What the session goes on with.
    ///
    /// A GET that still waits is from before, and is answered with nothing; or it has lost the race against `5`,
    /// and is answered as if it had come after it.
    pub(super) fn take_upgraded(&mut self) -> Option<(Duplex, Option<Agreement>)> {
        if self.late {
            let _ = self.poll.take().map(|poll| poll.send(PollReply::Overtaken));
        }
        self.answer_noop();
        self.probe.take().map(|probe| (probe.stream, probe.deflate))
    }

    /// Answers the GET that waits, so that the client may go on with its upgrade.
    pub(crate) fn answer_noop(&mut self) {
        self.answer(self.form.of(&[packet::NOOP_PACKET]));
    }

    /// If the client is gone meanwhile, the next turn finds that out.
    fn answer(&mut self, payload: Payload) {
        if let Some(poll) = self.poll.take() {
            let _ = poll.send(PollReply::Payload(payload));
        }
    }

    /// Answers the GET that waits with what waits for it. `None`: nothing does.
    fn answer_waiting(&mut self, mailbox: &Arc<Mailbox>) -> Option<Amount> {
        let outbox = &mailbox.outbox;
        // arms the wake-up if there is nothing
        let taken = outbox.take(Amount::default())?;
        let (body, is_bytes) = self.form.taken(&taken);
        let amount = taken.amount();
        let payload = Payload::taken(body, !is_bytes, amount, mailbox.clone());
        // a WebSocket's own frames mean nothing here
        let is_something = payload.len() > 0;
        if is_something {
            self.answer(payload);
            self.blocked = true;
            outbox.set_between_fetches(true);
        }
        is_something.then_some(amount)
    }

    /// Answers the GET that waits, if something waits for it.
    pub(crate) fn write(&mut self, mailbox: &Arc<Mailbox>) -> Written {
        let mut sent = None;
        if self.is_waiting() {
            sent = self.answer_waiting(mailbox);
        } else if !std::mem::replace(&mut self.blocked, true) {
            mailbox.outbox.set_between_fetches(false);
        }
        // as long as little waits, its heartbeat is all that a client has to keep up with
        let stall = mailbox.outbox.stall(mailbox.out().limits);
        let blocked = stall.is_some_and(|stall| stall.is_over);
        Written { blocked, progress: sent.is_some(), sent: sent.unwrap_or_default() }
    }

    /// Tells the client that the session ends.
    pub(crate) fn start_close(&mut self, mailbox: &Mailbox, reason: &DisconnectReason) {
        self.finish_post();
        if let Some(probe) = &mut self.probe {
            probe.stream.say_close(mailbox.out_to(&probe.outbox), true);
            self.leaving = self.probe.take();
        }
        self.closing = match reason {
            // the client has said it itself
            DisconnectReason::ClientClose { .. } => Closing::Confirming,
            DisconnectReason::PingTimeout | DisconnectReason::TransportError(_) => {
                self.close_now(packet::CLOSE_PACKET)
            }
            _ if self.violated && !mailbox.outbox.has_waiting() => self.close_now(packet::CLOSE_PACKET),
            _ => Closing::Orderly { had_poll: self.is_waiting() },
        };
    }

    fn close_now(&mut self, last: &str) -> Closing {
        self.answer(self.form.of(&[last]));
        Closing::Done
    }

    /// Is ready when the client has been informed, as far as it can be.
    ///
    /// What waits comes first, and alone: official clients do not deliver an event that stands before `1` in one payload.
    pub(crate) fn poll_close(&mut self, cx: &mut Context<'_>, mailbox: &Arc<Mailbox>) -> Poll<()> {
        if let Some(leaving) = &mut self.leaving {
            let _ = leaving.stream.poll_close(cx, mailbox.out_to(&leaving.outbox));
        }
        if self.closing == Closing::Done {
            return Poll::Ready(());
        }
        if !self.is_waiting() {
            return Poll::Pending;
        }
        match self.closing {
            Closing::Orderly { had_poll } => {
                if self.answer_waiting(mailbox).is_some() {
                    self.closing = Closing::Orderly { had_poll: false };
                    return Poll::Pending;
                }
                let last = [packet::NOOP_PACKET, packet::CLOSE_PACKET];
                self.answer(self.form.of(&last[usize::from(had_poll)..]));
            }
            _ => {
                if self.answer_waiting(mailbox).is_none() {
                    self.answer_noop();
                }
            }
        }
        Poll::Ready(())
    }
}

impl Probe {
    /// Reads one packet of the stream that is tried, and writes the answer. `None`: the upgrade fails.
    fn next(&mut self, cx: &mut Context<'_>, mailbox: &Mailbox) -> Option<Next> {
        let Self { stream, outbox, stage, .. } = self;
        let out = mailbox.out_to(outbox);
        outbox.begin_turn(cx.waker());
        let mut input = Input::default();
        // what follows `5` is the session's
        let next =
            if *stage == ProbeStage::Upgraded { Next::Upgraded } else { stream.next(cx, out, &mut input) };
        stream.pause(&mut input);
        let next = match next {
            Next::Received(received) => {
                *stage = stage.after(&received)?;
                if *stage == ProbeStage::Probed && matches!(received, Received::Text(_)) {
                    let mut answer = vec![];
                    frame::append(&mut answer, frame::TEXT, packet::PROBE_ANSWER.as_bytes());
                    outbox.push_control(Frame::Own(&answer), out.limits);
                }
                Next::Internal
            }
            Next::Idle | Next::Yield | Next::Upgraded => next,
            Next::Internal | Next::Ended(_) => return None,
        };
        let written = stream.write(cx, out);
        matches!(written, Ok(written) if !written.blocked).then_some(next)
    }
}

impl ProbeStage {
    /// Where the client is after this frame. `None`: it must not come here.
    fn after(self, received: &Received) -> Option<Self> {
        match (received, self) {
            (Received::Text(text), Self::Opened) if text.as_str() == packet::PROBE_PACKET => {
                Some(Self::Probed)
            }
            (Received::Text(text), Self::Opened | Self::Probed)
                if text.as_str() == packet::UPGRADE_PACKET =>
            {
                Some(Self::Upgraded)
            }
            (Received::Ping(_) | Received::Pong, _) => Some(self),
            _ => None,
        }
    }
}
