//! Compressed messages of a peer.

use std::task::Poll;

use proptest::prelude::*;
use tokio::time::Instant;

use super::{OFFER, TEXT, start, start_with, words};
use crate::{
    Config,
    config::Deflate,
    tests::kit::{WIRES, Wire, assert_nothing_is_left, close, deflated, frame, seconds_since, settle},
};

/// A server that compresses nothing itself, so that what was read is seen as it is.
fn quiet() -> Deflate {
    Deflate::new().threshold(usize::MAX)
}

/// Compressed messages, whole and in parts, between plain ones and control frames: what is sent, and what is answered.
fn session(wire: Wire) -> (Vec<u8>, Vec<(u8, Vec<u8>)>) {
    let short = wire.says("é");
    let long = wire.says(words(3000));
    let (mut bytes, mut answers) = (vec![], vec![]);
    for says in [&short, &long, &short] {
        bytes.extend(frame(0xc1, deflated(says)));
        bytes.extend(frame(TEXT, says));
        answers.extend([(TEXT, says.clone()), (TEXT, says.clone())]);
    }
    // in parts, with a ping and an empty part between
    let packed = deflated(&long);
    for (at, cut) in [0..10, 10..10, 10..700, 700..packed.len()].into_iter().enumerate() {
        let last = if cut.end == packed.len() { 0x80 } else { 0 };
        bytes.extend(frame(last | if at == 0 { 0x41 } else { 0 }, &packed[cut]));
        if last == 0 {
            bytes.extend(frame(0x89, [at as u8]));
            answers.push((0x8a, vec![at as u8]));
        }
    }
    answers.push((TEXT, long.clone()));
    // a final block, and what follows it (RFC 7692 7.2.3.4, 7.2.3.5): "Hello"
    if wire == Wire::Plain {
        let finals = [0xf3, 0x48, 0xcd, 0xc9, 0xc9, 0x07, 0x00, 0x00];
        bytes.extend(frame(0xc1, finals));
        answers.push((TEXT, b"Hello".to_vec()));
        let two_blocks = [0xf2, 0x48, 0x05, 0x00, 0x00, 0x00, 0xff, 0xff, 0xca, 0xc9, 0xc9, 0x07, 0x00];
        bytes.extend(frame(0xc1, two_blocks));
        answers.push((TEXT, b"Hello".to_vec()));
        let stored = [0x00, 0x05, 0x00, 0xfa, 0xff, 0x48, 0x65, 0x6c, 0x6c, 0x6f, 0x00];
        bytes.extend(frame(0xc1, stored));
        answers.push((TEXT, b"Hello".to_vec()));
        // nothing, in two ways
        bytes.extend([frame(0xc1, [0]), frame(0xc1, [])].concat());
        answers.extend([(TEXT, vec![]), (TEXT, vec![])]);
        bytes.extend(frame(0xc2, deflated(&[7; 2000])));
        answers.push((0x82, vec![7; 2000]));
    }
    bytes.extend(close(1000, b""));
    answers.push((0x88, 1000_u16.to_be_bytes().to_vec()));
    (bytes, answers)
}

/// However the network cuts it.
#[tokio::test(start_paused = true)]
async fn compressed_messages_may_come_in_any_pieces() {
    for wire in WIRES {
        let (bytes, answers) = session(wire);
        for piece in [1, 2, 3, 7, 127, 255, 256, 257, bytes.len()] {
            let (io, _, _) = start(quiet());
            let mut raw = wire.open_offering(&io, OFFER).await;
            for piece in bytes.chunks(piece) {
                raw.send(piece).await;
                settle().await;
            }
            assert!(raw.rest().await == answers, "{wire:?}: pieces of {piece}");
            drop(raw);
            assert_nothing_is_left(&io).await;
        }
    }
}

async fn ends(config: Config, offer: Option<&str>, wire: Wire, bytes: &[u8]) -> (u16, Vec<String>) {
    let (io, log, _) = start_with(config, quiet());
    let mut raw = match offer {
        Some(offer) => wire.open_offering(&io, offer).await,
        None => wire.open(&io).await,
    };
    let began = Instant::now();
    raw.send(bytes).await;
    let mut frames = raw.rest().await;
    let (first, said) = frames.pop().expect("a close frame");
    assert_eq!((first, frames.len(), seconds_since(began)), (0x88, 0, 0));
    drop(raw);
    assert_nothing_is_left(&io).await;
    (u16::from_be_bytes([said[0], said[1]]), log.lines())
}

