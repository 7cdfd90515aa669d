//! One owner task per connection: it alone touches the stream, the timers and the sockets' inboxes.
//!
//! The order of a turn: handlers, what other tasks left, reading (every frame is handled where it is read, if
//! nothing runs), timers, and one write for everything that came of it.

#[cfg(bench)]
pub mod bench;
mod bus;
mod desk;
mod execution;
mod packet;
mod slot;
mod timers;

use std::{
    pin::Pin,
    sync::Arc,
    task::{Context, Poll},
    time::Duration,
};

use pin_project_lite::pin_project;
use tokio::time::{Instant, Sleep, sleep_until};

use self::timers::{Beat, Heartbeat, Timer, Timers};
pub(crate) use self::{
    bus::{Bus, Mode},
    desk::{Callback, ConnectRequest, Desk, Protocol},
    packet::Packets,
};
use crate::{
    close::{CloseReason, DisconnectReason},
    connection::{Carrier, Link, Order, Stream},
    hub::Seat,
    namespace::Lease,
    transport::{Polling, Read, Transport, WebSocket},
};

pin_project! {
    /// The owner task of a connection.
    pub(crate) struct Session {
        #[pin]
        sleep: Sleep,
        // what `sleep` is set to; `None` before the first poll.
        armed: Option<Instant>,
        owner: Owner,
    }
}

/// Everything the owner task owns.
struct Owner {
    link: Arc<Link>,
    /// `None`: the connection is closed, the sockets say their last words.
    transport: Option<Transport>,
    desk: Desk,
    timers: Timers,
    heartbeat: Heartbeat,
    /// The connection ends: the sockets have been told why.
    ending: bool,
    /// The first socket of a plain connection, to be let in at the first poll.
    first: Option<Box<(Lease, ConnectRequest)>>,
}

/// Everything about a connection but what carries it.
pub(crate) struct Opening {
    pub(crate) link: Arc<Link>,
    pub(crate) seat: Seat,
    pub(crate) protocol: Protocol,
    /// Lets the one socket of a plain connection in.
    pub(crate) first: Option<(Lease, ConnectRequest)>,
    /// The client takes text only.
    pub(crate) base64: bool,
}

impl Session {
    /// A connection over a WebSocket whose stream is open.
    pub(crate) fn over_websocket(opening: Opening, stream: Stream, early: Vec<u8>) -> Self {
        let websocket = WebSocket::new(stream, early, opening.link.config()).text_only(opening.base64);
        Self::new(opening, Transport::WebSocket(websocket))
    }

    /// A connection whose client polls.
    pub(crate) fn over_polling(opening: Opening, polling: Polling) -> Self {
        Self::new(opening, Transport::Polling(Box::new(polling)))
    }

    fn new(Opening { link, seat, protocol, first, .. }: Opening, transport: Transport) -> Self {
        let now = Instant::now();
        let config = link.config();
        let mut timers = Timers::default();
        timers.set(Timer::Heartbeat, now + config.ping_interval);
        if first.is_none() {
            timers.set(Timer::Connect, now + config.connect_timeout);
        }
        Self {
            sleep: sleep_until(now + config.ping_interval),
            armed: None,
            owner: Owner {
                transport: Some(transport),
                desk: Desk::new(link.clone(), protocol, seat),
                timers,
                heartbeat: Heartbeat::new(),
                ending: false,
                first: first.map(Box::new),
                link,
            },
        }
    }
}

impl Future for Session {
    type Output = ();

    fn poll(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<()> {
        let mut this = self.project();
        this.owner.link.mailbox.outbox.begin_turn(cx.waker());
        let mut again = this.owner.turn(cx);
        loop {
            let next = this.owner.timers.next();
            if *this.armed != next {
                if let Some(next) = next {
                    this.sleep.as_mut().reset(next - EARLY);
                }
                *this.armed = next;
            } else if !this.sleep.is_elapsed() {
                break;
            }
            // a poll after each reset registers the waker
            if next.is_none() || this.sleep.as_mut().poll(cx).is_pending() {
                break;
            }
            *this.armed = None;
            this.owner.timers_due(Instant::now() + EARLY);
            again |= this.owner.turn(cx);
        }
        if this.owner.is_done() {
            this.owner.report();
            return Poll::Ready(());
        }
        if again {
            // our share is used up: the neighbours' turn, then ours again
            cx.waker().wake_by_ref();
        }
        Poll::Pending
    }
}

impl Owner {
    /// Does what can be done now. `true`: there is more to do, in another turn.
    fn turn(&mut self, cx: &mut Context<'_>) -> bool {
        if let Some(first) = self.first.take() {
            let (lease, request) = *first;
            self.desk.connect(cx, lease, request);
        }
        let mut again = false;
        loop {
            again |= self.handle_and_read(cx);
            let was_ending = self.ending;
            self.write(cx);
            // writing may have found the end: then there are last words to be said
            if self.ending == was_ending {
                break;
            }
        }
        self.watch_handlers();
        again
    }

