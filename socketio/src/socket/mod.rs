//! The handle of one client's socket.

mod acks;
mod asking;
mod core;
mod data;
mod id;
mod locals;
mod rooms;
mod sending;

use std::{fmt, sync::Arc};

use serde::Serialize;

use self::sending::head;
use crate::{
    close::{CloseCode, CloseReason, DisconnectReason},
    encode::{self, Encoded, Head},
    error::{ClientError, EncodeError, SetUuidError, SocketError},
    handler::{Body, Job, Lifecycle},
    handshake::Handshake,
    states::States,
};

pub(crate) use self::core::{Core, Phase};
pub(crate) use self::{
    acks::{Answer, Waiter},
    asking::decode,
    id::{Pid, SessionId, epoch},
    sending::{emit_to_list, fire_job, send},
};
pub use self::{
    asking::AckFuture,
    id::{InvalidSocketId, SocketId},
    locals::Extensions,
    sending::{Address, Volatile},
};

/// One client, in one namespace: a cheap handle.
///
/// Clone it, keep it, use it from any task: nothing here blocks. A kept handle keeps a small core in memory,
/// never the connection or its messages; after the end of the socket its verbs do nothing,
/// [`is_connected`](Self::is_connected) is `false`, and [`disconnected`](Self::disconnected) says why.
///
/// While the connect handlers run, emits are held until they have accepted, and joins take effect then.
///
/// ```
/// use socketio::{Socket, event, on};
///
/// #[on("later")]
/// fn later(socket: Socket) {
///     tokio::spawn(async move {
///         socket.emit(event!("soon"));
///         println!("{}", socket.disconnected().await);
///     });
/// }
/// ```
#[derive(Clone)]
pub struct Socket(Arc<Core>);

impl Socket {
    pub(crate) fn new(core: Core) -> Self {
        Self(Arc::new(core))
    }

    pub(crate) fn core(&self) -> &Core {
        &self.0
    }

    #[cfg(test)]
    pub(crate) fn shared(&self) -> &Arc<Core> {
        &self.0
    }

    /// The id of the socket: it never changes.
    pub fn id(&self) -> SocketId {
        self.0.id
    }

    /// The name under which [`emit_to`](Self::emit_to) finds the socket: its id, unless
    /// [`set_uuid`](Self::set_uuid) was called.
    pub fn uuid(&self) -> String {
        self.0.alias().map_or_else(|| self.0.id.to_string(), |alias| alias.to_string())
    }

    /// Gives the socket a name of its own in the namespace. It is released when the socket ends.
    ///
    /// # Errors
    /// If another socket has it, one that is connecting included, it is empty or longer than 256 bytes, or the
    /// socket has ended; nothing changes then.
    pub fn set_uuid(&self, uuid: impl Into<Arc<str>>) -> Result<(), SetUuidError> {
        let uuid = uuid.into();
        if uuid.is_empty() || uuid.len() > crate::proto::MAX_NAME {
            return Err(SetUuidError::Length);
        }
        let alias = (*uuid != *self.0.id.to_string()).then_some(uuid);
        self.0.namespace.set_alias(&self.0, alias)
    }

    /// The namespace's name: `/` unless the handlers say otherwise.
    pub fn namespace(&self) -> &str {
        &self.0.namespace.name
    }

    /// A part of the namespace's name: for `/org/7`, which was made by the pattern `/org/{id}`, `id` is `7`.
    pub fn namespace_param(&self, name: &str) -> Option<&str> {
        self.0.namespace.params.iter().find(|(known, _)| *known == name).map(|(_, value)| &**value)
    }

    /// Returns `true` if the client has reconnected to this socket, with [recovery](crate::Config::recovery): it has its
    /// id, rooms and [data](Self::data) again, and what it missed goes out before anything else. Extensions and
    /// attributes start empty.
    pub fn is_recovered(&self) -> bool {
        self.0.recovered
    }

    /// What is known of the request that opened the connection.
    pub fn handshake(&self) -> &Handshake {
        &self.0.link.handshake
    }

