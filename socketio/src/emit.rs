//! What can be emitted.

use crate::{
    encode::{self, ArgsWriter, Arguments, Encoded, Head},
    error::{EmitError, EncodeError},
    event::{Event, Outgoing},
    message::{Message, Raw},
    proto::packet,
};

/// What can be emitted: a reference to an [event](crate::Event) that the server may send,
/// [`event!`](crate::event)`("name", a, b)`, a [`Message`], or a [`Dynamic`] event.
#[diagnostic::on_unimplemented(
    message = "`{Self}` cannot be emitted",
    label = "not an event that the server sends",
    note = "emit a reference to a `#[derive(Serialize, Event)]` value that is not `from = client`, `event!(\"name\", ..)`, a `Message`, or `Dynamic::new(name, ..)?`"
)]
pub trait Emit {
    #[doc(hidden)]
    fn content(&self) -> Content<'_>;
}

/// What an emit consists of.
#[doc(hidden)]
#[expect(missing_debug_implementations, reason = "holds user values; only macros and the runtime see it")]
pub enum Content<'a> {
    Event { name: &'a str, args: &'a dyn Arguments },
    Message(&'a Message),
}

// `?Sized`, though events are `Sized`: one error for `emit("name")`
#[expect(clippy::needless_maybe_sized, reason = "a `Sized` bound of its own would be a second error")]
impl<E: Outgoing + ?Sized> Emit for &E {
    fn content(&self) -> Content<'_> {
        Content::Event { name: E::NAME, args: *self }
    }
}

impl Emit for Message {
    fn content(&self) -> Content<'_> {
        Content::Message(self)
    }
}

impl Emit for &Message {
    fn content(&self) -> Content<'_> {
        Content::Message(self)
    }
}

/// An event whose name is known only at run time.
///
/// ```
/// use socketio::Dynamic;
///
/// let event = Dynamic::new("room:42", ("hello", 1))?;
/// assert!(Dynamic::new("disconnect", ()).is_err());
/// # Ok::<(), socketio::EmitError>(())
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

impl<T: Arguments> Emit for Dynamic<T> {
    fn content(&self) -> Content<'_> {
        Content::Event { name: &self.name, args: &self.args }
    }
}

impl<T: Arguments> Emit for &Dynamic<T> {
    fn content(&self) -> Content<'_> {
        (**self).content()
    }
}

impl Content<'_> {
    /// Makes the frame that carries this, and hands it out.
    pub(crate) fn encode<R>(
        &self,
        head: Head<'_>,
        take: impl FnOnce(Encoded<'_>) -> R,
    ) -> Result<R, EncodeError> {
        match self {
            Content::Message(message) if head.wire.is_bus() => {
                Ok(encode::message(head.wire, !message.is_binary(), message.as_bytes(), take))
            }
            Content::Message(message) => encode::event(head, "message", &OneArgument(message), take),
            Content::Event { name, args } => encode::event(head, name, *args, take),
        }
    }
}

/// A raw message as the argument of the event `message`.
struct OneArgument<'a>(&'a Message);

impl Arguments for OneArgument<'_> {
    fn arity(&self) -> usize {
        1
    }

    fn write(&self, args: &mut ArgsWriter<'_>) -> Result<(), EncodeError> {
        match &self.0.0 {
            Raw::Text(text) => args.arg(text.as_str()),
            Raw::Binary(bytes) => args.arg(&crate::Bytes::from(bytes.clone())),
        }
    }
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

/// What can be [fired](crate::Socket::fire): a reference to an [`Event`], `event!("name", ..)`, or a
/// [`Dynamic`](crate::Dynamic) event.
///
/// ```
/// # fn example(socket: &socketio::Socket) -> Result<(), socketio::FireError> {
/// use serde::{Deserialize, Serialize};
/// use socketio::{Event, event};
///
/// #[derive(Serialize, Deserialize, Event)]
/// #[event("expired")]
/// struct Expired {
///     lock: String,
/// }
///
/// socket.fire(&Expired { lock: "7".to_owned() })?;
/// socket.fire(event!("expired", "7"))?;
/// # Ok(())
/// # }
/// ```
pub trait Fire {
    #[doc(hidden)]
    fn event(&self) -> Fired<'_>;
}

/// An event's name and arguments.
#[doc(hidden)]
#[expect(missing_debug_implementations, reason = "holds user values; only macros and the runtime see it")]
pub struct Fired<'a> {
    pub name: &'a str,
    pub args: &'a dyn Arguments,
}

impl<E: Event + Arguments> Fire for &E {
    fn event(&self) -> Fired<'_> {
        Fired { name: E::NAME, args: *self }
    }
}

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
    /// To whom it was not sent, and why; in the order of the list.
    pub failed: Vec<(String, EmitError)>,
}

impl EmitReport {
    /// Was it sent to everyone?
    pub fn is_complete(&self) -> bool {
        self.failed.is_empty()
    }
}
