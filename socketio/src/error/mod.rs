//! The errors of each operation, and how an error of a handler becomes one for the client.
//!
//! Where each error is seen, and the closed list of [codes](code) that a client may receive: [the chapter on errors](crate::guide::errors).

mod build;
pub(crate) mod client;
pub mod code;
mod coding;
pub(crate) mod derived;
mod fields;
mod internal;
mod remote;
mod stream;

use std::{error::Error, fmt};

use serde_json::Value;

use crate::close::DisconnectReason;

pub use self::{
    build::{BuildError, Fault, FaultKind, FaultLocation},
    client::IntoClientError,
    coding::{DecodeError, EncodeError},
    fields::FieldErrors,
    remote::{Incomplete, Partial, RemoteError},
    stream::StreamError,
};
#[doc = include_str!("../docs/into_client_error.md")]
pub use socketio_macros::IntoClientError;

pub use crate::{hooks::Refused, socket::InvalidSocketId};

pub(crate) use self::{client::ClientError, coding::EncodeFault};

/// Something that went wrong on a socket: what an `#[on(error)]` handler gets.
///
/// A client that asked for an acknowledgement has received an error as well.
///
/// ```
/// use socketio::{error::SocketError, on};
///
/// #[on(error)]
/// fn failed(error: &SocketError) {
///     match error {
///         SocketError::Panicked { handler, message, .. } => println!("{handler}: {message}"),
///         other => println!("{other}"),
///     }
/// }
/// ```
#[derive(Debug, Clone)]
#[non_exhaustive]
pub enum SocketError {
    /// The peer sent an event that nobody handles.
    UnknownEvent {
        /// The event's name.
        event: String,
    },
    /// The peer sent something that is not an event.
    Malformed {
        /// What is wrong with it.
        reason: String,
    },
    /// An argument could not be extracted: the handler did not run.
    Rejected {
        /// The event's name.
        event: String,
        /// The handler's name.
        handler: &'static str,
        /// What the client received.
        error: ClientError,
    },
    /// The handler returned an error.
    Failed {
        /// The event's name.
        event: String,
        /// The handler's name.
        handler: &'static str,
        /// What the client received.
        error: ClientError,
    },
    /// The handler panicked.
    Panicked {
        /// The event's name.
        event: String,
        /// The handler's name.
        handler: &'static str,
        /// The panic's text. The client was not told it.
        message: String,
    },
    /// A message could not be emitted.
    Emit {
        /// For whom it was; `None`: for this socket.
        to: Option<String>,
        /// Why.
        source: EmitError,
    },
    /// The socket did not join a room.
    Join {
        /// The room's name, up to 256 characters of it.
        room: String,
        /// Why.
        source: JoinError,
    },
    /// The socket ended abnormally: follows its `disconnect` event.
    Disconnected {
        /// Why it ended.
        reason: DisconnectReason,
        /// How many events were read and are not handled any more.
        dropped: usize,
    },
}

impl fmt::Display for SocketError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::UnknownEvent { event } => write!(f, "no handler for event {event:?}"),
            Self::Malformed { reason } => write!(f, "malformed message: {reason}"),
            Self::Rejected { event, handler, error } | Self::Failed { event, handler, error } => {
                write!(f, "event {event:?}, handler `{handler}`: {error}")
            }
            Self::Panicked { event, handler, message } => {
                write!(f, "event {event:?}, handler `{handler}` panicked: {message}")
            }
            Self::Emit { to, .. } => write!(f, "cannot emit to {}", to.as_deref().unwrap_or("this socket")),
            Self::Join { room, .. } => write!(f, "cannot join room {room:?}"),
            Self::Disconnected { reason, .. } => reason.fmt(f),
        }
    }
}

impl Error for SocketError {
    fn source(&self) -> Option<&(dyn Error + 'static)> {
        match self {
            Self::Emit { source, .. } => Some(source),
            Self::Join { source, .. } => Some(source),
            // its text is a part of ours
            Self::Rejected { error, .. } | Self::Failed { error, .. } => error.source(),
            Self::UnknownEvent { .. }
            | Self::Malformed { .. }
            | Self::Panicked { .. }
            | Self::Disconnected { .. } => None,
        }
    }
}

impl SocketError {
    /// The bytes of the texts in it, which may be the peer's.
    pub(crate) fn len(&self) -> usize {
        match self {
            Self::UnknownEvent { event } => event.len(),
            Self::Malformed { reason } => reason.len(),
            Self::Rejected { event, error, .. } | Self::Failed { event, error, .. } => {
                event.len() + error.message().len()
            }
            Self::Panicked { event, message, .. } => event.len() + message.len(),
            Self::Emit { to, .. } => to.as_ref().map_or(0, String::len),
            Self::Join { room, .. } => room.len(),
            Self::Disconnected { .. } => 0,
        }
    }
}

