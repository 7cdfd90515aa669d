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
