//! Events as types: what `#[derive(Event)]` and `#[derive(Payload)]` say to the type system.

use serde::{Deserialize, Serialize, de::DeserializeOwned};

use crate::{
    answer::Token,
    emit::{Content, Emit},
    encode::ArgsWriter,
    error::{ClientError, EncodeError},
    extract::{Cx, FromEvent},
    socket::{Fire, Fired},
};

/// What an event is, seen from the type system: an extractor says for which kinds it exists.
pub trait Kind: 'static {}

/// Kinds that carry arguments and may ask for an acknowledgement.
#[diagnostic::on_unimplemented(
    message = "a `{Self}` handler has no payload and no acknowledgement",
    label = "only events carry arguments"
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
        /// `#[on(error)]`
        ErrorEvent
        /// `#[on(ping)]`
        PingEvent
        /// `#[on(pong)]`
        PongEvent
        /// Every event from the wire, `message` included.
        CustomEvent
    }
    impl super::Carries for CustomEvent {}
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
}

/// How many of the arguments of an event an argument of its handler takes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[doc(hidden)]
pub enum Takes {
    /// None: it is no payload.
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
/// use socketio::{Direction, Event};
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
    #[doc(hidden)]
    type Answer: Token;
}

/// Events that the server may emit.
#[diagnostic::on_unimplemented(
    message = "`{Self}` is not an event that the server may emit",
    label = "no `#[derive(Event)]`, or declared `from = client`"
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
    type Ack: Payload + Serialize + DeserializeOwned;
}

/// How a value is written as the arguments of an event.
///
/// `#[derive(Event)]` writes a struct with named fields as one argument, a tuple struct as one argument
/// for each field, and a unit struct as none.
///
/// ```
/// use socketio::{Arguments, Dynamic, EmitError};
///
/// // whatever a tuple holds
/// fn named(name: &str, args: impl Arguments) -> Result<Dynamic<impl Arguments>, EmitError> {
///     Dynamic::new(name, args)
/// }
///
/// assert!(named("moved", (1, "left")).is_ok());
/// ```
pub trait Arguments {
    /// How many arguments [`write`](Self::write) writes.
    #[doc(hidden)]
    fn arity(&self) -> usize;
    /// Writes them in order.
    #[doc(hidden)]
    fn write(&self, args: &mut ArgsWriter<'_>) -> Result<(), EncodeError>;
}

/// An event by its name, as [`event!`](crate::event) makes it.
#[derive(Debug, Clone)]
#[doc(hidden)]
pub struct NamedEvent<T> {
    name: &'static str,
    args: T,
}

impl<T: Arguments> NamedEvent<T> {
    pub fn new(name: &'static str, args: T) -> Self {
        Self { name, args }
    }
}

impl<T: Arguments> Emit for NamedEvent<T> {
    fn content(&self) -> Content<'_> {
        Content::Event { name: self.name, args: &self.args }
    }
}

impl<T: Arguments> Fire for NamedEvent<T> {
    fn event(&self) -> Fired<'_> {
        Fired { name: self.name, args: &self.args }
    }
}

/// Several values as the arguments of an event, of a handler, or of an acknowledgement: `Args((a, b))`.
///
/// ```
/// use socketio::{Args, on};
///
/// // two arguments in, two values in the answer
/// #[on("swap")]
/// fn swap(Args((a, b)): Args<(i32, String)>) -> Args<(String, i32)> {
///     Args((b, a))
/// }
/// ```
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Args<T>(pub T);

impl<T> Payload for Args<T> {
    const SPREADS: bool = true;
}

impl<'e, K: Carries, T: Deserialize<'e>> FromEvent<'e, K> for Args<T> {
    type Rejection = ClientError;

    fn from_event(cx: &mut Cx<'e>) -> Result<Self, ClientError> {
        cx.next_args().map(Self)
    }
}

impl<T: Arguments> Arguments for Args<T> {
    fn arity(&self) -> usize {
        self.0.arity()
    }

    fn write(&self, args: &mut ArgsWriter<'_>) -> Result<(), EncodeError> {
        self.0.write(args)
    }
}

macro_rules! tuples {
    ($(($($name:ident $index:tt),*))*) => { $(
        impl<$($name: Serialize),*> Arguments for ($($name,)*) {
            fn arity(&self) -> usize {
                [$(stringify!($index)),*].len()
            }

            fn write(&self, args: &mut ArgsWriter<'_>) -> Result<(), EncodeError> {
                $(args.arg(&self.$index)?;)*
                Ok(())
            }
        }
    )* };
}

tuples! {
    (A 0)
    (A 0, B 1)
    (A 0, B 1, C 2)
    (A 0, B 1, C 2, D 3)
    (A 0, B 1, C 2, D 3, E 4)
    (A 0, B 1, C 2, D 3, E 4, F 5)
    (A 0, B 1, C 2, D 3, E 4, F 5, G 6)
    (A 0, B 1, C 2, D 3, E 4, F 5, G 6, H 7)
    (A 0, B 1, C 2, D 3, E 4, F 5, G 6, H 7, I 8)
    (A 0, B 1, C 2, D 3, E 4, F 5, G 6, H 7, I 8, J 9)
    (A 0, B 1, C 2, D 3, E 4, F 5, G 6, H 7, I 8, J 9, K 10)
    (A 0, B 1, C 2, D 3, E 4, F 5, G 6, H 7, I 8, J 9, K 10, L 11)
}

impl Arguments for () {
    fn arity(&self) -> usize {
        0
    }

    fn write(&self, _: &mut ArgsWriter<'_>) -> Result<(), EncodeError> {
        Ok(())
    }
}
