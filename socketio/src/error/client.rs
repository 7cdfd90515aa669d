//! What a peer receives when something goes wrong.

use std::borrow::Cow;

use serde::Serialize;
use serde_json::Value;

use super::code;

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
        Self::new(code::BAD_PAYLOAD, message)
    }

    pub(crate) fn unknown_event(name: &str) -> Self {
        Self::new(code::UNKNOWN_EVENT, format!("no handler for event {name:?}"))
    }

    pub(crate) fn panicked() -> Self {
        // the panic's text stays on the server: it may hold anything
        Self::new(code::PANICKED, "the handler failed")
    }

    pub(crate) fn unanswered() -> Self {
        Self::new(code::UNANSWERED, "the handler ended without an answer")
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
