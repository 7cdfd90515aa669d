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
        let (mut whole, rest) = Whole::split_compressed(input.rest_mut(), max_payload)?;
        let message = inflate(whole.unmask(), max_payload);
        let opcode = whole.opcode;
        input.keep(rest);
        Some(received(opcode, message, input))
    }
}

/// The share of this turn is used up.
pub(super) fn is_enough(input: &Input) -> bool {
    input.inflated >= INFLATED_PER_TURN
}

/// A message of this kind, which was compressed.
pub(super) fn inflated(opcode: u8, payload: &[u8], input: &mut Input, max_payload: usize) -> Next {
    received(opcode, inflate(payload, max_payload), input)
}

fn inflate(payload: &[u8], max_payload: usize) -> Result<Vec<u8>, DisconnectReason> {
    packing::inflate(payload, max_payload).map_err(|fault| match fault {
        InflateFault::TooLong => DisconnectReason::TooLong,
        InflateFault::Malformed => DisconnectReason::InvalidDeflate,
    })
}

fn received(opcode: u8, message: Result<Vec<u8>, DisconnectReason>, input: &mut Input) -> Next {
    let message = match message {
        Ok(message) => message,
        Err(reason) => return Next::Ended(reason),
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
