//! The cluster of a server: its driver, its questions, and what it has counted.

use std::{
    fmt,
    sync::{Arc, atomic::Ordering},
};

use tokio::sync::watch;
use tokio_util::{sync::CancellationToken, task::TaskTracker};

use super::{
    Action, Cluster, ClusterState, Operation, Packed, QuestionId, Selection,
    events::Happenings,
    questions::Questions,
    state::{Counters, count},
};
use crate::{
    emit::{Content, Emit},
    error::EncodeError,
    event::BetweenNodes,
    message::{Message, Raw},
};

/// The cluster that a server is in. Its namespaces point to it.
pub(crate) struct Attached {
    driver: Box<dyn Cluster>,
    pub(crate) questions: Questions,
    pub(crate) state: watch::Sender<ClusterState>,
    pub(crate) happenings: Happenings,
    pub(crate) counters: Counters,
    /// The tasks of this module, and how they learn that it is over.
    pub(crate) tasks: TaskTracker,
    pub(crate) over: CancellationToken,
}

impl Attached {
    pub(crate) fn new(driver: Box<dyn Cluster>) -> Self {
        Self {
            driver,
            questions: Questions::default(),
            state: watch::Sender::new(ClusterState::Connecting),
            happenings: Happenings::new(),
            counters: Counters::default(),
            tasks: TaskTracker::new(),
            over: CancellationToken::new(),
        }
    }

    pub(crate) fn driver(&self) -> &dyn Cluster {
        &*self.driver
    }

    /// Gives an operation to the driver. One that is refused is counted: the caller is not held up by it. Returns `true` if
    /// the driver has taken it.
    pub(crate) fn publish(&self, operation: &Operation<'_>) -> bool {
        let published = self.driver.publish(operation);
        count(if published.is_ok() { &self.counters.published } else { &self.counters.lost });
        published.is_ok()
    }

    /// Sends to the sockets of other nodes that have these names. Returns `true` if the driver has taken it.
    pub(crate) fn emit_to(
        &self,
        namespace: &str,
        rooms: Vec<Arc<str>>,
        content: &Content<'_>,
    ) -> Result<bool, EncodeError> {
        let event = &pack(content)?;
        let selection = &Selection { rooms, except: vec![] };
        Ok(self.publish(&Operation {
            namespace,
            selection,
            action: Action::Emit { event, volatile: false, compress: content.may_be_compressed() },
        }))
    }

    /// A request named a session that is not of this process. Returns `true` the first time.
    pub(crate) fn foreign_session(&self) -> bool {
        self.counters.foreign_sessions.fetch_add(1, Ordering::Relaxed) == 0
    }

    pub(crate) fn recount(&self, id: QuestionId, namespace: &str) {
        self.driver.recount(id, namespace);
    }

    /// Leaves the cluster.
    pub(crate) async fn close(&self) {
        self.driver.close().await;
        self.state.send_replace(ClusterState::Closed);
        self.happenings.end();
        self.over.cancel();
        self.tasks.close();
        self.tasks.wait().await;
    }
}

/// What is emitted, as it travels between nodes. A message without a name is the event `message`, as on Socket.IO's wire.
pub(crate) fn pack(content: &Content<'_>) -> Result<Packed, EncodeError> {
    match content {
        Content::Event { name, args, .. } => Packed::event(name, *args),
        Content::Message { message: Message(Raw::Text(text)), .. } => {
            Packed::event("message", &(text.as_str(),))
        }
        Content::Message { message: Message(Raw::Binary(bytes)), .. } => {
            Packed::event("message", &(crate::Bytes::from(bytes.clone()),))
        }
    }
}

impl Packed {
    /// What is emitted to clients, as it travels between nodes: for drivers, and for processes without a server.
    ///
    /// # Errors
    /// If the value cannot be encoded.
    pub fn of(event: &impl Emit) -> Result<Self, EncodeError> {
        pack(&event.content())
    }

    /// An event between nodes, as it travels.
    ///
    /// # Errors
    /// If the value cannot be encoded.
    pub fn of_nodes<E: BetweenNodes>(event: &E) -> Result<Self, EncodeError> {
        Self::event(E::NAME, event)
    }
}

impl fmt::Debug for Attached {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Attached").field("state", &*self.state.borrow()).finish_non_exhaustive()
    }
}
