//! Following the frames of a peer, without reading them.

use super::{CLOSE, CONTINUATION, CONTROL, FIN, LENGTH, MASKED, OPCODE, TEXT};

/// Follows the frames of a peer. It looks at the payload of unfinished text frames, and at a close frame's code.
#[derive(Debug, Default)]
pub(crate) struct FrameTracker {
    /// The header that is being read: `head[..have]`.
    head: [u8; 14],
    /// Invariant: `have < head.len()`.
    have: u8,
    /// Payload bytes of the current frame that are still to come.
    left: u64,
    /// Are we between the fragments of one message?
    fragmented: bool,
    /// Is the current message a text?
    text: bool,
    unfinished: Unfinished,
    /// The length of the current message, as far as headers have told it.
    message: u64,
    close_code: [u8; 2],
    /// How many messages have begun, and how many payload bytes of the current one were passed.
    begun: u32,
    passed: u64,
}

/// How much of an unfinished text frame is known to be UTF-8.
#[derive(Debug, Default)]
struct Unfinished {
    /// Bytes of its payload that were looked at.
    checked: u32,
    /// The start of a character whose rest is outstanding: `start[..len]`.
    start: [u8; 3],
    len: u8,
    /// So many bytes may continue a character whose start was not looked at.
    unsure: u8,
}

impl FrameTracker {
    /// One for a peer that has begun so many messages before.
    pub(crate) fn after(begun: u32) -> Self {
        Self { begun, ..Self::default() }
    }

    /// How many messages have begun.
    pub(crate) fn begun(&self) -> u32 {
        self.begun
    }

    /// Is nothing of a message outstanding?
    pub(crate) fn is_between_messages(&self) -> bool {
        self.have == 0 && self.left == 0 && !self.fragmented
    }

    /// How long the current message is at least, whether its payload has come or not.
    pub(crate) fn message_len(&self) -> u64 {
        self.message
    }

