//! What nodes say to each other, as values: the same for every driver.

use std::{sync::Arc, time::Duration};

use super::Packed;
use crate::node::NodeId;

/// Which sockets of a namespace are meant.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Selection {
    /// The union of these rooms; none: the whole namespace. The id of a socket is a room.
    pub rooms: Vec<Arc<str>>,
    /// Not the members of these rooms.
    pub except: Vec<Arc<str>>,
}

/// Something that every node is to do, and that nobody answers.
#[derive(Debug, Clone)]
pub struct Operation<'a> {
    /// The namespace.
    pub namespace: &'a str,
    /// To which of its sockets; of no meaning for [`Action::Tell`].
    pub selection: &'a Selection,
    /// What is to be done.
    pub action: Action<'a>,
}

/// What an [`Operation`] does.
#[derive(Debug, Clone)]
#[non_exhaustive]
pub enum Action<'a> {
    /// Send the event to each selected socket.
    Emit {
        /// The event.
        event: &'a Packed,
        /// Not to clients that cannot take it at once.
        volatile: bool,
        /// It may be compressed.
        compress: bool,
    },
    /// Let each selected socket join these rooms.
    Join(&'a [Arc<str>]),
    /// Let each selected socket leave these rooms.
    Leave(&'a [Arc<str>]),
    /// Disconnect each selected socket from the namespace.
    Disconnect {
        /// Close its connection as well.
        close: bool,
    },
    /// Run the handlers of an event between nodes.
    Tell(&'a Packed),
}

/// The number of a question; unique for the node that asks.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct QuestionId(pub u64);

/// Something that every other node is to answer.
#[derive(Debug, Clone)]
pub struct Question<'a> {
    /// Its number.
    pub id: QuestionId,
    /// The namespace.
    pub namespace: &'a str,
    /// Which of its sockets are meant.
    pub selection: &'a Selection,
    /// How long the asker waits.
    pub timeout: Duration,
    /// What is asked.
    pub asks: Asks<'a>,
}

/// What a [`Question`] is about.
#[derive(Debug, Clone)]
#[non_exhaustive]
pub enum Asks<'a> {
    /// The selected sockets: [`Reply::Sockets`].
    Sockets,
    /// The rooms of the namespace: [`Reply::Rooms`].
    Rooms,
    /// Run the handlers of an event between nodes: [`Reply::Value`] or [`Reply::Nobody`].
    Tell(&'a Packed),
    /// Send the event to each selected socket, which is to acknowledge it: [`Reply::Clients`], and then
    /// [`Reply::Acked`] or [`Reply::NoAck`] for each.
    Emit(&'a Packed),
}

/// What a node answers to a [`Question`].
#[derive(Debug, Clone)]
#[non_exhaustive]
pub enum Reply {
    /// Its selected sockets.
    Sockets(Vec<Fetched>),
    /// Its rooms.
    Rooms(Vec<Arc<str>>),
    /// What the handler of an event between nodes returned; an error is `{"error":{"code":..,"message":..}}`.
    Value(Packed),
    /// It has no handler of that event.
    Nobody,
    /// To how many of its clients the event is sent.
    Clients(usize),
    /// One of its clients acknowledged, with this.
    Acked(Packed),
    /// One of its clients will not acknowledge: it has left, or refused.
    NoAck,
}

/// A socket, as another node describes it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Fetched {
    /// Its id.
    pub id: String,
    /// The rooms it is in, that of its own id perhaps included.
    pub rooms: Vec<Arc<str>>,
    /// What the program keeps on it, as JSON.
    pub data: Option<Arc<str>>,
    /// What is known of its handshake, as JSON in Socket.IO's form.
    pub handshake: Option<Arc<str>>,
}

/// Where the answers to a question of another node go. Each call is one message; it never waits.
pub trait Replies: Send + Sync + 'static {
    /// Sends an answer.
    fn reply(&self, reply: Reply);
}

/// The nodes that are to answer a question, the asker left out.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Present {
    /// How many there are.
    pub count: usize,
    /// Their names, where the driver knows them: as many, or none.
    pub names: Vec<NodeId>,
}

impl Present {
    /// So many, whose names are not known.
    pub fn unnamed(count: usize) -> Self {
        Self { count, names: vec![] }
    }

    /// These.
    pub fn named(names: Vec<NodeId>) -> Self {
        Self { count: names.len(), names }
    }
}
