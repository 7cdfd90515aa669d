//! What can be emitted, fired and asked for: events, their arguments, and what becomes of them.
//!
//! `emit` takes a value of a [`derive(Event)`](derive@crate::Event) type, [`event!`](crate::event!) or a [`Message`]: see
//! [the chapter on events](crate::guide::events).

pub(crate) mod content;
pub(crate) mod emitted;
pub(crate) mod named;

use crate::{error::EmitError, event::Event, message::Message, proto::packet};

pub use self::emitted::Emitted;
pub use crate::{
    encode::{ArgsWriter, Arguments},
    event::{Acknowledged, Acknowledgement, BetweenNodes, Direction, Outgoing},
    socket::{AckFuture, Address, Compressing, Volatile},
    value::{Args, Rest, Value},
};

pub(crate) use self::content::{Content, Fired};

mod sealed {
    /// Only this crate implements `Emit`.
    #[allow(unnameable_types, reason = "that is how a trait is sealed")]
    pub trait Emit {}

    /// Only this crate implements `Fire`.
    #[allow(unnameable_types, reason = "that is how a trait is sealed")]
    pub trait Fire {}
}

/// What can be emitted: a reference to an [event](crate::Event) that the server may send,
/// [`event!`](crate::event)`("name", a, b)`, a [`Message`], or a [`Dynamic`] event.
///
/// Sealed: an event of your own is a type with `#[derive(Event)]`.
#[diagnostic::on_unimplemented(
    message = "`{Self}` cannot be emitted",
    label = "not an event that the server sends",
    note = "emit a reference to a `#[derive(Serialize, Event)]` value that is not `from = client`, `event!(\"name\", ..)`, a `Message`, or `Dynamic::new(name, ..)?`"
)]
pub trait Emit: sealed::Emit {
    #[doc(hidden)]
    fn content(&self) -> Content<'_>;
}

// `?Sized`, though events are `Sized`: one error for `emit("name")`
#[expect(clippy::needless_maybe_sized, reason = "a `Sized` bound of its own would be a second error")]
impl<E: Outgoing + ?Sized> Emit for &E {
    fn content(&self) -> Content<'_> {
        Content::Event { name: E::NAME, args: *self, compress: E::COMPRESS }
    }
}

impl<E: Outgoing> sealed::Emit for &E {}

impl sealed::Emit for Message {}

impl Emit for Message {
    fn content(&self) -> Content<'_> {
        Content::Message { message: self, compress: true }
    }
}

impl sealed::Emit for &Message {}

impl Emit for &Message {
    fn content(&self) -> Content<'_> {
        Content::Message { message: self, compress: true }
    }
}

/// What a client can be [asked](crate::Socket::ask): a reference to an [event](crate::Event) with an `ack`, whose answer is of
/// that type; and what has only a name, `event!("name", ..)` and [`Dynamic`], with an answer `T` that the caller chooses.
///
/// Sealed, as [`Emit`] is.
#[diagnostic::on_unimplemented(
    message = "no client can be asked `{Self}`",
    label = "not an event with an answer",
    note = "a type says what it is answered with, `#[event(\"..\", ack = Receipt)]`, and is not `from = client`: `ask(&event)`",
    note = "what has only a name is answered with what the caller expects: `let answer: T = socket.ask(event!(\"name\", ..)).await?`"
)]
pub trait Ask<T>: Emit {}

#[diagnostic::do_not_recommend]
impl<E: Outgoing + Acknowledged> Ask<E::Ack> for &E {}

impl<T> Ask<T> for Message {}

impl<T> Ask<T> for &Message {}

impl<T, A: Arguments> Ask<T> for Dynamic<A> {}

impl<T, A: Arguments> Ask<T> for &Dynamic<A> {}

/// An event whose name is known only at run time.
///
/// ```
/// use socketio::emit::Dynamic;
///
/// let event = Dynamic::new("room:42", ("hello", 1))?;
/// assert!(Dynamic::new("disconnect", ()).is_err());
/// # Ok::<(), socketio::error::EmitError>(())
/// ```
#[derive(Debug, Clone, PartialEq)]
pub struct Dynamic<T> {
    name: String,
    args: T,
}

impl<T: Arguments> Dynamic<T> {
    /// An event with these arguments: a tuple is one argument for each element.
    ///
    /// # Errors
    /// [`EmitError::Reserved`] for a name that the protocol keeps for itself.
    pub fn new(name: impl Into<String>, args: T) -> Result<Self, EmitError> {
        let name = name.into();
        if packet::RESERVED.contains(&&*name) {
            return Err(EmitError::Reserved);
        }
        Ok(Self { name, args })
    }

    pub(crate) fn parts(&self) -> (&str, &T) {
        (&self.name, &self.args)
    }
}

impl<T: Arguments> sealed::Emit for Dynamic<T> {}

impl<T: Arguments> Emit for Dynamic<T> {
    fn content(&self) -> Content<'_> {
        Content::event(&self.name, &self.args)
    }
}

impl<T: Arguments> sealed::Emit for &Dynamic<T> {}

impl<T: Arguments> Emit for &Dynamic<T> {
    fn content(&self) -> Content<'_> {
        (**self).content()
    }
}

/// What can be [fired](crate::Socket::fire): a reference to an [`Event`], `event!("name", ..)`, or a
/// [`Dynamic`] event. Sealed, as [`Emit`] is.
///
/// ```
/// # fn example(socket: &socketio::Socket) -> Result<(), socketio::error::FireError> {
/// use serde::{Deserialize, Serialize};
/// use socketio::{Event, event};
///
/// #[derive(Serialize, Deserialize, Event)]
/// #[event("unlocked")]
/// struct Unlocked {
///     lock: String,
/// }
///
/// socket.fire(&Unlocked { lock: "7".to_owned() })?;
/// socket.fire(event!("unlocked", "7"))?;
/// # Ok(())
/// # }
/// ```
pub trait Fire: sealed::Fire {
    #[doc(hidden)]
    fn event(&self) -> Fired<'_>;
}

impl<E: Event + Arguments> sealed::Fire for &E {}

impl<E: Event + Arguments> Fire for &E {
    fn event(&self) -> Fired<'_> {
        Fired { name: E::NAME, args: *self }
    }
}

impl<T: Arguments> sealed::Fire for Dynamic<T> {}

impl<T: Arguments> Fire for Dynamic<T> {
    fn event(&self) -> Fired<'_> {
        let (name, args) = self.parts();
        Fired { name, args }
    }
}

/// What became of a message to a list of sockets.
///
/// ```
/// # fn example(io: socketio::SocketIo) {
/// use socketio::event;
///
/// let report = io.emit_to_list(["ann", "bob"], event!("news"));
/// for (name, error) in &report.failed {
///     println!("{name}: {error}");
/// }
/// # }
/// ```
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct EmitReport {
    /// How many sockets it was sent to.
    pub sent: usize,
    /// How many names are not of this process: the message was given to the other nodes of the
    /// [cluster](crate::cluster) for them. None without a cluster.
    pub forwarded: usize,
    /// To whom it was not sent, and why; in the order of the list.
    pub failed: Vec<(String, EmitError)>,
}

impl EmitReport {
    /// Was it sent to everyone?
    pub fn is_complete(&self) -> bool {
        self.failed.is_empty()
    }
}
