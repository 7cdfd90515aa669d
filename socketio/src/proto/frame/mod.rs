//! WebSocket frames (RFC 6455 section 5) as far as we make or count them ourselves.
//!
//! Reading frames of an untrusted peer is tungstenite's work, but for those that nearly all messages are: in one
//! frame, and read as a whole ([`Whole`]). We write our own, so that a broadcast is framed once for all its receivers,
//! and we follow the boundaries of what tungstenite reads, so that a connection can give its read buffer back after a
//! large message.

mod compressed;
mod read;
mod tracker;

pub(crate) use self::{compressed::Marks, read::Whole, tracker::FrameTracker};

/// `%x0` denotes a continuation frame.
const CONTINUATION: u8 = 0x0;
/// `%x1` denotes a text frame.
pub(crate) const TEXT: u8 = 0x1;
/// `%x2` denotes a binary frame.
pub(crate) const BINARY: u8 = 0x2;
/// `%x9` denotes a ping.
pub(crate) const PING: u8 = 0x9;

const FIN: u8 = 0x80;
/// Marks a compressed message.
pub(crate) const RSV1: u8 = 0x40;
const MASKED: u8 = 0x80;
const OPCODE: u8 = 0xf;
const LENGTH: u8 = 0x7f;
/// Bit 3 of the opcode marks a control frame.
const CONTROL: u8 = 0x8;
/// `%x8` denotes a connection close.
const CLOSE: u8 = 0x8;

/// The longest header a server writes: 2 bytes and a length of 8.
pub(crate) const MAX_HEADER: usize = 10;

/// Writes the header of an unfragmented, unmasked frame right-aligned into `gap`, so that the payload may
/// already stand after it. Returns where the frame starts. `opcode` may have the mark [`RSV1`].
pub(crate) fn write_header(gap: &mut [u8; MAX_HEADER], opcode: u8, len: usize) -> usize {
    match len {
        0..=125 => {
            gap[8] = FIN | opcode;
            gap[9] = len as u8;
            8
        }
        126..=0xffff => {
            gap[6] = FIN | opcode;
            gap[7] = 126;
            gap[8..].copy_from_slice(&(len as u16).to_be_bytes());
            6
        }
        _ => {
            gap[0] = FIN | opcode;
            gap[1] = 127;
            gap[2..].copy_from_slice(&(len as u64).to_be_bytes());
            0
        }
    }
}

/// How long the frame of such a payload is.
pub(crate) fn len(payload: usize) -> usize {
    let header = match payload {
        0..=125 => 2,
        126..=0xffff => 4,
        _ => MAX_HEADER,
    };
    header + payload
}

/// Writes the header into the gap of [`MAX_HEADER`] bytes at the start of `frame`, which holds the payload after it.
/// Returns where the frame starts.
pub(crate) fn fill_gap(frame: &mut [u8], opcode: u8) -> usize {
    let len = frame.len() - MAX_HEADER;
    let mut gap = [0; MAX_HEADER];
    let start = write_header(&mut gap, opcode, len);
    frame[..MAX_HEADER].copy_from_slice(&gap);
    start
}

/// A short text as a finished frame.
pub(crate) const fn short_text(payload: [u8; 1]) -> [u8; 3] {
    [FIN | TEXT, 1, payload[0]]
}

/// A ping without a payload, as a finished frame.
pub(crate) const PING_FRAME: &[u8] = &[FIN | PING, 0];

/// A close frame without a code.
pub(crate) const CLOSE_FRAME: &[u8] = &[FIN | CLOSE, 0];

/// A close frame with a code and without a text.
pub(crate) fn close(code: u16) -> [u8; 4] {
    let [high, low] = code.to_be_bytes();
    [FIN | CLOSE, 2, high, low]
}

/// Is it a close frame?
pub(crate) fn is_close(frame: &[u8]) -> bool {
    frame.first() == Some(&(FIN | CLOSE))
}

/// Appends a frame.
pub(crate) fn append(out: &mut Vec<u8>, opcode: u8, payload: &[u8]) {
    let mut gap = [0; MAX_HEADER];
    let at = write_header(&mut gap, opcode, payload.len());
    out.extend_from_slice(&gap[at..]);
    out.extend_from_slice(payload);
}

/// What kind of frame it is, as its first byte says.
pub(crate) fn opcode(frame: &[u8]) -> Option<u8> {
    frame.first().map(|first| first & OPCODE)
}

/// The opcode and the payload of the first frame of `frames`, which [`write_header`] made, and what follows it.
pub(crate) fn split_first(frames: &[u8]) -> Option<(u8, &[u8], &[u8])> {
    let (header, payload) = lengths(frames)?;
    let (first, rest) = frames.split_at_checked(header.checked_add(payload)?)?;
    Some((first[0] & OPCODE, &first[header..], rest))
}

/// The length of the first frame of `frames`, which [`write_header`] made: header and payload.
pub(crate) fn first_len(frames: &[u8]) -> Option<usize> {
    lengths(frames).and_then(|(header, payload)| header.checked_add(payload))
}

/// How long the first frame's header and payload are.
fn lengths(frames: &[u8]) -> Option<(usize, usize)> {
    Some(match *frames.get(1)? & LENGTH {
        126 => (4, u16::from_be_bytes(frames.get(2..4)?.try_into().ok()?) as usize),
        127 => (10, u64::from_be_bytes(frames.get(2..10)?.try_into().ok()?) as usize),
        short => (2, short as usize),
    })
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    /// What a fuzzer found: a length that no frame of ours has.
    #[test]
    fn an_impossible_length_is_not_a_frame() {
        let bytes = [0x81, 127, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xfe, 0x62];
        assert_eq!(split_first(&bytes), None);
        assert_eq!(first_len(&bytes), None);
    }

    proptest! {
        #[test]
        fn first_len_is_the_length_written(len in 0usize..200_000) {
            let mut gap = [0; MAX_HEADER];
            let at = write_header(&mut gap, BINARY, len);
            let mut frames = gap[at..].to_vec();
            let header = frames.len();
            frames.resize(header + len + 7, 0);
            prop_assert_eq!(first_len(&frames), Some(header + len));
            let (opcode, payload, rest) = split_first(&frames).expect("a whole frame");
            prop_assert_eq!((opcode, payload.len(), rest.len()), (BINARY, len, 7));
            prop_assert_eq!(split_first(&frames[..header + len - usize::from(len > 0)]).is_some(), len == 0);
        }
    }
    #[test]
    fn finished_frames_are_read_as_they_are_written() {
        assert_eq!(split_first(PING_FRAME), Some((PING, &[][..], &[][..])));
        assert_eq!(split_first(&short_text([b'2'])), Some((TEXT, &b"2"[..], &[][..])));
        assert_eq!(split_first(CLOSE_FRAME), Some((CLOSE, &[][..], &[][..])));
        assert_eq!(split_first(&close(1001)), Some((CLOSE, &[0x03, 0xe9][..], &[][..])));
        assert!(is_close(CLOSE_FRAME) && is_close(&close(1000)) && !is_close(PING_FRAME) && !is_close(&[]));
    }
}
