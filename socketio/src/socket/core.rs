//! The state of a socket that its handles, its namespace and its owner task share.

use std::{
    collections::VecDeque,
    sync::{
        Arc, Mutex, MutexGuard, OnceLock, PoisonError,
        atomic::{AtomicU8, AtomicU64, Ordering},
    },
};

use bytes::Bytes;
use tokio::sync::Notify;

use super::{SocketId, ack::PendingAcks, locals::Locals};
use crate::{
    close::DisconnectReason,
    error::{EmitError, FireError},
    room::Namespace,
    session::{Frame, Job, Link},
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
    pub(crate) acks: PendingAcks,
    /// The last walk over the namespace that met this socket, so that each meets it once.
    pub(crate) mark: AtomicU64,
    phase: AtomicU8,
    gate: Mutex<Gate>,
    ended: OnceLock<DisconnectReason>,
    ended_notice: Notify,
}

/// Where a socket is in its life.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[repr(u8)]
pub(crate) enum Phase {
    /// Its connect handlers run: emits are held, joins are noted.
    Connecting = 0,
    Live = 1,
    Ended = 2,
}

/// What changes hands between the phases.
#[derive(Debug, Default)]
struct Gate {
    /// Frames emitted while connecting, behind which the CONNECT reply must stand.
    held: Vec<Bytes>,
    /// Rooms joined while connecting; the rooms the socket had when it ended.
    rooms: Vec<Arc<str>>,
    /// The alias, if it is not the id.
    alias: Option<Arc<str>>,
    /// Fired events and errors raised by other tasks, for the owner task to handle.
    queued: VecDeque<Job>,
}

impl Core {
    pub(crate) fn new(id: SocketId, link: Arc<Link>, namespace: Arc<Namespace>) -> Self {
        Self {
            id,
            link,
            namespace,
            locals: Locals::default(),
            acks: PendingAcks::default(),
            mark: AtomicU64::new(0),
            phase: AtomicU8::new(Phase::Connecting as u8),
            gate: Mutex::default(),
            ended: OnceLock::new(),
            ended_notice: Notify::new(),
        }
    }

    pub(crate) fn phase(&self) -> Phase {
        match self.phase.load(Ordering::Acquire) {
            0 => Phase::Connecting,
            1 => Phase::Live,
            _ => Phase::Ended,
        }
    }

    /// Sends a finished frame, or holds it until the socket is accepted.
    pub(crate) fn push(&self, frame: Frame<'_>) -> Result<(), EmitError> {
        match self.phase() {
            Phase::Live => Ok(self.link.push(frame)?),
            Phase::Ended => Err(EmitError::Closed),
            Phase::Connecting => self.hold(frame),
        }
    }

    fn hold(&self, frame: Frame<'_>) -> Result<(), EmitError> {
        let mut gate = self.gate();
        // it may have been accepted since we looked
        match self.phase() {
            Phase::Connecting if gate.held.len() >= self.link.config().outbox.messages as usize => {
                Err(EmitError::Full)
            }
            Phase::Connecting => {
                gate.held.push(match frame {
                    Frame::Own(bytes) => Bytes::copy_from_slice(bytes),
                    Frame::Shared(bytes) => bytes.clone(),
                });
                Ok(())
            }
            Phase::Live => Ok(self.link.push(frame)?),
            Phase::Ended => Err(EmitError::Closed),
        }
    }

    /// From here on the socket is live: the reply goes out, then what was held. Returns the rooms to join.
    ///
    /// Called under the namespace's lock, so that every broadcast is either before or behind all of this.
    /// `None`: the socket has ended while it was connecting.
    pub(crate) fn open(&self, reply: Option<&[u8]>) -> Option<Vec<Arc<str>>> {
        let mut gate = self.gate();
        if self.phase() != Phase::Connecting {
            return None;
        }
        if let Some(reply) = reply {
            self.link.push_control(reply);
        }
        for frame in std::mem::take(&mut gate.held) {
            // a refusal is the outbox's own business: its policy ends the connection or drops
            let _ = self.link.push(Frame::Shared(&frame));
        }
        self.phase.store(Phase::Live as u8, Ordering::Release);
        Some(std::mem::take(&mut gate.rooms))
    }

    /// Ends the socket, if it has not ended before: it leaves its namespace, its verbs become no-ops.
    pub(crate) fn end(&self, reason: &DisconnectReason) -> bool {
        if self.ended.set(reason.clone()).is_err() {
            return false;
        }
        let was = {
            let mut gate = self.gate();
            let was = self.phase();
            self.phase.store(Phase::Ended as u8, Ordering::Release);
            // a plain client that is sent away with a message gets the message
            if was == Phase::Connecting
                && matches!(reason, DisconnectReason::ServerClose { .. })
                && self.link.is_bus()
            {
                for frame in std::mem::take(&mut gate.held) {
                    let _ = self.link.push(Frame::Shared(&frame));
                }
            }
            gate.held = vec![];
            was
        };
        if was == Phase::Live {
            let rooms = self.namespace.leave(self);
            self.gate().rooms = rooms;
        }
        self.acks.close();
        self.ended_notice.notify_waiters();
        true
    }

    pub(crate) fn ended(&self) -> Option<&DisconnectReason> {
        self.ended.get()
    }

    pub(crate) async fn wait_ended(&self) -> DisconnectReason {
        loop {
            let notice = self.ended_notice.notified();
            if let Some(reason) = self.ended.get() {
                return reason.clone();
            }
            notice.await;
        }
    }

    /// Notes a room to join at acceptance. `false`: the socket is not connecting any more.
    pub(crate) fn note_room(&self, room: &Arc<str>) -> bool {
        let mut gate = self.gate();
        if self.phase() != Phase::Connecting {
            return false;
        }
        if !gate.rooms.contains(room) && gate.rooms.len() < self.link.config().max_rooms {
            gate.rooms.push(room.clone());
        }
        true
    }

    /// Takes back [`note_room`](Self::note_room).
    pub(crate) fn unnote_room(&self, room: &str) {
        self.gate().rooms.retain(|noted| **noted != *room);
    }

    /// The rooms noted while connecting, or those the socket had when it ended.
    pub(crate) fn noted_rooms(&self) -> Vec<Arc<str>> {
        self.gate().rooms.clone()
    }

    pub(crate) fn alias(&self) -> Option<Arc<str>> {
        self.gate().alias.clone()
    }

    pub(crate) fn set_alias(&self, alias: Option<Arc<str>>) -> Option<Arc<str>> {
        std::mem::replace(&mut self.gate().alias, alias)
    }

    /// Queues a job for the owner task, to run when the current handler has returned.
    pub(crate) fn queue(&self, job: Job) -> Result<(), FireError> {
        {
            let mut gate = self.gate();
            if self.phase() == Phase::Ended {
                return Err(FireError::Closed);
            }
            if gate.queued.len() >= self.link.config().inbox_events {
                return Err(FireError::Full);
            }
            gate.queued.push_back(job);
        }
        self.link.notify();
        Ok(())
    }

    /// For the owner task: what was queued.
    pub(crate) fn take_queued(&self) -> VecDeque<Job> {
        std::mem::take(&mut self.gate().queued)
    }

    fn gate(&self) -> MutexGuard<'_, Gate> {
        self.gate.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
