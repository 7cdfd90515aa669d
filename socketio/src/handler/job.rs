//! What a socket's owner has to do next.

use std::{
    ops::{AddAssign, SubAssign},
    sync::Arc,
};

use super::{Body, Lifecycle};

/// One thing for the handlers of a socket.
#[derive(Debug, Clone)]
pub(crate) enum Job {
    /// An event, from the wire or fired.
    Event {
        listeners: Listeners,
        body: Body,
        /// The id under which the peer wants an acknowledgement.
        ack: Option<u64>,
    },
    /// A moment of the socket's life.
    Lifecycle { moment: Lifecycle, body: Body },
}

/// Who listens to an event.
#[derive(Debug, Clone)]
pub(crate) enum Listeners {
    Entry(EntryId),
    /// Nobody by name, as far as the table knows: the name as it came.
    Unnamed(Arc<str>),
}

impl Job {
    /// What this counts for the limits of its connection.
    pub(crate) fn load(&self) -> Load {
        match self {
            Self::Event { body, .. } => Load { events: 1, bytes: body.len() },
            Self::Lifecycle { body, .. } => Load { events: 0, bytes: body.len() },
        }
    }

    pub(crate) fn is_event(&self) -> bool {
        matches!(self, Self::Event { .. })
    }
}

/// What the limits of a connection count: events of the peer that wait or run, and the bytes they hold.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(crate) struct Load {
    pub(crate) events: usize,
    pub(crate) bytes: usize,
}

impl AddAssign for Load {
    fn add_assign(&mut self, other: Self) {
        self.events += other.events;
        self.bytes += other.bytes;
    }
}

impl SubAssign for Load {
    fn sub_assign(&mut self, other: Self) {
        self.events -= other.events;
        self.bytes -= other.bytes;
    }
}

/// An entry of a [`Table`]: as small as what waits in an inbox should be.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct EntryId(pub(super) u32);
