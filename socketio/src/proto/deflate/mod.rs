//! Compressed messages: what is agreed on, and the compressor (RFC 7692, RFC 1951).
//!
//! No context is kept from one message to the next, in either direction: what one connection is sent can be sent to
//! every other one, and an idle connection keeps nothing.

#[cfg(feature = "deflate")]
mod deflater;
#[cfg(feature = "deflate")]
mod inflater;
mod offer;

pub(crate) use self::offer::{Agreement, agree};
#[cfg(feature = "deflate")]
pub(crate) use self::{deflater::Deflater, inflater::Inflater};

/// The largest window, which ours are.
pub(crate) const MAX_WINDOW: u8 = 15;

/// What ends a message that was flushed to a byte: it is not sent, and put back by the receiver (RFC 7692 section 7.2).
#[cfg(feature = "deflate")]
const FLUSHED: [u8; 4] = [0, 0, 0xff, 0xff];

/// Why a compressed message cannot be read.
#[cfg_attr(not(feature = "deflate"), expect(dead_code, reason = "nothing is inflated then"))]
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum InflateFault {
    /// It is longer than a message may be.
    TooLong,
    /// It is not what a compressor makes.
    Malformed,
}

/// The smallest window with which `len` bytes can be read, however they were compressed: in a window that holds all of them,
/// nothing can refer too far back.
pub(crate) fn window_of(len: usize) -> u8 {
    let bits = usize::BITS - len.saturating_sub(1).leading_zeros();
    (bits as u8).clamp(8, MAX_WINDOW)
}

/// Goes on with a message whose beginning is compressed and flushed: what follows it, less than 64 KiB, is stored as it is,
/// so that it costs nothing but copying.
pub(crate) fn append_stored(out: &mut Vec<u8>, rest: &[u8]) {
    let len = (rest.len() as u16).to_le_bytes();
    // the header of a block that is not the last one, and stored
    out.push(0);
    out.extend_from_slice(&len);
    out.extend_from_slice(&len.map(|byte| !byte));
    out.extend_from_slice(rest);
    // the header of an empty one, whose length is the end that is not sent
    out.push(0);
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_window_holds_the_whole_message() {
        let expected =
            [(0, 8), (256, 8), (257, 9), (512, 9), (1024, 10), (1025, 11), (32_768, 15), (32_769, 15)];
        for (len, bits) in expected {
            assert_eq!(window_of(len), bits, "{len}");
        }
        assert_eq!(window_of(usize::MAX), 15);
    }
}
