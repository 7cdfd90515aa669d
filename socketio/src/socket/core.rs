//! The state of a socket that its handles, its namespace and its owner task share.

use std::{
    collections::VecDeque,
    sync::{
        Arc, Mutex, MutexGuard, OnceLock, PoisonError,
        atomic::{AtomicBool, AtomicU8, AtomicU32, AtomicU64, Ordering, fence},
    },
};

mod holding;

use bytes::Bytes;

use super::{
    Pid, SocketId,
    acks::{PendingAcks, Waiter},
    gate::{Gate, Phase, Prepared},
    locals::Locals,
    recoverable::Recoverable,
};
use crate::{
    close::DisconnectReason,
    connection::{Frame, Link, Out},
    counts,
    encode::Draft,
    error::{EmitError, EncodeError, FireError, JoinError},
    handler::{Body, Job, Lifecycle, Waiting},
    listener::{Callback, ListenerSet},
    namespace::{Claim, Namespace, Target},
    proto::engine::Revision,
};

/// What a [`Socket`](super::Socket) points to.
///
/// Locks are taken in this order: the namespace's, `gate`, the outbox's. None is held while user code runs.
#[derive(Debug)]
pub(crate) struct Core {
    pub(crate) id: SocketId,
    pub(crate) link: Arc<Link>,
    pub(crate) namespace: Arc<Namespace>,
    pub(crate) locals: Locals,
    /// With recovery.
    recoverable: Option<Box<Recoverable>>,
    /// Was it recovered by its client?
    pub(crate) recovered: bool,
    pub(crate) acks: PendingAcks,
    /// Those that were added to this socket at run time. `None` inside: its final events have run.
    listeners: OnceLock<Option<Arc<ListenerSet>>>,
    /// The last walk over the namespace that met this socket, so that each meets it once.
    pub(crate) mark: AtomicU64,
    /// Its namespace counts it among those that take compressed messages. Changed under the namespace's lock.
    pub(crate) packs: AtomicBool,
    /// It has a time at which it expires, among its extensions.
    pub(crate) expires: AtomicBool,
    phase: AtomicU8,
    /// One more than its place, if its connection has many sockets.
    place: AtomicU32,
    /// `None`: nothing changes hands, as is usual for one that is live.
    gate: Mutex<Option<Box<Gate>>>,
    ended: OnceLock<Box<DisconnectReason>>,
}

impl Core {
    /// `what` was to be sent to the client and cannot be represented on the wire.
    pub(crate) fn report_not_encoded(&self, what: &'static str, error: &EncodeError) {
        self.namespace.observer.not_encoded(self.link.number, what, error);
    }

    /// `claim`: the client has recovered its socket.
    pub(crate) fn new(link: Arc<Link>, namespace: Arc<Namespace>, claim: Option<Claim>) -> Self {
        let locals = Locals::default();
        let mut gate = None;
        let recovered = claim.is_some();
        let pid = match &claim {
            Some(claim) => Some(claim.pid),
            // clients of revision 3 know no recovery
            None => (namespace.logs(link.wire()) && link.mailbox.revision() == Revision::V4).then(Pid::new),
        };
        let (id, anchor, sent) = match claim {
            None if link.wire().is_bus() => (SocketId::uuid(), 0, 0),
            None => (SocketId::short(), 0, 0),
            Some(claim) => {
                let rooms = claim.away.rooms.clone();
                if let Some(data) = &claim.away.data {
                    locals.set_data(data.clone());
                }
                let known = (claim.away.id, claim.after, claim.away.sent);
                gate = Some(Box::new(Gate { rooms, claim: Some(Box::new(claim)), ..Gate::default() }));
                known
            }
        };
        Self {
            id,
            link,
            namespace,
            locals,
            recoverable: pid.map(|pid| Box::new(Recoverable::new(pid, anchor, sent))),
            recovered,
            acks: PendingAcks::default(),
            listeners: OnceLock::new(),
            mark: AtomicU64::new(0),
            packs: AtomicBool::new(false),
            expires: AtomicBool::new(false),
            phase: AtomicU8::new(Phase::Connecting as u8),
            place: AtomicU32::new(0),
            gate: Mutex::new(gate),
            ended: OnceLock::new(),
        }
    }

    /// With recovery: how the client proves that it is the same one.
    pub(crate) fn pid(&self) -> Option<Pid> {
        self.recoverable.as_ref().map(|recoverable| recoverable.pid)
    }

