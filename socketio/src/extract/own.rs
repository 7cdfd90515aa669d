//! The framework's own extractors.

use std::{any::type_name, marker::PhantomData, ops::Deref, sync::Arc};

use serde::{Deserialize, Serialize, de::DeserializeOwned};

use super::{EventContext, FromEvent};
use crate::{
    close::DisconnectReason,
    error::{ClientError, EncodeError, IntoClientError, SocketError, code},
    event::{Carries, Kind, Payload, kind},
    handler::{AckOnce, AckRequest, Body, Cursor, StateNeed},
    handshake::Handshake,
    message::Bytes,
    namespace::Namespace,
    observe,
    proto::json,
    socket::Socket,
};

impl<'e, K: Kind> FromEvent<'e, K> for Socket {
    type Rejection = ClientError;

    fn from_event(cx: &mut EventContext<'e>) -> Result<Self, ClientError> {
        Ok(cx.socket().clone())
    }
}

impl<'e, K: Kind> FromEvent<'e, K> for &'e Socket {
    type Rejection = ClientError;

    fn from_event(cx: &mut EventContext<'e>) -> Result<Self, ClientError> {
        Ok(cx.socket())
    }
}

/// The name of the event that is handled: useful where one function listens to several.
///
/// ```
/// use socketio::{extract::EventName, on};
///
/// #[on("doc:open", "doc:close")]
/// fn audited(EventName(name): EventName<'_>) {
///     println!("{name}");
/// }
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct EventName<'e>(pub &'e str);

impl<'e, K: Kind> FromEvent<'e, K> for EventName<'e> {
    type Rejection = ClientError;

    fn from_event(cx: &mut EventContext<'e>) -> Result<Self, ClientError> {
        Ok(Self(cx.event()))
    }
}

/// A clone of the state of type `S` that was given to [`SocketIoBuilder::state`](crate::SocketIoBuilder::state).
///
/// `build()` fails if a handler takes a state that the server does not have.
///
/// ```
/// use socketio::{SocketIo, State, on};
///
/// #[derive(Clone)]
/// struct Greeting(&'static str);
///
/// #[on("greet")]
/// fn greet(State(greeting): State<Greeting>) -> &'static str {
///     greeting.0
/// }
///
/// # fn main() -> Result<(), socketio::error::BuildError> {
/// let io = SocketIo::builder().discover().state(Greeting("hello")).build()?;
/// # Ok(())
/// # }
/// ```
#[derive(Debug, Clone, Copy, Default)]
pub struct State<S>(pub S);

impl<'e, K: Kind, S: Clone + Send + Sync + 'static> FromEvent<'e, K> for State<S> {
    type Rejection = ClientError;

    const NEEDS: Option<StateNeed> = Some(StateNeed::of::<S>());

    fn from_event(cx: &mut EventContext<'e>) -> Result<Self, ClientError> {
        state(&cx.socket().core().namespace)
    }
}

pub(super) fn state<S: Clone + Send + Sync + 'static>(
    namespace: &Namespace,
) -> Result<State<S>, ClientError> {
    match namespace.states.get::<S>() {
        Some(state) => Ok(State(state.clone())),
        None => {
            // `build()` checks what handlers name; a hand-written extractor may still ask for more
            namespace.observer.not_set_up(type_name::<S>());
            Err(ClientError::new(code::INTERNAL, "the server is not set up for this event"))
        }
    }
}

/// A value that was put into [`Socket::extensions`].
///
/// Rejects with `rejected` if there is none: taking it is a guard. Take `Option<Extension<T>>` where its
/// absence is fine.
///
/// ```
/// use socketio::{Socket, extract::Extension, on};
///
/// struct User {
///     name: String,
/// }
///
/// #[on(connect)]
/// fn connected(socket: &Socket) {
///     socket.extensions().insert(User { name: "ann".to_owned() });
/// }
///
/// #[on("who am I")]
/// fn who(user: Extension<User>) -> String {
///     user.name.clone()
/// }
/// ```
#[derive(Debug)]
pub struct Extension<T>(pub Arc<T>);

impl<T> Deref for Extension<T> {
    type Target = T;

    fn deref(&self) -> &T {
        &self.0
    }
}

impl<'e, K: Kind, T: Send + Sync + 'static> FromEvent<'e, K> for Extension<T> {
    type Rejection = ClientError;

    fn from_event(cx: &mut EventContext<'e>) -> Result<Self, ClientError> {
        let found = cx.socket().extensions().get::<T>();
        found.map(Self).ok_or_else(|| {
            observe::no_extension(type_name::<T>());
            ClientError::new(code::REJECTED, "not available on this connection")
        })
    }
}

