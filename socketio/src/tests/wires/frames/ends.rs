//! RFC 6455 7: close frames, and streams that end without one.

use tokio::{io::AsyncWriteExt, time::Instant};

use super::{assert_violation, ends_with, start, told};
use crate::{
    Config,
    tests::kit::{WIRES, Wire, assert_nothing_is_left, close, frame, seconds_since, settle},
};

/// RFC 6455 7.4: codes that may not be sent are violations, as are half a code and a text that is not UTF-8.
#[tokio::test(start_paused = true)]
async fn close_frames_of_a_wrong_form_are_violations() {
    for wire in WIRES {
        for code in [0, 1, 999, 1004, 1005, 1006, 1015, 1016, 1100, 2000, 2999, 5000, u16::MAX] {
            for text in ["", "why"] {
                let told = told(wire, Config::new(), &close(code, text.as_bytes())).await;
                assert_eq!((told.code, told.frames.len()), (Some(1002), 0), "{wire:?}: {code}");
                assert_eq!(told.lines, ends_with(1002), "{wire:?}: {code}");
            }
        }
        assert_violation(wire, 1002, "half a code", &frame(0x88, [3])).await;
        for text in [&b"\xff"[..], b"caf\xc3", b"\xed\xa0\x80", b"\xc0\xaf"] {
            assert_violation(wire, 1007, &format!("{text:?}"), &close(1000, text)).await;
        }
    }
}

/// RFC 6455 5.5.1: codes that may be sent are echoed. What follows the close frame is not read.
#[tokio::test(start_paused = true)]
async fn close_frames_are_echoed() {
    for wire in WIRES {
        let codes = (1000..=1003).chain(1007..=1014).chain([3000, 3999, 4000, 4999]);
        for code in codes.map(Some).chain([None]) {
            for text in ["", "é", &"x".repeat(123)] {
                let bytes = code.map_or_else(|| frame(0x88, b""), |code| close(code, text.as_bytes()));
                let told = told(wire, Config::new(), &bytes).await;
                assert_eq!((told.code, told.frames.len()), (code, 0), "{wire:?}: {code:?}");
                assert!(
                    !told.waits,
                    "both have said their close frames: the server hangs up, as RFC 6455 7.1.1 asks"
                );
                let reason = match code {
                    None => "transport close".to_owned(),
                    // tungstenite does not know it: its text is lost
                    Some(1014) => "transport close (1014)".to_owned(),
                    Some(code) if text.is_empty() => format!("transport close ({code})"),
                    Some(code) => format!("transport close ({code}: {text})"),
                };
                let number = code.unwrap_or(1005);
                assert_eq!(told.lines[0], format!("disconnect: {number} {reason}"), "{wire:?}");
                let clean = matches!(number, 1000 | 1001 | 1005);
                assert_eq!(told.lines.len(), if clean { 1 } else { 2 }, "{wire:?}: {:?}", told.lines);
            }
        }
    }
}

/// How a peer takes the server's close frame.
#[derive(Debug, Clone, Copy, PartialEq)]
enum Peer {
    /// It answers, in its own words.
    Answers,
    /// It has messages on the way, and answers then.
    Talks,
    /// It breaks the protocol instead.
    Raves,
    /// It hangs up.
    HangsUp,
    /// It says nothing.
    Keeps,
}

/// RFC 6455 7.1.1: the server's own close waits for the peer's answer, until its time is over.
#[tokio::test(start_paused = true)]
async fn the_servers_close_waits_for_the_answer() {
    for wire in WIRES {
        for peer in [Peer::Answers, Peer::Talks, Peer::Raves, Peer::HangsUp, Peer::Keeps] {
            let (io, log) = start(Config::new());
            let mut raw = wire.open(&io).await;
            raw.send(&frame(0x81, wire.says("leave"))).await;
            // Socket.IO leaves its namespaces first
            if wire == Wire::Packets {
                assert_eq!(raw.frame().await, Some((0x81, b"41".to_vec())));
            }
            let goodbye = (0x88, [&4001_u16.to_be_bytes(), &b"enough"[..]].concat());
            assert_eq!(raw.frame().await, Some(goodbye), "{wire:?}");
            settle().await;
            assert_eq!(io.hub().connections(), 1, "the answer is waited for: {wire:?}");
            let began = Instant::now();
            let late = frame(0x81, wire.says("late"));
            match peer {
                Peer::Answers => raw.send(&close(1000, b"")).await,
                Peer::Talks => {
                    raw.send(&[&late[..], &frame(0x89, b"p"), &late, &close(4001, b"")].concat()).await;
                }
                Peer::Raves => raw.send(&[&late[..], &frame(0x83, b"")].concat()).await,
                Peer::HangsUp => raw.pipe.shutdown().await.expect("open"),
                Peer::Keeps => {}
            }
            assert_eq!(raw.rest().await, [], "{wire:?}: {peer:?}");
            assert_eq!(seconds_since(began), if peer == Peer::Keeps { 5 } else { 0 }, "{wire:?}: {peer:?}");
            drop(raw);
            assert_nothing_is_left(&io).await;
            let reason = "4001 forced server close";
            assert_eq!(
                log.lines()[1..],
                ["message".to_owned(), format!("close: {reason}"), format!("disconnect: {reason}")],
                "{wire:?}: {peer:?}"
            );
        }
    }
}
