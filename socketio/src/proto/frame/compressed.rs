//! Messages that are marked as compressed, for a reader that knows no marks: RFC 7692 section 6.

use super::{BINARY, CONTINUATION, CONTROL, OPCODE, RSV1, TEXT};

/// Takes the mark from the first byte of each message, and remembers it.
///
/// A compressed message passes as a binary one, which no reader looks into. Bits that mean nothing stay: the reader refuses
/// them, and the mark anywhere else.
#[derive(Debug, Default)]
pub(crate) struct Marks {
    /// The opcode of the message that has begun last, if it is compressed; else 0.
    opcode: u8,
}

impl Marks {
    /// The opcode of the message that has begun last, if it is compressed.
    pub(crate) fn opcode(&self) -> Option<u8> {
        (self.opcode != 0).then_some(self.opcode)
    }

    /// The first byte of a frame, as the reader is to see it.
    pub(crate) fn take(&mut self, first: u8) -> u8 {
        let opcode = first & OPCODE;
        if opcode & CONTROL != 0 || opcode == CONTINUATION {
            return first;
        }
        self.opcode = 0;
        if first & RSV1 == 0 || !matches!(opcode, TEXT | BINARY) {
            return first;
        }
        self.opcode = opcode;
        first & !(RSV1 | OPCODE) | BINARY
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn marks_are_taken_from_messages_only() {
        let mut marks = Marks::default();
        for (first, seen, opcode) in [
            (0xc1, 0x82, Some(TEXT)),
            // fragments and control frames go between
            (0x00, 0x00, Some(TEXT)),
            (0x89, 0x89, Some(TEXT)),
            (0xc9, 0xc9, Some(TEXT)),
            (0xc0, 0xc0, Some(TEXT)),
            (0x42, 0x02, Some(BINARY)),
            (0x81, 0x81, None),
            (0xe1, 0xa2, Some(TEXT)),
            (0xc3, 0xc3, None),
        ] {
            assert_eq!((marks.take(first), marks.opcode()), (seen, opcode), "{first:#x}");
        }
    }
}
