//! The phases of a socket's life, and what changes hands between them.

use std::{collections::VecDeque, sync::Arc};

use bytes::Bytes;
use tokio::sync::Notify;

use super::SocketId;
use crate::{
    encode::Draft,
    handler::Waiting,
    namespace::{Claim, Target},
};

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
pub(super) struct Gate {
    /// What was emitted while connecting: the CONNECT reply must come before it.
    pub(super) held: VecDeque<Held>,
    /// What the socket was recovered with, until it is accepted.
    pub(super) claim: Option<Box<Claim>>,
    /// Rooms joined while connecting; the rooms the socket had when it ended.
    pub(super) rooms: Vec<Arc<str>>,
    /// The alias, if it is not the id.
    pub(super) alias: Option<Arc<str>>,
    /// Fired events and errors raised by other tasks, for the owner task to handle.
    pub(super) queued: VecDeque<Waiting>,
    /// Somebody waits for the end.
    pub(super) ended: Option<Arc<Notify>>,
}

/// A message that waits until its socket is accepted.
#[derive(Debug)]
pub(super) struct Held {
    pub(super) message: Prepared,
    /// A broadcast of the socket's own connect handlers: it is for this socket, if it is meant when it is accepted.
    pub(super) target: Option<Box<Target>>,
}

/// A message, encoded for one wire.
#[derive(Debug)]
pub(crate) enum Prepared {
    Finished(Bytes),
    /// It gets its offset when the socket is accepted, or when it is sent.
    Draft(Draft),
}

impl Gate {
    pub(super) fn is_empty(&self) -> bool {
        let Self { held, claim, rooms, alias, queued, ended } = self;
        held.is_empty()
            && claim.is_none()
            && rooms.is_empty()
            && alias.is_none()
            && queued.is_empty()
            && ended.is_none()
    }
}

impl Held {
    /// A message to this socket alone.
    pub(super) fn own(message: Prepared) -> Self {
        Self { message, target: None }
    }

    pub(super) fn is_for(&self, id: SocketId, rooms: &[Arc<str>]) -> bool {
        self.target.as_ref().is_none_or(|target| target.means(id, rooms))
    }

    pub(super) fn len(&self) -> usize {
        match &self.message {
            Prepared::Finished(frame) => frame.len(),
            Prepared::Draft(draft) => draft.len(),
        }
    }
}
