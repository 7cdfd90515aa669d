//! One owner task per connection: it alone touches the stream, the timers and the sockets' inboxes.
//!
//! The order of a turn: handlers, what other tasks left, reading (every frame is handled where it is read, if
//! nothing runs), timers, and one write for everything that came of it.

mod alongside;
#[cfg(bench)]
pub mod bench;
mod bus;
mod counting;
mod desk;
mod execution;
mod expiring;
mod inbox;
mod joining;
mod layers;
mod opening;
mod packet;
mod protocol;
mod slot;
mod slots;
mod timers;
mod watch;

use std::{
    pin::Pin,
    task::{Context, Poll},
    time::Duration,
};

use pin_project_lite::pin_project;
use tokio::time::{Instant, Sleep, sleep_until};

pub(crate) use self::{
    bus::{Bus, Mode},
    desk::Desk,
    joining::{Callback, ConnectRequest},
    opening::Opening,
    packet::Packets,
    protocol::Protocol,
};
use self::{
    timers::{Beat, Heartbeat, Timer, Timers},
    watch::Closing,
};
use crate::{
    close::DisconnectReason,
    connection::{Amount, Order, Stream},
    namespace::Lease,
    observe,
    proto::engine::Revision,
    transport::{Input, Next, PacketStream, Polling, Transport, Unfinished, WebSocket},
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
    stage: Stage,
    desk: Desk,
    timers: Timers,
    heartbeat: Heartbeat,
    /// The first socket of a plain connection, to be connected at the first poll.
    first: Option<Box<(Lease, ConnectRequest)>>,
    /// What was not written when the end came, and how fast it goes out.
    closing: Option<Box<Closing>>,
}

/// Where a connection is in its life.
enum Stage {
    Open(Transport),
    /// The sockets have heard why; the peer is informed if there is a way to.
    Ending(Transport),
    /// Nothing is read or written any more; the last events of the sockets run.
    Over,
}

/// How a turn of reading ended.
#[derive(Debug, PartialEq)]
enum Read {
    /// Nothing more is there.
    Idle,
    /// This turn's share is used up: more may be there.
    Yield,
    /// Too much waits for running handlers.
    Full,
    /// The client has changed over to a WebSocket.
    Upgraded,
    /// The connection ends.
    Ended(DisconnectReason),
}

impl Session {
    /// A connection over a WebSocket whose stream is open.
    pub(crate) fn over_websocket(opening: Opening, stream: Stream, early: Vec<u8>) -> Self {
        let websocket = WebSocket::new(stream, early, opening.terms, opening.link.config());
        let mailbox = &opening.link.mailbox;
        opening.terms.deflate.into_iter().for_each(|agreement| mailbox.set_agreement(agreement));
        Self::new(opening, Transport::WebSocket(websocket))
    }

    /// A connection over a stream of packets.
    pub(crate) fn over_packets(opening: Opening, stream: Stream, early: Vec<u8>) -> Self {
        let packets = PacketStream::new(stream, early, opening.link.config());
        Self::new(opening, Transport::Packets(Box::new(packets)))
    }

    /// A connection whose client polls.
    pub(crate) fn over_polling(opening: Opening, polling: Polling) -> Self {
        Self::new(opening, Transport::Polling(Box::new(polling)))
    }

    fn new(opening: Opening, transport: Transport) -> Self {
        let now = Instant::now();
        let mut owner = Owner::new(opening, transport);
        let config = owner.desk.link().config();
        owner.timers.set(Timer::Heartbeat, now + config.ping_interval);
        // a client of revision 3 may be refused where it did not ask to be
        if owner.first.is_none() || owner.desk.link().mailbox.revision() == Revision::V3 {
            owner.timers.set(Timer::Connect, now + config.connect_timeout);
        }
        Self { sleep: sleep_until(now + config.ping_interval), armed: None, owner }
    }
}

impl Future for Session {
    type Output = ();

