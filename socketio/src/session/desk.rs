//! All sockets of one connection: routes messages in, grants what the sockets ask for.

use std::{sync::Arc, task::Context};

use tokio::time::Instant;

use super::{Protocol, slot::Slot, slots::Slots};
use crate::{
    close::DisconnectReason,
    connection::{Link, Progress, Room},
    error::AckError,
    hub::{Place, Seat},
    transport::Received,
};

/// The sockets of one connection, and the protocol that it speaks.
pub(crate) struct Desk {
    pub(super) place: Place,
    pub(super) slots: Slots,
    pub(super) protocol: Protocol,
}

impl Desk {
    pub(crate) fn new(link: Arc<Link>, protocol: Protocol, seat: Seat) -> Self {
        link.observer().counts.opened[link.wire() as usize].one();
        Self { place: seat.open(link), slots: Slots::new(), protocol }
    }

    pub(super) fn link(&self) -> &Arc<Link> {
        &self.place.link
    }

    /// A frame came in. An error ends the connection.
    pub(crate) fn receive(
        &mut self,
        cx: &mut Context<'_>,
        received: Received,
    ) -> Result<(), DisconnectReason> {
        let request = self.protocol.receive(cx, &self.place.link, &mut self.slots, received)?;
        if let Some(request) = request {
            let (lease, request) = *request;
            self.restore(cx, lease, request);
        }
        Ok(())
    }

    /// Handlers go on. An error ends the connection.
    pub(crate) fn advance(&mut self, cx: &mut Context<'_>) -> Result<(), DisconnectReason> {
        if self.protocol.is_restoring() {
            self.poll_restoring(cx);
        }
        let mut at = 0;
        while let Slots::Few(few) = &mut self.slots
            && let Some(slot) = few.get_mut(at)
        {
            match slot.advance(cx) {
                None => at += 1,
                wish => self.grant(at, wish),
            }
        }
        match &mut self.slots {
            Slots::Few(few) => few.retain(|slot| !slot.is_done()),
            Slots::Many(_) => self.advance_ready(),
        }
        self.protocol.failure().map_or(Ok(()), Err)
    }

    /// Of many sockets, those go on that have something to do.
    #[cold]
    #[inline(never)]
    fn advance_ready(&mut self) {
        let Slots::Many(many) = &mut self.slots else { return };
        for at in many.take_ready() {
            while let Slots::Many(many) = &mut self.slots {
                match many.poll(at, Slot::advance) {
                    wish @ Some(_) => self.grant(at, wish),
                    None if many.settle(at) => self.slots = Slots::new(),
                    None => break,
                }
            }
        }
    }

    /// Looks at what other tasks and handlers have left for the owner. An error ends the connection.
    pub(crate) fn collect(&mut self) -> Result<(), DisconnectReason> {
        let mut ended = Ok(());
        match &self.slots {
            Slots::Few(few) => {
                for at in 0..few.len() {
                    let one = self.collect_from(at);
                    ended = ended.and(one);
                }
            }
            Slots::Many(_) => {
                for at in self.place.link.mailbox.take_noticed() {
                    let Slots::Many(many) = &mut self.slots else { break };
                    if many.wake(at) {
                        let one = self.collect_from(at);
                        ended = ended.and(one);
                    }
                }
            }
        }
        ended
    }

    fn collect_from(&mut self, at: usize) -> Result<(), DisconnectReason> {
        let slot = self.slots.get_mut(at);
        slot.collect();
        let Some(reason) = slot.socket.core().ended().filter(|_| slot.is_open()) else { return Ok(()) };
        let namespace = &slot.socket.core().namespace.name;
        let leaves = *reason == DisconnectReason::ServerDisconnect
            && self.protocol.leave(&self.place.link, namespace, slot.is_connecting());
        if !leaves {
            return Err(reason.clone());
        }
        slot.end(DisconnectReason::ServerDisconnect);
        self.slots.touch(at);
        Ok(())
    }

