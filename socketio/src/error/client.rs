//! What a peer receives when something goes wrong.

use std::{borrow::Cow, error::Error, fmt, sync::Arc};

use serde::{Serialize, Serializer, ser::SerializeStruct};
use serde_json::Value;

use super::code;
use crate::contained::Contained;

/// An error that is shown to the client: as an acknowledgement, or as the reason of a refused connection.
///
/// On the wire it is `{"code":"..","message":"..","data":..}`, on both wires and everywhere; `data` is left
/// out when there is none. The framework's own codes are listed in [`code`](crate::error::code).
///
/// ```
/// use socketio::ClientError;
///
/// let error = ClientError::new("out_of_stock", "only 3 left").with_data(&3)?;
/// assert_eq!(error.code(), "out_of_stock");
/// # Ok::<(), serde_json::Error>(())
/// ```
///
/// The framework's own errors become the code [`internal`](crate::error::code::INTERNAL) with `?`: the client learns no more, and the
/// `error` event has the error as its [source](std::error::Error::source). For other types there is
/// [`internal`](Self::internal), or an [`IntoClientError`] of your own.
///
/// ```
/// use socketio::{ClientError, Socket, event, on};
///
/// #[on("subscribe")]
/// fn subscribe(socket: &Socket, topic: String) -> Result<u32, ClientError> {
///     socket.try_join(topic)?;
///     socket.try_emit(event!("subscribed"))?;
///     let count = std::fs::read_to_string("/var/count").map_err(ClientError::internal)?;
///     count.trim().parse().map_err(ClientError::internal)
/// }
/// ```
#[derive(Clone)]
pub struct ClientError {
    code: Cow<'static, str>,
    message: Cow<'static, str>,
    more: Option<Box<More>>,
}

/// What few errors have.
#[derive(Clone, Default)]
struct More {
    data: Option<Value>,
    /// Never sent.
    source: Option<Arc<Contained<Box<dyn Error + Send + Sync>>>>,
}

impl ClientError {
    /// An error with a code for programs and a message for people. Both are sent to the client.
    pub fn new(code: impl Into<Cow<'static, str>>, message: impl Into<Cow<'static, str>>) -> Self {
        Self { code: code.into(), message: message.into(), more: None }
    }

    /// Something went wrong that is not the client's business: it receives the code `internal` and nothing of the `source`,
    /// which the `error` event and `tracing` have.
    pub fn internal(source: impl Into<Box<dyn Error + Send + Sync>>) -> Self {
        let source = Some(Arc::new(Contained::new(source.into())));
        let more = Some(Box::new(More { source, ..More::default() }));
        Self { more, ..Self::new(code::INTERNAL, "internal error") }
    }

    /// Adds details for the client's program.
    ///
    /// # Errors
    /// If `data` cannot be represented as JSON.
    pub fn with_data<T: Serialize + ?Sized>(mut self, data: &T) -> Result<Self, serde_json::Error> {
        self.more.get_or_insert_default().data = Some(serde_json::to_value(data)?);
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
        self.more.as_ref()?.data.as_ref()
    }

    /// The argument at `index` (from zero) of an event could not be decoded.
    pub(crate) fn bad_payload(message: impl Into<Cow<'static, str>>) -> Self {
        Self::new(code::BAD_PAYLOAD, message)
    }

    /// `near`: there is one in other letters.
    pub(crate) fn unknown_event(name: &str, near: Option<&str>) -> Self {
        let near = near.map_or_else(String::new, |near| format!(", did you mean {near:?}?"));
        Self::new(code::UNKNOWN_EVENT, format!("no handler for event {name:?}{near}"))
    }

    pub(crate) fn panicked() -> Self {
        // the panic's text stays on the server: it may hold anything
        Self::new(code::PANICKED, "the handler failed")
    }

    pub(crate) fn expired() -> Self {
        Self::new(code::EXPIRED, "the time of this connection is over")
    }

    pub(crate) fn unanswered() -> Self {
        Self::new(code::UNANSWERED, "the handler ended without an answer")
    }
}

impl Serialize for ClientError {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let data = self.data();
        let mut fields = serializer.serialize_struct("ClientError", 2 + usize::from(data.is_some()))?;
        fields.serialize_field("code", &self.code)?;
        fields.serialize_field("message", &self.message)?;
        match data {
            Some(data) => fields.serialize_field("data", data)?,
            None => fields.skip_field("data")?,
        }
        fields.end()
    }
}

impl fmt::Display for ClientError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.message)
    }
}

impl fmt::Debug for ClientError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut fields = f.debug_struct("ClientError");
        fields.field("code", &self.code).field("message", &self.message).field("data", &self.data());
        if let Some(source) = self.source() {
            fields.field("source", &source);
        }
        fields.finish()
    }
}

impl Error for ClientError {
    fn source(&self) -> Option<&(dyn Error + 'static)> {
        let source: &(dyn Error + Send + Sync + 'static) = &****self.more.as_ref()?.source.as_ref()?;
        Some(source)
    }
}

impl PartialEq for ClientError {
    /// The same for a client.
    fn eq(&self, other: &Self) -> bool {
        (&self.code, &self.message, self.data()) == (&other.code, &other.message, other.data())
    }
}

/// A handler's error type that may be shown to the client.
///
/// Like axum's `IntoResponse`, but for events. It is deliberately *not* implemented for every
/// [`Display`](std::fmt::Display) type: the text of a database error must not reach a client by accident.
///
/// ```
/// use socketio::{ClientError, error::IntoClientError};
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
    note = "say what the client receives: `impl socketio::error::IntoClientError for {Self}`, or use `socketio::ClientError`"
)]
pub trait IntoClientError {
    /// What the client receives.
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
