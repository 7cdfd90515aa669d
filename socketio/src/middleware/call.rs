//! What gates and middleware see of an event.

use serde::{Deserialize, Serialize};

use super::{Call, Outcome};
use crate::{
    error::{ClientError, IntoClientError},
    event::{Payload, kind},
    extract::FromEvent,
    handler::Lifecycle,
    socket::Socket,
};

impl Call {
    /// The socket that the event belongs to. At connect it is not accepted yet.
    pub fn socket(&self) -> &Socket {
        self.incoming.socket()
    }

    /// The event's name; for a moment of the socket's life, its word: `connect`, `disconnect`.
    pub fn event(&self) -> &str {
        &self.incoming.name
    }

    /// The moment of the socket's life, if it is not an event.
    pub fn moment(&self) -> Option<Lifecycle> {
        self.moment
    }

    /// Returns `true` if a client asks to be accepted.
    pub fn is_connect(&self) -> bool {
        self.moment == Some(Lifecycle::Connect)
    }

    /// The name of the namespace.
    pub fn namespace(&self) -> &str {
        self.incoming.socket().namespace()
    }

    /// The functions that listen to it, in the order in which they run; those that were added at run time are not
    /// among them. None for an event that nobody handles.
    pub fn handlers(&self) -> impl Iterator<Item = &'static str> {
        let table = &self.incoming.socket().core().namespace.table;
        let entry = match self.moment {
            Some(moment) => table.moment(moment),
            None => table.event(self.event()).or_else(|| table.fallback()).or_else(|| table.any()),
        };
        let handlers = entry.map(|entry| table.entry(entry).handlers.iter());
        handlers.into_iter().flatten().map(|handler| handler.location.function)
    }

    /// Does somebody handle an event of this name?
    pub(super) fn is_handled(&self) -> bool {
        self.incoming.socket().core().namespace.table.event(self.event()).is_some()
    }

    /// The name that handlers have given to the namespace: that of a pattern is not made by a client.
    pub(super) fn given_namespace(&self) -> &'static str {
        self.incoming.socket().core().namespace.table.given_name()
    }

    /// Extracts what an [extractor](crate::extract::FromEvent) for every kind of event extracts: `State<S>`,
    /// `Extension<T>`, your own guards.
    ///
    /// # Errors
    /// With the extractor's rejection.
    pub fn get<'e, T: FromEvent<'e, kind::Middleware>>(&'e self) -> Result<T, ClientError> {
        T::from_event(&mut self.incoming.cx()).map_err(IntoClientError::into_client_error)
    }

    /// The first argument of the event, read as this type. At connect: the `auth` of a Socket.IO client.
    ///
    /// # Errors
    /// `bad_payload`, if there is none or it does not fit the type.
    pub fn arg<'e, T: Deserialize<'e>>(&'e self) -> Result<T, ClientError> {
        self.incoming.cx().next_arg()
    }

    /// All arguments of the event, as the elements of a tuple.
    ///
    /// # Errors
    /// `bad_payload`, if there are too few, or one does not fit its type.
    pub fn args<'e, T: Deserialize<'e>>(&'e self) -> Result<T, ClientError> {
        self.incoming.cx().next_args()
    }

    /// Answers instead of the handlers: to be returned by a middleware that does not run its [`Next`](super::Next).
    ///
    /// ```
    /// use socketio::middleware::{Call, Next, Outcome};
    ///
    /// async fn cached(call: Call, next: Next) -> Outcome {
    ///     match call.event() {
    ///         "version" => call.answer(&"1.0".to_owned()),
    ///         _ => next.run().await,
    ///     }
    /// }
    /// ```
    /// Where nobody asked, or the client was answered already, nothing is sent. A value that cannot be encoded is
    /// answered with the error `internal`.
    // `?Sized`: one error for `answer("text")`
    pub fn answer<T: Payload + Serialize + ?Sized>(&self, value: &T) -> Outcome {
        match self.incoming.answer(value) {
            crate::handler::Outcome::Failed(error) => Outcome::failed(error),
            _ => Outcome::done(),
        }
    }
}
