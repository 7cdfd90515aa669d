//! Packets on a stream of bytes: one after another, each with its length. It is what Engine.IO speaks over WebTransport.
//!
//! A packet is one byte (bit 7: it is binary; the others: its length, 126 for a length of two bytes that follow, 127 for
//! one of eight) and its payload. So it is the frame that a server writes on a WebSocket, without its first byte: see
//! [`append_frames`].

use std::ops::ControlFlow;

use crate::proto::frame;

/// A packet of the peer.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Packet {
    Text(String),
    Binary(Vec<u8>),
}

/// Why a stream cannot be read on.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub(crate) enum StreamFault {
    #[error("a packet without a type")]
    Empty,
    #[error("a packet that is too long")]
    TooLong,
    #[error("a packet that is not UTF-8")]
    InvalidUtf8,
}

/// The first packet of a client that opens a session.
pub(crate) const OPEN_PACKET: &str = "0";

/// What the first packet of a stream wants.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum First<'a> {
    /// A new session.
    Open,
    /// The change of the session with this id, which polls so far.
    Upgrade(&'a str),
}

impl<'a> First<'a> {
    /// `None`: it is something else.
    pub(crate) fn of(packet: &'a Packet) -> Option<Self> {
        #[derive(serde::Deserialize)]
        struct Session<'a> {
            sid: &'a str,
        }
        let Packet::Text(text) = packet else { return None };
        if text == OPEN_PACKET {
            return Some(Self::Open);
        }
        let Session { sid } = serde_json::from_str(text.strip_prefix(OPEN_PACKET)?).ok()?;
        Some(Self::Upgrade(sid))
    }
}

/// Reads packets, in whatever pieces they arrive.
#[derive(Debug, Default)]
pub(crate) struct PacketReader {
    header: [u8; MAX_HEADER],
    /// So much of `header` is here.
    header_len: u8,
    /// What is here of the payload. It grows with what arrives, whatever length was announced.
    payload: Vec<u8>,
    /// How many packets have begun.
    number: u32,
}

/// The longest header: a byte, and a length of eight.
const MAX_HEADER: usize = 9;
const BINARY: u8 = 0x80;
const LENGTH: u8 = 0x7f;

impl PacketReader {
    /// Reads the packet that `bytes` go on with, of at most `max` bytes, and removes what was read from `bytes`. `None`:
    /// all was read, and the packet is not whole yet.
    ///
    /// # Errors
    /// If it can never become one. The stream is of no use then.
    pub(crate) fn next(&mut self, bytes: &mut &[u8], max: usize) -> Result<Option<Packet>, StreamFault> {
        let len = loop {
            match announced(&self.header[..usize::from(self.header_len)]) {
                ControlFlow::Break(len) => break len,
                ControlFlow::Continue(()) => {
                    let Some((first, rest)) = bytes.split_first() else { return Ok(None) };
                    self.header[usize::from(self.header_len)] = *first;
                    self.number = self.number.wrapping_add(u32::from(self.header_len == 0));
                    self.header_len += 1;
                    *bytes = rest;
                }
            }
        };
        let len = match usize::try_from(len) {
            Ok(0) => return Err(StreamFault::Empty),
            Ok(len) if len <= max => len,
            _ => return Err(StreamFault::TooLong),
        };
        let (now, later) = bytes.split_at(bytes.len().min(len - self.payload.len()));
        *bytes = later;
        if self.payload.is_empty() && now.len() == len {
            self.payload = now.to_vec();
        } else {
            self.payload.extend_from_slice(now);
            if self.payload.len() < len {
                return Ok(None);
            }
        }
        self.header_len = 0;
        let mut payload = std::mem::take(&mut self.payload);
        payload.shrink_to_fit();
        if self.header[0] & BINARY != 0 {
            return Ok(Some(Packet::Binary(payload)));
        }
        String::from_utf8(payload).map(|text| Some(Packet::Text(text))).map_err(|_| StreamFault::InvalidUtf8)
    }

    /// Which packet is read in part, and how many bytes of it are here. `None`: none is.
    pub(crate) fn unfinished(&self) -> Option<(u32, usize)> {
        let len = usize::from(self.header_len) + self.payload.len();
        (len > 0).then_some((self.number, len))
    }
}

/// The length that a header announces, once it is whole.
fn announced(header: &[u8]) -> ControlFlow<u64> {
    let Some((first, rest)) = header.split_first() else { return ControlFlow::Continue(()) };
    let len = match first & LENGTH {
        126 => rest.try_into().ok().map(|len| u64::from(u16::from_be_bytes(len))),
        127 => rest.try_into().ok().map(u64::from_be_bytes),
        short => Some(u64::from(short)),
    };
    len.map_or(ControlFlow::Continue(()), ControlFlow::Break)
}

/// Where the packet of a finished frame begins: after the first byte. `None`: it is not a message.
///
/// A text is a packet as it stands; the first byte of a binary one is to be [marked](mark_binary).
pub(crate) fn packet_of(frame: &[u8]) -> Option<(bool, &[u8])> {
    match frame::opcode(frame)? {
        frame::TEXT => Some((false, frame.get(1..)?)),
        frame::BINARY => Some((true, frame.get(1..)?)),
        // a WebSocket's own frames mean nothing here
        _ => None,
    }
}

/// Marks the packet that begins with this byte as binary.
pub(crate) fn mark_binary(first: u8) -> u8 {
    first | BINARY
}

