//! Emitting without a server: for jobs and other services.

use std::sync::Arc;

use redis::{RedisError, aio::MultiplexedConnection};
use socketio::{
    cluster::{Action, Operation, Packed, Selection},
    emit::{BetweenNodes, Emit},
    error::EncodeError,
};
use tokio::sync::Mutex;

use crate::{
    dialect::{Adapter, Dialect, Streams},
    driver::PUBLISH,
    link::{self, ConnectError},
    options::Options,
    server::Server,
};

/// Emits to the clients of a cluster from a process that has none: a job, a command, another service.
///
/// It needs no server, and is heard by our nodes and by those of Node.js, as `@socket.io/redis-emitter` 5 is. Each verb
/// returns when Redis has the message: a job that ends must know.
///
/// ```no_run
/// use socketio::event;
/// use socketio_redis::Emitter;
///
/// # async fn example() -> Result<(), Box<dyn std::error::Error>> {
/// let emitter = Emitter::classic("redis://127.0.0.1:6379").await?;
/// emitter.of("/chat").to("lobby").emit(event!("news", "at nine")).await?;
/// # Ok(())
/// # }
/// ```
#[derive(Clone)]
#[must_use = "a selection does nothing by itself: emit to it"]
pub struct Emitter {
    link: Arc<Link>,
    namespace: Arc<str>,
    selection: Selection,
    volatile: bool,
}

struct Link {
    server: Server,
    dialect: Dialect,
    /// `None`: it broke, and is made again with the next message.
    connection: Mutex<Option<MultiplexedConnection>>,
}

/// What Node's emitter calls itself.
const UID: &str = "emitter";

/// A message was not emitted, or it is not known whether it was.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum EmitterError {
    /// The value cannot be encoded: nothing was sent.
    #[error("the value cannot be encoded")]
    Encode(#[from] EncodeError),
    /// The connection broke, and cannot be made again: nothing was sent.
    #[error("nothing was sent: there is no connection to Redis")]
    Connect(#[from] ConnectError),
    /// Redis did not confirm it. After a time-out it may have arrived nevertheless.
    #[error("Redis did not confirm the message")]
    Redis(#[from] RedisError),
}

impl Emitter {
    /// An emitter for the nodes of [`Classic`](crate::Classic), and of Node's `createAdapter`.
    ///
    /// # Errors
    /// If Redis cannot be reached.
    pub async fn classic(address: &str) -> Result<Self, ConnectError> {
        Self::classic_with(address, Options::default()).await
    }

    /// The same, for nodes with other [`Options`]: what is for nodes alone is of no meaning.
    ///
    /// # Errors
    /// If Redis cannot be reached.
    pub async fn classic_with(address: &str, options: Options) -> Result<Self, ConnectError> {
        Self::connect(address, Adapter::Classic, options).await
    }

    /// An emitter for the nodes of [`Sharded`](crate::Sharded), and of Node's `createShardedAdapter`, for which Node has none.
    ///
    /// # Errors
    /// If Redis cannot be reached.
    pub async fn sharded(address: &str, options: Options) -> Result<Self, ConnectError> {
        let adapter = Adapter::Sharded { is_static: options.static_channels };
        Self::connect(address, adapter, options).await
    }

    /// An emitter for the nodes of [`Streams`](crate::Streams), and of Node's `@socket.io/redis-streams-adapter`: what it
    /// emits is kept for clients that reconnect.
    ///
    /// # Errors
    /// If Redis cannot be reached.
    pub async fn streams(address: &str, options: Options) -> Result<Self, ConnectError> {
        let Options { stream: name, stream_count: count, max_len, sessions, .. } = options.clone();
        let adapter = Adapter::Streams(Streams { name, count, max_len, sessions });
        Self::connect(address, adapter, options).await
    }

    async fn connect(address: &str, adapter: Adapter, options: Options) -> Result<Self, ConnectError> {
        let server = Server::new(address, &options)?;
        let connection = Mutex::new(Some(link::first(&server.client().await?).await?));
        let dialect = Dialect { prefix: options.prefix, adapter };
        Ok(Self {
            link: Arc::new(Link { server, dialect, connection }),
            namespace: "/".into(),
            selection: Selection::default(),
            volatile: false,
        })
    }

    /// Everybody in another namespace; the slash before its name may be left out.
    pub fn of(&self, namespace: &str) -> Self {
        let namespace =
            if namespace.starts_with('/') { namespace.into() } else { format!("/{namespace}").into() };
        Self { namespace, selection: Selection::default(), ..self.clone() }
    }

    /// Adds the members of a room; without any room, everybody is meant.
    pub fn to(&self, room: impl Into<Arc<str>>) -> Self {
        let mut selected = self.clone();
        selected.selection.rooms.push(room.into());
        selected
    }

    /// Leaves out the members of a room.
    pub fn except(&self, room: impl Into<Arc<str>>) -> Self {
        let mut selected = self.clone();
        selected.selection.except.push(room.into());
        selected
    }

    /// Leaves out clients that cannot take the message at once.
    pub fn volatile(&self) -> Self {
        Self { volatile: true, ..self.clone() }
    }

    /// Emits to every selected socket.
    ///
    /// # Errors
    /// If the value cannot be encoded, or Redis does not confirm the message.
    ///
    /// # Cancel safety
    /// If the future is dropped, the message may have been emitted or not.
    pub async fn emit(&self, event: impl Emit) -> Result<(), EmitterError> {
        let event = Packed::of(&event)?;
        self.publish(&Action::Emit { event: &event, volatile: self.volatile, compress: true }).await
    }

    /// Lets every selected socket join a room.
    ///
    /// # Errors
    /// If Redis does not confirm the message.
    pub async fn join(&self, room: impl Into<Arc<str>>) -> Result<(), EmitterError> {
        self.publish(&Action::Join(&[room.into()])).await
    }

    /// Lets every selected socket leave a room.
    ///
    /// # Errors
    /// If Redis does not confirm the message.
    pub async fn leave(&self, room: impl Into<Arc<str>>) -> Result<(), EmitterError> {
        self.publish(&Action::Leave(&[room.into()])).await
    }

    /// Sends every selected socket out of the namespace.
    ///
    /// # Errors
    /// If Redis does not confirm the message.
    pub async fn disconnect(&self) -> Result<(), EmitterError> {
        self.publish(&Action::Disconnect { close: false }).await
    }

    /// Runs the handlers of an event on every node.
    ///
    /// # Errors
    /// If the value cannot be encoded, or Redis does not confirm the message.
    pub async fn server_side_emit<E: BetweenNodes>(&self, event: &E) -> Result<(), EmitterError> {
        self.publish(&Action::Tell(&Packed::of_nodes(event)?)).await
    }

    async fn publish(&self, action: &Action<'_>) -> Result<(), EmitterError> {
        let operation =
            Operation { namespace: &self.namespace, selection: &self.selection, action: action.clone() };
        let Some(message) = self.link.dialect.operation(UID, &operation) else { return Ok(()) };
        let mut held = self.link.connection.lock().await;
        let mut connection = match held.take() {
            Some(connection) => connection,
            None => {
                let client = self.link.server.client().await?;
                let connected = link::connect(&client, PUBLISH, |_| Ok(())).await;
                connected.map_err(ConnectError::Unreachable)?
            }
        };
        message.command().exec_async(&mut connection).await?;
        // one that failed is not kept
        *held = Some(connection);
        Ok(())
    }
}

impl std::fmt::Debug for Emitter {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Emitter")
            .field("namespace", &self.namespace)
            .field("selection", &self.selection)
            .finish_non_exhaustive()
    }
}
