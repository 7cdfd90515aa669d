//! Several processes as one server: what a driver implements, and what it is given.
//!
//! A driver carries [operations](Operation) and [questions](Question) to the other nodes, and hands theirs to its [`Node`].
//! It knows nothing of sockets; the server knows nothing of the driver's wire. A program meets this module only where it
//! names a driver: `SocketIo::builder().cluster(driver)`. [`Memory`] joins several servers of one process, for tests.
//!
//! Unstable: before 1.0 the traits here may change with any version.

mod asking;
mod attached;
mod driver;
mod events;
mod handle;
mod history;
mod lanes;
mod memory;
mod node;
mod not_recovered;
mod operation;
mod packed;
mod position;
mod questions;
mod receive;
mod restore;
mod send;
mod state;

#[cfg(test)]
pub(crate) use self::memory::Planted;
pub(crate) use self::{
    asking::Asking,
    attached::Attached,
    receive::attach,
    restore::restore,
    send::{ask, publish, tell},
};
pub use self::{
    driver::{Cluster, Full, NotConnected},
    events::{ClusterEvent, ClusterEvents},
    handle::{ClusterHandle, Watch},
    history::{History, Kept, Lookup, Session},
    memory::{Memory, MemoryNode},
    node::Node,
    not_recovered::NotRecovered,
    operation::{Action, Asks, Fetched, Operation, Present, Question, QuestionId, Replies, Reply, Selection},
    packed::{NotPacked, Packed},
    position::Position,
    state::{ClusterState, Figures},
};
pub use crate::node::NodeId;
