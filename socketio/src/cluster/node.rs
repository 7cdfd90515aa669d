//! The server, as its driver sees it.

use std::{fmt, sync::Arc};

use super::{
    ClusterState, Figures, NodeId, Operation, Position, Present, Question, QuestionId, Replies, Reply,
    questions::Heard,
};

/// The server, as far as other nodes have to do with it.
pub(crate) trait Receiver: Send + Sync {
    fn namespaces(&self) -> Vec<Arc<str>>;
    fn has_room(&self, namespace: &str, room: &str) -> bool;
    fn apply(&self, from: &NodeId, operation: &Operation<'_>);
    fn entry(&self, from: &NodeId, position: Option<Position>, is_own: bool, operation: &Operation<'_>);
    fn release(&self, namespace: &str, pid: &str);
    fn ask(&self, from: &NodeId, question: &Question<'_>, replies: Arc<dyn Replies>);
    fn hear(&self, id: QuestionId, heard: Heard);
    fn report(&self, state: ClusterState);
    fn joined(&self, node: &NodeId);
    fn left(&self, node: &NodeId);
    fn gap(&self, lost: Option<u64>);
    fn malformed(&self);
    fn unknown(&self);
    fn figures(&self) -> Figures;
    fn is_gone(&self) -> bool;
}

/// The server, as its driver sees it: takes what other nodes say. Nothing here waits.
#[derive(Clone)]
pub struct Node(Arc<dyn Receiver>);

impl Node {
    pub(crate) fn new(receiver: Arc<dyn Receiver>) -> Self {
        Self(receiver)
    }

    /// The namespaces that handlers name; more come with [`Cluster::enter`](super::Cluster::enter).
    pub fn namespaces(&self) -> Vec<Arc<str>> {
        self.0.namespaces()
    }

    /// Is anybody of this process in the room? The id of a socket is a room, and so is its uuid.
    ///
    /// A driver may drop unread what is for a room that has nobody.
    pub fn has_room(&self, namespace: &str, room: &str) -> bool {
        self.0.has_room(namespace, room)
    }

    /// Does what another node asks for.
    pub fn apply(&self, from: &NodeId, operation: &Operation<'_>) {
        self.0.apply(from, operation);
    }

    /// Does what an entry of a [history](super::History) asks for, in the order of the history. `is_own`: this node has added
    /// it, and does only what it has not done yet. `position`: `None` if it has none that is known.
    pub fn entry(&self, from: &NodeId, position: Option<Position>, is_own: bool, operation: &Operation<'_>) {
        self.0.entry(from, position, is_own, operation);
    }

    /// A client recovers the socket with this `pid` elsewhere: if it is here, it ends, and its session is stored.
    pub fn release(&self, namespace: &str, pid: &str) {
        self.0.release(namespace, pid);
    }

    /// Answers a question of another node.
    pub fn ask(&self, from: &NodeId, question: &Question<'_>, replies: Arc<dyn Replies>) {
        self.0.ask(from, question, replies);
    }

    /// These are to answer a question of this node.
    pub fn expect(&self, id: QuestionId, present: Present) {
        self.0.hear(id, Heard::Expected(present));
    }

    /// These are there now.
    pub fn recounted(&self, id: QuestionId, present: Present) {
        self.0.hear(id, Heard::Recounted(present));
    }

    /// An answer to a question of this node. `from`: if the wire says who answers.
    pub fn answer(&self, id: QuestionId, from: Option<NodeId>, reply: Reply) {
        self.0.hear(id, Heard::Answer(from, reply));
    }

    /// How this node stands with the others now.
    pub fn report(&self, state: ClusterState) {
        self.0.report(state);
    }

    /// Another node is there. Nothing happens if it is known already.
    pub fn joined(&self, node: &NodeId) {
        self.0.joined(node);
    }

    /// Another node is gone. Nothing happens if it is not known.
    pub fn left(&self, node: &NodeId) {
        self.0.left(node);
    }

    /// This node was away: so much of what others said is missing, if that is known.
    pub fn gap(&self, lost: Option<u64>) {
        self.0.gap(lost);
    }

    /// A message could not be read: counted, and reported by the driver.
    pub fn malformed(&self) {
        self.0.malformed();
    }

    /// A message was written and not confirmed: it may have arrived or not.
    pub fn unknown(&self) {
        self.0.unknown();
    }

    /// What was counted.
    pub fn figures(&self) -> Figures {
        self.0.figures()
    }

    /// Is the server gone? Then the driver's tasks end.
    pub fn is_gone(&self) -> bool {
        self.0.is_gone()
    }
}

impl fmt::Debug for Node {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Node").finish_non_exhaustive()
    }
}
