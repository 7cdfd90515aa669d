//! How a node stands with its cluster.

use std::sync::atomic::{AtomicU64, Ordering};

/// How this process stands with the other nodes.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
#[non_exhaustive]
pub enum ClusterState {
    /// The server has no cluster.
    #[default]
    Alone,
    /// It is being connected for the first time.
    Connecting,
    /// Every namespace is subscribed.
    Up {
        /// How many nodes there are, this one included, as far as the driver knows.
        nodes: usize,
    },
    /// The connection to the others is broken, and is being made again. Members of this process get everything.
    Degraded {
        /// How many messages wait.
        queued: usize,
        /// How many messages were refused because too many waited, since the server started.
        lost: u64,
        /// Of how many messages it is not known whether they have arrived, since the server started.
        unknown: u64,
    },
    /// The server has left the cluster.
    Closed,
}

/// What a cluster has counted since the server started.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
#[non_exhaustive]
pub struct Figures {
    /// Operations and questions that were given to the cluster.
    pub published: u64,
    /// Operations and questions of other nodes that were applied.
    pub received: u64,
    /// Messages that were refused because too many waited.
    pub lost: u64,
    /// Messages of which it is not known whether they have arrived.
    pub unknown: u64,
    /// Messages of others that could not be read.
    pub malformed: u64,
    /// Events between nodes that were refused because too many waited.
    pub overloaded: u64,
    /// Requests for a session that is not of this process: it has expired, or a load balancer is not sticky.
    pub foreign_sessions: u64,
}

/// What [`Figures`] are read from.
#[derive(Debug, Default)]
pub(crate) struct Counters {
    pub(crate) published: AtomicU64,
    pub(crate) received: AtomicU64,
    pub(crate) lost: AtomicU64,
    pub(crate) unknown: AtomicU64,
    pub(crate) malformed: AtomicU64,
    pub(crate) overloaded: AtomicU64,
    pub(crate) foreign_sessions: AtomicU64,
}

impl Counters {
    pub(crate) fn read(&self) -> Figures {
        let of = |counter: &AtomicU64| counter.load(Ordering::Relaxed);
        Figures {
            published: of(&self.published),
            received: of(&self.received),
            lost: of(&self.lost),
            unknown: of(&self.unknown),
            malformed: of(&self.malformed),
            overloaded: of(&self.overloaded),
            foreign_sessions: of(&self.foreign_sessions),
        }
    }
}

pub(crate) fn count(counter: &AtomicU64) {
    counter.fetch_add(1, Ordering::Relaxed);
}
