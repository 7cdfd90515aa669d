//! One event on its way to a handler: everything its arguments are extracted from.

use serde::Serialize;

use super::{AckRequest, Body, Name, Outcome};
use crate::{
    error::{ClientError, code},
    event::Payload,
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
    /// Sends `value` to the peer that asked for an acknowledgement.
    pub fn answer<T: Payload + Serialize>(&self, value: &T) -> Outcome {
        let AckRequest::Value(id) = self.ack else {
            return Outcome::Answered;
        };
        match self.socket.send_ack(id, value, T::SPREADS) {
            Ok(()) => Outcome::Answered,
            Err(error) => {
                self.socket.core().report_not_encoded("an acknowledgement", &error);
                Outcome::Failed(ClientError::new(code::INTERNAL, "the answer could not be encoded"))
            }
        }
    }

    /// The argument at `argument` could not be extracted.
    pub fn reject(&self, argument: usize, error: ClientError) -> Outcome {
        Outcome::Rejected { argument, error }
    }
}
