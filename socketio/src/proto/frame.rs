//! WebSocket frames (RFC 6455 section 5) as far as we make or count them ourselves.
//!
//! Reading frames of an untrusted peer is tungstenite's work. We write our own, so that a broadcast is framed
//! once for all its receivers, and we follow the borders of what is read, so that a connection can give its
//! read buffer back after a large message.

/// `%x1` denotes a text frame.
pub(crate) const TEXT: u8 = 0x1;
/// `%x2` denotes a binary frame.
pub(crate) const BINARY: u8 = 0x2;
/// `%x9` denotes a ping.
pub(crate) const PING: u8 = 0x9;

const FIN: u8 = 0x80;
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
/// already stand behind it. Returns where the frame starts.
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

/// Appends a frame.
pub(crate) fn append(out: &mut Vec<u8>, opcode: u8, payload: &[u8]) {
    let mut gap = [0; MAX_HEADER];
    let at = write_header(&mut gap, opcode, payload.len());
    out.extend_from_slice(&gap[at..]);
    out.extend_from_slice(payload);
}

/// The opcode and the payload of the first frame of `frames`, which [`write_header`] made, and what follows it.
pub(crate) fn split_first(frames: &[u8]) -> Option<(u8, &[u8], &[u8])> {
    let (header, payload) = lengths(frames)?;
    let (first, rest) = frames.split_at_checked(header + payload)?;
    Some((first[0] & OPCODE, &first[header..], rest))
}

/// The length of the first frame of `frames`, which [`write_header`] made: header and payload.
pub(crate) fn first_len(frames: &[u8]) -> Option<usize> {
    lengths(frames).map(|(header, payload)| header + payload)
}

/// How long the first frame's header and payload are.
fn lengths(frames: &[u8]) -> Option<(usize, usize)> {
    Some(match *frames.get(1)? & LENGTH {
        126 => (4, u16::from_be_bytes(frames.get(2..4)?.try_into().ok()?) as usize),
        127 => (10, u64::from_be_bytes(frames.get(2..10)?.try_into().ok()?) as usize),
        short => (2, short as usize),
    })
}

/// Follows the frames of a peer without looking at their payload, but for a close frame's code.
#[derive(Debug, Default)]
pub(crate) struct Border {
    /// The header that is being read: `head[..have]`.
    head: [u8; 14],
    /// Invariant: `have < head.len()`.
    have: u8,
    /// Payload bytes of the current frame that are still to come.
    left: u64,
    /// Are we between the fragments of one message?
    fragmented: bool,
    /// The length of the current message, as far as headers have told it.
    message: u64,
    close_code: [u8; 2],
}

impl Border {
    /// Is nothing of a message outstanding?
    pub(crate) fn is_between_messages(&self) -> bool {
        self.have == 0 && self.left == 0 && !self.fragmented
    }

    /// How long the current message is at least, whether its payload has come or not.
    pub(crate) fn message_len(&self) -> u64 {
        self.message
    }

    /// The code of the close frame that was read last. It had one.
    pub(crate) fn close_code(&self) -> u16 {
        u16::from_be_bytes(self.close_code)
    }

    /// Takes note of the bytes that were handed to the reader.
    pub(crate) fn pass(&mut self, mut bytes: &[u8]) {
        while !bytes.is_empty() {
            if self.left > 0 {
                let passed = self.left.min(bytes.len() as u64);
                if self.head[0] & OPCODE == CLOSE {
                    self.note_code(bytes);
                }
                self.left -= passed;
                bytes = &bytes[passed as usize..];
                continue;
            }
            // the usual case: the whole header is there
            if self.have == 0
                && let Some(len) = bytes.get(1).map(|second| header_len(*second))
                && let Some(head) = bytes.get(..len)
            {
                self.head[..len].copy_from_slice(head);
                bytes = &bytes[len..];
                self.begin_payload();
                continue;
            }
            self.head[self.have as usize] = bytes[0];
            self.have += 1;
            bytes = &bytes[1..];
            if self.have >= 2 && self.have as usize == header_len(self.head[1]) {
                self.begin_payload();
            }
        }
    }

    /// `bytes` are what is left of a close frame's payload, or the beginning of that.
    fn note_code(&mut self, bytes: &[u8]) {
        // a longer one is a violation
        let Some(at) = u64::from(self.head[1] & LENGTH).checked_sub(self.left) else { return };
        let (mask, code) = (&self.head[2..4], &mut self.close_code);
        for (at, byte) in (0..code.len()).skip(at as usize).zip(bytes) {
            code[at] = byte ^ mask[at];
        }
    }

    fn begin_payload(&mut self) {
        let head = &self.head;
        self.left = match head[1] & LENGTH {
            126 => u64::from(u16::from_be_bytes([head[2], head[3]])),
            127 => {
                let mut length = [0; 8];
                length.copy_from_slice(&head[2..10]);
                u64::from_be_bytes(length)
            }
            short => u64::from(short),
        };
        if head[0] & CONTROL == 0 {
            self.message = if self.fragmented { self.message.saturating_add(self.left) } else { self.left };
            self.fragmented = head[0] & FIN == 0;
        }
        self.have = 0;
    }
}

/// How long the header of a frame is, by its second byte.
fn header_len(second: u8) -> usize {
    let mask = if second & MASKED != 0 { 4 } else { 0 };
    let length = match second & LENGTH {
        126 => 2,
        127 => 8,
        _ => 0,
    };
    2 + mask + length
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn frame(opcode: u8, fin: bool, payload: &[u8]) -> Vec<u8> {
        let mut gap = [0; MAX_HEADER];
        let at = write_header(&mut gap, opcode, payload.len());
        let mut head = gap[at..].to_vec();
        if !fin {
            head[0] &= !FIN;
        }
        head[1] |= MASKED;
        head.extend_from_slice(&[1, 2, 3, 4]);
        head.extend_from_slice(payload);
        head
    }

    proptest! {
        /// However the bytes are split, the tracker is at a border exactly behind a whole message.
        #[test]
        fn border_is_where_messages_end(
            messages in prop::collection::vec((prop::collection::vec(0usize..70_000, 1..4), any::<bool>()), 1..5),
            cuts in prop::collection::vec(1usize..40_000, 1..20),
        ) {
            let mut bytes = vec![];
            let mut ends = vec![0];
            for (fragments, ping_between) in &messages {
                for (i, len) in fragments.iter().enumerate() {
                    let opcode = if i == 0 { TEXT } else { 0 };
                    bytes.extend(frame(opcode, i + 1 == fragments.len(), &vec![b'x'; *len]));
                    if *ping_between && i + 1 < fragments.len() {
                        bytes.extend(frame(PING, true, b"p"));
                    }
                }
                ends.push(bytes.len());
            }
            let mut border = Border::default();
            let (mut at, mut cut) = (0, cuts.iter().cycle());
            while at < bytes.len() {
                let next = (at + cut.next().expect("cycle")).min(bytes.len());
                border.pass(&bytes[at..next]);
                at = next;
                prop_assert_eq!(border.is_between_messages(), ends.contains(&at));
            }
        }

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
}
