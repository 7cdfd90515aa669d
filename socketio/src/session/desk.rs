//! All sockets of one connection: what comes in goes to the right one, what they wish goes out.

use std::{borrow::Cow, sync::Arc, task::Context, time::Duration};

use tokio::time::Instant;

use super::{
    bus::Bus,
    packet::Packets,
    slot::{Slot, Wish},
};
use crate::{
    close::DisconnectReason,
    connection::{Frame, Link},
    error::{AckError, ClientError},
    handler::{Body, BoxFuture, Lifecycle, Listeners, Load},
    handshake::ConnectParts,
    hub::Seat,
    message::slice,
    namespace::{Claim, Lease},
    proto::{engine, frame},
    socket::{Core, Socket},
    transport::Received,
};

/// The sockets of one connection, and the protocol that it speaks.
pub(crate) struct Desk {
    pub(crate) link: Arc<Link>,
    pub(super) slots: Vec<Slot>,
    protocol: Protocol,
    seat: Seat,
}

/// What is different between the wires.
pub(crate) enum Protocol {
    Bus(Bus),
    Packets(Packets),
}

/// Runs for every new socket before its connect handlers.
pub(crate) type Callback = Arc<dyn Fn(Socket) -> BoxFuture + Send + Sync>;

/// How a connection's first socket is let in.
#[derive(Default)]
pub(crate) struct ConnectRequest {
    pub(crate) callback: Option<Callback>,
    pub(crate) body: Option<Body>,
    pub(crate) parts: ConnectParts,
    /// The client has come back to its socket.
    pub(crate) claim: Option<Claim>,
}

impl Desk {
    pub(crate) fn new(link: Arc<Link>, protocol: Protocol, seat: Seat) -> Self {
        seat.open(link.mailbox.clone());
        Self { link, slots: vec![], protocol, seat }
    }

    /// A frame came in. An error ends the connection.
    pub(crate) fn receive(
        &mut self,
        cx: &mut Context<'_>,
        received: Received,
    ) -> Result<(), DisconnectReason> {
        let received = match received {
            Received::Text(text) if self.link.wire().is_engine() => {
                match engine::decode(text.as_str()).map_err(DisconnectReason::protocol)? {
                    engine::Packet::Ignored => return Ok(()),
                    // an orderly end, although it comes without a closing handshake
                    engine::Packet::Close => {
                        return Err(DisconnectReason::ClientClose { code: None, reason: "".into() });
                    }
                    engine::Packet::Pong => {
                        self.pong(cx);
                        return Ok(());
                    }
                    engine::Packet::Message => Received::Text(text),
                    engine::Packet::Base64 => {
                        let bytes =
                            engine::packet::read_base64(text.as_str()).map_err(DisconnectReason::protocol)?;
                        Received::Binary(bytes.into())
                    }
                }
            }
            other => other,
        };
        match (received, &mut self.protocol) {
            (Received::Text(text), Protocol::Bus(bus)) => {
                let text = if self.link.wire().is_engine() {
                    slice(&text, engine::MESSAGE_AT..text.len())
                } else {
                    text
                };
                bus.text(cx, &mut self.slots, text);
                Ok(())
            }
            (Received::Binary(bytes), Protocol::Bus(bus)) => {
                bus.binary(cx, &mut self.slots, bytes);
                Ok(())
            }
            (Received::Text(text), Protocol::Packets(packets)) => {
                let request = packets.text(cx, &self.link, &mut self.slots, text)?;
                self.admit(cx, request);
                Ok(())
            }
            (Received::Binary(bytes), Protocol::Packets(packets)) => {
                let request = packets.binary(cx, &self.link, &mut self.slots, bytes)?;
                self.admit(cx, request);
                Ok(())
            }
            (Received::Ping(payload), _) => {
                for slot in &mut self.slots {
                    slot.receive_control(cx, Lifecycle::Ping, Body::Binary(payload.clone()));
                }
                Ok(())
            }
            (Received::Pong, _) => {
                self.pong(cx);
                Ok(())
            }
        }
    }