    /// Ends the connection in an orderly way: what was emitted is written, then 1000 "Connection closed".
    ///
    /// From here on the socket is closed: it is in no room, emits do nothing, events that wait are dropped.
    /// The handlers of `close` run, then those of `disconnect`.
    pub fn close(&self) {
        self.close_with(CloseCode::NORMAL, "Connection closed");
    }

    /// [`close`](Self::close) with a code and a text of your own.
    pub fn close_with(&self, code: CloseCode, reason: impl Into<CloseReason>) {
        self.end(&DisconnectReason::ServerClose { code, reason: reason.into() });
    }

    /// Sends the client out of this namespace.
    ///
    /// On the Socket.IO wire other namespaces of the connection stay; on the plain wire there is only one, and
    /// the connection ends with 1000. Official clients do not reconnect by themselves after this.
    pub fn disconnect(&self) {
        self.end(&DisconnectReason::ServerDisconnect);
    }

    /// The client has reconnected over another connection: this one is dead, and only has not noticed.
    pub(crate) fn replaced(&self) {
        self.end(&DisconnectReason::TransportError(std::io::ErrorKind::ConnectionAborted));
    }

    fn end(&self, reason: &DisconnectReason) {
        if self.0.end(reason) {
            self.0.link.mailbox.notify();
        }
    }

    /// Is the socket accepted, and has it not ended?
    pub fn is_connected(&self) -> bool {
        self.0.phase() == Phase::Live
    }

    /// Waits until the socket has ended.
    ///
    /// # Cancel safety
    /// Cancel safe: nothing is lost by dropping the future.
    pub async fn disconnected(&self) -> DisconnectReason {
        self.0.wait_ended().await
    }

    pub(crate) fn states(&self) -> &States {
        &self.0.namespace.states
    }

    /// Something went wrong on this socket, outside its owner task's own doing.
    fn raise(&self, error: SocketError) {
        tracing::debug!(
            connection = self.0.link.number,
            error = &error as &dyn std::error::Error,
            "an error on a socket"
        );
        if self.0.hears(Lifecycle::Error) {
            let job = Job::Lifecycle { moment: Lifecycle::Error, body: Body::Error(Arc::new(error)) };
            // a socket that has ended has said its last error
            let _ = self.0.queue(job);
        }
    }

    /// A value that `spreads` is the array of all arguments.
    pub(crate) fn send_ack<T: Serialize + ?Sized>(
        &self,
        id: u64,
        value: &T,
        spreads: bool,
    ) -> Result<(), EncodeError> {
        encode::ack(self.head(id), Some(value), spreads, |encoded| self.push(encoded))
    }

    /// An acknowledgement without a value.
    pub(crate) fn send_ack_nothing(&self, id: u64) {
        let sent = encode::ack::<(), _>(self.head(id), None, false, |encoded| self.push(encoded));
        debug_assert!(sent.is_ok(), "nothing can always be encoded");
    }

    pub(crate) fn send_ack_error(&self, id: u64, error: &ClientError) {
        if !self.0.link.config().error_acks {
            return;
        }
        if let Err(error) = encode::ack_error(self.head(id), error, |encoded| self.push(encoded)) {
            tracing::error!(%error, "an error could not be encoded");
        }
    }

    fn head(&self, ack: u64) -> Head<'_> {
        head(&self.0, Some(ack))
    }

    fn push(&self, encoded: Encoded<'_>) {
        // a socket that has ended, or a slow one, gets nothing: that is not the caller's business
        let _ = encoded.with_frame(|frame| self.0.push(frame, false));
    }
}

impl PartialEq for Socket {
    /// The same socket of the same client.
    fn eq(&self, other: &Self) -> bool {
        Arc::ptr_eq(&self.0, &other.0)
    }
}

impl Eq for Socket {}

impl fmt::Debug for Socket {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Socket")
            .field("namespace", &self.0.namespace.name)
            .field("phase", &self.0.phase())
            .finish_non_exhaustive()
    }
}
