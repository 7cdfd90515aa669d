//! What a driver implements.

use std::pin::Pin;

use super::{History, Node, Operation, Question, QuestionId};

/// A driver: how operations and questions reach the other nodes.
///
/// Everything except [`close`](Self::close) is called from anywhere, sometimes often, and must not wait: a driver has a bounded
/// queue and tasks of its own.
pub trait Cluster: Send + Sync + 'static {
    /// The server is there: starts the driver's tasks. Called once, inside a tokio runtime.
    fn start(&self, node: Node);

    /// Gives an operation to the other nodes. The members of this process have their part already.
    ///
    /// # Errors
    /// If too much waits: then it is lost for the other nodes.
    fn publish(&self, operation: &Operation<'_>) -> Result<(), Full>;

    /// Asks the other nodes. The driver then says how many there are with [`Node::expect`], and hands on what they say with
    /// [`Node::answer`].
    ///
    /// # Errors
    /// If there is no connection to them.
    fn ask(&self, question: &Question<'_>) -> Result<(), NotConnected>;

    /// Answers to a question are missing: the driver says with [`Node::recounted`] how many nodes are there now, if it can.
    fn recount(&self, id: QuestionId, namespace: &str) {
        let _ = (id, namespace);
    }

    /// A namespace that was made by a pattern is there.
    fn enter(&self, namespace: &str) {
        let _ = namespace;
    }

    /// A namespace that was made by a pattern is gone.
    fn leave(&self, namespace: &str) {
        let _ = namespace;
    }

    /// Does the driver want to hear of [rooms](Self::room)? Asked once.
    fn follows_rooms(&self) -> bool {
        false
    }

    /// A room has its first member in this process, or has lost its last. The id of a socket is a room, and so is its uuid.
    /// Called only if the driver [wants](Self::follows_rooms) it, under a lock: what it does must be short.
    fn room(&self, namespace: &str, room: &str, lives: bool) {
        let _ = (namespace, room, lives);
    }

    /// If the driver keeps what was said.
    fn history(&self) -> Option<&dyn History> {
        None
    }

    /// All connections have ended: sends what waits, and ends every task of the driver.
    fn close(&self) -> Pin<Box<dyn Future<Output = ()> + Send + '_>>;
}

/// Too much waits for the other nodes already.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("too much waits for the other nodes")]
pub struct Full;

/// There is no connection to the other nodes.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("there is no connection to the other nodes")]
pub struct NotConnected;
