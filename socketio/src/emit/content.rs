//! What an emit and a fired event consist of. Only generated code and the runtime name these.

use crate::{
    connection::Frame,
    encode::{self, ArgsWriter, Arguments, Encoded, Head},
    error::EncodeError,
    message::{Bytes, MESSAGE, Message, Raw},
    proto::frame,
    wire::Wire,
};

/// What an emit consists of.
#[doc(hidden)]
#[expect(missing_debug_implementations, reason = "holds user values; only macros and the runtime see it")]
pub enum Content<'a> {
    /// `compress`: it may be compressed, as far as the program is concerned.
    Event {
        name: &'a str,
        args: &'a dyn Arguments,
        compress: bool,
    },
    Message {
        message: &'a Message,
        compress: bool,
    },
}

/// An event's name and arguments.
#[doc(hidden)]
#[expect(missing_debug_implementations, reason = "holds user values; only macros and the runtime see it")]
pub struct Fired<'a> {
    pub name: &'a str,
    pub args: &'a dyn Arguments,
}

impl Content<'_> {
    /// An event that may be compressed.
    pub(crate) fn event<'a>(name: &'a str, args: &'a dyn Arguments) -> Content<'a> {
        Content::Event { name, args, compress: true }
    }

    /// The name of the event; that of a message is `message`.
    pub(crate) fn name(&self) -> &str {
        match self {
            Self::Event { name, .. } => name,
            Self::Message { .. } => "message",
        }
    }

    /// May be compressed only if `wanted`.
    pub(crate) fn compress(self, wanted: bool) -> Self {
        match self {
            Content::Event { name, args, compress } => {
                Content::Event { name, args, compress: compress && wanted }
            }
            Content::Message { message, compress } => {
                Content::Message { message, compress: compress && wanted }
            }
        }
    }

    /// May it be compressed, as far as the program is concerned?
    pub(crate) fn may_be_compressed(&self) -> bool {
        let (Self::Event { compress, .. } | Self::Message { compress, .. }) = self;
        *compress
    }

    /// Must it stay as it is?
    #[inline]
    pub(crate) fn is_never_packed(&self) -> bool {
        let (Self::Event { compress, .. } | Self::Message { compress, .. }) = self;
        cfg!(feature = "deflate") && !compress
    }

    /// A message that is a frame of this wire as it is: nothing is written anywhere before it is in the outbox.
    #[inline]
    pub(crate) fn bare(&self, wire: Wire) -> Option<Frame<'_>> {
        match self {
            Self::Message { message, .. } if wire == Wire::Bus => {
                let opcode = if message.is_binary() { frame::BINARY } else { frame::TEXT };
                Some(Frame::Bare { opcode, payload: message.as_bytes() })
            }
            _ => None,
        }
    }

    /// Makes the frame that carries this, and hands it out.
    pub(crate) fn encode<R>(
        &self,
        head: Head<'_>,
        take: impl FnOnce(Encoded<'_>) -> R,
    ) -> Result<R, EncodeError> {
        match *self {
            Content::Message { message, compress } if head.wire.is_bus() => {
                let take = |encoded: Encoded<'_>| take(encoded.compress(compress));
                Ok(encode::message(head.wire, !message.is_binary(), message.as_bytes(), take))
            }
            Content::Message { message, compress } => {
                let take = |encoded: Encoded<'_>| take(encoded.compress(compress));
                encode::event(head, MESSAGE, &OneArgument(message), take)
            }
            Content::Event { name, args, compress } => {
                encode::event(head, name, args, |encoded| take(encoded.compress(compress)))
            }
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
