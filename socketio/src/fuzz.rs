//! What the fuzz targets of `fuzz/` call: every parser of what a peer sends, and what must hold of it.

use bytes::Bytes;

use crate::{
    config::Deflate,
    connection::packing::{self, Packer},
    proto::{
        bus,
        deflate::agree,
        engine,
        engine::payload::{self, Part},
        frame, packet,
    },
};

/// The plain wire's envelope: never panics.
pub fn envelope(bytes: &[u8]) {
    if let Ok(text) = str::from_utf8(bytes) {
        let _ = bus::decode(text);
    }
}

/// An Engine.IO payload: every part lies in order inside it, and is no longer than it.
pub fn payload(bytes: &[u8]) {
    let Ok(text) = str::from_utf8(bytes) else { return };
    let mut rest = Some(text);
    while let Some(payload) = rest {
        let (part, next) = payload::split_first(payload);
        match part {
            Ok(Part::Text(part)) => {
                assert!(payload.starts_with(part));
                let _ = engine::decode(part, engine::Revision::V4);
            }
            Ok(Part::Binary(bytes)) => assert!(bytes.len() < payload.len()),
            Err(_) => {}
        }
        assert!(next.is_none_or(|next| payload.ends_with(next) && next.len() < payload.len()));
        rest = next;
    }
    let _ = engine::Query::new(text);
}

/// A Socket.IO packet: ranges lie inside the frame, on character boundaries, and hold JSON.
pub fn packet(bytes: &[u8]) {
    let Ok(text) = str::from_utf8(bytes) else { return };
    check_packet(text, 0);
}

fn check_packet(text: &str, at: usize) {
    let Ok(decoded) = packet::decode(text, at) else { return };
    assert!(decoded.attachments <= packet::MAX_ATTACHMENTS);
    assert!(decoded.namespace.starts_with('/'));
    match decoded.kind {
        packet::Kind::Connect { auth: Some(span) } => {
            // not as a `Value`: a number may be too large for every type, which is the reader's fault to report
            let auth = &text[span.range()];
            assert!(
                auth.trim_start().starts_with('{')
                    && serde_json::from_str::<serde::de::IgnoredAny>(auth).is_ok(),
                "{auth}"
            );
        }
        packet::Kind::Event { name, args, .. } => {
            assert!(!packet::RESERVED.contains(&&*name));
            check_args(&format!("[0{}]", &text[args.range()]));
        }
        packet::Kind::Ack { args, .. } => check_args(&format!("[{}]", &text[args.range()])),
        packet::Kind::Connect { auth: None } | packet::Kind::Disconnect | packet::Kind::Nothing => {}
    }
}

fn check_args(array: &str) {
    let parsed = serde_json::from_str::<serde::de::IgnoredAny>(array);
    assert!(parsed.is_ok(), "{array}");
}

/// A MessagePack packet: its text is no longer than the limit, its attachments lie inside it.
pub fn msgpack(bytes: &[u8]) {
    let frame = Bytes::copy_from_slice(bytes);
    let limits = packet::msgpack::Limits { max_attachments: packet::MAX_ATTACHMENTS, max_text: 64 * 1024 };
    let Ok(read) = packet::msgpack::to_text(&frame, limits) else { return };
    assert!(read.text.len() <= 64 * 1024 && read.attachments.len() <= packet::MAX_ATTACHMENTS);
    assert!(read.attachments.iter().map(Bytes::len).sum::<usize>() <= bytes.len());
    check_packet(&read.text, 0);
}

/// Frames as they wait in an outbox, and the boundaries of frames that a peer sends.
pub fn frames(bytes: &[u8]) {
    let mut rest = bytes;
    while let Some((_, payload, next)) = frame::split_first(rest) {
        assert!(payload.len() + next.len() < rest.len());
        rest = next;
    }
    let (mut whole, mut split) = (frame::FrameTracker::default(), frame::FrameTracker::default());
    whole.pass(bytes);
    whole.may_be_utf8(bytes);
    for byte in bytes.chunks(1) {
        split.pass(byte);
        split.may_be_utf8(byte);
    }
    assert_eq!(whole.is_between_messages(), split.is_between_messages());
}

