//! Compressed messages of a peer: RFC 7692, before tungstenite, which knows no extension.

use crate::{
    close::DisconnectReason,
    connection::packing,
    proto::{
        deflate::InflateFault,
        frame::{self, Marks, Whole},
    },
    transport::{Input, Next, Received},
};

/// What was agreed on with the peer about its messages.
#[derive(Debug, Default)]
pub(super) struct Inflating {
    pub(super) is_agreed: bool,
    pub(super) marks: Marks,
}

/// So much is inflated in a turn. Then it is the neighbours' turn: what is a kilobyte on the wire may be a thousand times
/// as much to inflate and to parse.
const INFLATED_PER_TURN: usize = 4 * 1024 * 1024;

impl Inflating {
    /// The next message, if it is compressed, and whole in one frame.
    pub(super) fn next_whole(&self, input: &mut Input, max_payload: usize) -> Option<Next> {
        let (whole, rest) = Whole::split_compressed(input.rest(), max_payload)?;
        let (opcode, payload, rest) = (whole.opcode, whole.payload(), rest.len());
        input.keep(rest);
        Some(inflated(opcode, &payload, input, max_payload))
    }
}

/// The share of this turn is used up.
pub(super) fn is_enough(input: &Input) -> bool {
    input.inflated >= INFLATED_PER_TURN
}

/// A message of this kind, which was compressed.
pub(super) fn inflated(opcode: u8, payload: &[u8], input: &mut Input, max_payload: usize) -> Next {
    let message = match packing::inflate(payload, max_payload) {
        Ok(message) => message,
        Err(InflateFault::TooLong) => return Next::Ended(DisconnectReason::TooLong),
        Err(InflateFault::Malformed) => return Next::Ended(DisconnectReason::InvalidDeflate),
    };
    input.inflated += message.len();
    if opcode != frame::TEXT {
        return Next::Received(Received::Binary(message.into()));
    }
    match String::from_utf8(message) {
        Ok(text) => Next::Received(Received::Text(text.into())),
        Err(_) => Next::Ended(DisconnectReason::InvalidUtf8),
    }
}
