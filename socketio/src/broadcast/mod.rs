//! Operators: a message to many.
//!
//! A [`Broadcast`] selects sockets of one namespace, by rooms and exceptions, and then emits to them, asks them, or changes their rooms: see
//! [the chapter on rooms](crate::guide::rooms).

mod acks;
mod remote;

use std::{sync::Arc, time::Duration};

use tokio::sync::mpsc;

use crate::{
    emit::{Content, Emit},
    encode::Arguments,
    error::{EmitError, EncodeError, RemoteError},
    event::{Acknowledged, Outgoing},
    handler::Job,
    namespace::{Applied, Delivery, Namespace, Operation, Target, Verb},
    socket::{Socket, SocketId},
};

pub use self::{
    acks::{BroadcastAcks, PartialAcks},
    remote::RemoteSocket,
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
    volatile: bool,
    compress: bool,
    timeout: Option<Duration>,
}

impl Broadcast {
    pub(crate) fn new(namespace: Arc<Namespace>) -> Self {
        Self { namespace, target: Target::default(), volatile: false, compress: true, timeout: None }
    }

    /// Everyone except this socket.
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

    /// Leaves out clients that cannot take the message at once: those that read slowly, and those that poll and
    /// have no request waiting. Nothing is kept for them, by recovery neither.
    pub fn volatile(mut self) -> Self {
        self.volatile = true;
        self
    }

    /// `false`: not compressed, where [`Config::deflate`](crate::Config::deflate) is on. For what is compressed already, and
    /// for secrets next to text that a client chooses.
    pub fn compress(mut self, compress: bool) -> Self {
        self.compress = compress;
        self
    }

    /// Only sockets of this process. There are no others yet: this is for programs that will run on several nodes.
    pub fn local(self) -> Self {
        self
    }

    /// How long [`emit_with_ack`](Self::emit_with_ack) waits, instead of [`ack_timeout`](crate::Config::ack_timeout).
    pub fn timeout(mut self, timeout: Duration) -> Self {
        self.timeout = Some(timeout);
        self
    }

    /// Emits to every selected socket. The message is encoded once for each wire.
    ///
    /// A value that cannot be encoded is reported to `tracing`; see [`try_emit`](Self::try_emit).
    pub fn emit(&self, event: impl Emit) {
        if let Err(error) = self.try_emit(event) {
            self.report(&error);
        }
    }

    fn report(&self, error: &(dyn std::error::Error + 'static)) {
        self.namespace.observer.not_emitted(&self.namespace.name, error);
    }

    /// Emits to every selected socket; returns how many it was sent to.
    ///
    /// A socket that reads too slowly is handled by its [`Overflow`](crate::config::Overflow) policy and is not counted.
    ///
    /// # Errors
    /// If the value cannot be encoded.
    pub fn try_emit(&self, event: impl Emit) -> Result<usize, EmitError> {
        let delivery = Delivery { volatile: self.volatile, ack: None };
        Ok(self.apply(Verb::Emit { content: event.content().compress(self.compress), delivery })?.count)
    }

    /// Emits to every selected socket, and asks each for an acknowledgement.
    ///
    /// The event is sent when this is called; the answers come to the caller that polls.
    ///
    /// # Errors
    /// If the value cannot be encoded: the stream is empty then, and `tracing` records it.
    pub fn emit_with_ack<E: Outgoing + Acknowledged + Arguments>(&self, event: &E) -> BroadcastAcks<E::Ack> {
        let (sender, answers) = mpsc::unbounded_channel();
        let id = self.namespace.broadcast_id();
        let delivery = Delivery { volatile: self.volatile, ack: Some((id, sender)) };
        let content = Content::Event { name: E::NAME, args: event, compress: E::COMPRESS && self.compress };
        let sent = self.apply(Verb::Emit { content, delivery }).unwrap_or_else(|error| {
            self.report(&error);
            Applied::default()
        });
        let timeout = self.timeout.unwrap_or(self.namespace.config.ack_timeout);
        BroadcastAcks::new(self.namespace.clone(), id, answers, sent.count, timeout)
    }

    /// The selected sockets of this process.
    pub fn sockets(&self) -> Vec<Socket> {
        self.done(Verb::Fetch).sockets
    }

    /// The selected sockets, of all nodes.
    ///
    /// # Errors
    /// If another node does not answer. As long as there is one node, never.
    #[expect(clippy::unused_async, reason = "asking other nodes will await")]
    pub async fn fetch_sockets(&self) -> Result<Vec<RemoteSocket>, RemoteError> {
        let sockets = self.sockets();
        Ok(sockets.iter().map(|socket| RemoteSocket::new(self.namespace.clone(), socket)).collect())
    }

    /// Lets every selected socket [join](Socket::join) a room.
    pub fn join(&self, room: impl Into<Arc<str>>) {
        self.done(Verb::Join(room.into()));
    }

    /// Lets every selected socket leave a room.
    pub fn leave(&self, room: &str) {
        self.done(Verb::Leave(room));
    }

    /// Sends every selected socket out of the namespace, as [`Socket::disconnect`] does.
    pub fn disconnect(&self) {
        self.done(Verb::Disconnect);
    }

    /// Queues a fired event for every selected socket; returns how many took it.
    pub(crate) fn fire(&self, job: Job) -> usize {
        self.done(Verb::Fire(job)).count
    }

    /// What encodes nothing cannot fail.
    fn done(&self, verb: Verb<'_>) -> Applied {
        self.apply(verb).unwrap_or_default()
    }

    fn apply(&self, verb: Verb<'_>) -> Result<Applied, EncodeError> {
        self.namespace.apply(Operation { target: &self.target, verb })
    }
}

impl Socket {
    /// Everyone in the namespace, this socket included.
    pub fn everyone(&self) -> Broadcast {
        Broadcast::new(self.core().namespace.clone())
    }

    /// Everyone in the namespace except this socket.
    pub fn broadcast(&self) -> Broadcast {
        Broadcast::new(self.core().namespace.clone()).except_socket(self.id())
    }

    /// Everyone in the room except this socket.
    pub fn to(&self, room: impl Into<Arc<str>>) -> Broadcast {
        self.broadcast().to(room)
    }

    /// Everyone in the namespace except this socket and the members of the room.
    pub fn except(&self, room: impl Into<Arc<str>>) -> Broadcast {
        self.broadcast().except(room)
    }
}
