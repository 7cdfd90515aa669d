//! Sockets as seen from anywhere: what will hold for those of other nodes holds for all.

use std::sync::Arc;

use serde::{Deserialize, de::DeserializeOwned};
use serde_json::{Map, Value};

use super::Broadcast;
use crate::{
    cluster::Fetched,
    emit::Emit,
    namespace::Namespace,
    node::NodeId,
    socket::{Socket, SocketId},
};

/// What a socket was like when it was [fetched](Broadcast::fetch_sockets), and a way to reach it.
///
/// ```
/// # async fn example(io: socketio::SocketIo) -> Result<(), Box<dyn std::error::Error>> {
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
    node: Option<NodeId>,
    rooms: Vec<Arc<str>>,
    data: Option<Arc<str>>,
    handshake: Option<Arc<str>>,
}

impl RemoteSocket {
    pub(super) fn new(namespace: Arc<Namespace>, socket: &Socket) -> Self {
        let core = socket.core();
        let handshake = Some(socket.handshake().to_json().to_string().into());
        Self {
            namespace,
            id: core.id,
            node: None,
            rooms: socket.rooms(),
            data: core.locals.data(),
            handshake,
        }
    }

    /// A socket of another node. `None`: it has an id that no socket can have.
    pub(super) fn fetched(namespace: Arc<Namespace>, node: Option<NodeId>, socket: Fetched) -> Option<Self> {
        let Fetched { id, rooms, data, handshake } = socket;
        let own = id.parse().ok()?;
        // in Socket.IO every socket is in the room of its id
        let rooms = rooms.into_iter().filter(|room| **room != *id).collect();
        Some(Self { namespace, id: own, node, rooms, data, handshake })
    }

    /// The node that it is on. `None`: this process, or a node whose name the wire does not tell.
    pub fn node(&self) -> Option<&NodeId> {
        self.node.as_ref()
    }

    /// What is known of the request that opened its connection.
    pub fn handshake(&self) -> RemoteHandshake {
        let handshake = self.handshake.as_deref().and_then(|text| serde_json::from_str(text).ok());
        handshake.unwrap_or_default()
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

/// What a node tells of the request that opened a connection: all of it may be missing.
#[derive(Debug, Clone, PartialEq, Default, Deserialize)]
#[serde(default)]
#[non_exhaustive]
pub struct RemoteHandshake {
    /// The address of the TCP peer.
    pub address: String,
    /// The parameters of the query.
    pub query: Map<String, Value>,
    /// The headers: names in lower case.
    pub headers: Map<String, Value>,
    /// When the request was handled, in milliseconds since 1970.
    pub issued: u64,
}
