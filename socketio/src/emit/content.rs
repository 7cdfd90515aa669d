//! What an emit and a fired event consist of. Only generated code and the runtime name these.

use crate::{
    encode::{self, ArgsWriter, Arguments, Encoded, Head},
    error::EncodeError,
    message::{Bytes, Message, Raw},
};

/// What an emit consists of.
#[doc(hidden)]
#[expect(missing_debug_implementations, reason = "holds user values; only macros and the runtime see it")]
pub enum Content<'a> {
    Event { name: &'a str, args: &'a dyn Arguments },
    Message(&'a Message),
}

/// An event's name and arguments.
#[doc(hidden)]
#[expect(missing_debug_implementations, reason = "holds user values; only macros and the runtime see it")]
pub struct Fired<'a> {
    pub name: &'a str,
    pub args: &'a dyn Arguments,
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
            Raw::Binary(bytes) => args.arg(&Bytes::from(bytes.clone())),
        }
    }
}
