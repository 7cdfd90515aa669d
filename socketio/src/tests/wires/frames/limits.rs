//! The length of messages, and the time that peers have.

use std::time::Duration;

use tokio::time::Instant;

use super::{assert_violation, ends_with, start, told};
use crate::{
    Config,
    tests::kit::{WIRES, Wire, assert_nothing_is_left, close, frame, seconds_since},
};

/// A message that will be too long is refused by the header that says so: its payload is not waited for.
#[tokio::test(start_paused = true)]
async fn a_message_that_is_too_long_is_refused_by_its_header() {
    let begins = |first: u8, len: &[u8]| [&[first], len, &[1, 2, 3, 4]].concat();
    for wire in WIRES {
        let (text, top) = (wire.says("x".repeat(600)), 1_u64 << 63);
        for (what, bytes) in [
            ("1001 bytes", vec![begins(0x81, &[0xfe, 0x03, 0xe9])]),
            ("1001 bytes of binary", vec![begins(0x82, &[0xfe, 0x03, 0xe9])]),
            ("64 bit", vec![begins(0x82, &[&[0xff], &70_000_u64.to_be_bytes()[..]].concat())]),
            ("the top bit", vec![begins(0x82, &[&[0xff], &top.to_be_bytes()[..]].concat())]),
            ("all bits", vec![begins(0x81, &[&[0xff], &u64::MAX.to_be_bytes()[..]].concat())]),
            ("a fragment", vec![begins(0x01, &[0xfe, 0x03, 0xe9])]),
            ("401 bytes after 600", vec![frame(0x01, &text[..600]), begins(0x80, &[0xfe, 0x01, 0x91])]),
            (
                "401 bytes after a ping, with more to come",
                vec![frame(0x02, &text[..600]), frame(0x8a, b"x"), begins(0x00, &[0xfe, 0x01, 0x91])],
            ),
        ] {
            let (io, log) = start(Config::new().max_payload(1000));
            let mut raw = wire.open(&io).await;
            let began = Instant::now();
            raw.send(&bytes.concat()).await;
            let frames = raw.rest().await;
            assert_eq!(frames.len(), 1, "{wire:?}: {what}: {frames:?}");
            assert_eq!((frames[0].0, &frames[0].1[..2]), (0x88, &1009_u16.to_be_bytes()[..]), "{what}");
            assert_eq!(began.elapsed(), Duration::ZERO, "{wire:?}: {what}");
            assert_eq!(log.lines()[1..], ends_with(1009), "{wire:?}: {what}");
            drop(raw);
            assert_nothing_is_left(&io).await;
        }
        // and in full, in a hundred pieces, and one that just fits
        assert_violation(wire, 1009, "1001 bytes", &frame(0x81, [b'x'; 1001])).await;
        let pieces: Vec<_> = (0..101).flat_map(|at| frame(u8::from(at == 0), [b'x'; 10])).collect();
        assert_violation(wire, 1009, "a hundred pieces", &pieces).await;
        let fits = wire.says("x".repeat(1000 - wire.says("").len()));
        let bytes =
            [frame(0x01, &fits[..999]), frame(0x89, b"p"), frame(0x80, &fits[999..]), close(1000, b"")];
        let told = told(wire, Config::new().max_payload(1000), &bytes.concat()).await;
        assert_eq!(told.frames, [(0x8a, b"p".to_vec()), (0x81, fits)], "{wire:?}");
    }
}

/// A message that does not come to its end has a time limit, and the peer receives the reason.
#[tokio::test(start_paused = true)]
async fn half_a_message_has_a_time_limit() {
    for wire in WIRES {
        let text = wire.says("never complete");
        for half in [frame(0x81, &text)[..1].to_vec(), frame(0x81, &text)[..9].to_vec(), frame(0x01, &text)] {
            let (io, log) = start(Config::new().message_timeout(Duration::from_secs(4)));
            let mut raw = wire.open(&io).await;
            let began = Instant::now();
            raw.send(&half).await;
            let frames = raw.rest().await;
            assert_eq!(
                (frames.len(), frames[0].0, &frames[0].1[..2]),
                (1, 0x88, &[0x03, 0xf0][..]),
                "{wire:?}"
            );
            assert_eq!(seconds_since(began), 4, "{wire:?}");
            assert_eq!(log.lines()[2], "error: 1008, 0 dropped", "{wire:?}");
            drop(raw);
            assert_nothing_is_left(&io).await;
        }
    }
}

/// A peer that has vanished without a word: it is pinged, has its time, and receives nothing more.
#[tokio::test(start_paused = true)]
async fn a_peer_that_says_nothing_more_is_given_up() {
    for wire in WIRES {
        let (io, log) = start(
            Config::new()
                .ping_interval(Duration::from_secs(10))
                .ping_timeout(Duration::from_secs(5))
                .message_timeout(Duration::from_secs(60)),
        );
        let mut raw = wire.open(&io).await;
        let began = Instant::now();
        // half of a frame is not a sign of life
        raw.send(&frame(0x81, wire.says("half"))[..5]).await;
        let ping = if wire == Wire::Plain { (0x89, vec![]) } else { (0x81, b"2".to_vec()) };
        assert_eq!(raw.rest().await, [ping], "{wire:?}");
        assert_eq!(seconds_since(began), 15, "{wire:?}");
        assert_eq!(log.lines()[1..], ["disconnect: 1006 ping timeout", "error: 1006, 0 dropped"], "{wire:?}");
        assert_nothing_is_left(&io).await;
        assert_eq!(seconds_since(began), 15, "nothing is waited for: {wire:?}");
    }
}