impl<'e, K: Kind, T: Send + Sync + 'static> FromEvent<'e, K> for Option<Extension<T>> {
    type Rejection = ClientError;

    fn from_event(cx: &mut EventContext<'e>) -> Result<Self, ClientError> {
        Ok(cx.socket().extensions().get::<T>().map(Extension))
    }
}

/// What the name of the namespace says, where that was made by a pattern: a struct with a field for each parameter.
///
/// ```
/// use serde::Deserialize;
/// use socketio::{extract::NamespaceParams, on};
///
/// #[derive(Deserialize)]
/// struct Org {
///     id: u32,
/// }
///
/// // `/org/7` is accepted, `/org/x` is refused
/// #[on(connect, namespace = "/org/{id}")]
/// fn connected(NamespaceParams(org): NamespaceParams<Org>) {
///     println!("somebody of {}", org.id);
/// }
/// ```
/// Rejects with `bad_payload` what the type does not hold. See also
/// [`Socket::namespace_param`](crate::Socket::namespace_param).
#[derive(Debug, Clone, Copy, Default)]
pub struct NamespaceParams<T>(pub T);

impl<'e, K: Kind, T: DeserializeOwned> FromEvent<'e, K> for NamespaceParams<T> {
    type Rejection = ClientError;

    fn from_event(cx: &mut EventContext<'e>) -> Result<Self, ClientError> {
        let params = &cx.socket().core().namespace.params;
        // through a form: its deserializer reads numbers from text
        let form = serde_urlencoded::to_string(&**params).unwrap_or_default();
        let params = serde_urlencoded::from_str(&form);
        params.map(Self).map_err(|error| ClientError::bad_payload(format!("namespace: {error}")))
    }
}

/// What the client sent to be accepted: the `auth` of a Socket.IO client, the query string of a plain one.
///
/// A client that sent nothing is read as an empty object.
///
/// ```
/// use serde::Deserialize;
/// use socketio::{Auth, ClientError, on};
///
/// #[derive(Deserialize)]
/// struct Credentials {
///     token: String,
/// }
///
/// // io({ auth: { token: "secret" } }), or wss://../ws?token=secret
/// #[on(connect)]
/// fn connected(Auth(credentials): Auth<Credentials>) -> Result<(), ClientError> {
///     match credentials.token.as_str() {
///         "secret" => Ok(()),
///         _ => Err(ClientError::new("unauthorized", "log in first")),
///     }
/// }
/// ```
#[derive(Debug, Clone, Copy, Default)]
pub struct Auth<T>(pub T);

impl<'e, T: Deserialize<'e>> FromEvent<'e, kind::ConnectEvent> for Auth<T> {
    type Rejection = ClientError;

    fn from_event(cx: &mut EventContext<'e>) -> Result<Self, ClientError> {
        let bad = |error: &dyn std::fmt::Display| ClientError::bad_payload(format!("auth: {error}"));
        match &cx.incoming().body {
            Body::Empty => {
                serde_json::from_str("{}").map(Self).map_err(|error| bad(&json::describe("{}", &error)))
            }
            Body::Query(query) => {
                serde_urlencoded::from_str(query.as_str()).map(Self).map_err(|error| bad(&error))
            }
            body => Cursor::new(body).next_auth().map(Self),
        }
    }
}

/// The payload of a ping (at most 125 bytes).
impl<'e> FromEvent<'e, kind::PingEvent> for Bytes {
    type Rejection = ClientError;

    fn from_event(cx: &mut EventContext<'e>) -> Result<Self, ClientError> {
        match &cx.incoming().body {
            Body::Binary(payload) => Ok(payload.clone().into()),
            _ => Ok(Self::default()),
        }
    }
}

impl<'e> FromEvent<'e, kind::DisconnectEvent> for DisconnectReason {
    type Rejection = ClientError;

    fn from_event(cx: &mut EventContext<'e>) -> Result<Self, ClientError> {
        reason(cx)
    }
}

impl<'e> FromEvent<'e, kind::CloseEvent> for DisconnectReason {
    type Rejection = ClientError;

    fn from_event(cx: &mut EventContext<'e>) -> Result<Self, ClientError> {
        reason(cx)
    }
}

fn reason(cx: &EventContext<'_>) -> Result<DisconnectReason, ClientError> {
    match &cx.incoming().body {
        Body::Reason(reason) => Ok(reason.clone()),
        _ => Err(ClientError::bad_payload("no reason here")),
    }
}

