//! Sending to a client, and firing events on its socket.

use std::{sync::Arc, task::Poll};

use super::{
    Socket,
    core::{Core, Phase},
    id::SocketId,
};
use crate::{
    emit::{Content, Emit, EmitReport, Fire, Fired},
    encode::{self, Head},
    error::{EmitError, EncodeError, EncodeFault, FireError, SocketError},
    handler::{Body, Job, Listeners},
    namespace::Namespace,
    proto::{Span, packet},
};

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
        Volatile { socket: self }
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

/// Emits to one client what it can take at once; made by [`Socket::volatile`].
///
/// ```
/// # fn example(socket: &socketio::Socket) {
/// use socketio::{error::EmitError, event};
///
/// if let Err(EmitError::Full) = socket.volatile().try_emit(event!("frame", 7)) {
///     println!("{} misses a frame", socket.id());
/// }
/// # }
/// ```
#[derive(Debug, Clone, Copy)]
#[must_use = "this does nothing by itself: emit with it"]
pub struct Volatile<'a> {
    socket: &'a Socket,
}

impl Volatile<'_> {
    /// Sends an event, or a [`Message`](crate::Message), if the client can take it now.
    ///
    /// A value that cannot be encoded raises the `error` event, as in [`Socket::emit`].
    pub fn emit(&self, event: impl Emit) {
        self.socket.raise_unless_sent(self.try_emit(event));
    }

    /// Like [`emit`](Self::emit), and reports whether the message is on its way.
    ///
    /// # Errors
    /// [`EmitError::Full`] if the client cannot take the message now; otherwise as [`Socket::try_emit`].
    pub fn try_emit(&self, event: impl Emit) -> Result<(), EmitError> {
        send(&self.socket.0, &event.content(), None, true)
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

pub(super) fn head(core: &Core, ack: Option<u64>) -> Head<'_> {
    Head { wire: core.link.wire(), namespace: &core.namespace.name, ack, open: false }
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
    if u32::try_from(text.len()).is_err() {
        return Err(EncodeError::from(EncodeFault::Length).into());
    }
    let body = Body::Json { span: Span::many(0..text.len()), frame: text.into() };
    Ok(Job::Event { listeners, body, ack: None })
}
