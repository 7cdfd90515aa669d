//! How the network cuts what is sent does not matter.

use tokio::io::AsyncWriteExt;

use super::{ends_with, start};
use crate::{
    Config,
    tests::kit::{WIRES, Wire, assert_nothing_is_left, close, frame, settle},
};

/// How the network cuts a session does not matter, not even into single bytes.
#[tokio::test(start_paused = true)]
async fn a_session_may_come_byte_by_byte() {
    for wire in WIRES {
        let (bytes, answers) = session(wire);
        let mut logs = vec![];
        for piece in [1, 2, 3, 7, 255, 256, 257, bytes.len()] {
            let (io, log) = start(Config::new());
            let mut raw = wire.open(&io).await;
            for piece in bytes.chunks(piece) {
                raw.send(piece).await;
                settle().await;
            }
            assert_eq!(raw.rest().await, answers, "{wire:?}: pieces of {piece}");
            drop(raw);
            assert_nothing_is_left(&io).await;
            logs.push(log.lines());
        }
        assert_eq!(logs[0].last().expect("lines"), "error: 4321, 0 dropped");
        assert!(logs.iter().all(|lines| *lines == logs[0]), "{wire:?}: {logs:?}");
    }
}

/// A stream that ends without a close frame, wherever that is: no handshake, one `disconnect`, one `error`.
#[tokio::test(start_paused = true)]
async fn a_stream_may_end_anywhere() {
    for wire in WIRES {
        let (bytes, _) = session(wire);
        for end in (0..bytes.len() - 1).step_by(11).chain([bytes.len() - 1]) {
            let (io, log) = start(Config::new());
            let mut raw = wire.open(&io).await;
            raw.send(&bytes[..end]).await;
            raw.pipe.shutdown().await.expect("open");
            assert!(raw.rest().await.iter().all(|(first, _)| *first != 0x88), "{wire:?}: {end}");
            assert_nothing_is_left(&io).await;
            let lines = log.lines();
            let (events, last) = lines.split_at(lines.len() - 2);
            assert_eq!(last, ["disconnect: 1006 transport close", "error: 1006, 0 dropped"], "{end}");
            assert!(
                events[1..].iter().all(|line| line == "message" || line.starts_with("ping ")),
                "{lines:?}"
            );
        }
    }
}

/// Where a read begins says nothing about where a frame begins: not even if what is read looks like a whole one.
#[tokio::test(start_paused = true)]
async fn a_part_that_looks_like_a_frame_is_a_part() {
    for wire in WIRES {
        let (io, log) = start(Config::new());
        let mut raw = wire.open(&io).await;
        // a payload that is, as it stands in its frame, frames
        let frames = frame(0x82, b"not a message").repeat(4);
        let header = frame(0x82, b"").len();
        let payload = frame(0x82, &frames)[header..].to_vec();
        for cut in header..header + frames.len() {
            let messages = wire.binary(&payload);
            let bytes: Vec<u8> =
                messages.iter().flat_map(|(first, payload)| frame(*first, payload)).collect();
            assert!(bytes.ends_with(&frames));
            let (begins, ends) = bytes.split_at(bytes.len() - frames.len() - header + cut);
            raw.send(begins).await;
            settle().await;
            raw.send(ends).await;
            for message in messages {
                assert_eq!(raw.frame().await, Some(message), "{wire:?}: cut at {cut}");
            }
        }
        // between the parts of a message, a whole one is a violation
        raw.send(&frame(0x01, b"4")).await;
        settle().await;
        let received = log.lines().len();
        raw.send(&frame(0x81, wire.says("x"))).await;
        assert!(
            matches!(&raw.rest().await[..], [(0x88, close)] if close.starts_with(&1002_u16.to_be_bytes()))
        );
        assert_eq!(log.lines()[received..], ends_with(1002));
        drop(raw);
        assert_nothing_is_left(&io).await;
    }
}

/// As many frames as one write can hold: each is answered, in order, whatever a turn's share is.
#[tokio::test(start_paused = true)]
async fn a_write_may_hold_many_frames() {
    for (wire, share) in [(Wire::Plain, 1), (Wire::Plain, 64), (Wire::Packets, 1), (Wire::Packets, 64)] {
        let (io, log) = start(Config::new().frames_per_turn(share));
        let mut raw = wire.open(&io).await;
        let texts: Vec<_> = (0..1500).map(|n| wire.says(n.to_string())).collect();
        let bytes: Vec<u8> = texts.iter().flat_map(|text| frame(0x81, text)).collect();
        assert!(bytes.len() < 64 * 1024, "one write");
        raw.send(&bytes).await;
        for text in texts {
            assert_eq!(raw.frame().await, Some((0x81, text)), "{wire:?}: {share}");
        }
        assert_eq!(log.lines().len(), 1501);
        assert_nothing_is_left(&io).await;
    }
}

/// A whole session: text, binary, in parts, empty, pings within and between, and the close.
fn session(wire: Wire) -> (Vec<u8>, Vec<(u8, Vec<u8>)>) {
    let long = wire.says("lång ".repeat(60));
    let (mut bytes, mut answers) = (vec![], vec![]);
    for (first, payload) in [(0x81, wire.says("é")), (0x81, wire.says("")), (0x81, long.clone())] {
        bytes.extend(frame(first, &payload));
        answers.push((0x81, payload));
    }
    for binary in [&[0xff, 0x00][..], &[], &[7; 300]] {
        for (first, payload) in wire.binary(binary) {
            bytes.extend(frame(first, &payload));
            answers.push((first, payload));
        }
    }
    for ping in [&b""[..], b"p", &[0xff; 125]] {
        bytes.extend(frame(0x89, ping));
        answers.push((0x8a, ping.to_vec()));
    }
    bytes.extend([frame(0x8a, b"nobody asked"), frame(0x8a, b"")].concat());
    // in parts, with control frames between; the answer to the ping comes first
    for (at, cut) in [0..10, 10..10, 10..11, 11..200, 200..long.len()].into_iter().enumerate() {
        let last = if cut.end == long.len() { 0x80 } else { 0 };
        bytes.extend(frame(last | u8::from(at == 0), &long[cut]));
        if last == 0 {
            bytes.extend([frame(0x89, [at as u8]), frame(0x8a, b"")].concat());
            answers.push((0x8a, vec![at as u8]));
        }
    }
    answers.push((0x81, long));
    if wire == Wire::Plain {
        bytes.extend([frame(0x01, b""), frame(0x00, b""), frame(0x80, b"")].concat());
        bytes.extend([frame(0x02, b""), frame(0x80, b"")].concat());
        answers.extend([(0x81, vec![]), (0x82, vec![])]);
    }
    bytes.extend(close(4321, "fertig".as_bytes()));
    answers.push((0x88, [&4321_u16.to_be_bytes(), &b"fertig"[..]].concat()));
    (bytes, answers)
}