    /// The heartbeat was answered.
    pub(super) fn pong(&mut self, cx: &mut Context<'_>) {
        for slot in &mut self.slots {
            slot.receive_control(cx, Lifecycle::Pong, Body::Empty);
        }
    }

    /// Lets a new socket in as soon as its connect handlers accept.
    pub(crate) fn connect(&mut self, cx: &mut Context<'_>, lease: Lease, request: ConnectRequest) {
        let socket = Socket::new(Core::new(self.link.clone(), lease.clone(), request.claim));
        let mut slot = Slot::new(socket.clone(), lease);
        let callback = request.callback.map(|callback| callback(socket));
        let wish = slot.connect(cx, callback, request.body.unwrap_or(Body::Empty), request.parts);
        // usually the only one
        self.slots.reserve_exact(1);
        self.slots.push(slot);
        let last = self.slots.len() - 1;
        self.grant(last, wish);
    }

    /// Handlers go on. An error ends the connection.
    pub(crate) fn advance(&mut self, cx: &mut Context<'_>) -> Result<(), DisconnectReason> {
        for at in 0..self.slots.len() {
            loop {
                let wish = self.slots[at].advance(cx);
                if wish.is_none() {
                    break;
                }
                self.grant(at, wish);
            }
        }
        self.slots.retain(|slot| !slot.is_done());
        match &mut self.protocol {
            Protocol::Bus(bus) => bus.refusal(),
            Protocol::Packets(packets) => packets.failure(),
        }
        .map_or(Ok(()), Err)
    }

    fn grant(&mut self, at: usize, wish: Option<Wish>) {
        let slot = &mut self.slots[at];
        match wish {
            None => {}
            Some(Wish::Accept) => {
                let socket = slot.socket.clone();
                match &mut self.protocol {
                    Protocol::Bus(_) => drop(socket.core().namespace.admit(&socket, None)),
                    Protocol::Packets(packets) => packets.admit(&socket),
                }
                self.slots[at].accepted();
                self.seat.finish();
            }
            Some(Wish::Refuse(error)) => {
                let socket = slot.socket.clone();
                socket.core().end(&DisconnectReason::ServerDisconnect);
                slot.refused();
                match &mut self.protocol {
                    Protocol::Bus(bus) => bus.refuse(&self.link, &error),
                    Protocol::Packets(packets) => {
                        packets.refuse(&self.link, &socket.core().namespace.name, &error);
                    }
                }
            }
        }
    }

    /// Looks at what other tasks and handlers have left for the owner. An error ends the connection.
    pub(crate) fn collect(&mut self) -> Result<(), DisconnectReason> {
        let mut end = None;
        for slot in &mut self.slots {
            slot.collect();
            let Some(reason) = slot.socket.core().ended().filter(|_| slot.is_open()) else { continue };
            match (reason, &self.protocol) {
                (DisconnectReason::ServerDisconnect, Protocol::Packets(packets)) => {
                    packets.send_disconnect(&self.link, &slot.socket.core().namespace.name);
                    slot.end(DisconnectReason::ServerDisconnect);
                }
                _ => end = Some(reason.clone()),
            }
        }
        end.map_or(Ok(()), Err)
    }

    /// The connection ends: so do all its sockets.
    pub(crate) fn end(&mut self, reason: &DisconnectReason) {
        if let (DisconnectReason::ServerClose { .. }, Protocol::Packets(packets)) = (reason, &self.protocol) {
            // official clients come back after a bare end of the connection: these are not to
            for slot in self.slots.iter().filter(|slot| slot.is_open() && !slot.is_connecting()) {
                packets.send_disconnect(&self.link, &slot.socket.core().namespace.name);
            }
        }
        for slot in &mut self.slots {
            if slot.is_open() {
                slot.socket.core().end(reason);
                // the server may have ended it for a reason of its own just before
                let reason = slot.socket.core().ended().unwrap_or(reason).clone();
                slot.end(reason);
            }
        }
    }

