//! Operators: a message to many.

use std::sync::Arc;

use super::{Namespace, Target};
use crate::{
    emit::{Content, Emit},
    error::EmitError,
    session::buffers,
    socket::{Socket, SocketId},
};

/// A selection of sockets of one namespace, and what to do with them.
///
/// Made by [`SocketIo::to`](crate::SocketIo::to), [`Socket::broadcast`], [`Socket::to`] and their like. Each
/// socket of the selection is met once, however many of the rooms it is in.
///
/// ```
/// # fn example(socket: &socketio::Socket) {
/// use socketio::Message;
///
/// socket.to("lobby").to("bar").except("muted").emit(Message::text("hello"));
/// # }
/// ```
#[derive(Debug, Clone)]
#[must_use = "a selection does nothing by itself: emit to it"]
pub struct Broadcast {
    namespace: Arc<Namespace>,
    target: Target,
}

impl Broadcast {
    pub(crate) fn new(namespace: Arc<Namespace>) -> Self {
        Self { namespace, target: Target::default() }
    }

    /// Everyone but this socket.
    pub(crate) fn except_socket(mut self, id: SocketId) -> Self {
        self.target.except_socket = Some(id);
        self
    }

    /// Adds the members of a room; without any room, everyone is meant.
    pub fn to(mut self, room: impl Into<Arc<str>>) -> Self {
        self.target.rooms.push(room.into());
        self
    }

    /// Leaves out the members of a room.
    pub fn except(mut self, room: impl Into<Arc<str>>) -> Self {
        self.target.except.push(room.into());
        self
    }

    /// Emits to every selected socket. The message is encoded once for each wire.
    ///
    /// A value that cannot be encoded is reported to `tracing`; see [`try_emit`](Self::try_emit).
    pub fn emit(&self, event: impl Emit) {
        if let Err(error) = self.try_emit(event) {
            tracing::error!(namespace = self.namespace.name, %error, "a broadcast could not be emitted");
        }
    }

    /// Emits to every selected socket; returns how many it was sent to.
    ///
    /// A socket that reads too slowly is handled by its [`Overflow`](crate::Overflow) policy and is not counted.
    ///
    /// # Errors
    /// If the value cannot be encoded.
    pub fn try_emit(&self, event: impl Emit) -> Result<usize, EmitError> {
        let content = event.content();
        self.namespace
            .send(&self.target, |wire| encode(&content, wire, self.namespace.name))
            .map_err(EmitError::from)
    }

    /// The selected sockets.
    pub fn sockets(&self) -> Vec<Socket> {
        self.namespace.sockets(&self.target)
    }
}

fn encode(
    content: &Content<'_>,
    wire: crate::emit::Wire,
    namespace: &str,
) -> Result<bytes::Bytes, crate::EncodeError> {
    buffers::with_frame(
        content.opcode(wire),
        |out| content.write(out, wire, namespace, None),
        bytes::Bytes::copy_from_slice,
    )
}

/// What became of a message to a list of sockets.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct EmitReport {
    /// How many sockets it was sent to.
    pub sent: usize,
    /// To whom it was not sent, and why; in the order of the list.
    pub failed: Vec<(String, EmitError)>,
}

impl EmitReport {
    /// Was it sent to everyone?
    pub fn is_complete(&self) -> bool {
        self.failed.is_empty()
    }
}