    pub(crate) fn phase(&self) -> Phase {
        match self.phase.load(Ordering::Acquire) {
            0 => Phase::Connecting,
            1 => Phase::Live,
            _ => Phase::Ended,
        }
    }

    /// The listeners of this socket; made when the first one is added. `None`: nobody listens any more.
    pub(crate) fn listeners(&self) -> Option<&Arc<ListenerSet>> {
        self.listeners.get_or_init(|| Some(Arc::default())).as_ref()
    }

    /// The socket's final events have run.
    pub(crate) fn close_listeners(&self) {
        if let Some(listeners) = self.listeners.get_or_init(|| None) {
            listeners.close();
        }
    }

    /// Is there a listener to this event that was added at run time?
    #[inline]
    pub(crate) fn is_added_to(&self, name: &str) -> bool {
        let own = self.listeners.get().and_then(Option::as_ref);
        self.namespace.listeners.hears(name) || own.is_some_and(|own| own.hears(name))
    }

    /// The listeners to this event that were added at run time: to the namespace, then to the socket.
    pub(crate) fn added_to_event(&self, name: &str) -> Vec<Callback> {
        let own = self.listeners.get().and_then(Option::as_ref).map(|own| own.to_event(name));
        self.namespace.listeners.to_event(name).into_iter().chain(own.into_iter().flatten()).collect()
    }

    /// The listeners to this moment that were added at run time.
    pub(crate) fn added_to_moment(&self, moment: Lifecycle) -> Vec<Callback> {
        let mut added = self.namespace.listeners.to_moment(moment);
        if let Some(Some(own)) = self.listeners.get() {
            added.extend(own.to_moment(moment));
        }
        added
    }

    /// Does anybody listen to this moment?
    pub(crate) fn hears(&self, moment: Lifecycle) -> bool {
        self.namespace.table.moment(moment).is_some() || !self.added_to_moment(moment).is_empty()
    }

    /// Sends a finished frame, or holds it until the socket is accepted. A `volatile` one is dropped, where the
    /// client cannot take it at once.
    pub(crate) fn push(&self, frame: Frame<'_>, volatile: bool) -> Result<(), EmitError> {
        match self.phase() {
            Phase::Live => self.push_live(frame, volatile),
            Phase::Ended => Err(EmitError::Closed),
            Phase::Connecting => self.hold(frame, volatile),
        }
    }

    fn push_live(&self, frame: Frame<'_>, volatile: bool) -> Result<(), EmitError> {
        if volatile && self.link.mailbox.outbox.is_blocked() {
            return Err(EmitError::Full);
        }
        Ok(self.link.mailbox.push(frame)?)
    }

    /// Is it meant, with the rooms that it is going to join, if it is accepted?
    pub(crate) fn is_meant(&self, target: &Target) -> bool {
        let gate = self.lock();
        let rooms = gate.as_ref().map(|gate| &*gate.rooms).unwrap_or_default();
        self.phase() == Phase::Connecting && target.means(self.id, rooms)
    }

    /// From here on the socket is live: what it `missed` goes out, the reply, then what was held, which is
    /// `finished` first. Returns the rooms to join.
    /// Called under the namespace's lock, so that every broadcast is either before or after all of this.
    /// `None`: the socket has ended while it was connecting.
    pub(crate) fn open(
        &self,
        missed: Vec<Bytes>,
        reply: Option<Frame<'_>>,
        mut finish: impl FnMut(Draft) -> Bytes,
    ) -> Option<Vec<Arc<str>>> {
        let mut gate = self.lock();
        if self.phase() != Phase::Connecting {
            return None;
        }
        let Out { outbox, limits } = self.link.mailbox.out();
        outbox.push_missed(&missed, limits);
        if let Some(reply) = reply {
            self.link.mailbox.push_control(reply);
        }
        let rooms = gate.as_mut().map(|gate| {
            gate.claim = None;
            let held = self.take_held(gate);
            let meant = held.into_iter().filter(|held| held.is_for(self.id, &gate.rooms));
            let finished = meant.map(|held| match held.message {
                Prepared::Finished(frame) => frame,
                Prepared::Draft(draft) => finish(draft),
            });
            outbox.push_held(&finished.collect::<Vec<_>>(), limits);
            std::mem::take(&mut gate.rooms)
        });
        gate.take_if(|gate| gate.is_empty());
        self.phase.store(Phase::Live as u8, Ordering::Release);
        Some(rooms.unwrap_or_default())
    }