impl<'e> FromEvent<'e, kind::ErrorEvent> for &'e SocketError {
    type Rejection = ClientError;

    fn from_event(cx: &mut EventContext<'e>) -> Result<Self, ClientError> {
        match &cx.incoming().body {
            Body::Error(error) => Ok(error),
            _ => Err(ClientError::bad_payload("no error here")),
        }
    }
}

impl<'e> FromEvent<'e, kind::ErrorEvent> for Arc<SocketError> {
    type Rejection = ClientError;

    fn from_event(cx: &mut EventContext<'e>) -> Result<Self, ClientError> {
        match &cx.incoming().body {
            Body::Error(error) => Ok(error.clone()),
            _ => Err(ClientError::bad_payload("no error here")),
        }
    }
}

/// Answers an event later, or from another task.
///
/// A client that asked gets exactly one answer: an `Ack` that is dropped unsent answers with the error
/// `unanswered`. Where nobody asked, sending does nothing.
///
/// ```
/// use std::time::Duration;
///
/// use socketio::{Ack, on};
///
/// #[on("later")]
/// fn later(ack: Ack<String>) {
///     tokio::spawn(async move {
///         tokio::time::sleep(Duration::from_secs(1)).await;
///         ack.send(&"now".to_owned());
///     });
/// }
/// ```
#[derive(Debug)]
#[must_use = "dropping an `Ack` answers with the error `unanswered`"]
pub struct Ack<T> {
    /// `None`: nobody asked.
    request: Option<(Socket, Arc<AckOnce>)>,
    answer: PhantomData<fn(T)>,
}

impl<T: Serialize> Ack<T> {
    /// Sends the answer.
    ///
    /// A value that cannot be encoded is answered with the error `internal`.
    pub fn send(mut self, value: &T) {
        if let Some((socket, once)) = self.request.take()
            && once.claim()
        {
            tell(&socket, once.id, || socket.send_ack(once.id, value, false));
        }
    }

    /// Sends an answer of several arguments: [`Args`](crate::emit::Args) or [`Rest`](crate::emit::Rest).
    pub fn send_args<A: Payload + Serialize>(mut self, args: &A) {
        if let Some((socket, once)) = self.request.take()
            && once.claim()
        {
            tell(&socket, once.id, || socket.send_ack(once.id, args, A::SPREADS));
        }
    }
}

/// Sends an answer. One that cannot be encoded is answered with an error, also if its serializer panics: nobody else may
/// answer any more.
fn tell(socket: &Socket, id: u64, send: impl FnOnce() -> Result<(), EncodeError>) {
    struct Unsent<'a>(&'a Socket, u64);

    impl Drop for Unsent<'_> {
        fn drop(&mut self) {
            self.0.send_ack_error(self.1, &ClientError::panicked());
        }
    }

    let unsent = Unsent(socket, id);
    let sent = send();
    std::mem::forget(unsent);
    if let Err(error) = sent {
        socket.core().report_not_encoded("an acknowledgement", &error);
        socket.send_ack_error(id, &ClientError::new(code::INTERNAL, "the answer could not be encoded"));
    }
}

impl<T> Ack<T> {
    /// Answers with an error.
    pub fn reject(mut self, error: impl IntoClientError) {
        // what may panic comes first: then the answer is that of an `Ack` that is dropped
        let error = error.into_client_error();
        if let Some((socket, once)) = self.request.take()
            && once.claim()
        {
            socket.send_ack_error(once.id, &error);
        }
    }

    /// Did the client ask for an acknowledgement?
    pub fn is_requested(&self) -> bool {
        self.request.is_some()
    }
}

impl<T> Drop for Ack<T> {
    fn drop(&mut self) {
        if let Some((socket, once)) = self.request.take()
            && once.dropped()
        {
            let error =
                if std::thread::panicking() { ClientError::panicked() } else { ClientError::unanswered() };
            socket.send_ack_error(once.id, &error);
        }
    }
}

impl<'e, K: Carries, T: Serialize> FromEvent<'e, K> for Ack<T> {
    type Rejection = ClientError;

    fn from_event(cx: &mut EventContext<'e>) -> Result<Self, ClientError> {
        let request = match &cx.incoming().ack {
            AckRequest::Argument(once) => Some((cx.socket().clone(), once.clone())),
            AckRequest::None | AckRequest::Value(_) => None,
        };
        Ok(Self { request, answer: PhantomData })
    }
}

impl<'e, K: Kind> FromEvent<'e, K> for &'e Handshake {
    type Rejection = ClientError;

    fn from_event(cx: &mut EventContext<'e>) -> Result<Self, ClientError> {
        Ok(cx.socket().handshake())
    }
}
