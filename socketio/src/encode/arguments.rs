//! The arguments of an event, and how they are written one after another.

use std::io::{self, Write};

use base64::{display::Base64Display, engine::general_purpose::STANDARD};
use serde::Serialize;

use crate::{
    error::EncodeError,
    proto::{
        engine,
        json::ser::{Json, WriteBytes},
    },
    wire::Wire,
};

/// How a value is written as the arguments of an event.
///
/// `#[derive(Event)]` writes a struct with named fields as one argument, a tuple struct as one argument
/// for each field, and a unit struct as none.
///
/// ```
/// use socketio::{emit::{Arguments, Dynamic}, error::EmitError};
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

/// Writes the arguments of an event, one after another.
#[derive(Debug)]
pub struct ArgsWriter<'a> {
    pub(super) out: &'a mut Vec<u8>,
    wire: Wire,
    written: usize,
    /// What goes after the packet.
    attachments: &'a mut Vec<Vec<u8>>,
}

impl<'a> ArgsWriter<'a> {
    pub(super) fn new(out: &'a mut Vec<u8>, wire: Wire, attachments: &'a mut Vec<Vec<u8>>) -> Self {
        Self { out, wire, written: 0, attachments }
    }

    /// The plain bus over Engine.IO is a message packet.
    pub(super) fn begin_bus(&mut self) {
        if self.wire == Wire::Engine {
            engine::packet::begin_message(self.out);
        }
    }

    /// Writes the next argument.
    ///
    /// # Errors
    /// If the value cannot be represented on the wire.
    pub fn arg<T: Serialize + ?Sized>(&mut self, value: &T) -> Result<(), EncodeError> {
        if self.written > 0 && self.wire != Wire::MessagePack {
            self.out.push(b',');
        }
        self.written += 1;
        match self.wire {
            Wire::Bus | Wire::Engine => {
                value.serialize(Json { out: self.out, bytes: &mut BytesAsBase64 })?;
            }
            Wire::Packet => {
                value.serialize(Json { out: self.out, bytes: &mut Placeholders(self.attachments) })?;
            }
            Wire::MessagePack => write_message_pack(self.out, value)?,
        }
        Ok(())
    }
}

impl ArgsWriter<'_> {
    /// Writes arguments that are JSON already, if this wire takes them as they are: `inside` has commas between them, and
    /// placeholders for the attachments. They must be all arguments of the event.
    pub(crate) fn relay(&mut self, inside: &str, count: usize, attachments: &[bytes::Bytes]) -> bool {
        let takes = match self.wire {
            Wire::Packet => true,
            Wire::Bus | Wire::Engine => attachments.is_empty(),
            Wire::MessagePack => false,
        };
        if takes && count > 0 {
            // the name of a Socket.IO event is an argument before these
            if self.written > 0 {
                self.out.push(b',');
            }
            self.written += count;
            self.out.extend_from_slice(inside.as_bytes());
            self.attachments.extend(attachments.iter().map(|bytes| bytes.to_vec()));
        }
        takes
    }
}

/// JSON, and the bytes that its placeholders stand for.
type Packed = (String, Vec<Vec<u8>>);

/// An event as it travels between nodes: `["name",..]`, with placeholders for bytes.
pub(crate) fn packed_event(name: &str, args: &dyn Arguments) -> Result<Packed, EncodeError> {
    packed(|writer| {
        writer.out.push(b'[');
        writer.arg(name)?;
        args.write(writer)?;
        writer.out.push(b']');
        Ok(())
    })
}

/// A value as it travels between nodes.
pub(crate) fn packed_value<T: Serialize + ?Sized>(value: &T) -> Result<Packed, EncodeError> {
    packed(|writer| writer.arg(value))
}

fn packed(write: impl FnOnce(&mut ArgsWriter<'_>) -> Result<(), EncodeError>) -> Result<Packed, EncodeError> {
    let (mut out, mut attachments) = (vec![], vec![]);
    write(&mut ArgsWriter::new(&mut out, Wire::Packet, &mut attachments))?;
    Ok((String::from_utf8(out).map_err(<serde_json::Error as serde::ser::Error>::custom)?, attachments))
}

/// The arguments of an event as JSON without an envelope, for handlers of this process.
pub(crate) fn local_args(args: &dyn Arguments) -> Result<String, EncodeError> {
    let mut out = vec![];
    args.write(&mut ArgsWriter { out: &mut out, wire: Wire::Bus, written: 0, attachments: &mut vec![] })?;
    Ok(String::from_utf8(out).map_err(<serde_json::Error as serde::ser::Error>::custom)?)
}

/// The plain wire's form of bytes inside a payload.
struct BytesAsBase64;

impl WriteBytes for BytesAsBase64 {
    fn write(&mut self, out: &mut Vec<u8>, bytes: &[u8]) -> io::Result<()> {
        write!(out, "\"{}\"", Base64Display::new(bytes, &STANDARD))
    }
}

/// Socket.IO's form: a placeholder, and the bytes as a frame after the packet.
struct Placeholders<'a>(&'a mut Vec<Vec<u8>>);

impl WriteBytes for Placeholders<'_> {
    fn write(&mut self, out: &mut Vec<u8>, bytes: &[u8]) -> io::Result<()> {
        write!(out, "{{\"_placeholder\":true,\"num\":{}}}", self.0.len())?;
        self.0.push(bytes.to_vec());
        Ok(())
    }
}

#[cfg(feature = "msgpack")]
fn write_message_pack<T: Serialize + ?Sized>(out: &mut Vec<u8>, value: &T) -> Result<(), EncodeError> {
    let written = crate::proto::packet::msgpack::write_value(out, value);
    Ok(written.map_err(crate::error::EncodeFault::MessagePack)?)
}

/// `build()` refuses the parser without the feature.
#[cfg(not(feature = "msgpack"))]
fn write_message_pack<T: Serialize + ?Sized>(_: &mut Vec<u8>, _: &T) -> Result<(), EncodeError> {
    Err(<serde_json::Error as serde::ser::Error>::custom("the feature `msgpack` is not enabled").into())
}
