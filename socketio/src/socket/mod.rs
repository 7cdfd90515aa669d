//! The handle of one client's socket.

mod ack;
mod core;
mod id;
mod locals;

use std::{any::Any, fmt, sync::Arc, task::Poll};

use serde::{Serialize, de::DeserializeOwned};

use crate::{
    broadcast::Broadcast,
    close::{CloseCode, CloseReason, DisconnectReason},
    emit::{Content, Emit, EmitReport, Fire, Fired},
    encode::{self, Arguments, Encoded, Head},
    error::{
        AckError, ClientError, EmitError, EncodeError, FireError, ListenError, SetUuidError, SocketError,
    },
    event::{Acknowledged, Event, Outgoing, Payload},
    handler::{Body, Job, Lifecycle, Listeners},
    handshake::Handshake,
    io::SocketIo,
    listener::{Callback, IncomingEvent, Listener, ListensTo},
    namespace::{Change, Namespace},
    proto::packet,
    states::States,
};

pub(crate) use self::core::{Core, Phase};
pub use self::{
    ack::AckFuture,
    id::{InvalidSocketId, SocketId},
    locals::Extensions,
};
pub(crate) use self::{
    ack::{Answer, Waiter, decode},
    id::{Pid, SessionId, epoch},
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

    // --- sending ---

    /// Sends an event, or a [`Message`](crate::Message), to this client.
    ///
    /// Never blocks and never awaits; per socket the order of emits is kept. A failure does not come back here:
    /// a slow client is handled by its [`Overflow`](crate::Overflow) policy, a value that cannot be encoded
    /// raises the `error` event. [`try_emit`](Self::try_emit) returns both.
    ///
    /// ```
    /// # use socketio::{Message, Socket};
    /// # fn example(socket: &Socket) {
    /// socket.emit(Message::text("hello"));
    /// # }
    /// ```
    pub fn emit(&self, event: impl Emit) {
        match self.send(&event.content(), None) {
            // the end of the socket and the policy for slow clients are no faults of the caller
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

    /// Waits until the client has room within the [outbox](crate::Config::outbox), then emits.
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
            Phase::Live => link.outbox.poll_room(&link.config().outbox, cx.waker()),
            Phase::Connecting | Phase::Ended => Poll::Ready(Ok(())),
        })
        .await?;
        self.send(&event.content(), None)
    }

    /// Sends an event and waits for the client's acknowledgement.
    ///
    /// A handler may await an answer of its own client: only events queue behind it, answers are taken the
    /// moment they are read.
    ///
    /// The event is sent when this is called; awaiting the future waits for the answer.
    pub fn emit_with_ack<E: Outgoing + Acknowledged + Arguments>(&self, event: &E) -> AckFuture<E::Ack> {
        self.ask(&Content::Event { name: E::NAME, args: event })
    }

    /// [`emit_with_ack`](Self::emit_with_ack) for an event without a type of its own, like `event!("name", ..)`:
    /// the caller says what the answer is.
    ///
    /// ```
    /// # async fn example(socket: socketio::Socket) -> Result<(), socketio::AckError> {
    /// use socketio::event;
    ///
    /// let age: u32 = socket.emit_with_ack_as(event!("how old are you")).await?;
    /// # Ok(())
    /// # }
    /// ```
    pub fn emit_with_ack_as<T: Payload + DeserializeOwned>(&self, event: impl Emit) -> AckFuture<T> {
        self.ask(&event.content())
    }

    fn ask<T>(&self, content: &Content<'_>) -> AckFuture<T> {
        let config = self.0.link.config();
        match self.0.acks.add(config.max_pending_acks) {
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

    /// Emits, unless the client cannot take the message at once: it reads slowly, or it polls and has no request
    /// waiting. Nothing is kept for it, by recovery neither. Returns whether the message is on its way.
    pub fn emit_volatile(&self, event: impl Emit) -> bool {
        send(&self.0, &event.content(), None, true).is_ok()
    }

    /// Sends to the socket of this namespace with that [`uuid`](Self::uuid) or id.
    ///
    /// # Errors
    /// If there is none, or as [`try_emit`](Self::try_emit). The `error` event is raised on *this* socket as well.
    pub fn emit_to(&self, to: impl Address, event: impl Emit) -> Result<(), EmitError> {
        let to = to.address();
        let sent = emit_to(&self.0, &to, &event.content());
        if let Err(error) = &sent {
            self.raise(SocketError::Emit { to: Some(to), source: error.clone() });
        }
        sent
    }

    /// Sends to each of a list of sockets, in its order.
    ///
    /// For each one that it could not be sent to, the `error` event is raised on *this* socket.
    pub fn emit_to_list<A: Address>(&self, to: impl IntoIterator<Item = A>, event: impl Emit) -> EmitReport {
        let report = emit_to_list(to, |to| emit_to(&self.0, to, &event.content()));
        for (to, error) in &report.failed {
            self.raise(SocketError::Emit { to: Some(to.clone()), source: error.clone() });
        }
        report
    }

    /// Everyone in the namespace, this socket included.
    pub fn everyone(&self) -> Broadcast {
        Broadcast::new(self.0.namespace.clone())
    }

    /// Everyone in the namespace but this socket.
    pub fn broadcast(&self) -> Broadcast {
        Broadcast::new(self.0.namespace.clone()).except_socket(self.0.id)
    }

    /// Everyone in the room but this socket.
    pub fn to(&self, room: impl Into<Arc<str>>) -> Broadcast {
        self.broadcast().to(room)
    }

    /// Everyone in the namespace but this socket and the members of the room.
    pub fn except(&self, room: impl Into<Arc<str>>) -> Broadcast {
        self.broadcast().except(room)
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

    // --- listening ---

    /// Adds a listener to this socket: it hears the event after the annotated handlers and after those that were
    /// added to the [server](SocketIo::on), in the order in which they were added, until it is
    /// [taken away](Listener::off) or the socket has said its last word.
    ///
    /// It listens, and does not answer: an event that only listeners hear is acknowledged with nothing.
    /// A panic in it is caught and reported like a handler's.
    ///
    /// ```
    /// # use socketio::{ListenError, Socket};
    /// # fn example(socket: &Socket) -> Result<(), ListenError> {
    /// let listener = socket.on("typing", |event| {
    ///     if let Ok(who) = event.arg::<&str>() {
    ///         println!("{who} types on {}", event.socket().id());
    ///     }
    /// })?;
    /// listener.off();
    /// # Ok(())
    /// # }
    /// ```
    ///
    /// # Errors
    /// If no event can have the name.
    pub fn on(
        &self,
        to: impl Into<ListensTo>,
        listener: impl Fn(&IncomingEvent) + Send + Sync + 'static,
    ) -> Result<Listener, ListenError> {
        self.add(to.into(), Callback::new(listener))
    }

    /// [`on`](Self::on) for a listener that has to wait: the events of the socket wait as well, as for a handler.
    ///
    /// # Errors
    /// As [`on`](Self::on).
    pub fn on_async<F, Fut>(&self, to: impl Into<ListensTo>, listener: F) -> Result<Listener, ListenError>
    where
        F: Fn(IncomingEvent) -> Fut + Send + Sync + 'static,
        Fut: Future<Output = ()> + Send + 'static,
    {
        self.add(to.into(), Callback::new_async(listener))
    }

    fn add(&self, to: ListensTo, callback: Callback) -> Result<Listener, ListenError> {
        let to = to.check()?;
        Ok(self.0.listeners().map_or_else(Listener::default, |listeners| listeners.add(to, callback)))
    }

    /// Takes all listeners to an event away that were added to this socket; returns how many there were.
    pub fn off(&self, to: impl Into<ListensTo>) -> usize {
        self.0.listeners().map_or(0, |listeners| listeners.remove_all(&to.into()))
    }

    // --- identity ---

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
        if uuid.is_empty() || uuid.len() > 256 {
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

    /// Has the client come back to this socket, with [recovery](crate::Config::recovery)? Then it has its id, rooms
    /// and [data](Self::data) again, and what it missed goes out before anything else. Extensions and attributes
    /// are new.
    pub fn recovered(&self) -> bool {
        self.0.recovered
    }

    /// The server.
    pub fn io(&self) -> SocketIo {
        SocketIo::of_hub(self.0.link.hub.clone())
    }

    /// What is known of the request that opened the connection.
    pub fn handshake(&self) -> &Handshake {
        &self.0.link.handshake
    }

    // --- rooms ---

    /// Joins a room. While the connect handlers run, this takes effect when they have accepted; after the end
    /// of the socket it does nothing.
    ///
    /// The id of a socket names a room with that socket alone: joining another live socket's is refused.
    pub fn join(&self, room: impl Into<Arc<str>>) {
        let room = room.into();
        if room.len() > self.0.link.config().max_name {
            tracing::warn!("a room was not joined: its name is too long");
            return;
        }
        if self.0.note_room(&room) {
            return;
        }
        match self.0.namespace.join(&self.0.id, room) {
            Change::Joined | Change::NotMember => {}
            Change::TooMany => tracing::warn!("a room was not joined: the socket is in too many"),
            Change::Foreign => tracing::warn!("a room was not joined: it is another socket's own"),
        }
    }

    /// Leaves a room.
    pub fn leave(&self, room: &str) {
        self.0.unnote_room(room);
        self.0.namespace.leave_room(&self.0.id, room);
    }

    /// Leaves all rooms but its own.
    pub fn leave_all(&self) {
        for room in self.rooms() {
            self.leave(&room);
        }
        self.0.namespace.leave_rooms(&self.0.id);
    }

    /// The rooms the socket is in, besides its own. In `close` and `disconnect` handlers, and later: those it
    /// was in when it ended.
    pub fn rooms(&self) -> Vec<Arc<str>> {
        match self.0.phase() {
            Phase::Live => self.0.namespace.rooms_of(&self.0.id),
            Phase::Connecting | Phase::Ended => self.0.noted_rooms(),
        }
    }

    // --- data ---

    /// Values that the program keeps on the socket, one for each type.
    pub fn extensions(&self) -> Extensions<'_> {
        Extensions(&self.0.locals)
    }

    /// Keeps a value under a name.
    pub fn set_attribute<T: Any + Clone + Send + Sync>(&self, key: impl Into<String>, value: T) {
        self.0.locals.set_attribute(key.into(), Arc::new(value));
    }

    /// A copy of the value with this name, if there is one and it is a `T`.
    pub fn attribute<T: Any + Clone + Send + Sync>(&self, key: &str) -> Option<T> {
        self.0.locals.attribute(key)?.downcast_ref::<T>().cloned()
    }

    /// Removes the value with this name. `true` if there was one.
    pub fn remove_attribute(&self, key: &str) -> bool {
        self.0.locals.remove_attribute(key).is_some()
    }

    /// Keeps a value that goes with the socket when its client comes back ([recovery](crate::Config::recovery)),
    /// and that [`RemoteSocket`](crate::RemoteSocket) shows. It replaces the one before.
    ///
    /// # Errors
    /// If the value cannot be represented as JSON.
    pub fn set_data<T: Serialize + ?Sized>(&self, data: &T) -> Result<(), EncodeError> {
        self.0.locals.set_data(serde_json::to_string(data)?.into());
        Ok(())
    }

    /// What [`set_data`](Self::set_data) has kept, if it reads as a `T`.
    pub fn data<T: DeserializeOwned>(&self) -> Option<T> {
        serde_json::from_str(self.0.locals.data().as_deref()?).ok()
    }

    // --- the end ---

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

    /// The client has come back over another connection: this one is dead, and only has not noticed.
    pub(crate) fn replaced(&self) {
        self.end(&DisconnectReason::TransportError(std::io::ErrorKind::ConnectionAborted));
    }

    fn end(&self, reason: &DisconnectReason) {
        if self.0.end(reason) {
            self.0.link.notify();
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

    // --- for the framework ---

    pub(crate) fn states(&self) -> &States {
        &self.0.namespace.states
    }

    fn send(&self, content: &Content<'_>, ack: Option<u64>) -> Result<(), EmitError> {
        send(&self.0, content, ack, false)
    }

    /// Something went wrong on this socket, outside of its owner task's own doing.
    fn raise(&self, error: SocketError) {
        tracing::debug!(connection = self.0.link.number, %error, "an error on a socket");
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

/// How a socket is named in [`emit_to`](Socket::emit_to): its [`SocketId`], or its [`uuid`](Socket::uuid).
///
/// ```
/// # fn example(io: &socketio::SocketIo, socket: &socketio::Socket) {
/// use socketio::event;
///
/// let _ = io.emit_to(socket.id(), event!("by id"));
/// let _ = io.emit_to("ann", event!("by name"));
/// # }
/// ```
pub trait Address {
    #[doc(hidden)]
    fn address(&self) -> String;
}

macro_rules! addresses {
    ($($ty:ty),+) => { $(
        impl Address for $ty {
            fn address(&self) -> String {
                self.to_string()
            }
        }
    )+ };
}

addresses!(SocketId, &SocketId, &str, String, &String, Arc<str>, &Arc<str>);

pub(crate) fn send(
    core: &Core,
    content: &Content<'_>,
    ack: Option<u64>,
    volatile: bool,
) -> Result<(), EmitError> {
    if ack.is_none() && core.namespace.logs(core.link.wire()) {
        return core.namespace.send_to(core, content, volatile);
    }
    content.encode(head(core, ack), |encoded| encoded.with_frame(|frame| core.push(frame, volatile)))?
}

fn head(core: &Core, ack: Option<u64>) -> Head<'_> {
    Head { wire: core.link.wire(), namespace: &core.namespace.name, ack, offset: false }
}

fn emit_to(core: &Core, to: &str, content: &Content<'_>) -> Result<(), EmitError> {
    let target = core.namespace.find(to).ok_or(EmitError::Closed)?;
    send(target.core(), content, None, false)
}

pub(crate) fn emit_to_list<A: Address>(
    to: impl IntoIterator<Item = A>,
    mut emit: impl FnMut(&str) -> Result<(), EmitError>,
) -> EmitReport {
    let mut report = EmitReport::default();
    for to in to {
        let to = to.address();
        match emit(&to) {
            Ok(()) => report.sent += 1,
            Err(error) => report.failed.push((to, error)),
        }
    }
    report
}

/// A fired event as a job for the namespace's sockets.
///
/// `is_heard`: somebody was added at run time who listens to it.
pub(crate) fn fire_job(
    namespace: &Namespace,
    fired: &Fired<'_>,
    is_heard: impl FnOnce() -> bool,
) -> Result<Job, FireError> {
    if packet::RESERVED.contains(&fired.name) {
        return Err(FireError::Reserved);
    }
    let listeners = match namespace.table.event(fired.name) {
        Some(entry) => Listeners::Entry(entry),
        None if namespace.table.fallback().is_some() || is_heard() => Listeners::Unnamed(fired.name.into()),
        None => return Err(FireError::NoHandler),
    };
    let text = encode::local_args(fired.args)?;
    let end = u32::try_from(text.len()).map_err(|_| FireError::Encode("longer than 4 GiB".to_owned()))?;
    let body = Body::Json { frame: text.into(), start: 0, end, many: true };
    Ok(Job::Event { listeners, body, ack: None })
}