    fn poll(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<()> {
        let mut this = self.project();
        this.owner.desk.link().mailbox.outbox.begin_turn(cx.waker());
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
            this.owner.desk.link().report_spared();
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
    fn new(Opening { link, seat, protocol, first, .. }: Opening, transport: Transport) -> Self {
        let heartbeat = Heartbeat::new(link.mailbox.revision());
        Self {
            stage: Stage::Open(transport),
            desk: Desk::new(link, protocol, seat),
            timers: Timers::default(),
            heartbeat,
            first: first.map(Box::new),
            closing: None,
        }
    }

    /// Does what can be done now. `true`: there is more to do, in another turn.
    fn turn(&mut self, cx: &mut Context<'_>) -> bool {
        if let Some(first) = self.first.take() {
            let (lease, request) = *first;
            self.desk.connect(cx, lease, request);
        }
        self.desk.link().mailbox.account.resume();
        let mut again = false;
        loop {
            again |= self.handle_and_read(cx);
            let was_open = matches!(self.stage, Stage::Open(_));
            self.write(cx);
            // writing may have found the end: then there are last events to be run
            if matches!(self.stage, Stage::Open(_)) == was_open {
                break;
            }
        }
        watch::handlers(&mut self.timers, self.desk.link(), &self.desk);
        again
    }

    /// Runs handlers and reads, in turns, until neither can go on. `true`: there is more to do, in another turn.
    fn handle_and_read(&mut self, cx: &mut Context<'_>) -> bool {
        let mut budget = self.desk.link().config().frames_per_turn;
        let mut again = false;
        loop {
            again |= self.handle(cx);
            let Some(read) = self.read(cx, &mut budget) else { return again };
            self.watch_reading(&read);
            match read {
                Read::Upgraded => self.change_over(),
                Read::Idle => return again | self.handle(cx),
                Read::Yield => {
                    self.handle(cx);
                    return true;
                }
                Read::Full => {
                    self.counts().inbox_full.one();
                    again |= self.handle(cx);
                    if !self.desk.has_room() && self.desk.pause() {
                        return again;
                    }
                }
                Read::Ended(reason) => self.end(reason),
            }
        }
    }

    /// Reads messages and hands them to the desk, as long as there are any, as the share of the turn lasts, and as the
    /// desk has room. `None`: nothing is read any more.
    fn read(&mut self, cx: &mut Context<'_>, budget: &mut usize) -> Option<Read> {
        let Stage::Open(transport) = &mut self.stage else { return None };
        let mut input = Input::default();
        let mut left = *budget;
        let mut got = Amount::default();
        let read = loop {
            if left == 0 {
                break Read::Yield;
            }
            if !self.desk.has_room() {
                break Read::Full;
            }
            match transport.next(cx, &self.desk.link().mailbox, &mut input) {
                Next::Received(received) => {
                    got += Amount::one(received.len());
                    if let Err(reason) = self.desk.receive(cx, received) {
                        break Read::Ended(reason);
                    }
                }
                Next::Internal => {}
                Next::Idle => break Read::Idle,
                Next::Yield => break Read::Yield,
                Next::Upgraded => break Read::Upgraded,
                Next::Ended(reason) => break Read::Ended(reason),
            }
            left -= 1;
        };
        self.desk.link().observer().counts.received[self.desk.link().wire() as usize]
            .add(got.messages, got.bytes);
        // a message that is not whole is a sign of life as well: nothing can come before its rest
        if left < *budget || input.has_read() {
            self.heartbeat.alive();
            *budget = left;
        }
        transport.pause(&mut input);
        Some(read)
    }

    /// Runs handlers until they wait, and looks at what they and others have left for us.
    fn handle(&mut self, cx: &mut Context<'_>) -> bool {
        // an event that fires itself must not keep the thread
        for _ in 0..NOTICES_PER_TURN {
            let noticed = self.desk.link().mailbox.take_notice();
            if noticed {
                self.take_orders();
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
    fn take_orders(&mut self) {
        match self.desk.link().mailbox.take_order() {
            Some(Order::End(reason)) => self.end(reason),
            Some(Order::Kill) => {
                self.end(DisconnectReason::Shutdown);
                self.hang_up();
                self.desk.kill();
            }
            None => {}
        }
        while let Some(request) = self.desk.link().mailbox.take_request() {
            match &mut self.stage {
                Stage::Open(transport) | Stage::Ending(transport) => {
                    transport.accept(request, &self.desk.link().mailbox);
                }
                Stage::Over => {}
            }
        }
        if let Err(reason) = self.desk.collect() {
            self.end(reason);
        }
        let is_open = matches!(self.stage, Stage::Open(_));
        watch::expiry(&mut self.timers, &self.desk, is_open);
    }

    fn write(&mut self, cx: &mut Context<'_>) {
        match &mut self.stage {
            Stage::Open(transport) => {
                let written = match transport.write(cx, &self.desk.link().mailbox) {
                    Ok(written) => written,
                    Err(error) => return self.end(DisconnectReason::TransportError(error.kind())),
                };
                self.note_sent(written.sent);
                if !written.blocked {
                    self.timers.clear(Timer::Write);
                } else if written.progress || !self.timers.is_set(Timer::Write) {
                    self.watch_writing(Instant::now());
                }
                if self.desk.link().mailbox.outbox.is_overflowed() {
                    self.end(DisconnectReason::SlowConsumer);
                }
            }
            Stage::Ending(transport) => {
                if transport.poll_close(cx, &self.desk.link().mailbox).is_ready() {
                    self.hang_up();
                }
            }
            Stage::Over => {}
        }
    }

    fn timers_due(&mut self, now: Instant) {
        while let Some((timer, at)) = self.timers.take_due(now) {
            // one that is a little late does not put off those that follow from it; after a long sleep of the whole
            // machine, the peer has its time again
            let now = at.max(now - LATE);
            let config = self.desk.link().config();
            match timer {
                Timer::Heartbeat => {
                    // nor can a client that polls answer before its POST is whole, which has a time of its own
                    let paused = !self.desk.has_room() || self.desk.link().mailbox.posted() > 0;
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
                // a socket that is being decided about may be refused
                Timer::Connect => self.timers.set(timer, now + config.connect_timeout),
                Timer::Decide => self.desk.refuse_undecided(now, config.connect_handler_timeout),
                Timer::Message | Timer::Attachments => {
                    // some of it may have come without a turn of ours
                    self.watch_arrivals(true);
                    if self.timers.at(timer).is_some_and(|at| at <= now) {
                        self.end(DisconnectReason::MessageTimeout);
                    }
                }
                Timer::Write => self.watch_writing(now),
                Timer::Close => {
                    match self.closing.as_mut().and_then(|closing| closing.next(self.desk.link(), now)) {
                        Some(next) => self.timers.set(timer, next),
                        None => self.hang_up(),
                    }
                }
                Timer::Grace => self.desk.abandon(),
                Timer::Expiry => {
                    self.desk.expire(now);
                    let is_open = matches!(self.stage, Stage::Open(_));
                    watch::expiry(&mut self.timers, &self.desk, is_open);
                }
                Timer::Upgrade | Timer::Noop => {
                    let Stage::Open(transport) = &mut self.stage else { continue };
                    match timer {
                        Timer::Noop => transport.answer_noop(),
                        _ => {
                            transport.abandon_upgrade(&self.desk.link().mailbox);
                            self.counts().upgrades.failed.one();
                        }
                    }
                }
            }
        }
    }

    /// The connection ends: the last events of the sockets run, the peer is informed if there is a way to.
    fn end(&mut self, reason: DisconnectReason) {
        let mut transport = match std::mem::replace(&mut self.stage, Stage::Over) {
            Stage::Open(transport) => transport,
            ended => {
                self.stage = ended;
                return;
            }
        };
        self.note_end(&reason);
        self.desk.end(&reason);
        self.timers.keep_only(&[Timer::Decide, Timer::Grace, Timer::Close]);
        if reason == DisconnectReason::SlowConsumer {
            // the close frame would wait for a megabyte to be written
            self.desk.link().mailbox.outbox.discard();
        }
        let now = Instant::now();
        self.timers.set(Timer::Close, now + self.desk.link().config().close_timeout);
        self.closing = Closing::new(self.desk.link(), now);
        if transport.start_close(&self.desk.link().mailbox, &reason) {
            self.stage = Stage::Ending(transport);
        } else {
            drop(transport);
            self.hang_up();
        }
        self.desk.link().mailbox.outbox.close();
    }

    /// Nothing more is read or written.
    fn hang_up(&mut self) {
        self.timers.clear(Timer::Close);
        self.stage = Stage::Over;
        self.desk.link().mailbox.close_mail();
        self.note_lost(self.desk.link().mailbox.outbox.clear());
    }

    /// What is read in part must be whole in its time.
    fn watch_reading(&mut self, read: &Read) {
        let Stage::Open(transport) = &self.stage else { return };
        let unfinished = transport.unfinished();
        if unfinished == Unfinished::default()
            && self.desk.unfinished().is_none()
            && self.timers.is_only_heartbeat()
        {
            return;
        }
        let (config, timers) = (self.desk.link().config(), &mut self.timers);
        timers.watch(Timer::Upgrade, unfinished.upgrade, config.upgrade_timeout, Instant::now);
        // while an upgrade is under way, no GET of the client waits for long
        timers.watch(Timer::Noop, unfinished.probe, NOOP_INTERVAL, Instant::now);
        self.watch_arrivals(*read != Read::Full);
    }

    fn watch_arrivals(&mut self, reads: bool) {
        let Stage::Open(transport) = &self.stage else { return };
        let message = transport.unfinished().message;
        watch::arrivals(&mut self.timers, self.desk.link(), message, self.desk.unfinished(), reads);
    }

    /// The peer takes nothing at the moment: the connection ends when that has been so for too long.
    fn watch_writing(&mut self, now: Instant) {
        let Stage::Open(transport) = &self.stage else { return };
        if let Err(reason) = watch::writing(&mut self.timers, self.desk.link(), transport.is_stream(), now) {
            self.end(reason);
        }
    }

    /// The packets of the session go over its new stream from here on.
    fn change_over(&mut self) {
        let Stage::Open(transport) = &mut self.stage else { return };
        transport.change_over(&self.desk.link().mailbox);
        self.desk.carried_by_stream();
        observe::changed_over(self.desk.link().number);
        self.counts().upgrades.done.one();
        self.timers.clear(Timer::Upgrade);
        self.timers.clear(Timer::Noop);
    }

    fn is_done(&self) -> bool {
        matches!(self.stage, Stage::Over) && self.desk.is_empty()
    }
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