/// Appends finished frames as packets.
pub(crate) fn append_frames(out: &mut Vec<u8>, mut frames: &[u8]) {
    while let Some(len) = frame::first_len(frames)
        && let Some((frame, rest)) = frames.split_at_checked(len)
    {
        if let Some((is_binary, packet)) = packet_of(frame) {
            let at = out.len();
            out.extend_from_slice(packet);
            if is_binary && let Some(first) = out.get_mut(at) {
                *first = mark_binary(*first);
            }
        }
        frames = rest;
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    /// As the reference's `createPacketEncoderStream` writes it.
    fn written(packet: &Packet) -> Vec<u8> {
        let (bit, payload) = match packet {
            Packet::Text(text) => (0, text.as_bytes()),
            Packet::Binary(bytes) => (0x80, &bytes[..]),
        };
        let mut out = match payload.len() {
            len @ 0..126 => vec![bit | len as u8],
            len @ 126..65_536 => [&[bit | 126][..], &(len as u16).to_be_bytes()].concat(),
            len => [&[bit | 127][..], &(len as u64).to_be_bytes()].concat(),
        };
        out.extend_from_slice(payload);
        out
    }

    /// All packets of `bytes`, which come in pieces of these lengths.
    fn read(
        bytes: &[u8],
        mut cuts: impl Iterator<Item = usize>,
        max: usize,
    ) -> Result<Vec<Packet>, StreamFault> {
        let (mut reader, mut packets, mut rest) = (PacketReader::default(), vec![], bytes);
        while !rest.is_empty() {
            let (mut now, later) = rest.split_at(cuts.next().unwrap_or(rest.len()).clamp(1, rest.len()));
            rest = later;
            while let Some(packet) = reader.next(&mut now, max)? {
                packets.push(packet);
            }
            assert!(now.is_empty());
        }
        assert_eq!(reader.unfinished(), None);
        Ok(packets)
    }

    fn packets() -> impl Strategy<Value = Vec<Packet>> {
        let len = || prop_oneof![1_usize..200, Just(125), Just(126), Just(65_535), Just(65_536)];
        let text = len().prop_map(|len| Packet::Text("x".repeat(len)));
        let other = "[ -~é☃]{1,80}".prop_map(Packet::Text);
        let binary = (len(), any::<u8>()).prop_map(|(len, byte)| Packet::Binary(vec![byte; len]));
        prop::collection::vec(prop_oneof![text, other, binary], 0..6)
    }

    proptest! {
        #![proptest_config(ProptestConfig { cases: 64, ..ProptestConfig::default() })]

        #[test]
        fn packets_are_read_as_they_are_written_in_any_pieces(
            packets in packets(),
            cuts in prop::collection::vec(1_usize..300, 0..600),
        ) {
            let bytes: Vec<u8> = packets.iter().flat_map(written).collect();
            prop_assert_eq!(read(&bytes, cuts.into_iter(), 70_000), Ok(packets));
        }

        /// Frames of an outbox are the packets of a stream, whatever their lengths.
        #[test]
        fn frames_are_packets_without_their_first_byte(packets in packets()) {
            let mut frames = vec![];
            for packet in &packets {
                match packet {
                    Packet::Text(text) => frame::append(&mut frames, frame::TEXT, text.as_bytes()),
                    Packet::Binary(bytes) => frame::append(&mut frames, frame::BINARY, bytes),
                }
                frame::append(&mut frames, frame::PING, b"x");
            }
            let mut out = vec![];
            append_frames(&mut out, &frames);
            prop_assert_eq!(out, packets.iter().flat_map(written).collect::<Vec<_>>());
        }

        #[test]
        fn no_bytes_panic_and_nothing_is_longer_than_it_may_be(
            bytes in prop::collection::vec(prop_oneof![any::<u8>(), Just(127), Just(255), Just(0)], 0..300),
            max in 0_usize..200,
        ) {
            let (mut reader, mut rest) = (PacketReader::default(), &bytes[..]);
            while let Ok(Some(packet)) = reader.next(&mut rest, max) {
                let len = match &packet {
                    Packet::Text(text) => text.len(),
                    Packet::Binary(bytes) => bytes.len(),
                };
                prop_assert!((1..=max).contains(&len));
                let _ = First::of(&packet);
                prop_assert!(reader.payload.capacity() == 0);
            }
            prop_assert!(reader.payload.len() < max.max(1));
        }
    }

    #[test]
    fn lengths_that_lie_reserve_nothing() {
        let mut reader = PacketReader::default();
        let mut bytes = &[127, 0, 0, 0, 0, 0, 15, 0, 0, b'4', b'2'][..];
        assert_eq!(reader.next(&mut bytes, 1_000_000), Ok(None));
        assert!(reader.payload.capacity() < 100, "a megabyte is announced, and two bytes are here");
        assert_eq!(reader.unfinished(), Some((1, 11)));
        for (bytes, fault) in [
            (&[0][..], StreamFault::Empty),
            (&[0x80], StreamFault::Empty),
            (&[126, 0, 0], StreamFault::Empty),
            (&[11], StreamFault::TooLong),
            (&[0x80 | 11], StreamFault::TooLong),
            (&[127, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff], StreamFault::TooLong),
            (&[2, 0xc3, 0x28], StreamFault::InvalidUtf8),
        ] {
            assert_eq!(PacketReader::default().next(&mut &*bytes, 10), Err(fault), "{bytes:?}");
        }
    }

    #[test]
    fn the_first_packet_opens_or_changes_over() {
        let text = |text: &str| Packet::Text(text.to_owned());
        assert_eq!(First::of(&text("0")), Some(First::Open));
        assert_eq!(First::of(&text(r#"0{"sid":"abc"}"#)), Some(First::Upgrade("abc")));
        for other in ["", "1", "2probe", "0x", "0{}", r#"0{"sid":1}"#, r#"0{"sid":"a"}x"#, "40"] {
            assert_eq!(First::of(&text(other)), None, "{other}");
        }
        assert_eq!(First::of(&Packet::Binary(b"0".to_vec())), None);
    }
}
