//! Events as types: what `#[derive(Event)]` and `#[derive(Payload)]` say to the type system.

use std::marker::PhantomData;

use serde::{Serialize, de::DeserializeOwned};

use crate::{encode::Arguments, error::FieldErrors};

mod sealed {
    /// Only this crate implements `Kind` and `Carries`.
    #[allow(unnameable_types, reason = "that is how a trait is sealed")]
    pub trait Sealed {}
}

/// What an event of a socket is, seen from the type system: an extractor says for which kinds it exists. Sealed.
#[diagnostic::on_unimplemented(
    message = "a `{Self}` handler has no socket",
    label = "needs the socket of a client",
    note = "a handler of an event between nodes takes the event, `SocketIo`, `State<S>`, `EventName` and `NodeId`"
)]
pub trait Kind: sealed::Sealed + 'static {}

/// Kinds that carry arguments and may ask for an acknowledgement. Sealed.
#[diagnostic::on_unimplemented(
    message = "handlers of `{Self}` have no payload and no acknowledgement",
    label = "only events carry arguments",
    note = "a handler of an event between nodes takes the event itself, and returns the acknowledgement"
)]
pub trait Carries: Kind {}

/// The kinds, named as they shall appear in the compiler's messages.
pub mod kind {
    macro_rules! kinds {
        ($($(#[$doc:meta])* $name:ident)*) => { $(
            $(#[$doc])*
            #[derive(Debug)]
            #[non_exhaustive]
            pub struct $name;
            impl super::sealed::Sealed for $name {}
            impl super::Kind for $name {}
        )* };
    }
    kinds! {
        /// `#[on(connect)]`
        ConnectEvent
        /// `#[on(disconnect)]`
        DisconnectEvent
        /// `#[on(close)]`
        CloseEvent
        /// `#[on(expired)]`
        ExpiredEvent
        /// `#[on(error)]`
        ErrorEvent
        /// `#[on(ping)]`
        PingEvent
        /// `#[on(pong)]`
        PongEvent
        /// Every event from the wire, `message` included.
        CustomEvent
        /// What gates, guards and middleware look at: events and moments alike.
        Middleware
    }
    impl super::Carries for CustomEvent {}

    /// An event of another node: see [`cluster`](crate::cluster). It has no socket, so it is not a [`Kind`](super::Kind).
    #[derive(Debug)]
    #[non_exhaustive]
    pub struct NodeEvent;
}

/// A value that may travel as one argument of an event, or as an acknowledgement.
#[diagnostic::on_unimplemented(
    message = "`{Self}` is not a socketio payload",
    label = "not a payload",
    note = "add `#[derive(socketio::Payload)]` to `{Self}`; a handler takes any other serde type as `Data<{Self}>`"
)]
pub trait Payload {
    /// Is it the list of all arguments, where others are one of them?
    #[doc(hidden)]
    const SPREADS: bool = false;
    /// How many of the arguments of an event it takes.
    #[doc(hidden)]
    const TAKES: Takes = Takes::One;
    /// Is there anything to validate?
    #[doc(hidden)]
    const VALIDATES: bool = false;

    /// Looks at a payload of a client after it was decoded, before the handler gets it: what
    /// [`#[payload(validate)]`](derive@crate::Payload) says. Nothing, unless the type says something.
    ///
    /// # Errors
    /// If fields are invalid: the client receives the error `invalid`, and the handler does not run.
    fn validate(&self) -> Result<(), FieldErrors> {
        Ok(())
    }
}

/// How many of the arguments of an event an argument of its handler takes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[doc(hidden)]
pub enum Takes {
    /// Nothing: the argument is not a payload.
    Nothing,
    /// One or more, which must be there.
    One,
    /// One, which may be missing.
    Optional,
    /// All that remain.
    All,
}