/// Guarantee 9: each ends its connection with the right code, and is not handled.
#[tokio::test(start_paused = true)]
async fn compressed_violations_have_their_close_codes() {
    const TOO_LONG: &str = "1009: forced close (message too long)";
    const NOT_UTF_8: &str = "1007: parse error (invalid UTF-8)";
    const MALFORMED: &str = "1007: parse error (invalid compression)";
    let limit = || Config::new().max_payload(10_000);
    for wire in WIRES {
        let message = deflated(&wire.says(words(500)));
        let bomb = deflated(&vec![b'x'; 40_000_000]);
        assert!(bomb.len() > 10_000, "{}", bomb.len());
        let small_bomb = deflated(&vec![b'x'; 1_000_000]);
        assert!(small_bomb.len() < 1_500, "{}", small_bomb.len());
        let parts = |first: u8, payload: &[u8]| {
            let (one, two) = payload.split_at(payload.len() / 2);
            [frame(first & 0x7f, one), frame(0x80, two)].concat()
        };
        for (what, bytes, line) in [
            ("a bomb", frame(0xc1, &small_bomb), TOO_LONG),
            ("a bomb in parts", parts(0xc1, &small_bomb), TOO_LONG),
            ("a bomb that is long on the wire", frame(0xc1, &bomb), TOO_LONG),
            ("10 001 bytes", frame(0xc1, deflated(&[b'x'; 10_001])), TOO_LONG),
            ("a type of block that there is not", frame(0xc1, [0x07, 0xff]), MALFORMED),
            ("a distance before the beginning", frame(0xc1, [0x02, 0x02, 0x00]), MALFORMED),
            ("the same in parts", parts(0xc1, &[0x07, 0xff]), MALFORMED),
            ("a stored block with a wrong length", frame(0xc2, [0, 5, 0, 0, 0, 1]), MALFORMED),
            ("text that is not UTF-8", frame(0xc1, deflated(b"a\xff")), NOT_UTF_8),
            ("the same in parts", parts(0xc1, &deflated(b"a\xff")), NOT_UTF_8),
        ] {
            let (code, lines) = ends(limit(), Some(OFFER), wire, &bytes).await;
            assert_eq!(
                (code, &lines[..]),
                (line[..4].parse().expect("a code"), &[line.to_owned()][..]),
                "{wire:?}: {what}"
            );
        }
        for (what, bytes) in [
            ("RSV1 on a ping", frame(0xc9, b"x")),
            ("RSV1 on a continuation", [frame(0x41, &message[..10]), frame(0xc0, &message[10..])].concat()),
            ("RSV2", frame(0xa1, b"x")),
            ("RSV1 and RSV3", frame(0xd1, &message)),
            ("a message inside another", [frame(0x41, &message[..10]), frame(0xc1, &message)].concat()),
            ("RSV1 on an opcode that there is not", frame(0xc3, &message)),
            ("without a mask", [&[0xc1, 100], &message[..100]].concat()),
        ] {
            let (code, lines) = ends(limit(), Some(OFFER), wire, &bytes).await;
            assert!(
                code == 1002 && lines.len() == 1 && lines[0].starts_with("1002: "),
                "{wire:?}: {what}: {lines:?}"
            );
        }
        // without an agreement, the bit is a violation
        let (code, _) = ends(limit(), None, wire, &frame(0xc1, &message)).await;
        assert_eq!(code, 1002, "{wire:?}");
        let (code, _) =
            ends(limit(), Some("permessage-deflate; unknown"), wire, &frame(0xc1, &message)).await;
        assert_eq!(code, 1002, "{wire:?}");
    }
}

