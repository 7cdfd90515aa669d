//! A message of a peer that is in one frame, and here as a whole.

use super::{BINARY, FIN, LENGTH, MASKED, OPCODE, RSV1, TEXT};

/// A message of a peer, in one frame, all of which is here.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Whole<'a> {
    /// [`TEXT`] or [`BINARY`].
    pub(crate) opcode: u8,
    mask: [u8; 4],
    masked: &'a [u8],
}

impl<'a> Whole<'a> {
    /// The message that `bytes` begin with, up to `max` bytes long, and what follows it. `None`: they begin with
    /// anything else, be it a part of a message or a violation.
    pub(crate) fn split_first(bytes: &'a [u8], max: usize) -> Option<(Self, &'a [u8])> {
        const TEXT_BYTE: u8 = FIN | TEXT;
        const BINARY_BYTE: u8 = FIN | BINARY;
        match *bytes {
            [first @ (TEXT_BYTE | BINARY_BYTE), ref rest @ ..] => Self::after(first, rest, max),
            _ => None,
        }
    }

    /// The same for a message that is marked as compressed; its length is that on the wire.
    pub(crate) fn split_compressed(bytes: &'a [u8], max: usize) -> Option<(Self, &'a [u8])> {
        const TEXT_BYTE: u8 = FIN | RSV1 | TEXT;
        const BINARY_BYTE: u8 = FIN | RSV1 | BINARY;
        match *bytes {
            [first @ (TEXT_BYTE | BINARY_BYTE), ref rest @ ..] => Self::after(first, rest, max),
            _ => None,
        }
    }

    /// `rest` follows the first byte.
    #[inline(always)]
    fn after(first: u8, rest: &'a [u8], max: usize) -> Option<(Self, &'a [u8])> {
        let ((mask, rest), len) = match *rest {
            [second @ MASKED..0xfe, ref rest @ ..] => {
                (rest.split_first_chunk()?, usize::from(second & LENGTH))
            }
            [0xfe, high, low, ref rest @ ..] => {
                (rest.split_first_chunk()?, usize::from(u16::from_be_bytes([high, low])))
            }
            _ => return None,
        };
        if len > max {
            return None;
        }
        let (masked, rest) = rest.split_at_checked(len)?;
        Some((Self { opcode: first & OPCODE, mask: *mask, masked }, rest))
    }

    /// What the peer has to say.
    pub(crate) fn payload(&self) -> Vec<u8> {
        // 16 bytes at a time, which the compiler makes one instruction
        let mut mask = [0; 16];
        for (at, byte) in mask.iter_mut().enumerate() {
            *byte = self.mask[at % 4];
        }
        let mut payload = self.masked.to_vec();
        let (blocks, rest) = payload.as_chunks_mut::<16>();
        for block in blocks {
            block.iter_mut().zip(mask).for_each(|(byte, mask)| *byte ^= mask);
        }
        rest.iter_mut().zip(mask).for_each(|(byte, mask)| *byte ^= mask);
        payload
    }
}