/// Who sends an event.
///
/// ```
/// use socketio::{Event, emit::Direction};
///
/// #[derive(serde::Serialize, Event)]
/// #[event("tick", from = server)]
/// struct Tick;
///
/// assert_eq!((Tick::NAME, Tick::DIRECTION), ("tick", Direction::Server));
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub enum Direction {
    /// Client and server.
    Both,
    /// Only clients: the server cannot emit it.
    Client,
    /// Only the server: it cannot have a handler.
    Server,
    /// Other nodes of the cluster: clients neither send nor receive it.
    Node,
}

/// A type that is an event: made by `#[derive(Event)]`.
#[diagnostic::on_unimplemented(
    message = "`{Self}` is not an event type",
    label = "needs `#[derive(socketio::Event)]`",
    note = "declare it: `#[derive(Event, Serialize, Deserialize)] #[event(\"some:name\")] struct {Self} {{ .. }}`"
)]
pub trait Event: Payload + Sized {
    /// The name on the wire.
    const NAME: &'static str;
    /// Who sends it.
    const DIRECTION: Direction;
    /// Whether it may be compressed.
    #[doc(hidden)]
    const COMPRESS: bool = true;
    #[doc(hidden)]
    type Answer: Token;
    /// What a handler of it may take.
    #[doc(hidden)]
    type Kind: 'static;
}

/// Events between the nodes of a cluster.
#[diagnostic::on_unimplemented(
    message = "`{Self}` is not an event between nodes",
    label = "not declared `from = node`",
    note = "declare it: `#[derive(Event, Serialize, Deserialize)] #[event(\"some:name\", from = node)] struct {Self} {{ .. }}`"
)]
pub trait BetweenNodes: Event + Arguments {}

/// Events that the server may emit.
#[diagnostic::on_unimplemented(
    message = "`{Self}` is not an event that the server may emit",
    label = "no `#[derive(Event)]`, or declared `from = client` or `from = node`"
)]
pub trait Outgoing: Event + Arguments {}

/// Events that are acknowledged with a value.
#[diagnostic::on_unimplemented(
    message = "event `{Self}` has no acknowledgement",
    label = "no `ack = ..` in its `#[event(..)]` attribute",
    note = "use `emit`, or declare the answer: `#[event(\"..\", ack = SomeType)]`"
)]
pub trait Acknowledged: Event {
    /// The type of the acknowledgement.
    ///
    /// Code that is generic in the event and waits for an acknowledgement says what it needs of it, as in
    /// `where E::Ack: Payload + DeserializeOwned`.
    type Ack: Acknowledgement;
}

/// What an event may be acknowledged with: every payload that can be written and read.
// no supertraits: each would be one message more about a type without derives
#[diagnostic::on_unimplemented(
    message = "`{Self}` cannot be an acknowledgement",
    label = "not a payload that can be written and read",
    note = "add `#[derive(socketio::Payload, serde::Serialize, serde::Deserialize)]` to `{Self}`"
)]
pub trait Acknowledgement {
    #[doc(hidden)]
    type Value: Payload + Serialize;

    #[doc(hidden)]
    fn value(&self) -> &Self::Value;
}

#[diagnostic::do_not_recommend]
impl<T: Payload + Serialize + DeserializeOwned> Acknowledgement for T {
    type Value = T;

    fn value(&self) -> &T {
        self
    }
}

/// What an event says about its acknowledgement.
#[doc(hidden)]
pub trait Token {
    #[doc(hidden)]
    const NEW: Self;
}

/// The event declares `ack = T`.
#[derive(Debug)]
#[doc(hidden)]
pub struct AcknowledgedWith<T>(PhantomData<fn() -> T>);

/// The event declares no acknowledgement.
#[derive(Debug)]
#[doc(hidden)]
pub struct NotAcknowledged;

/// The event is only known by name.
#[derive(Debug)]
#[doc(hidden)]
pub struct Untyped;

/// The handler hears every event, and answers none.
#[derive(Debug)]
#[doc(hidden)]
pub struct NeverAnswers;

impl<T> Token for AcknowledgedWith<T> {
    const NEW: Self = Self(PhantomData);
}

impl Token for Untyped {
    const NEW: Self = Self;
}

impl Token for NotAcknowledged {
    const NEW: Self = Self;
}