    fn handle_and_read(&mut self, cx: &mut Context<'_>) -> bool {
        let mut budget = self.link.config().frames_per_turn;
        let mut again = false;
        loop {
            again |= self.handle(cx);
            let Some(transport) = self.transport.as_mut().filter(|_| !self.ending) else {
                return again;
            };
            let before = budget;
            let read = match transport {
                Transport::WebSocket(websocket) => {
                    websocket.read(cx, self.link.mailbox.out(), &mut self.desk, &mut budget)
                }
                Transport::Polling(polling) => {
                    polling.read(cx, &self.link.mailbox, &mut self.desk, &mut budget)
                }
            };
            if budget < before {
                self.heartbeat.alive();
            }
            self.watch_message(&read);
            self.watch_packet();
            self.watch_upgrade();
            match read {
                Read::Upgraded => self.change_over(),
                Read::Idle => return again | self.handle(cx),
                Read::Yield => {
                    self.handle(cx);
                    return true;
                }
                Read::Full => {
                    again |= self.handle(cx);
                    // if there is still no room, the end of a handler wakes us
                    if !self.desk.has_room() {
                        return again;
                    }
                }
                Read::Ended(reason) => self.end(reason),
            }
        }
    }

    /// Runs handlers until they wait, and looks at what they and others have left for us.
    fn handle(&mut self, cx: &mut Context<'_>) -> bool {
        // an event that fires itself must not keep the thread for ever
        for _ in 0..NOTICES_PER_TURN {
            let noticed = self.link.mailbox.take_notice();
            if noticed {
                self.obey();
            }
            if let Err(reason) = self.desk.advance(cx) {
                self.end(reason);
            } else if !noticed {
                return false;
            }
        }
        true
    }

    /// What sockets and server want of the connection.
    fn obey(&mut self) {
        match self.link.mailbox.take_order() {
            Some(Order::End(reason)) => self.end(reason),
            Some(Order::Kill) => {
                self.end(DisconnectReason::Shutdown);
                self.hang_up();
                self.desk.kill();
            }
            None => {}
        }
        while let Some(request) = self.link.mailbox.take_request() {
            match &mut self.transport {
                Some(Transport::Polling(polling)) => polling.accept(request, &self.link.mailbox),
                // one for a WebSocket session was refused when it came, or has lost a race
                Some(Transport::WebSocket(_)) => request.overtake(),
                None => {}
            }
        }
        if let Err(reason) = self.desk.collect() {
            self.end(reason);
        }
    }

    fn write(&mut self, cx: &mut Context<'_>) {
        let Some(transport) = &mut self.transport else { return };
        if self.ending {
            let closed = match transport {
                Transport::WebSocket(websocket) => websocket.poll_close(cx, self.link.mailbox.out()),
                Transport::Polling(polling) => polling.poll_close(cx, &self.link.mailbox),
            };
            if closed.is_ready() {
                self.hang_up();
            }
            return;
        }
        match transport {
            Transport::WebSocket(websocket) => {
                let written = match websocket.write(cx, self.link.mailbox.out()) {
                    Ok(written) => written,
                    Err(error) => return self.end(DisconnectReason::TransportError(error.kind())),
                };
                if !written.blocked {
                    self.timers.clear(Timer::Write);
                } else if written.progress || !self.timers.is_set(Timer::Write) {
                    self.timers.set(Timer::Write, Instant::now() + self.link.config().write_timeout);
                }
            }
            // whether the client fetches what waits is seen by the heartbeat
            Transport::Polling(polling) => polling.write(self.link.mailbox.out()),
        }
        if self.link.mailbox.outbox.is_overflowed() {
            self.end(DisconnectReason::SlowConsumer);
        }
    }

