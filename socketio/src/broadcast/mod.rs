//! Operators: a message to many.
//!
//! A [`Broadcast`] selects sockets of one namespace, by rooms and exceptions, and then emits to them, asks them, or changes their rooms: see
//! [the chapter on rooms](crate::guide::rooms).

mod acks;
mod nodes;
mod remote;

use std::{collections::BTreeSet, sync::Arc, time::Duration};

use tokio::sync::mpsc;

use crate::{
    cluster::{self, Asking, Asks, Packed, Reply},
    emit::{Content, Emit},
    encode::Arguments,
    error::{AckError, EmitError, EncodeError, Incomplete, JoinError, Partial, RemoteError},
    event::{Acknowledged, Outgoing},
    handler::Job,
    namespace::{Applied, Delivery, Namespace, Operation, Target, Verb},
    node::NodeId,
    socket::{Socket, SocketId, Waiter},
};

pub use self::{
    acks::{Answerer, BroadcastAcks, PartialAcks},
    nodes::NodeAnswers,
    remote::{RemoteHandshake, RemoteSocket},
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
    /// Only of this process.
    local: bool,
    timeout: Option<Duration>,
}

impl Broadcast {
    pub(crate) fn new(namespace: Arc<Namespace>) -> Self {
        Self {
            namespace,
            target: Target::default(),
            volatile: false,
            compress: true,
            local: false,
            timeout: None,
        }
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

    /// Only sockets of this process. Without it, every verb except [`sockets`](Self::sockets) means those of all nodes of
    /// the [cluster], if the server is in one.
    pub fn local(mut self) -> Self {
        self.local = true;
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

    /// Emits to every selected socket; returns to how many of this process it was sent.
    ///
    /// A socket that reads too slowly is handled by its [`Overflow`](crate::config::Overflow) policy and is not counted.
    ///
    /// # Errors
    /// If the value cannot be encoded.
    pub fn try_emit(&self, event: impl Emit) -> Result<usize, EmitError> {
        let delivery = Delivery { volatile: self.volatile, ..Delivery::default() };
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
        let delivery = Delivery { volatile: self.volatile, ack: Some((id, Waiter::Here(sender))), at: None };
        let content = Content::Event { name: E::NAME, args: event, compress: E::COMPRESS && self.compress };
        let timeout = self.timeout.unwrap_or(self.namespace.config.ack_timeout);
        let (mut remote, mut sent) = (None, 0);
        match self.here(Verb::Emit { content, delivery }).and_then(|applied| {
            sent = applied.count;
            self.ask_clients(E::NAME, event, timeout)
        }) {
            Ok(asking) => remote = asking,
            Err(error) => self.report(&error),
        }
        BroadcastAcks::new(self.namespace.clone(), id, answers, sent, remote, timeout)
    }

    /// Asks the clients of the other nodes.
    fn ask_clients(
        &self,
        name: &str,
        args: &dyn Arguments,
        timeout: Duration,
    ) -> Result<Option<Asking>, EncodeError> {
        if self.local || self.namespace.cluster.is_none() {
            return Ok(None);
        }
        let event = Packed::event(name, args)?;
        Ok(cluster::ask(&self.namespace, &self.target, timeout, Asks::Emit(&event)))
    }

    /// The selected sockets of this process.
    pub fn sockets(&self) -> Vec<Socket> {
        self.here(Verb::Fetch).unwrap_or_default().sockets.unwrap_or_default()
    }

    /// The selected sockets, of all nodes. Waits as long as [`cluster_timeout`](crate::Config::cluster_timeout), or
    /// [`timeout`](Self::timeout), lets it.
    ///
    /// # Errors
    /// If another node is there and does not answer: with the sockets that are known.
    pub async fn fetch_sockets(&self) -> Result<Vec<RemoteSocket>, RemoteError<RemoteSocket>> {
        let asking = self.ask(Asks::Sockets);
        let sockets = self.sockets();
        let mut all: Vec<_> =
            sockets.iter().map(|socket| RemoteSocket::new(self.namespace.clone(), socket)).collect();
        let Some(mut asking) = asking else { return Ok(all) };
        while let Some((node, reply)) = asking.next().await {
            let Reply::Sockets(fetched) = reply else { continue };
            let known = fetched
                .into_iter()
                .filter_map(|socket| RemoteSocket::fetched(self.namespace.clone(), node.clone(), socket));
            all.extend(known);
        }
        settled(&asking, all, vec![])
    }

    /// The rooms of the namespace, whatever the selection, of all nodes; the ids of sockets are rooms too. Each once, in
    /// the order of their names.
    ///
    /// # Errors
    /// If another node is there and does not answer: with the rooms that are known.
    pub async fn rooms(&self) -> Result<Vec<Arc<str>>, RemoteError<Arc<str>>> {
        let asking = self.ask(Asks::Rooms);
        let mut all: BTreeSet<Arc<str>> = self.namespace.room_names().into_iter().collect();
        let Some(mut asking) = asking else { return Ok(all.into_iter().collect()) };
        while let Some((_, reply)) = asking.next().await {
            match reply {
                Reply::Rooms(rooms) => all.extend(rooms),
                // a wire that cannot ask for rooms asks for the sockets
                Reply::Sockets(sockets) => all.extend(sockets.into_iter().flat_map(|socket| socket.rooms)),
                _ => {}
            }
        }
        settled(&asking, all.into_iter().collect(), vec![])
    }

    /// Asks the other nodes.
    fn ask(&self, asks: Asks<'_>) -> Option<Asking> {
        let timeout = self.timeout.unwrap_or(self.namespace.config.cluster_timeout);
        if self.local { None } else { cluster::ask(&self.namespace, &self.target, timeout, asks) }
    }

    /// Lets every selected socket [join](Socket::join) a room.
    ///
    /// A name that is too long is reported to `tracing`; see [`try_join`](Self::try_join).
    pub fn join(&self, room: impl Into<Arc<str>>) {
        if let Err(error) = self.try_join(room) {
            self.namespace.observer.none_joined(&self.namespace.name, &error);
        }
    }

    /// Lets every selected socket [join](Socket::join) a room; returns how many are in it now. One that cannot raises its
    /// `error` event.
    ///
    /// # Errors
    /// If the name is longer than [`max_name`](crate::Config::max_name): then nothing was done.
    pub fn try_join(&self, room: impl Into<Arc<str>>) -> Result<usize, JoinError> {
        let room = room.into();
        if room.len() > self.namespace.config.max_name {
            return Err(JoinError::Length);
        }
        Ok(self.done(Verb::Join(room)).count)
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
        self.here(Verb::Fire(job)).unwrap_or_default().count
    }

    /// What encodes nothing cannot fail.
    fn done(&self, verb: Verb<'_>) -> Applied {
        self.apply(verb).unwrap_or_default()
    }

    /// Does it to the selected sockets of all nodes.
    #[inline]
    fn apply(&self, verb: Verb<'_>) -> Result<Applied, EncodeError> {
        if self.namespace.cluster.is_some() && !self.local { self.everywhere(verb) } else { self.here(verb) }
    }

    #[inline(never)]
    fn everywhere(&self, verb: Verb<'_>) -> Result<Applied, EncodeError> {
        if cluster::publish(&self.namespace, &self.target, &verb)? {
            let count = self.namespace.sockets(&self.target).len();
            return Ok(Applied { count, ..Applied::default() });
        }
        self.here(verb)
    }

    /// Does it to the selected sockets of this process.
    #[inline]
    fn here(&self, verb: Verb<'_>) -> Result<Applied, EncodeError> {
        self.namespace.apply(Operation { target: &self.target, verb })
    }
}

/// What came of a question: all answers, or those that there are.
fn settled<T>(
    asking: &Asking,
    answers: Vec<T>,
    failed: Vec<(Option<NodeId>, AckError)>,
) -> Result<Vec<T>, RemoteError<T>> {
    let why = match asking.incomplete() {
        Some(why) => why,
        None if failed.is_empty() => return Ok(answers),
        None => Incomplete::Failed,
    };
    let tally = asking.tally();
    let (expected, answered, silent) = (tally.expected(), tally.answered(), tally.silent());
    Err(RemoteError::Partial(Box::new(Partial { answers, failed, expected, answered, silent, why })))
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