    /// May more be read? Not while too much waits behind running handlers: the peer is slowed down by TCP.
    ///
    /// A handler that awaits its own client's acknowledgement needs reading to go on: up to a second, larger
    /// bound, at which the acknowledgement fails instead.
    pub(crate) fn has_room(&self) -> bool {
        let config = self.link.config();
        let mut waiting = Load::default();
        for slot in &self.slots {
            waiting += slot.load();
        }
        let fits = |times| {
            waiting.events < config.inbox_events * times && waiting.bytes < config.max_payload * times
        };
        if fits(1) {
            return true;
        }
        let awaiting =
            || self.slots.iter().map(|slot| &slot.socket.core().acks).filter(|acks| acks.are_pending());
        if fits(WHILE_AWAITING) {
            return awaiting().next().is_some();
        }
        for acks in awaiting() {
            acks.fail(&AckError::Backpressure);
        }
        false
    }

    /// Since when the connect handlers that run longest have been deciding.
    pub(crate) fn undecided_since(&self) -> Option<Instant> {
        self.slots.iter().filter_map(Slot::undecided_since).min()
    }

    /// Connect handlers that have had their time: their sockets are refused.
    pub(crate) fn refuse_undecided(&mut self, now: Instant, limit: Duration) {
        for at in 0..self.slots.len() {
            if self.slots[at].undecided_since().is_some_and(|since| since + limit <= now) {
                self.slots[at].abandon();
                self.grant(
                    at,
                    Some(Wish::Refuse(ClientError::new("timeout", "the server did not decide in time"))),
                );
            }
        }
    }

    /// Does a handler run although its socket has ended?
    pub(crate) fn is_overdue(&self) -> bool {
        self.slots.iter().any(Slot::is_overdue)
    }

    /// Handlers that run although their sockets have ended are dropped.
    pub(crate) fn abandon(&mut self) {
        self.slots.iter_mut().filter(|slot| slot.is_overdue()).for_each(Slot::abandon);
    }

    /// The time for an orderly end is over.
    pub(crate) fn kill(&mut self) {
        for mut slot in self.slots.drain(..) {
            slot.abandon();
        }
    }

    /// Is there no socket: not yet, or each has said its last word?
    pub(crate) fn is_empty(&self) -> bool {
        self.slots.is_empty()
    }

    /// Has a socket been let in?
    pub(crate) fn is_finished(&self) -> bool {
        self.seat.is_finished()
    }

    fn admit(&mut self, cx: &mut Context<'_>, request: Option<(Lease, ConnectRequest)>) {
        if let Some((lease, request)) = request {
            self.connect(cx, lease, request);
        }
    }

    /// Are attachments of a packet still to come?
    pub(crate) fn is_inside_packet(&self) -> bool {
        matches!(&self.protocol, Protocol::Packets(packets) if packets.is_inside_packet())
    }

    /// The heartbeat's question in the words of the protocol.
    pub(crate) fn ping(&self) {
        if self.link.wire().is_engine() {
            self.link.mailbox.push_control(Frame::Own(engine::packet::PING_FRAME));
        } else {
            self.link.mailbox.push_control(Frame::Own(frame::PING_FRAME));
        }
    }
}

impl Drop for Desk {
    /// Whatever ends the task, a panic of ours or the end of the runtime included: no socket is left behind.
    fn drop(&mut self) {
        for slot in &self.slots {
            slot.socket.core().end(&DisconnectReason::TransportClose);
        }
        self.link.mailbox.close_mail();
        self.link.mailbox.tell_ended();
    }
}

/// While a handler awaits an acknowledgement, this many times the inbox may wait behind it.
const WHILE_AWAITING: usize = 8;

/// Who listens to an event of this name?
pub(super) fn listeners(slot: &Slot, name: Cow<'_, str>) -> Listeners {
    match slot.socket.core().namespace.table.event(&name) {
        Some(entry) => Listeners::Entry(entry),
        None => Listeners::Unnamed(name.into()),
    }
}
