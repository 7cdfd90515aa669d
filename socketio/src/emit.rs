//! What can be emitted, and how it becomes a frame.

use std::io;

use base64::{Engine, display::Base64Display, engine::general_purpose::STANDARD};
use serde::{Serialize, ser::Error as _};
use serde_json::ser::{Formatter, Serializer};

use crate::{
    error::EmitError,
    event::{Arguments, Outgoing},
    message::{Message, Raw},
    proto::{bus, frame, packet},
};

/// A value could not be encoded as JSON.
#[derive(Debug, thiserror::Error)]
#[error(transparent)]
pub struct EncodeError(#[from] serde_json::Error);

impl EncodeError {
    fn unsupported(what: &str) -> Self {
        Self(serde_json::Error::custom(what))
    }
}

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

/// Which protocol a connection speaks.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Wire {
    /// The plain event bus.
    Bus,
    /// Socket.IO.
    Packet,
}

impl Content<'_> {
    /// The opcode of the frame that carries this.
    pub(crate) fn opcode(&self, wire: Wire) -> u8 {
        match (self, wire) {
            (Content::Message(message), Wire::Bus) if message.is_binary() => frame::BINARY,
            _ => frame::TEXT,
        }
    }

    /// Writes the payload of the frame. `ack` asks for an acknowledgement with that id.
    pub(crate) fn write(
        &self,
        out: &mut Vec<u8>,
        wire: Wire,
        namespace: &str,
        ack: Option<u64>,
    ) -> Result<(), EncodeError> {
        match (self, wire) {
            (Content::Message(message), Wire::Bus) => {
                out.extend_from_slice(message.as_bytes());
                Ok(())
            }
            (Content::Message(Message(Raw::Text(text))), Wire::Packet) => {
                write_event(out, wire, namespace, "message", &Text(text.as_str()), ack)
            }
            (Content::Message(Message(Raw::Binary(_))), Wire::Packet) => {
                Err(EncodeError::unsupported("binary messages need the complete Socket.IO wire"))
            }
            (Content::Event { name, args }, _) => write_event(out, wire, namespace, name, *args, ack),
        }
    }
}

struct Text<'a>(&'a str);

impl Arguments for Text<'_> {
    fn arity(&self) -> usize {
        1
    }

    fn write(&self, args: &mut ArgsWriter<'_>) -> Result<(), EncodeError> {
        args.arg(self.0)
    }
}

fn write_event(
    out: &mut Vec<u8>,
    wire: Wire,
    namespace: &str,
    name: &str,
    args: &dyn Arguments,
    ack: Option<u64>,
) -> Result<(), EncodeError> {
    match wire {
        Wire::Bus => {
            let arity = args.arity();
            bus::begin_event(out, name, arity)?;
            args.write(&mut ArgsWriter::bus(out))?;
            bus::end(out, arity, ack);
        }
        Wire::Packet => {
            packet::begin(out, b'2', namespace);
            if let Some(id) = ack {
                bus::write_id(out, id);
            }
            out.push(b'[');
            serde_json::to_writer(&mut *out, name)?;
            // the name is the first element of the array
            args.write(&mut ArgsWriter { out, wire, written: 1 })?;
            out.push(b']');
        }
    }
    Ok(())
}

/// Writes an acknowledgement with one value, or with none.
pub(crate) fn write_ack<T: Serialize + ?Sized>(
    out: &mut Vec<u8>,
    wire: Wire,
    namespace: &str,
    id: u64,
    value: Option<&T>,
) -> Result<(), EncodeError> {
    let arity = usize::from(value.is_some());
    match wire {
        Wire::Bus => bus::begin_ack(out, id, arity),
        Wire::Packet => {
            packet::begin(out, b'3', namespace);
            bus::write_id(out, id);
            out.push(b'[');
        }
    }
    if let Some(value) = value {
        ArgsWriter { out, wire, written: 0 }.arg(value)?;
    }
    match wire {
        Wire::Bus => bus::end(out, arity, None),
        Wire::Packet => out.push(b']'),
    }
    Ok(())
}

/// Writes an acknowledgement that is an error.
pub(crate) fn write_ack_error(
    out: &mut Vec<u8>,
    wire: Wire,
    namespace: &str,
    id: u64,
    error: &crate::ClientError,
) -> Result<(), EncodeError> {
    #[derive(Serialize)]
    struct Refusal<'a> {
        error: &'a crate::ClientError,
    }
    match wire {
        Wire::Bus => Ok(bus::ack_error(out, id, error)?),
        Wire::Packet => write_ack(out, wire, namespace, id, Some(&Refusal { error })),
    }
}

/// Writes the arguments of an event, one after another.
#[derive(Debug)]
pub struct ArgsWriter<'a> {
    out: &'a mut Vec<u8>,
    wire: Wire,
    written: usize,
}

impl<'a> ArgsWriter<'a> {
    /// For an envelope of our own.
    pub(crate) fn bus(out: &'a mut Vec<u8>) -> Self {
        Self { out, wire: Wire::Bus, written: 0 }
    }

    /// Writes the next argument.
    ///
    /// # Errors
    /// If the value cannot be represented on the wire.
    pub fn arg<T: Serialize + ?Sized>(&mut self, value: &T) -> Result<(), EncodeError> {
        if self.written > 0 {
            self.out.push(b',');
        }
        self.written += 1;
        match self.wire {
            Wire::Bus => value.serialize(&mut Serializer::with_formatter(&mut *self.out, BytesAsBase64))?,
            Wire::Packet => value.serialize(&mut Serializer::with_formatter(&mut *self.out, NoBytes))?,
        }
        Ok(())
    }
}

/// The arguments of an event as JSON without an envelope, for handlers of this process.
pub(crate) fn local_args(args: &dyn Arguments) -> Result<String, EncodeError> {
    let mut out = vec![];
    args.write(&mut ArgsWriter::bus(&mut out))?;
    String::from_utf8(out).map_err(|error| EncodeError(serde_json::Error::custom(error)))
}

/// The plain wire's form of bytes inside a payload.
struct BytesAsBase64;

impl Formatter for BytesAsBase64 {
    fn write_byte_array<W: ?Sized + io::Write>(&mut self, writer: &mut W, bytes: &[u8]) -> io::Result<()> {
        write!(writer, "\"{}\"", Base64Display::new(bytes, &STANDARD))
    }
}

/// Attachments are not part of this slice of the Socket.IO wire: bytes are refused, not turned into numbers.
struct NoBytes;

impl Formatter for NoBytes {
    fn write_byte_array<W: ?Sized + io::Write>(&mut self, _: &mut W, _: &[u8]) -> io::Result<()> {
        Err(io::Error::other("binary payloads need the complete Socket.IO wire"))
    }
}

/// Bytes from the plain wire's form.
pub(crate) fn bytes_from_base64(text: &str) -> Result<Vec<u8>, base64::DecodeError> {
    STANDARD.decode(text)
}