    /// The connection ends: so do all its sockets.
    pub(crate) fn end(&mut self, reason: &DisconnectReason) {
        if matches!(reason, DisconnectReason::ServerClose { .. }) {
            // official clients reconnect after a bare end of the connection: these are not to
            for slot in self.slots.iter().filter(|slot| slot.is_open() && !slot.is_connecting()) {
                self.protocol.leave(&self.place.link, &slot.socket.core().namespace.name, false);
            }
        }
        self.protocol.forget_restoring();
        self.slots.each(|slot| {
            if slot.is_open() {
                slot.socket.core().end(reason);
                // the server may have ended it for a reason of its own just before
                let reason = slot.socket.core().ended().unwrap_or(reason).clone();
                slot.end(reason);
            }
        });
    }

    /// May more be read? Not while too much waits that the peer has caused: it is slowed down by TCP.
    ///
    /// A handler that awaits its own client's acknowledgement needs reading to go on: up to a second, larger
    /// bound, at which the acknowledgement fails instead.
    pub(crate) fn has_room(&self) -> bool {
        let mailbox = &self.place.link.mailbox;
        match mailbox.room() {
            Room::Enough => true,
            Room::WhileAwaiting => mailbox.account.is_awaited(),
            Room::None => {
                if mailbox.account.is_awaited() {
                    for slot in self.slots.iter() {
                        let failed = slot.socket.core().acks.fail(&AckError::Backpressure);
                        self.place.link.observer().counts.acks.backpressure.add(failed as u64);
                    }
                }
                false
            }
        }
    }

    /// Nothing is read until something is given back: the owner task is woken then. `false`: it was, just now.
    pub(crate) fn pause(&self) -> bool {
        self.place.link.mailbox.account.pause();
        !self.has_room()
    }

    /// Messages to the sockets may be compressed from here on, if that was agreed on.
    pub(crate) fn carried_by_stream(&self) {
        for slot in self.slots.iter() {
            let core = slot.socket.core();
            core.namespace.note_window(core);
        }
    }

    /// Since when the connect handlers that run longest have been deciding.
    pub(crate) fn undecided_since(&self) -> Option<Instant> {
        self.slots.undecided_since()
    }

    /// Does a handler run although its socket has ended?
    pub(crate) fn is_overdue(&self) -> bool {
        self.slots.is_overdue()
    }

    /// Handlers that run although their sockets have ended are dropped.
    pub(crate) fn abandon(&mut self) {
        self.slots.each(|slot| {
            if slot.is_overdue() {
                slot.abandon();
            }
        });
    }

    /// The time for an orderly end is over.
    pub(crate) fn kill(&mut self) {
        self.slots.each(Slot::abandon);
        self.slots = Slots::new();
    }

    /// When the first socket expires.
    pub(crate) fn next_expiry(&self) -> Option<Instant> {
        self.slots.iter().filter_map(Slot::expiry).min()
    }

    /// Sockets whose time is over by now end, unless the program decides.
    pub(crate) fn expire(&mut self, now: Instant) {
        for at in self.slots.which(|slot| slot.expiry().is_some_and(|expiry| expiry <= now)) {
            let wish = self.slots.get_mut(at).expire(now);
            self.grant(at, wish);
        }
    }

    /// Is there no socket: not yet, or have the final events of each run?
    pub(crate) fn is_empty(&self) -> bool {
        self.slots.is_empty() && !self.protocol.is_restoring()
    }

    /// Has a socket been accepted?
    pub(crate) fn is_finished(&self) -> bool {
        self.place.is_finished()
    }

    /// How far the packet has come whose attachments are still to come.
    pub(crate) fn unfinished(&self) -> Option<Progress> {
        self.protocol.unfinished()
    }

    /// The heartbeat's question in the words of the protocol.
    pub(crate) fn ping(&self) {
        Protocol::ping(&self.place.link);
    }
}

impl Drop for Desk {
    /// Whatever ends the task, a panic of ours or the end of the runtime included: no socket is left behind.
    fn drop(&mut self) {
        for slot in self.slots.iter() {
            slot.socket.core().end(&DisconnectReason::TransportClose);
        }
        self.place.link.mailbox.close_mail();
        self.place.link.mailbox.tell_ended();
    }
}