/// A message was not emitted.
///
/// ```
/// # fn example(socket: &socketio::Socket) {
/// use socketio::{error::EmitError, event};
///
/// match socket.try_emit(event!("tick")) {
///     Err(EmitError::Full) => println!("{} reads too slowly", socket.id()),
///     Err(error) => println!("{error}"),
///     Ok(()) => {}
/// }
/// # }
/// ```
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum EmitError {
    /// There is no such socket, or it has ended.
    #[error("the socket is closed")]
    Closed,
    /// More is waiting for the client than the [outbox](crate::Config::outbox_bytes) holds.
    #[error("the client reads too slowly")]
    Full,
    /// The value cannot be represented on the wire.
    #[error("the value cannot be encoded")]
    Encode(#[from] EncodeError),
    /// The name is reserved by the protocol.
    #[error("the event name is reserved")]
    Reserved,
}

/// An acknowledgement did not come.
///
/// ```
/// # async fn example(socket: &socketio::Socket) {
/// use socketio::{error::AckError, event};
///
/// match socket.ask::<u32>(event!("how many")).await {
///     Ok(number) => println!("{number}"),
///     Err(AckError::Timeout) => println!("no answer"),
///     Err(error) => println!("{error}"),
/// }
/// # }
/// ```
#[derive(Debug, Clone, PartialEq, thiserror::Error)]
#[non_exhaustive]
pub enum AckError {
    /// The event was not sent.
    #[error("the event was not sent")]
    Emit(#[from] EmitError),
    /// The client did not answer in time.
    #[error("the client did not answer in time")]
    Timeout,
    /// The socket ended before the answer came.
    #[error("the socket ended before the answer came")]
    Disconnected,
    /// The answer does not have the expected form.
    #[error("the answer cannot be decoded")]
    Decode(#[from] DecodeError),
    /// The client answered with an error.
    #[error("the client answered with an error: {0}")]
    Refused(Value),
    /// Too many acknowledgements are pending on this socket.
    #[error("too many acknowledgements are pending")]
    TooMany,
    /// So many events of this client wait after the handler that awaits the answer that reading stopped.
    #[error("too many events came before the answer")]
    Backpressure,
}

/// An event could not be fired.
///
/// ```
/// # fn example(socket: &socketio::Socket) {
/// use socketio::{error::FireError, event};
///
/// assert_eq!(socket.fire(event!("nobody listens to this")), Err(FireError::NoHandler));
/// # }
/// ```
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum FireError {
    /// The name is reserved: it belongs to the life cycle or to the protocol.
    #[error("the event name is reserved")]
    Reserved,
    /// No handler listens to it.
    #[error("no handler listens to the event")]
    NoHandler,
    /// The socket has ended.
    #[error("the socket is closed")]
    Closed,
    /// Too many fired events wait already.
    #[error("too many fired events wait already")]
    Full,
    /// The value cannot be represented as JSON.
    #[error("the value cannot be encoded")]
    Encode(#[from] EncodeError),
}

/// A listener was not added: no such event ever comes.
///
/// ```
/// # fn example(socket: &socketio::Socket) {
/// use socketio::error::ListenError;
///
/// assert_eq!(socket.on("connect_error", |_| {}).err(), Some(ListenError::Reserved));
/// # }
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum ListenError {
    /// The name is reserved by the protocol.
    #[error("the event name is reserved")]
    Reserved,
    /// It is empty or longer than [`max_name`](crate::Config::max_name).
    #[error("the event name is empty or too long (`max_name`)")]
    Length,
}

/// A socket did not join a room.
///
/// ```
/// # fn example(socket: &socketio::Socket) {
/// use socketio::error::JoinError;
///
/// if let Err(JoinError::TooMany) = socket.try_join("one more") {
///     println!("{} is in {} rooms", socket.id(), socket.rooms().len());
/// }
/// # }
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum JoinError {
    /// The socket is in as many rooms as it [may be](crate::Config::max_rooms).
    #[error("the socket is in as many rooms as it may be (`max_rooms`)")]
    TooMany,
    /// The name is longer than [`max_name`](crate::Config::max_name).
    #[error("the room's name is too long (`max_name`)")]
    Length,
    /// The room is another live socket's own: it is named by that socket's id.
    #[error("the room is another socket's own")]
    Foreign,
    /// The socket has ended.
    #[error("the socket is closed")]
    Closed,
}

/// An alias was not given to a socket.
///
/// ```
/// # fn example(one: &socketio::Socket, other: &socketio::Socket) {
/// use socketio::error::SetUuidError;
///
/// assert_eq!(one.set_uuid("ann"), Ok(()));
/// assert_eq!(other.set_uuid("ann"), Err(SetUuidError::Duplicate));
/// # }
/// ```
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum SetUuidError {
    /// Another live socket has it.
    #[error("another socket has this uuid")]
    Duplicate,
    /// It is empty or longer than [`max_name`](crate::Config::max_name).
    #[error("the uuid is empty or too long (`max_name`)")]
    Length,
    /// The socket has ended.
    #[error("the socket is closed")]
    Closed,
}