    /// Which message is unfinished, and how many bytes of it were passed. A header that is not whole begins one.
    pub(crate) fn unfinished(&self) -> Option<(u32, u64)> {
        if self.is_between_messages() {
            return None;
        }
        if self.have > 0 && !self.fragmented {
            return Some((self.begun.wrapping_add(1), u64::from(self.have)));
        }
        Some((self.begun, self.passed))
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
                if self.head[0] & CONTROL == 0 {
                    self.passed += passed;
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

    /// Does the next byte begin a frame?
    pub(crate) fn is_between_frames(&self) -> bool {
        self.have == 0 && self.left == 0
    }

    /// How many of the bytes that come next belong to the current frame, or to the one that they begin.
    pub(crate) fn rest_of_frame(&self, next: &[u8]) -> usize {
        if self.left > 0 {
            return usize::try_from(self.left).unwrap_or(usize::MAX).min(next.len());
        }
        let (mut head, have) = (self.head, usize::from(self.have));
        let more = next.len().min(head.len() - have);
        head[have..have + more].copy_from_slice(&next[..more]);
        let header = header_len(head[1]);
        if have + more < 2 || have + more < header {
            return next.len();
        }
        let len = usize::try_from(payload_len(&head)).unwrap_or(usize::MAX);
        len.saturating_add(header - have).min(next.len())
    }

    /// The length of the current frame's payload, as its header says.
    fn payload_len(&self) -> u64 {
        payload_len(&self.head)
    }

    fn begin_payload(&mut self) {
        self.left = self.payload_len();
        let head = &self.head;
        if head[0] & CONTROL == 0 {
            if !self.fragmented {
                (self.begun, self.passed) = (self.begun.wrapping_add(1), 0);
            }
            self.message = if self.fragmented { self.message.saturating_add(self.left) } else { self.left };
            self.fragmented = head[0] & FIN == 0;
            self.text = match head[0] & OPCODE {
                TEXT => true,
                CONTINUATION => self.text,
                _ => false,
            };
        }
        // a character may have begun in the fragment before
        let unsure = if head[0] & OPCODE == CONTINUATION { 3 } else { 0 };
        self.have = 0;
        self.unfinished = Unfinished { unsure, ..Unfinished::default() };
    }

    /// Can what is here of an unfinished text frame become UTF-8? tungstenite looks at whole frames, and a peer that
    /// sends a long one in pieces gets the fault as soon as it is sure. `read`: what was passed last.
    ///
    /// What is not sure is let pass: where a frame continues a message, a character may have begun before it.
    pub(crate) fn may_be_utf8(&mut self, read: &[u8]) -> bool {
        let is_data = self.head[0] & CONTROL == 0;
        if self.left == 0 || self.have > 0 || !is_data || !self.text {
            return true;
        }
        let head_len = header_len(self.head[1]);
        let Ok(passed) = u32::try_from(self.payload_len() - self.left) else { return true };
        let new = (passed - self.unfinished.checked) as usize;
        let mut rest = &read[read.len().saturating_sub(new)..];
        let mut position = passed as usize - rest.len();
        let mask = match self.head[1] & MASKED {
            0 => [0; 4],
            _ => [0, 1, 2, 3].map(|i| self.head[head_len - 4 + i]),
        };
        let unfinished = &mut self.unfinished;
        unfinished.checked = passed;
        if new > read.len() {
            // some of it was passed without being looked at
            (unfinished.len, unfinished.unsure) = (0, 3);
        }
        while unfinished.unsure > 0
            && let Some((first, later)) = rest.split_first()
        {
            if (first ^ mask[position % 4]) & 0xc0 != 0x80 {
                unfinished.unsure = 0;
                break;
            }
            unfinished.unsure -= 1;
            position += 1;
            rest = later;
        }
        let mut text = [0; 512];
        while !rest.is_empty() {
            let Unfinished { start, len, .. } = self.unfinished;
            let len = len as usize;
            let (now, later) = rest.split_at(rest.len().min(text.len() - len));
            text[..len].copy_from_slice(&start[..len]);
            for (i, byte) in now.iter().enumerate() {
                text[len + i] = byte ^ mask[(position + i) % 4];
            }
            let text = &text[..len + now.len()];
            let valid = match str::from_utf8(text) {
                Ok(_) => text.len(),
                Err(error) if error.error_len().is_some() => return false,
                Err(error) => error.valid_up_to(),
            };
            let start = &text[valid..];
            self.unfinished.start[..start.len()].copy_from_slice(start);
            self.unfinished.len = start.len() as u8;
            position += now.len();
            rest = later;
        }
        true
    }
}

/// The length of a frame's payload, as its header says.
fn payload_len(head: &[u8; 14]) -> u64 {
    match head[1] & LENGTH {
        126 => u64::from(u16::from_be_bytes([head[2], head[3]])),
        127 => {
            let mut length = [0; 8];
            length.copy_from_slice(&head[2..10]);
            u64::from_be_bytes(length)
        }
        short => u64::from(short),
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
    use crate::proto::frame::{MAX_HEADER, PING, write_header};

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
        /// However the bytes are split, the tracker is between messages exactly after a whole one.
        #[test]
        fn a_message_ends_where_its_last_frame_does(
            messages in prop::collection::vec((prop::collection::vec(0usize..70_000, 1..4), any::<bool>()), 1..5),
            cuts in prop::collection::vec(1usize..40_000, 1..20),
            cut_at_frames in any::<bool>(),
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
            let mut tracker = FrameTracker::default();
            let (mut at, mut cut) = (0, cuts.iter().cycle());
            while at < bytes.len() {
                let next = (at + cut.next().expect("cycle")).min(bytes.len());
                // what belongs to a frame is passed as well as what follows it
                let mut rest = &bytes[at..next];
                while cut_at_frames && !rest.is_empty() {
                    let (now, later) = rest.split_at(tracker.rest_of_frame(rest));
                    tracker.pass(now);
                    prop_assert!(!now.is_empty() && (later.is_empty() || tracker.is_between_frames()));
                    rest = later;
                }
                tracker.pass(rest);
                at = next;
                prop_assert_eq!(tracker.is_between_messages(), ends.contains(&at));
            }
        }

        /// Text that is valid is never refused: however it is fragmented, wherever reads end, and if some of them
        /// were not looked at. A byte that no text holds is refused as soon as it is here.
        #[test]
        fn unfinished_text_is_looked_at(
            text in "[a-zéß☃𐍈]{1,60}",
            mask in any::<[u8; 4]>(),
            fragments in proptest::collection::vec(0_usize..12, 0..6),
            reads in proptest::collection::vec((1_usize..9, any::<bool>()), 1..200),
            bad in proptest::option::of(0_usize..60),
        ) {
            let mut text = text.into_bytes();
            let bad = bad.map(|at| at % text.len());
            // one frame, if it is to be refused: what continues a message is not always sure
            let fragments = if bad.is_some() { vec![] } else { fragments };
            if let Some(at) = bad {
                text[at] = 0xff;
            }
            let mut bytes = vec![];
            let mut rest = &text[..];
            for (i, len) in fragments.iter().copied().chain([usize::MAX]).enumerate() {
                let (now, later) = rest.split_at(len.min(rest.len()));
                let opcode = if i == 0 { TEXT } else { CONTINUATION };
                let mut made = frame(opcode, len == usize::MAX, now);
                let payload = made.len() - now.len();
                made[payload - 4..payload].copy_from_slice(&mask);
                made[payload..].iter_mut().enumerate().for_each(|(i, byte)| *byte ^= mask[i % 4]);
                bytes.extend(made);
                rest = later;
            }
            let mut tracker = FrameTracker::default();
            let (mut rest, mut looked_at) = (&bytes[..], 0);
            for (len, looks) in reads.into_iter().chain(std::iter::repeat((1, true))) {
                if rest.is_empty() {
                    break;
                }
                let (now, later) = rest.split_at(len.min(rest.len()));
                tracker.pass(now);
                rest = later;
                let looks = looks || bad.is_some();
                if looks && !tracker.may_be_utf8(now) {
                    prop_assert!(bad.is_some());
                    looked_at = bytes.len() - rest.len();
                    break;
                }
            }
            if let Some(at) = bad {
                let header = bytes.len() - text.len();
                // the last read finishes the frame: then it is tungstenite's to say
                prop_assert!(looked_at > header + at || rest.is_empty() && looked_at == 0, "{looked_at} {at}");
                prop_assert!(looked_at <= header + at + 9);
            }
        }
    }
}