/// A compressed message: no more comes out than may, and what was compressed comes out as it went in.
#[cfg(feature = "deflate")]
pub fn inflate(bytes: &[u8]) {
    if let Ok(offers) = str::from_utf8(bytes)
        && let Some(agreement) = agree([offers])
    {
        assert!((8..=15).contains(&agreement.window));
    }
    let Some(([high, low], message)) = bytes.split_first_chunk::<2>().map(|(max, rest)| (*max, rest)) else {
        return;
    };
    let max = usize::from(u16::from_be_bytes([high, low]));
    if let Ok(inflated) = packing::inflate(message, max) {
        assert!(inflated.len() <= max);
    }
    let packed = Packer::take(&Deflate::new()).message(0, message).map(|packed| packed.to_vec());
    if let Some(packed) = packed {
        assert!(packed.len() < message.len());
        assert_eq!(packing::inflate(&packed, message.len()).as_deref(), Ok(message));
    }
}

/// Packets on a stream: none is longer than it may be, and it does not matter in what pieces they come.
pub fn stream(bytes: &[u8]) {
    let Some((max, bytes)) = bytes.split_first() else { return };
    let max = usize::from(*max) * 16;
    let read = |piece: usize| {
        let (mut reader, mut packets) = (engine::stream::PacketReader::default(), vec![]);
        for mut piece in bytes.chunks(piece) {
            loop {
                match reader.next(&mut piece, max) {
                    Ok(Some(packet)) => packets.push(packet),
                    Ok(None) => break,
                    Err(fault) => return (packets, Some(fault)),
                }
            }
            assert!(piece.is_empty() && reader.unfinished().is_none_or(|(_, len)| len <= max + 9));
        }
        (packets, None)
    };
    let whole = read(bytes.len().max(1));
    assert_eq!(whole, read(1));
    for packet in &whole.0 {
        let _ = engine::stream::First::of(packet);
    }
    // frames of an outbox become packets that are read as they were written
    let (mut rest, mut messages, mut out) = (bytes, vec![], vec![]);
    engine::stream::append_frames(&mut out, bytes);
    while let Some((opcode, payload, next)) = frame::split_first(rest) {
        match opcode {
            frame::TEXT | frame::BINARY if payload.is_empty() => return,
            frame::TEXT if str::from_utf8(payload).is_err() => return,
            frame::TEXT | frame::BINARY => messages.push(payload),
            _ => {}
        }
        rest = next;
    }
    let (mut reader, mut out) = (engine::stream::PacketReader::default(), &out[..]);
    for message in messages {
        match reader.next(&mut out, usize::MAX) {
            Ok(Some(engine::stream::Packet::Text(text))) => assert_eq!(text.as_bytes(), message),
            Ok(Some(engine::stream::Packet::Binary(bytes))) => assert_eq!(bytes, message),
            other => panic!("{other:?}"),
        }
    }
}

/// Both forms of a payload of Engine.IO 3: parts are shorter than the payload, and what follows them is at its end.
pub fn payload_v3(bytes: &[u8]) {
    let mut rest = str::from_utf8(bytes).ok();
    while let Some(payload) = rest {
        let (part, next) = payload::v3::split_first(payload);
        if let Ok(Part::Text(part)) = part {
            let _ = engine::decode(part, engine::Revision::V3);
        }
        assert!(next.is_none_or(|next| payload.ends_with(next) && next.len() < payload.len()));
        rest = next;
    }
    let mut rest = Some(bytes);
    while let Some(payload) = rest {
        let (part, next) = payload::v3::split_first_bytes(payload);
        if let Ok(Part::Binary(part)) = part {
            assert!(part.len() < payload.len());
        }
        assert!(next.is_none_or(|next| payload.ends_with(next) && next.len() < payload.len()));
        rest = next;
    }
}
