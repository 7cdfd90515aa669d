//! Sockets as seen from anywhere: what will hold for those of other nodes holds for all.

use std::sync::Arc;

use serde::de::DeserializeOwned;

use super::Broadcast;
use crate::{
    emit::Emit,
    namespace::Namespace,
    socket::{Socket, SocketId},
};

/// What a socket was like when it was [fetched](Broadcast::fetch_sockets), and a way to reach it.
///
/// ```
/// # async fn example(io: socketio::SocketIo) -> Result<(), socketio::error::RemoteError> {
/// for socket in io.fetch_sockets().await? {
///     println!("{} in {:?}: {:?}", socket.id(), socket.rooms(), socket.data::<String>());
/// }
/// # Ok(())
/// # }
/// ```
#[derive(Debug, Clone)]
pub struct RemoteSocket {
    namespace: Arc<Namespace>,
    id: SocketId,
    rooms: Vec<Arc<str>>,
    data: Option<Arc<str>>,
}

impl RemoteSocket {
    pub(super) fn new(namespace: Arc<Namespace>, socket: &Socket) -> Self {
        let core = socket.core();
        Self { namespace, id: core.id, rooms: socket.rooms(), data: core.locals.data() }
    }

    /// The id of the socket.
    pub fn id(&self) -> SocketId {
        self.id
    }

    /// The rooms it was in, besides its own.
    pub fn rooms(&self) -> &[Arc<str>] {
        &self.rooms
    }

    /// What the program had kept on it with [`Socket::set_data`], if it reads as a `T`.
    pub fn data<T: DeserializeOwned>(&self) -> Option<T> {
        serde_json::from_str(self.data.as_deref()?).ok()
    }

    /// Sends to it.
    pub fn emit(&self, event: impl Emit) {
        self.only().emit(event);
    }

    /// Lets it join a room.
    pub fn join(&self, room: impl Into<Arc<str>>) {
        self.only().join(room);
    }

    /// Lets it leave a room.
    pub fn leave(&self, room: &str) {
        self.only().leave(room);
    }

    /// Sends it out of the namespace.
    pub fn disconnect(&self) {
        self.only().disconnect();
    }

    fn only(&self) -> Broadcast {
        Broadcast::new(self.namespace.clone()).to(self.id.to_string())
    }
}
