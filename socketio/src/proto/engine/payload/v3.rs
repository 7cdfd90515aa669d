//! Payloads of Engine.IO 3: each packet with its length before it, as text or as bytes.
//!
//! A binary packet is its type as a byte and then its bytes, here as on a WebSocket.

use super::{Part, is_base64};
use crate::proto::{base64, engine::packet::PacketError, frame};

/// A message, as the first byte of a binary packet; in text it is a digit.
const MESSAGE: u8 = 4;
/// What comes before the base64 of a binary message.
const BASE64_MESSAGE: &str = "b4";

/// Ends the length of a packet in a payload of bytes.
const END_OF_LENGTH: u8 = 0xff;
/// A length has at most so many digits: no body is as long.
const MAX_DIGITS: usize = 10;

/// Takes the first packet of a payload of text, `<UTF-16 units>:<packet>`, and what follows it, if anything does.
pub(crate) fn split_first(payload: &str) -> (Result<Part<'_>, PacketError>, Option<&str>) {
    let Some((packet, rest)) = take_text(payload) else { return (Err(PacketError), None) };
    let part = if is_base64(packet) { read_base64(packet).map(Part::Binary) } else { Ok(Part::Text(packet)) };
    (part, (!rest.is_empty()).then_some(rest))
}

fn take_text(payload: &str) -> Option<(&str, &str)> {
    let (len, rest) = payload.split_once(':')?;
    let mut units = number(len.as_bytes(), b'0')?;
    let mut end = 0;
    for character in rest.chars() {
        if units == 0 {
            break;
        }
        units = units.checked_sub(character.len_utf16())?;
        end += character.len_utf8();
    }
    (units == 0 && end > 0).then(|| rest.split_at(end))
}

/// Takes the first packet of a payload of bytes: `0` (text) or `1`, the digits of its length as bytes, `255`, the packet.
pub(crate) fn split_first_bytes(payload: &[u8]) -> (Result<Part<'_>, PacketError>, Option<&[u8]>) {
    match take_bytes(payload) {
        Some((part, rest)) => (Ok(part), (!rest.is_empty()).then_some(rest)),
        None => (Err(PacketError), None),
    }
}

fn take_bytes(payload: &[u8]) -> Option<(Part<'_>, &[u8])> {
    let (kind, rest) = payload.split_first()?;
    let at = rest.iter().take(MAX_DIGITS + 1).position(|byte| *byte == END_OF_LENGTH)?;
    let (packet, rest) = rest[at + 1..].split_at_checked(number(&rest[..at], 0)?)?;
    let part = match (kind, packet) {
        (0, [_, ..]) => Part::Text(str::from_utf8(packet).ok()?),
        (1, [MESSAGE, ..]) => Part::Binary(packet.to_vec()),
        _ => return None,
    };
    Some((part, rest))
}

/// Reads digits, of which `zero` is the first.
fn number(digits: &[u8], zero: u8) -> Option<usize> {
    if digits.is_empty() || digits.len() > MAX_DIGITS {
        return None;
    }
    digits.iter().try_fold(0_usize, |number, byte| {
        let digit = byte.checked_sub(zero).filter(|digit| *digit < 10)?;
        number.checked_mul(10)?.checked_add(digit.into())
    })
}

/// A binary message that was written as text, `b4` and base64: its type and its bytes.
pub(crate) fn read_base64(packet: &str) -> Result<Vec<u8>, PacketError> {
    let text = packet.strip_prefix(BASE64_MESSAGE).ok_or(PacketError)?;
    let mut bytes = base64::read(text).map_err(|_| PacketError)?;
    bytes.insert(0, MESSAGE);
    Ok(bytes)
}

/// Is it a binary message? Its bytes follow the first.
pub(crate) fn is_message(packet: &[u8]) -> bool {
    packet.first() == Some(&MESSAGE)
}

fn as_text(bytes: &[u8]) -> String {
    let mut text = BASE64_MESSAGE.to_owned();
    base64::write(&mut text, bytes);
    text
}

/// Appends a text packet to a payload of text.
pub(crate) fn append(payload: &mut Vec<u8>, packet: &str) {
    let units = packet.encode_utf16().count();
    payload.extend_from_slice(format!("{units}:").as_bytes());
    payload.extend_from_slice(packet.as_bytes());
}

/// Appends the packets of finished frames, as they wait in an outbox, to a payload of text: binary ones as base64.
pub(crate) fn append_frames(payload: &mut Vec<u8>, mut frames: &[u8]) {
    while let Some((opcode, packet, rest)) = frame::split_first(frames) {
        match opcode {
            // text frames of ours are text
            frame::TEXT => append(payload, str::from_utf8(packet).unwrap_or_default()),
            frame::BINARY => append(payload, &as_text(packet)),
            // a WebSocket's own frames mean nothing here
            _ => {}
        }
        frames = rest;
    }
}

/// The same for a payload of bytes.
pub(crate) fn append_frames_as_bytes(payload: &mut Vec<u8>, mut frames: &[u8]) {
    while let Some((opcode, packet, rest)) = frame::split_first(frames) {
        let (kind, head) = if opcode == frame::BINARY { (1, &[MESSAGE][..]) } else { (0, &[][..]) };
        if matches!(opcode, frame::TEXT | frame::BINARY) {
            payload.push(kind);
            let len = (head.len() + packet.len()).to_string();
            payload.extend(len.bytes().map(|digit| digit - b'0'));
            payload.push(END_OF_LENGTH);
            payload.extend_from_slice(head);
            payload.extend_from_slice(packet);
        }
        frames = rest;
    }
}

