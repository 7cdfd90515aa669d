//! What a peer receives when something goes wrong, and the errors of each operation.

use std::borrow::Cow;

use serde::Serialize;
use serde_json::Value;

use crate::{close::DisconnectReason, proto::packet};

/// An error that is shown to the client: as an acknowledgement, or as the reason of a refused connection.
///
/// On the wire it is `{"code":"..","message":"..","data":..}`, on both wires and everywhere; `data` is left
/// out when there is none. The codes `unknown_event`, `bad_payload`, `rejected`, `panicked` and
/// `unanswered` are the framework's own.
///
/// ```
/// use socketio::ClientError;
///
/// let error = ClientError::new("out_of_stock", "only 3 left").with_data(&3)?;
/// assert_eq!(error.code(), "out_of_stock");
/// # Ok::<(), serde_json::Error>(())
/// ```
#[derive(Debug, Clone, PartialEq, Serialize, thiserror::Error)]
#[error("{message}")]
pub struct ClientError {
    code: Cow<'static, str>,
    message: Cow<'static, str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    data: Option<Box<Value>>,
}

impl ClientError {
    /// An error with a code for programs and a message for people. Both are sent to the client.
    pub fn new(code: impl Into<Cow<'static, str>>, message: impl Into<Cow<'static, str>>) -> Self {
        Self { code: code.into(), message: message.into(), data: None }
    }

    /// Adds details for the client's program.
    ///
    /// # Errors
    /// If `data` cannot be represented as JSON.
    pub fn with_data<T: Serialize + ?Sized>(mut self, data: &T) -> Result<Self, serde_json::Error> {
        self.data = Some(Box::new(serde_json::to_value(data)?));
        Ok(self)
    }

    /// The code for programs.
    pub fn code(&self) -> &str {
        &self.code
    }

    /// The message for people.
    pub fn message(&self) -> &str {
        &self.message
    }

    /// The details, if any.
    pub fn data(&self) -> Option<&Value> {
        self.data.as_deref()
    }

    /// The argument at `index` (from zero) of an event could not be decoded.
    pub(crate) fn bad_payload(message: impl Into<Cow<'static, str>>) -> Self {
        Self::new("bad_payload", message)
    }

    pub(crate) fn unknown_event(name: &str) -> Self {
        Self::new("unknown_event", format!("no handler for event {name:?}"))
    }

    pub(crate) fn panicked() -> Self {
        // the panic's text stays on the server: it may hold anything
        Self::new("panicked", "the handler failed")
    }

    pub(crate) fn unanswered() -> Self {
        Self::new("unanswered", "the handler ended without an answer")
    }
}

/// A handler's error type that may be shown to the client.
///
/// Like axum's `IntoResponse`, but for events. It is deliberately *not* implemented for every
/// [`Display`](std::fmt::Display) type: the text of a database error must not reach a client by accident.
///
/// ```
/// use socketio::{ClientError, IntoClientError};
///
/// enum ShopError { SoldOut, Database(std::io::Error) }
///
/// impl IntoClientError for ShopError {
///     fn into_client_error(self) -> ClientError {
///         match self {
///             ShopError::SoldOut => ClientError::new("sold_out", "nothing left"),
///             ShopError::Database(_) => ClientError::new("internal", "try again later"),
///         }
///     }
/// }
/// ```
#[diagnostic::on_unimplemented(
    message = "`{Self}` cannot be the error of a handler",
    label = "does not implement `IntoClientError`",
    note = "say what the client is told: `impl socketio::IntoClientError for {Self}`, or use `socketio::ClientError`"
)]
pub trait IntoClientError {
    /// What the client is told.
    fn into_client_error(self) -> ClientError;
}

impl IntoClientError for ClientError {
    fn into_client_error(self) -> ClientError {
        self
    }
}

impl IntoClientError for std::convert::Infallible {
    fn into_client_error(self) -> ClientError {
        match self {}
    }
}

