//! A cluster that keeps what was said: the order of its entries is the order of all nodes, and a client recovers its socket on
//! any of them.

use std::{fmt, pin::Pin, sync::Arc, time::Duration};

use super::{NodeId, NotRecovered, Packed, Position, Selection};
use crate::socket::{Pid, SocketId};

/// A socket that its client may recover.
#[derive(Clone, PartialEq, Eq)]
pub struct Session {
    /// How its client proves that it is the same one. A secret.
    pub pid: String,
    /// The id of the socket.
    pub id: String,
    /// Its rooms, that of its own id perhaps included.
    pub rooms: Vec<Arc<str>>,
    /// What the program keeps on it, as JSON.
    pub data: Option<Arc<str>>,
    /// It is there, on this node. `None`: it has left.
    pub node: Option<NodeId>,
}

impl Session {
    pub(crate) fn new(pid: Pid, id: SocketId, rooms: &[Arc<str>], data: Option<Arc<str>>) -> Self {
        // the id is a room, as in Node
        let id = id.to_string();
        let rooms = std::iter::once(Arc::from(&*id)).chain(rooms.iter().cloned()).collect();
        Self { pid: pid.reveal(), id, rooms, data, node: None }
    }
}

impl fmt::Debug for Session {
    /// Without what is secret.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Session").field("id", &self.id).field("node", &self.node).finish_non_exhaustive()
    }
}

/// An event that was kept.
#[derive(Debug, Clone)]
pub struct Kept {
    /// Its place.
    pub position: Position,
    /// To which sockets it went.
    pub selection: Selection,
    /// The event.
    pub event: Packed,
}

/// Something that is being looked up. It is not bound to the driver's life.
pub type Lookup<T> = Pin<Box<dyn Future<Output = T> + Send>>;

/// What a driver can do that keeps what was said: with it, and with [recovery](crate::Config::recovery) on, events that can be
/// recovered are delivered in the order of the history, by the node that sends them as well ([`Node::entry`](super::Node::entry)).
pub trait History: Send + Sync {
    /// The entry of this namespace's history that was read last, or is being handed to the node. `None`: nothing is read yet.
    fn position(&self, namespace: &str) -> Option<Position>;

    /// Keeps a session for so long. Never waits. [`Session::node`] is of no meaning: `lives` says whether the socket is there.
    fn store(&self, session: &Session, lives: bool, keep: Duration);

    /// A session is of no use any more. Never waits.
    fn forget(&self, pid: &str);

    /// Takes a session, which nobody can take again. If its socket is there, on whatever node, it has ended when this is done.
    ///
    /// # Errors
    /// Why there is none: [`NotRecovered::NoSession`], or what has kept it from being looked up.
    fn take(&self, namespace: &str, pid: &str) -> Lookup<Result<Session, NotRecovered>>;

    /// The events of a namespace after one place, up to another, which is in.
    ///
    /// # Errors
    /// If they are not all there any more ([`NotRecovered::Trimmed`]) or too many ([`NotRecovered::TooMuch`]), or what has kept
    /// them from being read.
    fn read(&self, namespace: &str, after: Position, to: Position)
    -> Lookup<Result<Vec<Kept>, NotRecovered>>;
}
