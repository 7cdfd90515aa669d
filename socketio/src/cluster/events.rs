//! What happens in a cluster: nodes that come and go, messages that are missed.

use std::{
    collections::BTreeSet,
    sync::{Mutex, MutexGuard, PoisonError},
};

use tokio::sync::broadcast::{self, error::RecvError};

use crate::node::NodeId;

/// Something that happened in the cluster.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub enum ClusterEvent {
    /// Another node is there.
    NodeJoined(NodeId),
    /// Another node has left, was killed, or has not been heard for so long that nobody waits for it.
    NodeLeft(NodeId),
    /// This node was away: what others said meanwhile is missing here.
    Gap {
        /// How many messages, where the driver knows.
        lost: Option<u64>,
    },
    /// So many events were not taken in time: see [`ClusterHandle::nodes`](super::ClusterHandle::nodes) for how things are.
    Skipped(u64),
}

/// How many events wait for a program that does not take them.
const WAITING: usize = 256;

/// The other nodes, and who wants to know of them.
#[derive(Debug)]
pub(crate) struct Happenings(Mutex<Known>);

#[derive(Debug)]
struct Known {
    nodes: BTreeSet<NodeId>,
    /// `None`: the cluster was left, nothing else happens.
    events: Option<broadcast::Sender<ClusterEvent>>,
}

impl Happenings {
    pub(crate) fn new() -> Self {
        let events = Some(broadcast::Sender::new(WAITING));
        Self(Mutex::new(Known { nodes: BTreeSet::new(), events }))
    }

    /// Returns `true` if it was not known.
    pub(crate) fn joined(&self, node: &NodeId) -> bool {
        // the event is sent under the lock, so that events of one node are in order
        let mut known = self.lock();
        let is_new = known.nodes.insert(node.clone());
        if is_new {
            known.send(ClusterEvent::NodeJoined(node.clone()));
        }
        is_new
    }

    /// Returns `true` if it was known.
    pub(crate) fn left(&self, node: &NodeId) -> bool {
        let mut known = self.lock();
        let was_known = known.nodes.remove(node);
        if was_known {
            known.send(ClusterEvent::NodeLeft(node.clone()));
        }
        was_known
    }

    pub(crate) fn gap(&self, lost: Option<u64>) {
        self.lock().send(ClusterEvent::Gap { lost });
    }

    pub(crate) fn nodes(&self) -> Vec<NodeId> {
        self.lock().nodes.iter().cloned().collect()
    }

    /// `None` after the end.
    pub(crate) fn subscribe(&self) -> Option<broadcast::Receiver<ClusterEvent>> {
        self.lock().events.as_ref().map(broadcast::Sender::subscribe)
    }

    /// The cluster was left: nothing else happens.
    pub(crate) fn end(&self) {
        let mut known = self.lock();
        known.nodes.clear();
        known.events = None;
    }

    fn lock(&self) -> MutexGuard<'_, Known> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Known {
    fn send(&self, event: ClusterEvent) {
        if let Some(events) = &self.events {
            // nobody may want to know
            let _ = events.send(event);
        }
    }
}

/// What happens in the cluster, one thing after another; made by [`ClusterHandle::events`](super::ClusterHandle::events).
///
/// ```
/// use socketio::cluster::ClusterEvent;
///
/// # async fn example(io: socketio::SocketIo) {
/// let mut events = io.cluster().events();
/// while let Some(event) = events.next().await {
///     if let ClusterEvent::NodeLeft(node) = event {
///         println!("{node} is gone");
///     }
/// }
/// # }
/// ```
#[derive(Debug)]
pub struct ClusterEvents(pub(super) Option<broadcast::Receiver<ClusterEvent>>);

impl ClusterEvents {
    /// Waits for the next event; at most 256 wait, then the oldest give way to [`ClusterEvent::Skipped`]. `None`: the server
    /// has left the cluster, or has none.
    ///
    /// # Cancel safety
    /// Cancel safe: an event that is not taken is still the next one.
    pub async fn next(&mut self) -> Option<ClusterEvent> {
        match self.0.as_mut()?.recv().await {
            Ok(event) => Some(event),
            Err(RecvError::Lagged(skipped)) => Some(ClusterEvent::Skipped(skipped)),
            Err(RecvError::Closed) => None,
        }
    }
}
