//! What a socket's owner has to do next.

use std::sync::Arc;

use super::{Body, Lifecycle};
use crate::connection::{Charge, Mailbox};

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
    /// The bytes that this keeps in memory.
    pub(crate) fn len(&self) -> usize {
        match self {
            Self::Event { listeners: Listeners::Unnamed(name), body, .. } => name.len() + body.len(),
            Self::Event { body, .. } | Self::Lifecycle { body, .. } => body.len(),
        }
    }

    pub(crate) fn is_event(&self) -> bool {
        matches!(self, Self::Event { .. })
    }
}

/// A job that waits, which its connection is charged for.
#[derive(Debug)]
pub(crate) struct Waiting {
    pub(crate) job: Job,
    pub(crate) charge: Charge,
}

impl Waiting {
    pub(crate) fn new(mailbox: &Arc<Mailbox>, job: Job) -> Self {
        let charge = Charge::new(mailbox, job.len());
        Self { job, charge }
    }
}

/// An entry of a [`Table`]: as small as what waits in an inbox should be.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct EntryId(pub(super) u32);
