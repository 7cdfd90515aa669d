//! Packets: the first character of a text frame is the type.

use serde::Serialize;

use super::Revision;
use crate::proto::{base64, frame};

/// What a text frame holds.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Packet {
    /// `0`, `5`, `6`: what only a server says, or only a WebSocket that is being tried.
    Ignored,
    /// `1`: the client leaves.
    Close,
    /// `3`: the answer to our ping.
    Pong,
    /// `2`: the ping of a client of revision 3, which is answered.
    Ping,
    /// `4`: a message; it starts at this byte.
    Message,
    /// `b`: a binary message in base64, of a client that sends and takes text only.
    Base64,
}

/// A frame that is not a packet: the connection ends.
#[derive(Debug, thiserror::Error)]
#[error("not an Engine.IO packet")]
pub(crate) struct PacketError;

/// The types, as the first character of a text.
const OPEN: u8 = b'0';
const CLOSE: u8 = b'1';
const PING: u8 = b'2';
const PONG: u8 = b'3';
const MESSAGE: u8 = b'4';
const UPGRADE: u8 = b'5';
const NOOP: u8 = b'6';
/// A binary message as text has no digit.
const BASE64: u8 = b'b';

/// Where the text of a message starts.
pub(crate) const MESSAGE_AT: usize = 1;

/// The session ends: the last packet of a polling client.
pub(crate) const CLOSE_PACKET: &str = "1";
/// Answers a GET that has nothing to fetch.
pub(crate) const NOOP_PACKET: &str = "6";
/// The client tries a WebSocket alongside its polling: the first packet on it.
pub(crate) const PROBE_PACKET: &str = "2probe";
/// The answer to [`PROBE_PACKET`].
pub(crate) const PROBE_ANSWER: &str = "3probe";
/// The client has stopped polling: what follows on its WebSocket belongs to the session.
pub(crate) const UPGRADE_PACKET: &str = "5";

/// The heartbeat's question, as a finished frame.
pub(crate) const PING_FRAME: &[u8] = &frame::short_text([PING]);

/// The answer to the ping of a client of revision 3, as a finished frame.
pub(crate) const PONG_FRAME: &[u8] = &frame::short_text([PONG]);

/// Writes what comes before the text of a message.
pub(crate) fn begin_message(out: &mut Vec<u8>) {
    out.push(MESSAGE);
}

/// Writes a binary message as text.
pub(crate) fn write_base64(out: &mut String, bytes: &[u8]) {
    out.push(char::from(BASE64));
    base64::write(out, bytes);
}

/// The bytes of a binary message that was written as text.
pub(crate) fn read_base64(packet: &str) -> Result<Vec<u8>, PacketError> {
    base64::read(packet.get(1..).unwrap_or_default()).map_err(|_| PacketError)
}

/// Is it a binary message as text?
pub(crate) fn is_base64(packet: &str) -> bool {
    packet.as_bytes().first() == Some(&BASE64)
}

/// Reads the type of a text frame.
#[inline]
pub(crate) fn decode(text: &str, revision: Revision) -> Result<Packet, PacketError> {
    match text.as_bytes() {
        [MESSAGE, ..] => Ok(Packet::Message),
        other => decode_other(other, revision),
    }
}

/// Everything except messages, which nearly all are.
#[cold]
fn decode_other(text: &[u8], revision: Revision) -> Result<Packet, PacketError> {
    match text {
        _ if revision == Revision::V4 && is_counted(text) => Err(PacketError),
        [BASE64, ..] => Ok(Packet::Base64),
        [PONG, ..] if revision == Revision::V4 => Ok(Packet::Pong),
        [PING, ..] if revision == Revision::V3 => Ok(Packet::Ping),
        [CLOSE, ..] => Ok(Packet::Close),
        [OPEN | UPGRADE | NOOP, ..] => Ok(Packet::Ignored),
        _ => Err(PacketError),
    }
}

/// Does it begin as the payloads of revision 3 do, with a length and `:`? No packet does.
fn is_counted(text: &[u8]) -> bool {
    let digits = text.iter().take_while(|byte| byte.is_ascii_digit()).count();
    digits > 0 && text.get(digits) == Some(&b':')
}