    fn timers_due(&mut self, now: Instant) {
        while let Some((timer, at)) = self.timers.take_due(now) {
            // one that is a little late does not put off those that follow from it; after a long sleep of the whole
            // machine, the peer has its time again
            let now = at.max(now - LATE);
            let config = self.link.config();
            match timer {
                Timer::Heartbeat => {
                    let paused = !self.desk.has_room();
                    match self.heartbeat.due(now, config.ping_interval, config.ping_timeout, paused) {
                        Beat::Ping { next } => {
                            self.desk.ping();
                            self.timers.set(Timer::Heartbeat, next);
                        }
                        Beat::Wait { until } => self.timers.set(Timer::Heartbeat, until),
                        Beat::Dead => self.end(DisconnectReason::PingTimeout),
                    }
                }
                Timer::Connect if self.desk.is_empty() => self.end(DisconnectReason::ConnectTimeout),
                // whoever is being decided about may be refused
                Timer::Connect => self.timers.set(timer, now + config.connect_timeout),
                Timer::Decide => self.desk.refuse_undecided(now, config.connect_handler_timeout),
                Timer::Message => self.end(DisconnectReason::MessageTimeout),
                Timer::Write => self.end(DisconnectReason::WriteTimeout),
                Timer::Close => self.hang_up(),
                Timer::Grace => self.desk.abandon(),
                Timer::Attachments => self.end(DisconnectReason::MessageTimeout),
                Timer::Upgrade => {
                    if let Some(Transport::Polling(polling)) = &mut self.transport {
                        polling.abandon_upgrade(&self.link.mailbox);
                    }
                }
                Timer::Noop => {
                    if let Some(Transport::Polling(polling)) = &mut self.transport {
                        polling.answer_noop();
                    }
                }
            }
        }
    }

    /// The connection ends: the sockets say their last words, the peer is told if there is a way to.
    fn end(&mut self, reason: DisconnectReason) {
        if self.ending {
            return;
        }
        tracing::debug!(connection = self.link.number, %reason, "a connection ends");
        self.desk.end(&reason);
        for timer in [
            Timer::Heartbeat,
            Timer::Connect,
            Timer::Message,
            Timer::Write,
            Timer::Upgrade,
            Timer::Noop,
            Timer::Attachments,
        ] {
            self.timers.clear(timer);
        }
        if reason == DisconnectReason::SlowConsumer {
            // the close frame would stand behind a megabyte
            self.link.mailbox.outbox.discard();
        }
        self.timers.set(Timer::Close, Instant::now() + self.link.config().close_timeout);
        match &mut self.transport {
            None => {}
            Some(Transport::Polling(polling)) => polling.start_close(&self.link.mailbox, &reason),
            Some(Transport::WebSocket(websocket)) => {
                let out = self.link.mailbox.out();
                if self.link.wire().is_engine() && !websocket.is_broken() && says_nothing(&reason) {
                    websocket.start_close(out, None, !reason.is_clean());
                } else if let Some(code) = reason.close_code() {
                    let text = match &reason {
                        DisconnectReason::ServerClose { reason, .. } => reason.clone(),
                        // clients of the reference expect a bare code
                        _ if self.link.wire().is_engine() => CloseReason::default(),
                        reason => CloseReason::truncating(&reason.to_string()),
                    };
                    websocket.start_close(out, Some((code, text.as_str())), !reason.is_clean());
                }
                if !websocket.is_closing() {
                    self.hang_up();
                }
            }
        }
        self.link.mailbox.outbox.close();
        self.ending = true;
    }

    /// Nothing more is read or written.
    fn hang_up(&mut self) {
        self.timers.clear(Timer::Close);
        self.transport = None;
        self.link.mailbox.close_mail();
        let lost = self.link.mailbox.outbox.clear();
        if lost > 0 {
            tracing::debug!(
                connection = self.link.number,
                messages = lost,
                "messages were not written before the end"
            );
        }
    }