/// Something that went wrong on a socket: what an `#[on(error)]` handler gets.
///
/// Whoever asked for an acknowledgement has been told as well.
///
/// ```
/// use socketio::{SocketError, on};
///
/// #[on(error)]
/// fn failed(error: &SocketError) {
///     match error {
///         SocketError::Panicked { handler, message, .. } => println!("{handler}: {message}"),
///         other => println!("{other}"),
///     }
/// }
/// ```
#[derive(Debug, Clone, thiserror::Error)]
#[non_exhaustive]
pub enum SocketError {
    /// The peer sent an event that nobody handles.
    #[error("no handler for event {event:?}")]
    UnknownEvent {
        /// The event's name.
        event: String,
    },
    /// The peer sent something that is no event.
    #[error("malformed message: {reason}")]
    Malformed {
        /// What is wrong with it.
        reason: String,
    },
    /// An argument could not be extracted: the handler did not run.
    #[error("event {event:?}, handler `{handler}`: {error}")]
    Rejected {
        /// The event's name.
        event: String,
        /// The handler's name.
        handler: &'static str,
        /// What the client was told.
        error: ClientError,
    },
    /// The handler returned an error.
    #[error("event {event:?}, handler `{handler}`: {error}")]
    Failed {
        /// The event's name.
        event: String,
        /// The handler's name.
        handler: &'static str,
        /// What the client was told.
        error: ClientError,
    },
    /// The handler panicked.
    #[error("event {event:?}, handler `{handler}` panicked: {message}")]
    Panicked {
        /// The event's name.
        event: String,
        /// The handler's name.
        handler: &'static str,
        /// The panic's text. The client was not told it.
        message: String,
    },
    /// A message could not be emitted.
    #[error("cannot emit to {}: {source}", to.as_deref().unwrap_or("this socket"))]
    Emit {
        /// For whom it was; `None`: for this socket.
        to: Option<String>,
        /// Why.
        #[source]
        source: EmitError,
    },
    /// The socket ended abnormally: follows its `disconnect` event.
    #[error("{reason}")]
    Disconnected {
        /// Why it ended.
        reason: DisconnectReason,
        /// How many events were read and are not handled any more.
        dropped: usize,
    },
}

/// A message was not emitted.
///
/// ```
/// # fn example(socket: &socketio::Socket) {
/// use socketio::{EmitError, event};
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
    /// More is waiting for the client than the [outbox](crate::Config::outbox) holds.
    #[error("the client reads too slowly")]
    Full,
    /// The value cannot be represented on the wire.
    #[error("the value cannot be encoded: {0}")]
    Encode(String),
    /// The name is reserved by the protocol.
    #[error("the event name is reserved")]
    Reserved,
}

impl From<EncodeError> for EmitError {
    fn from(error: EncodeError) -> Self {
        Self::Encode(error.to_string())
    }
}

/// An acknowledgement did not come.
///
/// ```
/// # async fn example(socket: &socketio::Socket) {
/// use socketio::{AckError, event};
///
/// match socket.emit_with_ack_as::<u32>(event!("how many")).await {
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
    #[error("the answer cannot be decoded: {0}")]
    Decode(String),
    /// The client answered with an error.
    #[error("the client answered with an error: {0}")]
    Refused(Value),
    /// Too many acknowledgements are pending on this socket.
    #[error("too many acknowledgements are pending")]
    TooMany,
    /// So many events of this client wait behind the handler that awaits the answer that reading stopped.
    #[error("too many events came before the answer")]
    Backpressure,
}

/// An event could not be fired.
///
/// ```
/// # fn example(socket: &socketio::Socket) {
/// use socketio::{FireError, event};
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
    #[error("the value cannot be encoded: {0}")]
    Encode(String),
}

impl From<EncodeError> for FireError {
    fn from(error: EncodeError) -> Self {
        Self::Encode(error.to_string())
    }
}

/// A listener was not added: no such event ever comes.
///
/// ```
/// # fn example(socket: &socketio::Socket) {
/// use socketio::ListenError;
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
    /// It is empty or longer than 256 bytes.
    #[error("an event name has 1 to 256 bytes")]
    Length,
}

/// An alias was not given to a socket.
///
/// ```
/// # fn example(one: &socketio::Socket, other: &socketio::Socket) {
/// use socketio::SetUuidError;
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
    /// It is empty or longer than 256 bytes.
    #[error("a uuid has 1 to 256 bytes")]
    Length,
    /// The socket has ended.
    #[error("the socket is closed")]
    Closed,
}

/// A value could not be encoded.
///
/// ```
/// # fn example(socket: &socketio::Socket) {
/// use std::collections::HashMap;
///
/// // a map whose keys are no texts has no JSON
/// let map = HashMap::from([((1, 2), 3)]);
/// assert!(socket.set_data(&map).is_err());
/// # }
/// ```
#[derive(Debug, thiserror::Error)]
#[error(transparent)]
pub struct EncodeError(#[from] EncodeFault);

#[derive(Debug, thiserror::Error)]
pub(crate) enum EncodeFault {
    #[error(transparent)]
    Json(#[from] serde_json::Error),
    #[cfg(feature = "msgpack")]
    #[error(transparent)]
    MessagePack(#[from] rmp_serde::encode::Error),
    #[error("more than {} attachments in one packet", packet::MAX_ATTACHMENTS)]
    Attachments,
    #[error("more than {} arguments in one event", u16::MAX)]
    Arguments,
}

impl From<serde_json::Error> for EncodeError {
    fn from(error: serde_json::Error) -> Self {
        Self(EncodeFault::Json(error))
    }
}
