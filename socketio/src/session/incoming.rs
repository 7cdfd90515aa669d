//! One event on its way to a handler: everything its arguments are extracted from.

use std::sync::{
    Arc,
    atomic::{AtomicBool, Ordering},
};

use serde::Serialize;
use tokio_tungstenite::tungstenite::Utf8Bytes;

use crate::{
    close::DisconnectReason,
    error::{ClientError, SocketError},
    extract::Cx,
    handler::Outcome,
    socket::Socket,
};

/// One event on its way to one handler.
///
/// It owns the frame, so that a handler's future, which owns the event, may borrow from it.
#[derive(Debug, Clone)]
#[doc(hidden)]
pub struct Incoming {
    pub(crate) socket: Socket,
    pub(crate) name: Name,
    pub(crate) body: Body,
    pub(crate) ack: AckRequest,
}

impl Incoming {
    /// A cursor over the arguments.
    pub fn cx(&self) -> Cx<'_> {
        Cx::new(self)
    }

    /// Sends `value` to whoever asked for an acknowledgement.
    pub fn answer<T: Serialize + ?Sized>(&self, value: &T) -> Outcome {
        let AckRequest::Value(id) = self.ack else {
            return Outcome::Answered;
        };
        match self.socket.send_ack(id, value) {
            Ok(()) => Outcome::Answered,
            Err(error) => {
                tracing::warn!(event = self.name.as_str(), %error, "an acknowledgement could not be encoded");
                Outcome::Failed(ClientError::new("internal", "the answer could not be encoded"))
            }
        }
    }

    /// The argument at `argument` could not be extracted.
    ///
    /// Called while the arguments before it are still alive: an `Ack` among them must not answer
    /// `unanswered` when it is dropped, because the rejection is the answer.
    pub fn reject(&self, argument: usize, error: ClientError) -> Outcome {
        if let AckRequest::Argument(once) = &self.ack {
            once.answered.store(true, Ordering::Relaxed);
        }
        Outcome::Rejected { argument, error }
    }
}

/// The name of an event: of the table, or, where the table has none, as it came.
#[derive(Debug, Clone)]
pub(crate) enum Name {
    Known(&'static str),
    Unknown(Arc<str>),
}

impl Name {
    pub(crate) fn as_str(&self) -> &str {
        match self {
            Self::Known(name) => name,
            Self::Unknown(name) => name,
        }
    }
}

/// What an event carries.
#[derive(Debug, Clone)]
pub(crate) enum Body {
    /// Nothing.
    Empty,
    /// JSON inside a text frame: `start..end` is one value, or the inside of an array.
    ///
    /// Invariant: `start <= end <= frame.len()`, both on a character's border.
    Json { frame: Utf8Bytes, start: u32, end: u32, many: bool },
    /// A text frame as it came: the plain wire's `message`.
    Text(Utf8Bytes),
    /// A binary frame as it came; the payload of a ping.
    Binary(bytes::Bytes),
    /// Why the socket ends.
    Reason(DisconnectReason),
    /// What went wrong.
    Error(Arc<SocketError>),
}

/// Did the peer ask for an acknowledgement, and who gives it?
#[derive(Debug, Clone)]
pub(crate) enum AckRequest {
    /// Nobody asked, or this handler is not the one that answers.
    None,
    /// The returned value answers.
    Value(u64),
    /// An `Ack<T>` argument answers.
    Argument(Arc<AckOnce>),
}

/// An answer that is given at most once, by whoever holds the `Ack`.
#[derive(Debug)]
pub(crate) struct AckOnce {
    pub(crate) id: u64,
    pub(crate) answered: AtomicBool,
}
