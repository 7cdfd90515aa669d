//! A message of a peer that is in one frame, and here as a whole.

use super::{BINARY, FIN, LENGTH, MASKED, OPCODE, RSV1, TEXT};

/// A message of a peer, in one frame, all of which is here.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Whole<'a> {
    /// [`TEXT`] or [`BINARY`].
    pub(crate) opcode: u8,
    mask: [u8; 4],
    masked: &'a mut [u8],
}

impl<'a> Whole<'a> {
    /// The message that `bytes` begin with, up to `max` bytes long, and how many bytes follow it. `None`: they begin with
    /// anything else, be it a part of a message or a violation.
    pub(crate) fn split_first(bytes: &'a mut [u8], max: usize) -> Option<(Self, usize)> {
        const TEXT_BYTE: u8 = FIN | TEXT;
        const BINARY_BYTE: u8 = FIN | BINARY;
        match *bytes {
            [first @ (TEXT_BYTE | BINARY_BYTE), ref mut rest @ ..] => Self::after(first, rest, max),
            _ => None,
        }
    }

    /// The same for a message that is marked as compressed; its length is that on the wire.
    pub(crate) fn split_compressed(bytes: &'a mut [u8], max: usize) -> Option<(Self, usize)> {
        const TEXT_BYTE: u8 = FIN | RSV1 | TEXT;
        const BINARY_BYTE: u8 = FIN | RSV1 | BINARY;
        match *bytes {
            [first @ (TEXT_BYTE | BINARY_BYTE), ref mut rest @ ..] => Self::after(first, rest, max),
            _ => None,
        }
    }

    /// `rest` follows the first byte.
    #[inline(always)]
    fn after(first: u8, rest: &'a mut [u8], max: usize) -> Option<(Self, usize)> {
        let ((mask, rest), len) = match *rest {
            [second @ MASKED..0xfe, ref mut rest @ ..] => {
                (rest.split_first_chunk_mut()?, usize::from(second & LENGTH))
            }
            [0xfe, high, low, ref mut rest @ ..] => {
                (rest.split_first_chunk_mut()?, usize::from(u16::from_be_bytes([high, low])))
            }
            _ => return None,
        };
        if len > max {
            return None;
        }
        let (masked, rest) = rest.split_at_mut_checked(len)?;
        Some((Self { opcode: first & OPCODE, mask: *mask, masked }, rest.len()))
    }

    /// What the peer has to say, unmasked in its place; twice, it is what it was.
    pub(crate) fn unmask(&mut self) -> &[u8] {
        // eight bytes at a time, several of which the compiler makes one instruction
        let word = u64::from(u32::from_ne_bytes(self.mask)) * 0x1_0000_0001;
        let (blocks, rest) = self.masked.as_chunks_mut();
        for block in blocks {
            *block = (u64::from_ne_bytes(*block) ^ word).to_ne_bytes();
        }
        rest.iter_mut().zip(word.to_ne_bytes()).for_each(|(byte, mask)| *byte ^= mask);
        self.masked
    }
}
