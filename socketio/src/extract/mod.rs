//! What a handler may take as an argument.
//!
//! Which argument exists in which handler, and how to write one of your own: [the chapter on extractors](crate::guide::extractors). [`Socket`],
//! [`State`], [`Data`], [`Auth`](crate::Auth) and [`Ack`] are at the root of the crate, because most handlers name them.
//!
//! ```
//! use socketio::{Data, Socket, State, extract::EventName, on};
//!
//! #[on("point", "circle")]
//! fn draw(socket: &Socket, EventName(name): EventName, State(width): State<u32>, Data((x, y)): Data<(i32, i32)>) {
//!     println!("{}: {name} of width {width} at {x}, {y}", socket.id());
//! }
//! ```

pub(crate) mod connect;
mod node;
pub(crate) mod own;
pub(crate) mod payload;
pub(crate) mod validate;

use std::convert::Infallible;

use serde::Deserialize;

pub use self::{
    connect::{ConnectArgument, Parts},
    own::{EventName, Extension, NamespaceParams},
};
pub use crate::{
    event::{Carries, Kind, kind},
    handshake::Handshake,
    socket::Extensions,
};

pub(crate) use self::{
    own::{Ack, State},
    payload::Data,
};
use crate::{
    error::{ClientError, IntoClientError},
    handler::{Cursor, Incoming, StateNeed},
    message::Message,
    socket::Socket,
};

/// An argument of a handler for events of kind `K`.
///
/// Implement it for your own types to keep what every handler repeats out of the handlers. It is sync on
/// purpose: what has to be awaited belongs in the handler, or into a connect handler.
///
/// ```
/// use socketio::{ClientError, Socket, extract::{EventContext, FromEvent, Kind}};
///
/// #[derive(Clone)]
/// struct User { name: String }
///
/// struct CurrentUser(std::sync::Arc<User>);
///
/// impl<'e, K: Kind> FromEvent<'e, K> for CurrentUser {
///     type Rejection = ClientError;
///
///     fn from_event(cx: &mut EventContext<'e>) -> Result<Self, ClientError> {
///         cx.socket().extensions().get::<User>().map(CurrentUser)
///             .ok_or_else(|| ClientError::new("unauthorized", "log in first"))
///     }
/// }
/// ```
#[diagnostic::on_unimplemented(
    message = "`{Self}` cannot be an argument of a `{K}` handler",
    label = "not available here",
    note = "all handlers: `Socket`, `&Socket`, `SocketIo`, `State<S>`, `Extension<T>`, `EventName`; events: payloads and `Ack<T>`; `connect`: `Auth<T>` and axum's extractors of request parts; `disconnect` and `close`: `DisconnectReason`; `error`: `SocketError`; events between nodes: the event, `SocketIo`, `State<S>`, `EventName` and `NodeId`",
    note = "a payload is a `#[derive(Event)]` or `#[derive(Payload)]` type; take any other serde type as `Data<T>`"
)]
pub trait FromEvent<'e, K>: Sized {
    /// What the client receives when there is no such value: the handler does not run then.
    type Rejection: IntoClientError;

    /// The state that it takes: `build()` looks whether the server has it.
    #[doc(hidden)]
    const NEEDS: Option<StateNeed> = None;

    /// Takes the value out of the event.
    ///
    /// # Errors
    /// If the event does not hold it; the rejection answers the acknowledgement and raises `error`.
    fn from_event(cx: &mut EventContext<'e>) -> Result<Self, Self::Rejection>;
}

/// What an extractor found, or why there is nothing: the handler runs either way, and decides.
///
/// An argument that could not be read counts as taken: the next one is read by what comes after this.
///
/// ```
/// use socketio::{Auth, ClientError, Socket, extract::Extension, on};
///
/// struct User(String);
///
/// #[on("say")]
/// fn say(user: Result<Extension<User>, ClientError>, text: Result<String, ClientError>) -> String {
///     let name = user.map_or("somebody".to_owned(), |user| user.0.0.clone());
///     match text {
///         Ok(text) => format!("{name}: {text}"),
///         Err(error) => format!("{name} sent something else ({error})"),
///     }
/// }
///
/// #[on(connect)]
/// fn connected(socket: &Socket, auth: Result<Auth<Vec<String>>, ClientError>) {
///     for room in auth.map_or(vec![], |auth| auth.0) {
///         socket.join(room);
///     }
/// }
/// ```
impl<'e, K, T: FromEvent<'e, K>> FromEvent<'e, K> for Result<T, T::Rejection> {
    type Rejection = Infallible;

    fn from_event(cx: &mut EventContext<'e>) -> Result<Self, Infallible> {
        let extracted = T::from_event(cx);
        if extracted.is_err() {
            cx.arguments.pass_failed();
        }
        Ok(extracted)
    }
}

/// The event being handled, as an extractor sees it: payload arguments are taken from left to right.
///
/// ```
/// use socketio::{ClientError, extract::{EventContext, FromEvent, kind}};
///
/// /// All arguments as numbers, added up.
/// struct Sum(i64);
///
/// impl<'e> FromEvent<'e, kind::CustomEvent> for Sum {
///     type Rejection = ClientError;
///
///     fn from_event(cx: &mut EventContext<'e>) -> Result<Self, ClientError> {
///         let mut sum = 0;
///         while !cx.is_exhausted() {
///             sum += cx.next_arg::<i64>()?;
///         }
///         Ok(Self(sum))
///     }
/// }
/// ```
#[derive(Debug)]
pub struct EventContext<'e> {
    incoming: &'e Incoming,
    arguments: Cursor<'e>,
}

impl Incoming {
    /// A cursor over the arguments.
    pub fn cx(&self) -> EventContext<'_> {
        EventContext::new(self)
    }
}

impl<'e> EventContext<'e> {
    pub(crate) fn new(incoming: &'e Incoming) -> Self {
        Self { incoming, arguments: Cursor::new(&incoming.body) }
    }

    /// The socket that the event belongs to.
    ///
    /// # Panics
    /// In a hand-written extractor of [`kind::NodeEvent`], which has none.
    pub fn socket(&self) -> &'e Socket {
        self.incoming.socket()
    }

    /// The event's name.
    pub fn event(&self) -> &'e str {
        &self.incoming.name
    }

    /// Takes the next argument, borrowing from the frame where the type allows it.
    ///
    /// A `message` that came as a raw frame is one argument: its text is read as JSON.
    ///
    /// # Errors
    /// `bad_payload`, if no argument is left or it does not fit the type.
    pub fn next_arg<T: Deserialize<'e>>(&mut self) -> Result<T, ClientError> {
        self.arguments.next()
    }

    /// Takes the next arguments as the elements of a tuple or tuple struct.
    ///
    /// # Errors
    /// `bad_payload`, if there are too few, or one does not fit its type.
    pub fn next_args<T: Deserialize<'e>>(&mut self) -> Result<T, ClientError> {
        self.arguments.next_many()
    }

    /// Is there no argument left?
    pub fn is_exhausted(&self) -> bool {
        self.arguments.is_exhausted()
    }

    /// Takes the argument that is a whole frame, if it is one.
    pub(crate) fn next_frame(&mut self) -> Option<Message> {
        self.arguments.next_frame()
    }

    pub(crate) fn incoming(&self) -> &'e Incoming {
        self.incoming
    }
}
