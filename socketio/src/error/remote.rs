//! What comes of asking other nodes, where not all of them answer.

use super::AckError;
use crate::node::NodeId;

/// Not every node answered. An incomplete answer is an answer: it is in [`Partial`].
///
/// A server without a cluster never fails with this.
///
/// ```
/// # async fn example(io: socketio::SocketIo) {
/// use socketio::error::RemoteError;
///
/// let sockets = match io.fetch_sockets().await {
///     Ok(sockets) => sockets,
///     Err(RemoteError::Partial(partial)) => {
///         println!("{partial}");
///         partial.answers
///     }
///     Err(_) => vec![],
/// };
/// # }
/// ```
#[derive(Debug, Clone, PartialEq, thiserror::Error)]
#[non_exhaustive]
pub enum RemoteError<T> {
    /// Some nodes are there and did not answer, or cannot be reached, or answered with an error.
    #[error("{0}")]
    Partial(Box<Partial<T>>),
    /// The question could not be encoded: nobody was asked.
    #[error("the value cannot be encoded")]
    Encode(#[from] super::EncodeError),
}

impl<T> RemoteError<T> {
    /// The answers that came.
    pub fn into_answers(self) -> Vec<T> {
        match self {
            Self::Partial(partial) => partial.answers,
            Self::Encode(_) => vec![],
        }
    }
}

/// An answer of some of the nodes.
#[derive(Debug, Clone, PartialEq, thiserror::Error)]
#[error("{answered} of {expected} other nodes answered: {why}")]
#[non_exhaustive]
pub struct Partial<T> {
    /// What came, that of this process included.
    pub answers: Vec<T>,
    /// The nodes that answered with an error or with something else, as far as they are known by name, and why.
    pub failed: Vec<(Option<NodeId>, AckError)>,
    /// How many other nodes were to answer.
    pub expected: usize,
    /// How many of them did.
    pub answered: usize,
    /// Those that did not, where the wire tells them apart; otherwise empty.
    pub silent: Vec<NodeId>,
    /// Why it is not complete.
    pub why: Incomplete,
}

/// Why an answer is not complete.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum Incomplete {
    /// A node is there and did not answer in time.
    #[error("the time is over")]
    Deadline,
    /// This process is not connected to the others.
    #[error("there is no connection to the other nodes")]
    NotConnected,
    /// A node answered with an error.
    #[error("a node answered with an error")]
    Failed,
}
