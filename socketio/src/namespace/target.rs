//! Which sockets of a namespace are meant.

use std::sync::Arc;

use crate::socket::SocketId;

/// To whom a message goes.
#[derive(Debug, Clone, Default)]
pub(crate) struct Target {
    /// The union of these rooms; none: the whole namespace.
    pub(crate) rooms: Vec<Arc<str>>,
    /// Not to the members of these rooms.
    pub(crate) except: Vec<Arc<str>>,
    /// Not to this socket.
    pub(crate) except_socket: Option<SocketId>,
    /// To nobody but this socket.
    pub(crate) only: Option<SocketId>,
}

impl Target {
    /// Is the socket meant that has this id and is in these rooms?
    pub(crate) fn means(&self, id: SocketId, rooms: &[Arc<str>]) -> bool {
        if let Some(only) = self.only {
            return only == id;
        }
        let own = id.to_string();
        let is_in = |room: &Arc<str>| **room == *own || rooms.contains(room);
        self.except_socket != Some(id)
            && !self.except.iter().any(is_in)
            && (self.rooms.is_empty() || self.rooms.iter().any(is_in))
    }
}