    /// Ends the socket, if it has not ended before: it leaves its namespace, its verbs become no-ops.
    ///
    /// A second caller waits for the first, so on return the end is complete: the last handlers see it so.
    pub(crate) fn end(&self, reason: &DisconnectReason) -> bool {
        let mut first = false;
        self.ended.get_or_init(|| {
            first = true;
            self.retire(reason);
            Box::new(reason.clone())
        });
        if first && let Some(ended) = self.with_gate(|gate| gate.ended.take()) {
            ended.notify_waiters();
        }
        first
    }

    fn retire(&self, reason: &DisconnectReason) {
        let (was, claim) = {
            let mut gate = self.lock();
            let was = self.phase();
            self.phase.store(Phase::Ended as u8, Ordering::Release);
            let claim = gate.as_mut().and_then(|gate| {
                let held = self.take_held(gate);
                // a plain client that is disconnected with a message gets the message
                if was == Phase::Connecting
                    && matches!(reason, DisconnectReason::ServerClose { .. })
                    && self.link.wire().is_bus()
                {
                    let meant = held.into_iter().filter(|held| held.is_for(self.id, &gate.rooms));
                    let finished = meant.filter_map(|held| match held.message {
                        Prepared::Finished(frame) => Some(frame),
                        // the plain wire has no offsets
                        Prepared::Draft(_) => None,
                    });
                    let Out { outbox, limits } = self.link.mailbox.out();
                    outbox.push_held(&finished.collect::<Vec<_>>(), limits);
                }
                gate.claim.take()
            });
            (was, claim)
        };
        match claim {
            Some(claim) if reason.may_return() => self.namespace.take_back(self.link.wire(), *claim),
            Some(claim) => self.namespace.give_up_claim(self.link.wire(), &claim),
            None => {}
        }
        if was == Phase::Connecting {
            self.namespace.release_alias(self);
        }
        if was == Phase::Live {
            self.namespace.observer.counts.disconnects[counts::reason(reason)].one();
            let rooms = self.namespace.leave(self, reason.may_return());
            if !rooms.is_empty() {
                self.lock().get_or_insert_default().rooms = rooms;
            }
        }
        self.namespace.observer.counts.acks.disconnected.add(self.acks.close() as u64);
    }

    /// What the socket was recovered with, as long as it is connecting.
    pub(crate) fn claim(&self) -> Option<Claim> {
        self.with_gate(|gate| gate.claim.as_deref().cloned())
    }

    /// A fresh socket is accepted after this entry of the log.
    pub(crate) fn set_anchor(&self, number: u64) {
        self.recoverable.iter().for_each(|recoverable| recoverable.set_anchor(number));
    }

    /// An entry of the log was sent to it. Called under the namespace's lock, like all that read and write these.
    pub(crate) fn set_sent(&self, number: u64) {
        self.recoverable.iter().for_each(|recoverable| recoverable.set_sent(number));
    }

    pub(crate) fn anchor_and_sent(&self) -> (u64, u64) {
        self.recoverable.as_ref().map_or((0, 0), |recoverable| recoverable.anchor_and_sent())
    }

    /// Rooms or data have changed: with a history, its session is to be stored again.
    pub(crate) fn set_unsaved(&self) {
        self.recoverable.iter().for_each(|recoverable| recoverable.set_unsaved());
    }

    /// Is its session to be stored again? It is not afterwards.
    pub(crate) fn take_unsaved(&self) -> bool {
        self.recoverable.as_ref().is_some_and(|recoverable| recoverable.take_unsaved())
    }

    pub(crate) fn ended(&self) -> Option<&DisconnectReason> {
        self.ended.get().map(|reason| &**reason)
    }

    pub(crate) async fn wait_ended(&self) -> DisconnectReason {
        loop {
            if let Some(reason) = self.ended() {
                return reason.clone();
            }
            // the end sets the reason first, and then takes this from the gate
            let notice = self.lock().get_or_insert_default().ended.get_or_insert_default().clone();
            let notified = notice.notified();
            if let Some(reason) = self.ended() {
                return reason.clone();
            }
            notified.await;
        }
    }

