//! The handle of one client's socket.

mod acks;
mod asking;
mod core;
mod data;
mod expiry;
mod gate;
mod id;
mod locals;
mod recoverable;
mod rooms;
mod sending;

use std::{borrow::Cow, fmt, sync::Arc, task::Poll};

use serde::{Serialize, de::DeserializeOwned};

use self::sending::head;
use crate::{
    close::{CloseCode, CloseReason, DisconnectReason},
    connection::Carrier,
    emit::{Ask, Content, Emit, EmitReport, Fire},
    encode::{self, Arguments, Encoded, Head},
    error::{AckError, ClientError, EmitError, EncodeError, FireError, SetUuidError, SocketError},
    event::{Acknowledged, Outgoing, Payload},
    handler::{Body, Job, Lifecycle},
    handshake::Handshake,
    observe,
};

pub(crate) use self::core::Core;
pub(crate) use self::{
    acks::{Answer, TakesAnswer, Waiter},
    asking::decode,
    gate::{Phase, Prepared},
    id::{Pid, SessionId, epoch},
    sending::{emit_to, emit_to_list, fire_job, send},
};
pub use self::{
    asking::AckFuture,
    expiry::Expiry,
    id::{InvalidSocketId, SocketId},
    locals::Extensions,
    sending::{Address, Compressing, Volatile},
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
    /// If another socket has it, one that is connecting included, it is empty or longer than
    /// [`max_name`](crate::Config::max_name), or the socket has ended; nothing changes then.
    pub fn set_uuid(&self, uuid: impl Into<Arc<str>>) -> Result<(), SetUuidError> {
        let uuid = uuid.into();
        if uuid.is_empty() || uuid.len() > self.0.link.config().max_name {
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

    /// A number of the connection, which all its sockets share: connections of a server have numbers in the order in which
    /// they came. It says nothing to anybody else.
    pub fn connection(&self) -> u64 {
        self.0.link.number
    }

    /// What carries the connection at the moment: `websocket`, `polling`, or `webtransport`, which is also said of any other
    /// [stream](crate::SocketIo::open_stream).
    pub fn transport(&self) -> &'static str {
        match self.0.link.mailbox.carrier() {
            Carrier::Polling | Carrier::Upgrading => "polling",
            Carrier::Packets => "webtransport",
            Carrier::WebSocket | Carrier::Nothing => "websocket",
        }
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
            self.0.notify();
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

    /// Something went wrong on this socket, outside its owner task's own doing.
    fn raise(&self, error: SocketError) {
        observe::socket_error(self.0.link.number, &error);
        self.queue_error(error);
    }

    fn queue_error(&self, error: SocketError) {
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
        let error = &*self.shown(error);
        if let Err(error) = encode::ack_error(self.head(id), error, |encoded| self.push(encoded)) {
            self.0.report_not_encoded("an error", &error);
        }
    }

    /// An error as the client receives it: see [`map_error`](crate::SocketIoBuilder::map_error).
    pub(crate) fn shown<'e>(&self, error: &'e ClientError) -> Cow<'e, ClientError> {
        match &self.0.namespace.table.errors {
            None => Cow::Borrowed(error),
            Some(map) => Cow::Owned(map.apply(error.clone(), self).unwrap_or_else(|| {
                let link = &self.0.link;
                link.observer().handler_panicked(link.number, &"the function given to `map_error`");
                ClientError::panicked()
            })),
        }
    }

    fn head(&self, ack: u64) -> Head<'_> {
        head(&self.0, Some(ack))
    }

    fn push(&self, encoded: Encoded<'_>) {
        // a socket that has ended, or a slow one, gets nothing: that is not the caller's business
        let packing = self.0.link.mailbox.packing();
        let _ = encoded.with_frame_for(packing, |frame| self.0.push(frame, false));
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

impl Socket {
    /// Sends an event and waits for the client's acknowledgement.
    ///
    /// A handler may await an answer of its own client: only events wait for it, answers are taken the
    /// moment they are read.
    ///
    /// The event is sent when this is called; awaiting the future waits for the answer.
    pub fn emit_with_ack<E: Outgoing + Acknowledged + Arguments>(&self, event: &E) -> AckFuture<E::Ack> {
        self.request(&Content::Event { name: E::NAME, args: event, compress: E::COMPRESS })
    }

    /// [`emit_with_ack`](Self::emit_with_ack), also for an event without a type of its own, like `event!("name", ..)`: then
    /// the caller says what the answer is.
    ///
    /// ```
    /// # async fn example(socket: socketio::Socket) -> Result<(), socketio::error::AckError> {
    /// use socketio::event;
    ///
    /// let age: u32 = socket.ask(event!("how old are you")).await?;
    /// # Ok(())
    /// # }
    /// ```
    pub fn ask<T: Payload + DeserializeOwned>(&self, event: impl Ask<T>) -> AckFuture<T> {
        self.request(&event.content())
    }

    pub(super) fn request<T>(&self, content: &Content<'_>) -> AckFuture<T> {
        let config = self.0.link.config();
        match self.0.acks.add(&self.0.link.mailbox, config.max_pending_acks) {
            Err(error) => AckFuture::failed(error),
            Ok((id, answer)) => {
                let waiting = AckFuture::waiting(self.clone(), id, answer, config.ack_timeout);
                match self.send(content, Some(u64::from(id))) {
                    Ok(()) => waiting,
                    Err(error) => AckFuture::failed(AckError::Emit(error)),
                }
            }
        }
    }
}

impl Socket {
    /// Sends an event, or a [`Message`](crate::Message), to this client.
    ///
    /// Never blocks and never awaits; per socket the order of emits is kept. A failure is not returned here:
    /// a slow client is handled by its [`Overflow`](crate::config::Overflow) policy, a value that cannot be encoded
    /// raises the `error` event. [`try_emit`](Self::try_emit) returns both.
    ///
    /// ```
    /// # use socketio::{Message, Socket};
    /// # fn example(socket: &Socket) {
    /// socket.emit(Message::text("hello"));
    /// # }
    /// ```
    pub fn emit(&self, event: impl Emit) {
        self.raise_unless_sent(self.send(&event.content(), None));
    }

    fn raise_unless_sent(&self, sent: Result<(), EmitError>) {
        match sent {
            // the end of the socket and the policy for slow clients are not the caller's faults
            Ok(()) | Err(EmitError::Closed | EmitError::Full) => {}
            Err(error) => self.raise(SocketError::Emit { to: None, source: error }),
        }
    }

    /// Like [`emit`](Self::emit), and says whether the message is on its way.
    ///
    /// # Errors
    /// If the socket has ended, the client reads too slowly, or the value cannot be encoded.
    pub fn try_emit(&self, event: impl Emit) -> Result<(), EmitError> {
        self.send(&event.content(), None)
    }

    /// Waits until the client has room within the [outbox](crate::Config::outbox_bytes), then emits.
    ///
    /// For long streams of messages: the sender is slowed down to the speed of the reader. In a handler this
    /// holds up the events of the socket, not its reading of acknowledgements.
    ///
    /// # Errors
    /// If the socket ends, or the value cannot be encoded.
    ///
    /// # Cancel safety
    /// Dropping the future before it is ready sends nothing.
    pub async fn emit_ready(&self, event: impl Emit + Send) -> Result<(), EmitError> {
        let link = &self.0.link;
        std::future::poll_fn(|cx| match self.0.phase() {
            Phase::Live => link.mailbox.outbox.poll_room(&link.config().outbox, cx.waker()),
            Phase::Connecting | Phase::Ended => Poll::Ready(Ok(())),
        })
        .await?;
        self.send(&event.content(), None)
    }

    /// Emits only what the client can take at once: not to one that reads slowly, and not to one that polls and has
    /// no request waiting. A message that it cannot take is dropped, and recovery does not keep it either.
    ///
    /// ```
    /// # fn example(socket: &socketio::Socket) {
    /// use socketio::event;
    ///
    /// socket.volatile().emit(event!("position", 12.5, 7.0));
    /// # }
    /// ```
    pub fn volatile(&self) -> Volatile<'_> {
        Volatile { socket: self, compress: true }
    }

    /// `false`: what is emitted with it is not compressed, where [`Config::deflate`](crate::Config::deflate) is on. For what
    /// is compressed already, and for secrets next to text that the client chooses.
    pub fn compress(&self, compress: bool) -> Compressing<'_> {
        Compressing { socket: self, compress }
    }

    /// Sends to the socket of this namespace with that [`uuid`](Self::uuid) or id.
    ///
    /// # Errors
    /// If there is none, or as [`try_emit`](Self::try_emit). The `error` event is raised on *this* socket as well.
    pub fn emit_to(&self, to: impl Address, event: impl Emit) -> Result<(), EmitError> {
        let to = to.address();
        let sent = emit_to(&self.0.namespace, &to, &event.content());
        if let Err(error) = &sent {
            self.raise(SocketError::Emit { to: Some(to), source: error.clone() });
        }
        sent
    }

    /// Sends to each of a list of sockets, in its order.
    ///
    /// For each one that it could not be sent to, the `error` event is raised on *this* socket.
    pub fn emit_to_list<A: Address>(&self, to: impl IntoIterator<Item = A>, event: impl Emit) -> EmitReport {
        let report = emit_to_list(&self.0.namespace, to, &event.content());
        for (to, error) in &report.failed {
            self.raise(SocketError::Emit { to: Some(to.clone()), source: error.clone() });
        }
        report
    }

    /// Runs the handlers of an event on this socket, as if its client had sent it. Nothing is sent.
    ///
    /// Never awaits: the event is put at the head of the inbox and runs when the current handler has returned;
    /// fired events run in the order in which they were fired.
    ///
    /// # Errors
    /// If nobody listens, the name is reserved, the socket has ended, or too many fired events wait.
    pub fn fire<F: Fire>(&self, event: F) -> Result<(), FireError> {
        let fired = event.event();
        let added = || !self.0.added_to_event(fired.name).is_empty();
        self.0.queue(fire_job(&self.0.namespace, &fired, added)?)
    }

    pub(super) fn send(&self, content: &Content<'_>, ack: Option<u64>) -> Result<(), EmitError> {
        send(&self.0, content, ack, false)
    }
}
