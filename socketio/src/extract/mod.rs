//! What a handler may take as an argument.

mod connect;
mod own;
mod payload;

use serde::Deserialize;

pub use self::{
    connect::ConnectParts,
    own::{Ack, Auth, EventName, Extension, State},
    payload::Data,
};
use crate::{
    error::{ClientError, IntoClientError},
    proto::json,
    session::{Body, Incoming},
    socket::Socket,
};

/// An argument of a handler for events of kind `K`.
///
/// Implement it for your own types to keep what every handler repeats out of the handlers. It is sync on
/// purpose: what has to be awaited belongs into the handler, or into a connect handler.
///
/// ```
/// use socketio::{ClientError, Cx, FromEvent, Kind, Socket};
///
/// #[derive(Clone)]
/// struct User { name: String }
///
/// struct CurrentUser(std::sync::Arc<User>);
///
/// impl<'e, K: Kind> FromEvent<'e, K> for CurrentUser {
///     type Rejection = ClientError;
///
///     fn from_event(cx: &mut Cx<'e>) -> Result<Self, ClientError> {
///         cx.socket().extensions().get::<User>().map(CurrentUser)
///             .ok_or_else(|| ClientError::new("unauthorized", "log in first"))
///     }
/// }
/// ```
#[diagnostic::on_unimplemented(
    message = "`{Self}` cannot be an argument of a `{K}` handler",
    label = "not available here",
    note = "all handlers: `Socket`, `&Socket`, `SocketIo`, `State<S>`, `Extension<T>`, `EventName`; events: payloads and `Ack<T>`; `connect`: `Auth<T>` and axum's extractors of request parts; `disconnect` and `close`: `DisconnectReason`; `error`: `SocketError`",
    note = "a payload is a `#[derive(Event)]` or `#[derive(Payload)]` type; take any other serde type as `Data<T>`"
)]
pub trait FromEvent<'e, K>: Sized {
    /// What the client is told when there is no such value: the handler does not run then.
    type Rejection: IntoClientError;

    /// Takes the value out of the event.
    ///
    /// # Errors
    /// If the event does not hold it; the rejection answers the acknowledgement and raises `error`.
    fn from_event(cx: &mut Cx<'e>) -> Result<Self, Self::Rejection>;
}

/// The event being handled, as an extractor sees it: payload arguments are taken from left to right.
#[derive(Debug)]
pub struct Cx<'e> {
    incoming: &'e Incoming,
    /// What is left of the arguments.
    rest: Arguments<'e>,
    /// How many arguments were taken.
    taken: usize,
}

/// The arguments of an event that were not taken yet.
#[derive(Debug, Clone, Copy)]
enum Arguments<'e> {
    None,
    /// `1, {"a":2}`: the inside of an array.
    Many(&'e str),
    /// One JSON value.
    One(&'e str),
    /// A text frame as it came.
    Text(&'e str),
    /// A binary frame as it came.
    Binary(&'e bytes::Bytes),
}

impl<'e> Cx<'e> {
    pub(crate) fn new(incoming: &'e Incoming) -> Self {
        let rest = match &incoming.body {
            Body::Json { frame, start, end, many } => {
                let text = &frame.as_str()[*start as usize..*end as usize];
                if *many { Arguments::Many(text) } else { Arguments::One(text) }
            }
            Body::Text(frame) => Arguments::Text(frame.as_str()),
            Body::Binary(bytes) => Arguments::Binary(bytes),
            Body::Empty | Body::Reason(_) | Body::Error(_) => Arguments::None,
        };
        Self { incoming, rest, taken: 0 }
    }

    /// The socket that the event belongs to.
    pub fn socket(&self) -> &'e Socket {
        &self.incoming.socket
    }

    /// The event's name.
    pub fn event(&self) -> &'e str {
        self.incoming.name.as_str()
    }

    /// Takes the next argument, borrowing from the frame where the type allows it.
    ///
    /// A `message` that came as a raw frame is one argument: its text is read as JSON.
    ///
    /// # Errors
    /// `bad_payload`, if no argument is left or it does not fit the type.
    pub fn next_arg<T: Deserialize<'e>>(&mut self) -> Result<T, ClientError> {
        let (text, many) = match self.rest {
            Arguments::Many(text) => (json::skip_separator(text), true),
            Arguments::One(text) | Arguments::Text(text) => (text, false),
            Arguments::None => ("", false),
            Arguments::Binary(_) => {
                return Err(self.bad("expected JSON, found a binary message"));
            }
        };
        if text.is_empty() {
            return Err(self.bad("is missing"));
        }
        let mut values = serde_json::Deserializer::from_str(text).into_iter::<T>();
        match values.next() {
            Some(Ok(value)) => {
                let end = values.byte_offset();
                self.rest = if many { Arguments::Many(&text[end..]) } else { Arguments::None };
                self.taken += 1;
                Ok(value)
            }
            Some(Err(error)) => Err(self.bad(json::describe(text, &error))),
            None => Err(self.bad("is missing")),
        }
    }

    /// Is there no argument left?
    pub fn is_exhausted(&self) -> bool {
        match self.rest {
            Arguments::None => true,
            Arguments::Many(text) => json::skip_separator(text).is_empty(),
            Arguments::One(_) | Arguments::Text(_) | Arguments::Binary(_) => false,
        }
    }

    pub(crate) fn incoming(&self) -> &'e Incoming {
        self.incoming
    }

    fn bad(&self, what: impl std::fmt::Display) -> ClientError {
        ClientError::bad_payload(format!("argument {}: {what}", self.taken))
    }
}