    /// Notes a room to join at acceptance. `None`: the socket is not connecting any more.
    pub(crate) fn note_room(&self, room: &Arc<str>) -> Option<Result<(), JoinError>> {
        let mut gate = self.lock();
        if self.phase() != Phase::Connecting {
            return None;
        }
        let rooms = &mut gate.get_or_insert_default().rooms;
        // every socket is in its own room without being listed there
        if rooms.contains(room) || room.parse() == Ok(self.id) {
            return Some(Ok(()));
        }
        if rooms.len() >= self.link.config().max_rooms {
            return Some(Err(JoinError::TooMany));
        }
        rooms.push(room.clone());
        Some(Ok(()))
    }

    /// Takes back [`note_room`](Self::note_room).
    pub(crate) fn unnote_room(&self, room: &str) {
        if let Some(gate) = self.lock().as_mut() {
            gate.rooms.retain(|noted| **noted != *room);
        }
    }

    /// The rooms noted while connecting, or those the socket had when it ended.
    pub(crate) fn noted_rooms(&self) -> Vec<Arc<str>> {
        self.lock().as_ref().map(|gate| gate.rooms.clone()).unwrap_or_default()
    }

    pub(crate) fn alias(&self) -> Option<Arc<str>> {
        self.with_gate(|gate| gate.alias.clone())
    }

    pub(crate) fn set_alias(&self, alias: Option<Arc<str>>) -> Option<Arc<str>> {
        let mut gate = self.lock();
        match (alias, gate.as_mut()) {
            (None, None) => None,
            (alias, _) => std::mem::replace(&mut gate.get_or_insert_default().alias, alias),
        }
    }

    /// Queues a job for the owner task, to run when the current handler has returned.
    pub(crate) fn queue(&self, job: Job) -> Result<(), FireError> {
        {
            let mut gate = self.lock();
            if self.phase() == Phase::Ended {
                return Err(FireError::Closed);
            }
            let gate = gate.get_or_insert_default();
            if gate.queued.len() >= self.link.config().inbox_events {
                return Err(FireError::Full);
            }
            gate.queued.push_back(Waiting::new(&self.link.mailbox, job));
        }
        self.notify();
        Ok(())
    }

    /// Its connection has many sockets: what is left for the owner task from here on says for which of them it is.
    /// What was left before is to be looked for.
    pub(crate) fn set_place(&self, place: usize) {
        let place = u32::try_from(place + 1).unwrap_or(0);
        self.place.store(place, Ordering::Relaxed);
        // paired with `notify`: what was left by somebody who saw no place was left before this
        fence(Ordering::SeqCst);
    }

    /// Tells the owner task that there is something for it. To be called after it was put there.
    pub(crate) fn notify(&self) {
        fence(Ordering::SeqCst);
        match self.place.load(Ordering::Relaxed) {
            0 => self.link.mailbox.notify(),
            place => self.link.mailbox.notify_of(place as usize - 1),
        }
    }

    /// For the owner task: what was queued.
    pub(crate) fn take_queued(&self) -> VecDeque<Waiting> {
        let mut gate = self.lock();
        let queued = gate.as_mut().map(|gate| std::mem::take(&mut gate.queued)).unwrap_or_default();
        gate.take_if(|gate| gate.is_empty());
        queued
    }

    /// An answer to a broadcast is to come from this socket. `false`: it cannot.
    pub(crate) fn expect_ack(&self, id: u32, waiter: Waiter) -> bool {
        let max = self.link.config().max_pending_acks;
        self.acks.expect(&self.link.mailbox, id, self.id, waiter, max)
    }

    /// The peer has answered what it was asked under this id, with an error or with a value.
    pub(crate) fn answered(&self, id: u64, body: Body, is_error: bool) {
        if self.acks.answer(&self.link.mailbox, id, body, is_error) {
            self.namespace.observer.counts.acks.answered.one();
        }
    }

    /// Frames that are held, events that are queued, and whether acknowledgements are pending.
    #[cfg(test)]
    pub(crate) fn holds(&self) -> (usize, usize, bool) {
        let gate = self.lock();
        let (held, queued) = gate.as_ref().map_or((0, 0), |gate| (gate.held.len(), gate.queued.len()));
        (held, queued, self.acks.are_pending())
    }

    /// Asks the gate for something that may be in it.
    fn with_gate<T>(&self, ask: impl FnOnce(&mut Gate) -> Option<T>) -> Option<T> {
        self.lock().as_deref_mut().and_then(ask)
    }

    fn lock(&self) -> MutexGuard<'_, Option<Box<Gate>>> {
        self.gate.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
