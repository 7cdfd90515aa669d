//! An event that is to get an offset: a body, and a tail that is written when the offset is known.

use bytes::{Buf, Bytes};

use crate::proto::{
    frame,
    packet::{self, msgpack},
};

/// A packet up to its arguments, which an offset is to follow.
#[derive(Debug)]
pub(crate) struct Draft {
    /// The gap for a frame's header, and the packet as far as it is written.
    body: Vec<u8>,
    opcode: u8,
    /// Finished frames that follow the packet.
    attachments: Vec<u8>,
}

/// Room for an offset of ours, for one of a Redis stream, and for what encloses it.
const TAIL: usize = 48;

impl Draft {
    /// `body` starts with a gap for the frame's header.
    pub(super) fn new(body: &[u8], opcode: u8, attachments: Vec<u8>) -> Self {
        let mut own = Vec::with_capacity(body.len() + TAIL + attachments.len());
        own.extend_from_slice(body);
        Self { body: own, opcode, attachments }
    }

    /// How many bytes it takes.
    pub(crate) fn len(&self) -> usize {
        self.body.len() + TAIL + self.attachments.len()
    }

    /// The finished frames. `offset` has any length below 64 KiB, and characters that stand for themselves in JSON.
    pub(crate) fn finish(self, offset: &str) -> Bytes {
        let Self { mut body, opcode, attachments } = self;
        if opcode == frame::BINARY {
            msgpack::end_with_offset(&mut body, offset);
        } else {
            packet::end_with_offset(&mut body, offset);
        }
        let start = frame::fill_gap(&mut body, opcode);
        body.extend_from_slice(&attachments);
        let mut frames = Bytes::from(body);
        frames.advance(start);
        frames
    }
}
