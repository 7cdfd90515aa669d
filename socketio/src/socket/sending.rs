//! How messages and fired events go to one socket. The verbs themselves stand with [`Socket`](super::Socket): from another
//! module, the compiler would name that module in its messages about them.

use std::sync::Arc;

use serde::de::DeserializeOwned;

use super::{AckFuture, Socket, core::Core, id::SocketId};
use crate::{
    emit::{Ask, Content, Emit, EmitReport, Fired, emitted::To},
    encode::{self, Head},
    error::{EmitError, EncodeError, EncodeFault, FireError},
    event::Payload,
    handler::{Body, Job, Listeners},
    namespace::Namespace,
    proto::{Span, packet},
};

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
    pub(super) socket: &'a Socket,
    pub(super) compress: bool,
}

impl Volatile<'_> {
    /// Sends an event, or a [`Message`](crate::Message), if the client can take it now.
    ///
    /// A value that cannot be encoded raises the `error` event, as in [`Socket::emit`].
    pub fn emit(&self, event: impl Emit) {
        self.socket.raise_unless_sent(self.try_emit(event));
    }

    /// `false`: not compressed, as in [`Socket::compress`].
    pub fn compress(self, compress: bool) -> Self {
        Self { compress, ..self }
    }

    /// Like [`emit`](Self::emit), and reports whether the message is on its way.
    ///
    /// # Errors
    /// [`EmitError::Full`] if the client cannot take the message now; otherwise as [`Socket::try_emit`].
    pub fn try_emit(&self, event: impl Emit) -> Result<(), EmitError> {
        send(&self.socket.0, &event.content().compress(self.compress), None, true)
    }
}

/// Emits to one client, compressed or not; made by [`Socket::compress`].
///
/// ```
/// # fn example(socket: &socketio::Socket) {
/// use socketio::event;
///
/// socket.compress(false).emit(event!("token", "secret", "chosen by the client"));
/// # }
/// ```
#[derive(Debug, Clone, Copy)]
#[must_use = "this does nothing by itself: emit with it"]
pub struct Compressing<'a> {
    pub(super) socket: &'a Socket,
    pub(super) compress: bool,
}

impl<'a> Compressing<'a> {
    /// As [`Socket::emit`].
    pub fn emit(&self, event: impl Emit) {
        self.socket.raise_unless_sent(self.try_emit(event));
    }

    /// As [`Socket::try_emit`].
    ///
    /// # Errors
    /// As [`Socket::try_emit`].
    pub fn try_emit(&self, event: impl Emit) -> Result<(), EmitError> {
        send(&self.socket.0, &event.content().compress(self.compress), None, false)
    }

    /// As [`Socket::ask`].
    pub fn ask<T: Payload + DeserializeOwned>(&self, event: impl Ask<T>) -> AckFuture<T> {
        self.socket.request(&event.content().compress(self.compress))
    }

    /// As [`Socket::volatile`].
    pub fn volatile(&self) -> Volatile<'a> {
        Volatile { socket: self.socket, compress: self.compress }
    }
}

mod sealed {
    /// Only this crate implements `Address`.
    #[allow(unnameable_types, reason = "that is how a trait is sealed")]
    pub trait Sealed {}
}

/// How a socket is named in [`emit_to`](Socket::emit_to): its [`SocketId`], or its [`uuid`](Socket::uuid). Sealed.
///
/// ```
/// # fn example(io: &socketio::SocketIo, socket: &socketio::Socket) {
/// use socketio::event;
///
/// let _ = io.emit_to(socket.id(), event!("by id"));
/// let _ = io.emit_to("ann", event!("by name"));
/// # }
/// ```
pub trait Address: sealed::Sealed {
    #[doc(hidden)]
    fn address(&self) -> String;
}

macro_rules! addresses {
    ($($ty:ty),+) => { $(
        impl sealed::Sealed for $ty {}

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
    if content.is_never_packed() {
        core.link.mailbox.never_pack();
    }
    if core.namespace.table.on_emit.is_some() {
        return send_seen(core, content, ack, volatile);
    }
    let sent = if ack.is_none() && core.namespace.logs(core.link.wire()) {
        match core.namespace.send_to(core, content, volatile) {
            // it is counted when it comes
            Ok(None) => return Ok(()),
            sent => sent.map(drop),
        }
    } else {
        let packing = core.link.mailbox.packing();
        match content.bare(core.link.wire()).filter(|_| packing.is_none()) {
            Some(frame) => core.push(frame, volatile),
            None => content.encode(head(core, ack), |encoded| {
                encoded.with_frame_for(packing, |frame| core.push(frame, volatile))
            })?,
        }
    };
    if sent.is_ok() {
        core.namespace.count_sent(content, 1);
    }
    sent
}

/// The same, for a program that looks at what leaves.
#[cold]
fn send_seen(core: &Core, content: &Content<'_>, ack: Option<u64>, volatile: bool) -> Result<(), EmitError> {
    let size = if ack.is_none() && core.namespace.logs(core.link.wire()) {
        let Some(size) = core.namespace.send_to(core, content, volatile)? else { return Ok(()) };
        size
    } else {
        let packing = core.link.mailbox.packing();
        content.encode(head(core, ack), |encoded| {
            encoded.with_frame_for(packing, |frame| {
                let size = frame.len();
                core.push(frame, volatile).map(|()| size)
            })
        })??
    };
    core.namespace.count_sent(content, 1);
    core.namespace.emitted(content, To::Socket(core.id), size, 1);
    Ok(())
}

pub(super) fn head(core: &Core, ack: Option<u64>) -> Head<'_> {
    Head { wire: core.link.wire(), namespace: &core.namespace.name, ack, open: false }
}

/// To the socket of this name; if it is not one of this process, to that of another node.
pub(crate) fn emit_to(namespace: &Namespace, to: &str, content: &Content<'_>) -> Result<(), EmitError> {
    match (namespace.find(to), &namespace.cluster) {
        (Some(target), _) => send(target.core(), content, None, false),
        (None, Some(cluster)) => {
            cluster.emit_to(&namespace.name, vec![to.into()], content)?;
            Ok(())
        }
        (None, None) => Err(EmitError::Closed),
    }
}

/// The same for a list. What is not of this process goes to the other nodes at once.
pub(crate) fn emit_to_list<A: Address>(
    namespace: &Namespace,
    to: impl IntoIterator<Item = A>,
    content: &Content<'_>,
) -> EmitReport {
    let mut report = EmitReport::default();
    let mut others: Vec<Arc<str>> = vec![];
    for to in to {
        let to = to.address();
        match (namespace.find(&to), &namespace.cluster) {
            (Some(target), _) => match send(target.core(), content, None, false) {
                Ok(()) => report.sent += 1,
                Err(error) => report.failed.push((to, error)),
            },
            (None, Some(_)) => others.push(to.into()),
            (None, None) => report.failed.push((to, EmitError::Closed)),
        }
    }
    if let (Some(cluster), false) = (&namespace.cluster, others.is_empty()) {
        let (count, names) = (others.len(), others.clone());
        match cluster.emit_to(&namespace.name, others, content) {
            Ok(_) => report.forwarded = count,
            Err(error) => {
                let error = EmitError::from(error);
                report.failed.extend(names.iter().map(|name| (name.to_string(), error.clone())));
            }
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