/// A message of exactly the limit is read, and one byte more is not: also where another connection of the same thread has
/// read longer ones.
#[tokio::test(start_paused = true)]
async fn the_limit_counts_what_was_inflated() {
    let (large, _, _) = start(quiet());
    let mut other = Wire::Plain.open_offering(&large, OFFER).await;
    other.send(&frame(0xc1, deflated(&[b'y'; 60_000]))).await;
    assert_eq!(other.frame().await, Some((TEXT, vec![b'y'; 60_000])));
    let (io, _, _) = start_with(Config::new().max_payload(5000), quiet());
    let mut raw = Wire::Plain.open_offering(&io, OFFER).await;
    raw.send(&frame(0xc1, deflated(&[b'x'; 5000]))).await;
    assert_eq!(raw.frame().await, Some((TEXT, vec![b'x'; 5000])));
    raw.send(&frame(0xc1, deflated(&[b'x'; 5001]))).await;
    assert!(
        raw.frame().await.is_some_and(|(first, said)| first == 0x88 && said[..2] == 1009_u16.to_be_bytes())
    );
}

/// Guarantee 10: what is little on the wire and much to inflate does not keep the thread: after a few megabytes the others
/// have their turn.
#[tokio::test(start_paused = true)]
async fn a_flood_of_bombs_lets_others_have_their_turn() {
    let (io, log, _) = start(quiet());
    let mut flood = Wire::Packets.open_offering(&io, OFFER).await;
    let bomb = format!("42[\"quiet\",\"{}\"]", "x".repeat(900_000));
    let bomb = frame(0xc1, deflated(bomb.as_bytes()));
    assert!(bomb.len() < 1500, "{}", bomb.len());
    flood.send(&bomb.repeat(40)).await;
    // a neighbour that has a turn after each of the connection's
    let (mut handled, mut turns) = (0, 0);
    let neighbour = tokio::spawn(std::future::poll_fn(move |cx| {
        let now = log.lines().len();
        // five of them are 4.5 MB
        assert!(now - handled <= 5, "{handled} {now}");
        turns += usize::from(now > handled);
        handled = now;
        if handled == 40 {
            return Poll::Ready(turns);
        }
        cx.waker().wake_by_ref();
        Poll::Pending
    }));
    assert_eq!(neighbour.await.expect("no panic"), 8);
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]

    /// Whatever a client compresses, however it cuts it into frames, and wherever reads end.
    #[test]
    fn what_was_compressed_is_what_is_read(
        messages in prop::collection::vec(
            (prop_oneof!["[ -~é☃]{0,200}".prop_map(String::into_bytes), "(ab|cd){0,900}".prop_map(String::into_bytes)],
             any::<bool>(), prop::collection::vec(0_usize..60, 0..4), any::<bool>()),
            1..6,
        ),
        pieces in prop::collection::vec(1_usize..90, 1..12),
    ) {
        let (mut bytes, mut answers) = (vec![], vec![]);
        for (message, is_packed, cuts, pings) in &messages {
            let payload = if *is_packed { deflated(message) } else { message.clone() };
            let mark = if *is_packed { 0x41 } else { 0x01 };
            let mut rest = &payload[..];
            for (at, cut) in cuts.iter().copied().chain([usize::MAX]).enumerate() {
                let (now, later) = rest.split_at(cut.min(rest.len()));
                let last = if cut == usize::MAX { 0x80 } else { 0 };
                bytes.extend(frame(last | if at == 0 { mark } else { 0 }, now));
                if *pings && last == 0 {
                    bytes.extend(frame(0x89, b"p"));
                    answers.push((0x8a, b"p".to_vec()));
                }
                rest = later;
            }
            answers.push((TEXT, message.clone()));
        }
        let runtime = tokio::runtime::Builder::new_current_thread().enable_time().start_paused(true).build().expect("a runtime");
        let got = runtime.block_on(async {
            let (io, _, _) = start(quiet());
            let mut raw = Wire::Plain.open_offering(&io, OFFER).await;
            let (mut rest, mut pieces) = (&bytes[..], pieces.iter().cycle());
            while !rest.is_empty() {
                let (now, later) = rest.split_at((*pieces.next().expect("a cycle")).min(rest.len()));
                raw.send(now).await;
                settle().await;
                rest = later;
            }
            let mut got = vec![];
            for _ in 0..answers.len() {
                got.push(raw.frame().await.expect("an answer"));
            }
            got
        });
        prop_assert_eq!(got, answers);
    }
}