/// The first packet of a session.
#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct Open<'a> {
    pub(crate) sid: &'a str,
    pub(crate) upgrades: &'a [&'a str],
    pub(crate) ping_interval: u64,
    pub(crate) ping_timeout: u64,
    pub(crate) max_payload: u64,
}

impl Open<'_> {
    /// Writes the packet `0{..}`.
    pub(crate) fn write(&self, out: &mut Vec<u8>) {
        out.push(OPEN);
        // a struct of numbers and strings: writing it into a `Vec` cannot fail
        let _ = serde_json::to_writer(out, self);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn open_has_the_keys_in_order() {
        let mut out = vec![];
        let upgrades = [];
        Open {
            sid: "x",
            upgrades: &upgrades,
            ping_interval: 25_000,
            ping_timeout: 20_000,
            max_payload: 1_000_000,
        }
        .write(&mut out);
        assert_eq!(
            String::from_utf8_lossy(&out),
            r#"0{"sid":"x","upgrades":[],"pingInterval":25000,"pingTimeout":20000,"maxPayload":1000000}"#
        );
    }

    #[test]
    fn types() {
        assert_eq!(decode("42[\"a\"]", Revision::V4).ok(), Some(Packet::Message));
        assert_eq!(decode("3", Revision::V4).ok(), Some(Packet::Pong));
        assert_eq!(decode("1", Revision::V4).ok(), Some(Packet::Close));
        assert_eq!(decode("6", Revision::V4).ok(), Some(Packet::Ignored));
        assert_eq!(decode("bAQID", Revision::V4).ok(), Some(Packet::Base64));
        for bad in ["", "2", "2probe", "x", "é"] {
            assert!(decode(bad, Revision::V4).is_err(), "{bad}");
        }
    }

    /// The heartbeat goes the other way round.
    #[test]
    fn pings_are_of_the_client_in_revision_3() {
        assert_eq!(decode("2", Revision::V3).ok(), Some(Packet::Ping));
        assert!(decode("3", Revision::V3).is_err() && decode("2", Revision::V4).is_err());
        assert_eq!(decode("42[\"a\"]", Revision::V3).ok(), Some(Packet::Message));
    }

    #[test]
    fn packets_of_ours_are_read_by_their_types() {
        assert_eq!(decode(CLOSE_PACKET, Revision::V4).ok(), Some(Packet::Close));
        assert_eq!(decode(NOOP_PACKET, Revision::V4).ok(), Some(Packet::Ignored));
        assert_eq!(decode(UPGRADE_PACKET, Revision::V4).ok(), Some(Packet::Ignored));
        assert_eq!(decode(PROBE_ANSWER, Revision::V4).ok(), Some(Packet::Pong));
        assert_eq!(PING_FRAME, [0x81, 1, b'2']);
        let (mut message, mut open) = (vec![], vec![]);
        begin_message(&mut message);
        Open { sid: "x", upgrades: &[], ping_interval: 1, ping_timeout: 1, max_payload: 1 }.write(&mut open);
        for (written, packet) in [(message, Packet::Message), (open, Packet::Ignored)] {
            assert_eq!(decode(&String::from_utf8_lossy(&written), Revision::V4).ok(), Some(packet));
        }
    }

    proptest::proptest! {
        #[test]
        fn no_text_panics(text in proptest::prelude::any::<String>()) {
            let _ = (decode(&text, Revision::V4), read_base64(&text));
        }

        #[test]
        fn bytes_are_read_as_they_are_written(bytes in proptest::collection::vec(proptest::prelude::any::<u8>(), 0..50)) {
            let mut text = String::new();
            write_base64(&mut text, &bytes);
            proptest::prop_assert!(is_base64(&text));
            proptest::prop_assert_eq!(decode(&text, Revision::V4).ok(), Some(Packet::Base64));
            proptest::prop_assert_eq!(read_base64(&text).ok(), Some(bytes));
        }
    }
}