    /// A message must arrive in its time, unless it is us who do not read.
    fn watch_message(&mut self, read: &Read) {
        let inside = match &self.transport {
            Some(Transport::WebSocket(websocket)) => websocket.is_inside_message(),
            // the body of a POST has a time of its own
            Some(Transport::Polling(_)) | None => false,
        };
        if !inside || *read == Read::Full {
            self.timers.clear(Timer::Message);
        } else if !self.timers.is_set(Timer::Message) {
            self.timers.set(Timer::Message, Instant::now() + self.link.config().message_timeout);
        }
    }

    /// All attachments of a packet must arrive in their time.
    fn watch_packet(&mut self) {
        if !self.desk.is_inside_packet() {
            self.timers.clear(Timer::Attachments);
        } else if !self.timers.is_set(Timer::Attachments) {
            let limit = self.link.config().attachments_timeout;
            self.timers.set(Timer::Attachments, Instant::now() + limit);
        }
    }

    /// The packets of the session go over its new WebSocket from here on.
    fn change_over(&mut self) {
        let Some(Transport::Polling(polling)) = &mut self.transport else { return };
        let Some(websocket) = polling.take_upgraded() else { return };
        tracing::debug!(connection = self.link.number, "changed over to WebSocket");
        self.link.mailbox.set_carrier(Carrier::WebSocket);
        self.link.mailbox.outbox.set_blocked(false, 0, 0, &self.link.config().outbox);
        self.timers.clear(Timer::Upgrade);
        self.timers.clear(Timer::Noop);
        self.transport = Some(Transport::WebSocket(websocket));
    }

    /// An upgrade must end in its time, and while it is under way no GET of the client waits for long.
    fn watch_upgrade(&mut self) {
        let Some(Transport::Polling(polling)) = &self.transport else { return };
        if !polling.is_trying() {
            self.timers.clear(Timer::Upgrade);
        } else if !self.timers.is_set(Timer::Upgrade) {
            self.timers.set(Timer::Upgrade, Instant::now() + self.link.config().upgrade_timeout);
        }
        if !polling.is_probed() {
            self.timers.clear(Timer::Noop);
        } else if !self.timers.is_set(Timer::Noop) {
            self.timers.set(Timer::Noop, Instant::now() + NOOP_INTERVAL);
        }
    }

    /// Handlers must decide in their time, and end in their time when their socket has ended.
    fn watch_handlers(&mut self) {
        if self.desk.is_finished() {
            self.timers.clear(Timer::Connect);
        }
        match self.desk.undecided_since() {
            Some(since) => self.timers.set(Timer::Decide, since + self.link.config().connect_handler_timeout),
            None => self.timers.clear(Timer::Decide),
        }
        if !self.desk.is_overdue() {
            self.timers.clear(Timer::Grace);
        } else if !self.timers.is_set(Timer::Grace) {
            self.timers.set(Timer::Grace, Instant::now() + self.link.config().handler_grace);
        }
    }

    fn is_done(&self) -> bool {
        self.ending && self.transport.is_none() && self.desk.is_empty()
    }

    /// What the logs were spared while the connection lived.
    fn report(&self) {
        let (faults, dropped) = (self.link.faults(), self.link.mailbox.outbox.dropped());
        if faults > 1 {
            tracing::warn!(connection = self.link.number, faults, "faults of a client");
        }
        if dropped > 0 {
            tracing::warn!(
                connection = self.link.number,
                dropped,
                "messages were dropped: the client read too slowly"
            );
        }
    }
}

/// Ends of a Socket.IO connection for which the reference sends a close frame without a code: not those for frames
/// that break RFC 6455, which its WebSocket tells by their codes.
fn says_nothing(reason: &DisconnectReason) -> bool {
    matches!(
        reason,
        DisconnectReason::Protocol(_)
            | DisconnectReason::ConnectTimeout
            | DisconnectReason::ClientClose { code: None, .. }
    )
}

/// While a client changes over to its WebSocket, a GET is answered after this time at the latest. One answer is
/// not enough: the client may ask again before it stops.
const NOOP_INTERVAL: Duration = Duration::from_millis(100);

/// Timers of the runtime are late by up to this much, and a client may know to the millisecond when it is dead.
const EARLY: Duration = Duration::from_millis(1);
/// So late may a timer be without moving the ones that follow.
const LATE: Duration = Duration::from_millis(20);

/// After this many rounds of what handlers have left for us, the neighbours have their turn.
const NOTICES_PER_TURN: usize = 16;
