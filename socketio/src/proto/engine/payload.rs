//! Several packets in the body of one request or answer, with `%x1e` between them; binary ones as `b` and base64.

pub(crate) mod v3;

use super::packet::{PacketError, is_base64, read_base64, write_base64};
use crate::proto::frame;

pub(crate) const SEPARATOR: char = '\x1e';

/// One packet of a payload.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum Part<'a> {
    Text(&'a str),
    Binary(Vec<u8>),
}

/// Takes the first packet of `payload`, and what follows it, if a packet does.
#[inline]
pub(crate) fn split_first(payload: &str) -> (Result<Part<'_>, PacketError>, Option<&str>) {
    // a fifth less for a body of four packets than with `split_once`
    let end = memchr::memchr(SEPARATOR as u8, payload.as_bytes());
    let (first, rest) = match end.and_then(|end| payload.split_at_checked(end)) {
        Some((first, rest)) => (first, rest.strip_prefix(SEPARATOR)),
        None => (payload, None),
    };
    let part = if is_base64(first) { read_base64(first).map(Part::Binary) } else { Ok(Part::Text(first)) };
    (part, rest)
}

/// Finished frames for a client that takes text only: binary ones become text.
pub(crate) fn append_as_text(out: &mut Vec<u8>, mut frames: &[u8]) {
    while let Some((opcode, packet, rest)) = frame::split_first(frames) {
        if opcode == frame::BINARY {
            let mut text = String::new();
            write_base64(&mut text, packet);
            frame::append(out, frame::TEXT, text.as_bytes());
        } else {
            out.extend_from_slice(&frames[..frames.len() - rest.len()]);
        }
        frames = rest;
    }
}

/// Appends the packets of finished frames, as they wait in an outbox.
pub(crate) fn append_frames(payload: &mut String, mut frames: &[u8]) {
    while let Some((opcode, packet, rest)) = frame::split_first(frames) {
        match opcode {
            // text frames of ours are text
            frame::TEXT => append(payload, simdutf8::basic::from_utf8(packet).unwrap_or_default()),
            frame::BINARY => {
                append(payload, "");
                write_base64(payload, packet);
            }
            // a WebSocket's own frames mean nothing here
            _ => {}
        }
        frames = rest;
    }
}

/// Appends a text packet.
pub(crate) fn append(payload: &mut String, packet: &str) {
    if !payload.is_empty() {
        payload.push(SEPARATOR);
    }
    payload.push_str(packet);
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn packets(mut payload: &str) -> Vec<Part<'_>> {
        let mut all = vec![];
        loop {
            let (part, rest) = split_first(payload);
            all.push(part.expect("a packet"));
            match rest {
                Some(rest) => payload = rest,
                None => return all,
            }
        }
    }

    #[test]
    fn packets_are_split_in_order() {
        assert_eq!(
            packets("4a\x1ebAQID\x1e"),
            [Part::Text("4a"), Part::Binary(vec![1, 2, 3]), Part::Text("")]
        );
        assert_eq!(packets(""), [Part::Text("")]);
        assert!(split_first("b%%%\x1e4a").0.is_err());
    }

    #[test]
    fn binary_frames_become_text() {
        let mut frames = vec![];
        frame::append(&mut frames, frame::TEXT, b"451-");
        frame::append(&mut frames, frame::BINARY, &[1, 2, 3]);
        let (mut out, mut expected) = (vec![], vec![]);
        append_as_text(&mut out, &frames);
        frame::append(&mut expected, frame::TEXT, b"451-");
        frame::append(&mut expected, frame::TEXT, b"bAQID");
        assert_eq!(out, expected);
        assert_eq!(read_base64("bAQID").ok(), Some(vec![1, 2, 3]));
        assert!(read_base64("b%").is_err() && read_base64("").is_ok_and(|bytes| bytes.is_empty()));
    }

    proptest! {
        #[test]
        fn what_waits_in_an_outbox_is_read_as_it_was_written(
            sent in prop::collection::vec(
                prop_oneof![
                    "[0-6][^\x1e]{0,300}".prop_map(Ok),
                    prop::collection::vec(any::<u8>(), 0..300).prop_map(Err),
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
            let mut payload = String::new();
            append_frames(&mut payload, &frames);
            let read = packets(&payload);
            prop_assert_eq!(read.len(), sent.len());
            for (read, sent) in read.into_iter().zip(&sent) {
                match (read, sent) {
                    (Part::Text(read), Ok(sent)) => prop_assert_eq!(read, sent),
                    (Part::Binary(read), Err(sent)) => prop_assert_eq!(&read, sent),
                    _ => prop_assert!(false, "another kind of packet"),
                }
            }
        }

        #[test]
        fn decoding_never_panics(payload in ".{0,60}") {
            let mut rest = Some(payload.as_str());
            while let Some(payload) = rest {
                rest = split_first(payload).1;
            }
        }
    }
}