/// Is a binary packet among these finished frames?
pub(crate) fn has_binary(mut frames: &[u8]) -> bool {
    while let Some((opcode, _, rest)) = frame::split_first(frames) {
        if opcode == frame::BINARY {
            return true;
        }
        frames = rest;
    }
    false
}

/// Finished frames for a WebSocket of this revision: binary ones have a type, or are base64 for a client that takes text only.
pub(crate) fn append_for_websocket(out: &mut Vec<u8>, mut frames: &[u8], text_only: bool) {
    while let Some((opcode, packet, rest)) = frame::split_first(frames) {
        match opcode {
            frame::BINARY if text_only => frame::append(out, frame::TEXT, as_text(packet).as_bytes()),
            frame::BINARY => frame::append(out, frame::BINARY, &[&[MESSAGE], packet].concat()),
            _ => out.extend_from_slice(&frames[..frames.len() - rest.len()]),
        }
        frames = rest;
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    /// What Node.js answers, byte by byte.
    #[test]
    fn payloads_are_those_of_the_reference() {
        let mut frames = vec![];
        frame::append(&mut frames, frame::TEXT, "451-€\u{1f600}".as_bytes());
        frame::append(&mut frames, frame::BINARY, &[1, 2, 3]);
        frames.extend_from_slice(frame::PING_FRAME);
        assert!(has_binary(&frames) && !has_binary(frame::PING_FRAME));
        let mut text = vec![];
        append_frames(&mut text, &frames);
        assert_eq!(String::from_utf8(text).expect("text"), "7:451-€\u{1f600}6:b4AQID");
        let mut bytes = vec![];
        append_frames_as_bytes(&mut bytes, &frames);
        let text = "451-€\u{1f600}".as_bytes();
        assert_eq!(bytes, [&[0, 1, 1, 0xff][..], text, &[1, 4, 0xff, 4, 1, 2, 3]].concat());
        let mut socket = vec![];
        append_for_websocket(&mut socket, &frames[..frames.len() - 2], false);
        assert!(socket.ends_with(&[0x82, 4, 4, 1, 2, 3]));
        let mut socket = vec![];
        append_for_websocket(&mut socket, &frames, true);
        assert!(socket.ends_with(b"\x81\x06b4AQID\x89\x00"));
    }

    #[test]
    fn malformed_payloads_are_errors() {
        let bad_texts = [
            "",
            ":",
            "1",
            "1:",
            "0:",
            "2:4",
            "x:4",
            "-1:4",
            "+1:4",
            " 1:4",
            "1:\u{1f600}",
            "99999999999:4",
            "4:b4A%",
            "3:bAQ",
        ];
        for bad in bad_texts {
            assert!(split_first(bad).0.is_err(), "{bad}");
        }
        for bad in [
            &[][..],
            &[0],
            &[0, 0xff],
            &[0, 1],
            &[0, 1, 0xff],
            &[0, 0, 0xff],
            &[0, 2, 0xff, b'4'],
            &[2, 1, 0xff, b'4'],
            &[0, 10, 0xff, b'4'],
            &[0, 1, 0xff, 0xff],
            &[1, 1, 0xff, 5],
            &[1, 1, 0xff, b'4'],
            &[0, 9, 9, 9, 9, 9, 9, 9, 9, 9, 9, 9, 0xff, b'4'],
        ] {
            assert!(split_first_bytes(bad).0.is_err(), "{bad:?}");
        }
        assert!(is_message(&[4]) && !is_message(&[2]) && !is_message(&[]));
    }

    proptest! {
        /// Both forms say the same, and are read as they were written.
        #[test]
        fn both_forms_are_read_as_they_were_written(
            sent in prop::collection::vec(
                prop_oneof![
                    "[0-6].{0,80}".prop_map(Ok),
                    prop::collection::vec(any::<u8>(), 0..80).prop_map(Err),
                ],
                1..8,
            ),
        ) {
            let mut frames = vec![];
            for packet in &sent {
                match packet {
                    Ok(text) => frame::append(&mut frames, frame::TEXT, text.as_bytes()),
                    Err(bytes) => frame::append(&mut frames, frame::BINARY, bytes),
                }
            }
            let (mut text, mut bytes) = (vec![], vec![]);
            append_frames(&mut text, &frames);
            append_frames_as_bytes(&mut bytes, &frames);
            let text = String::from_utf8(text).expect("text");
            let (mut text, mut bytes) = (Some(&*text), Some(&bytes[..]));
            for packet in &sent {
                let (of_text, rest) = split_first(text.expect("more"));
                text = rest;
                let (of_bytes, rest) = split_first_bytes(bytes.expect("more"));
                bytes = rest;
                let (of_text, of_bytes) = (of_text.expect("a packet"), of_bytes.expect("a packet"));
                prop_assert_eq!(&of_text, &of_bytes);
                match packet {
                    Ok(sent) => prop_assert_eq!(of_text, Part::Text(sent)),
                    Err(sent) => prop_assert_eq!(of_text, Part::Binary([&[MESSAGE], &sent[..]].concat())),
                }
            }
            prop_assert_eq!((text, bytes), (None, None));
        }

        #[test]
        fn decoding_never_panics(
            text in "([0-9]{0,3}:)?.{0,30}",
            bytes in prop::collection::vec(prop_oneof![0_u8..5, Just(0xff), any::<u8>()], 0..30),
        ) {
            let mut rest = Some(&*text);
            while let Some(payload) = rest {
                rest = split_first(payload).1;
            }
            let mut rest = Some(&bytes[..]);
            while let Some(payload) = rest {
                rest = split_first_bytes(payload).1;
            }
        }
    }
}
