//! An event that is to get an offset: a body, and a tail that is written when the offset is known.

use bytes::{Buf, Bytes};

use super::packed::{Finished, PackedDraft, TAIL};
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
    /// The same, compressed.
    packed: Option<Box<PackedDraft>>,
}

impl Draft {
    /// `body` starts with a gap for the frame's header.
    pub(super) fn new(
        body: &[u8],
        opcode: u8,
        attachments: Vec<u8>,
        packed: Option<Box<PackedDraft>>,
    ) -> Self {
        let mut own = Vec::with_capacity(body.len() + TAIL + attachments.len());
        own.extend_from_slice(body);
        Self { body: own, opcode, attachments, packed }
    }

    /// How many bytes it takes.
    pub(crate) fn len(&self) -> usize {
        self.body.len() + TAIL + self.attachments.len()
    }

    /// The finished frames. `offset` has any length below 64 KiB, and characters that stand for themselves in JSON.
    pub(crate) fn finish(self, offset: &str) -> Finished {
        let Self { mut body, opcode, attachments, packed } = self;
        let end = body.len();
        if opcode == frame::BINARY {
            msgpack::end_with_offset(&mut body, offset);
        } else {
            packet::end_with_offset(&mut body, offset);
        }
        let start = frame::fill_gap(&mut body, opcode);
        let tail = end - start..body.len() - start;
        body.extend_from_slice(&attachments);
        let mut frames = Bytes::from(body);
        frames.advance(start);
        match packed {
            None => Finished::plain(frames),
            Some(packed) => packed.finish(opcode, tail, frames),
        }
    }
}
