//! What a peer may send.

#[cfg(feature = "deflate")]
use std::sync::OnceLock;

#[cfg(feature = "deflate")]
use crate::tests::kit::deflated;
use crate::tests::kit::{client_frame, frame};

/// What carries it.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) enum Over {
    /// The plain wire.
    Bus,
    /// Socket.IO over WebSocket.
    Packets,
    /// The same, whose handler awaits answers.
    Answers,
    /// Socket.IO with the other parser.
    MessagePack,
    /// Socket.IO over WebSocket, compressed.
    #[cfg(feature = "deflate")]
    Compressed,
    /// Socket.IO 2 over WebSocket.
    V3,
    /// POSTs.
    Polling,
    /// POSTs whose bodies come byte by byte.
    Chunks,
}

impl Over {
    /// Everything goes through one pipe; POSTs have one each.
    pub(super) fn is_stream(self) -> bool {
        !matches!(self, Self::Polling | Self::Chunks)
    }
}

/// One kind of thing, and how many of them show what they cost.
pub(super) struct Kind {
    pub(super) name: &'static str,
    pub(super) over: Over,
    pub(super) count: usize,
    pub(super) piece: fn(usize) -> Vec<u8>,
}

const fn kind(name: &'static str, over: Over, count: usize, piece: fn(usize) -> Vec<u8>) -> Kind {
    Kind { name, over, count, piece }
}

pub(super) const KINDS: &[Kind] = &[
    kind("malformed envelopes", Over::Bus, 16000, |_| text("x")),
    kind("long malformed", Over::Bus, 100, |_| text(format!(r#"{{"id":"{}"}}"#, "x".repeat(20_000)))),
    kind("envelopes", Over::Bus, 12000, |_| text(r#"{"event":"note"}"#)),
    kind("large envelopes", Over::Bus, 100, |_| {
        text(format!(r#"{{"event":"note","data":"{}"}}"#, "x".repeat(20_000)))
    }),
    kind("unknown events", Over::Bus, 10000, |n| text(format!(r#"{{"event":"unknown {n}"}}"#))),
    kind("questions", Over::Bus, 8000, |n| text(format!(r#"{{"event":"value","data":{n},"id":{n}}}"#))),
    kind("wrong payloads", Over::Bus, 6000, |n| text(format!(r#"{{"event":"value","data":"x","id":{n}}}"#))),
    kind("answers to nothing", Over::Bus, 12000, |n| text(format!(r#"{{"ack":{n},"error":[1]}}"#))),
    kind("binary messages", Over::Bus, 20000, |_| client_frame(2, b"x")),
    kind("pings", Over::Bus, 16000, |_| client_frame(9, b"")),
    kind("pongs", Over::Bus, 16000, |_| client_frame(10, b"")),
    kind("fragments", Over::Bus, 20000, |n| fragments(n, 100, r#"{"event":"note"}"#)),
    kind("events", Over::Packets, 16000, |_| text(r#"42["note"]"#)),
    kind("large events", Over::Packets, 100, |_| text(format!(r#"42["note","{}"]"#, "x".repeat(20_000)))),
    kind("small after large", Over::Packets, 100, small_after_large),
    kind("nothing", Over::Packets, 24000, |_| text("6")),
    kind("heartbeats", Over::Packets, 20000, |_| text("3")),
    kind("answers to nothing", Over::Packets, 12000, |n| text(format!("43{n}[]"))),
    kind("refused connects", Over::Packets, 10000, |_| text("40/nowhere,")),
    kind("connects that leave", Over::Packets, 8000, leave_while_connecting),
    kind("connects with auth", Over::Packets, 400, |n| match n % 2 {
        0 => text(format!(r#"40/slow,{{"token":"{}"}}"#, "x".repeat(8000))),
        _ => text("41/slow,"),
    }),
    kind("rooms that are left", Over::Packets, 12000, leave_rooms),
    kind("attachments", Over::Packets, 2000, |_| {
        let mut piece = text(r#"451-["note",{"_placeholder":true,"num":0}]"#);
        piece.extend(client_frame(2, b"x"));
        piece
    }),
    kind("ten attachments", Over::Packets, 300, |_| {
        let mut piece = text(r#"4510-["note"]"#);
        (0..10).for_each(|_| piece.extend(client_frame(2, &[0; 1000])));
        piece
    }),
    kind("placeholders", Over::Packets, 20, |_| {
        let placeholder = r#",{"_placeholder":true,"num":0}"#;
        let mut piece = text(format!(r#"451-["note"{}]"#, placeholder.repeat(1000)));
        piece.extend(client_frame(2, b"x"));
        piece
    }),
    kind("large answers", Over::Answers, 60, |n| text(format!(r#"43{}["{}"]"#, n + 1, "x".repeat(20_000)))),
    kind("MessagePack events", Over::MessagePack, 4000, |_| {
        client_frame(2, b"\x83\xa4type\x02\xa3nsp\xa1/\xa4data\x91\xa4note")
    }),
    kind("MessagePack attachments", Over::MessagePack, 100, |_| {
        let mut packet =
            b"\x84\xa4type\x02\xa3nsp\xa1/\xa4data\x92\xa4note\xc4\x01x\xa4more\xda\xc0\x00".to_vec();
        packet.extend([b'x'; 0xc000]);
        client_frame(2, &packet)
    }),
    kind("MessagePack text", Over::MessagePack, 20, |_| {
        let mut packet = b"\x83\xa4type\x02\xa3nsp\xa1/\xa4data\x92\xa4note\xdc\x60\x00".to_vec();
        packet.extend([0xc0; 0x6000]);
        client_frame(2, &packet)
    }),
    kind("events of revision 3", Over::V3, 16000, |_| text(r#"42["note"]"#)),
    kind("pings of revision 3", Over::V3, 16000, |_| text("2probe")),
    kind("connects that leave, of revision 3", Over::V3, 8000, leave_while_connecting),
    kind("attachments of revision 3", Over::V3, 2000, |_| {
        let mut piece = text(r#"451-["note",{"_placeholder":true,"num":0}]"#);
        piece.extend(client_frame(2, b"\x04x"));
        piece
    }),
    kind("base64 of revision 3", Over::V3, 2000, |_| {
        let mut piece = text(r#"451-["note",{"_placeholder":true,"num":0}]"#);
        piece.extend(text("b4AAAA"));
        piece
    }),
    kind("events, each in a POST", Over::Polling, 80, |_| {
        format!("42[\"note\"]\x1e6{}", "x".repeat(60_000)).into()
    }),
    kind("many events in a POST", Over::Polling, 20, |_| vec!["42[\"note\"]"; 1000].join("\x1e").into()),
    kind("nothing in a POST", Over::Polling, 20, |_| vec!["6"; 10_000].join("\x1e").into()),
    kind("heartbeats in a POST", Over::Polling, 20, |_| vec!["3"; 10_000].join("\x1e").into()),
    kind("POSTs", Over::Polling, 400, |_| "42[\"note\"]".into()),
    kind("connects in a POST", Over::Polling, 20, |_| vec!["40/slow,\x1e41/slow,"; 200].join("\x1e").into()),
    kind("attachments in a POST", Over::Polling, 20, |_| {
        vec!["451-[\"note\",{\"_placeholder\":true,\"num\":0}]\x1ebAAAA"; 200].join("\x1e").into()
    }),
    kind("POSTs byte by byte", Over::Chunks, 8, |_| vec!["42[\"note\"]"; 1000].join("\x1e").into()),
];

/// What is compressed.
pub(super) const MORE_KINDS: &[Kind] = &[
    #[cfg(feature = "deflate")]
    kind("compressed events", Over::Compressed, 6000, |_| {
        static EVENT: OnceLock<Vec<u8>> = OnceLock::new();
        EVENT.get_or_init(|| compressed(r#"42["note"]"#)).clone()
    }),
    #[cfg(feature = "deflate")]
    kind("compressed nothing", Over::Compressed, 6000, |_| {
        static NOTHING: OnceLock<Vec<u8>> = OnceLock::new();
        NOTHING.get_or_init(|| compressed("6")).clone()
    }),
    #[cfg(feature = "deflate")]
    kind("bombs", Over::Compressed, 4000, |_| {
        static BOMB: OnceLock<Vec<u8>> = OnceLock::new();
        BOMB.get_or_init(|| compressed(&format!(r#"42["note","{}"]"#, "x".repeat(1000)))).clone()
    }),
];

#[cfg(feature = "deflate")]
fn compressed(text: &str) -> Vec<u8> {
    let mut frame = client_frame(1, &deflated(text.as_bytes()));
    frame[0] |= 0x40;
    frame
}

fn text(text: impl AsRef<[u8]>) -> Vec<u8> {
    client_frame(1, text.as_ref())
}

/// Messages of this many frames: a byte in each of the first, and none in the others.
fn fragments(n: usize, frames: usize, message: &str) -> Vec<u8> {
    let at = n % frames;
    let part = message.as_bytes().get(at..=at).unwrap_or_default();
    let fin = if at + 1 == frames { 0x80 } else { 0 };
    frame(fin | u8::from(at == 0), part)
}

/// An event in two frames, which tungstenite reads, and in the same read buffer a large packet that means nothing.
fn small_after_large(_: usize) -> Vec<u8> {
    let noop = text(format!("6{}", "x".repeat(50_000)));
    [frame(0x01, "42[\"no"), frame(0x80, "te\"]"), frame(0x01, "6"), frame(0x80, ""), noop].concat()
}

/// A client that leaves while the connect handlers still decide about it.
fn leave_while_connecting(n: usize) -> Vec<u8> {
    text(if n.is_multiple_of(2) { "40/slow," } else { "41/slow," })
}

/// A client that joins, keeps a handler busy, and leaves.
fn leave_rooms(n: usize) -> Vec<u8> {
    let room = n / 3;
    text(match n % 3 {
        0 => format!("40/room/{room},"),
        1 => format!("42/room/{room},[\"wait\"]"),
        _ => format!("41/room/{room},"),
    })
}

/// Pieces of all kinds of one carrier, of each `n` twentieths of its count, in an order that the seed chooses.
pub(super) fn mixture(over: Over, seed: u64, n: usize) -> Vec<Vec<u8>> {
    let kinds: Vec<_> = KINDS.iter().filter(|kind| kind.over == over).collect();
    let mut order: Vec<_> = (0..kinds.len() * n).map(|at| at % kinds.len()).collect();
    let mut state = seed.wrapping_mul(0x9e37_79b9_7f4a_7c15) | 1;
    for at in (1..order.len()).rev() {
        // xorshift
        state ^= state << 13;
        state ^= state >> 7;
        state ^= state << 17;
        order.swap(at, (state >> 33) as usize % (at + 1));
    }
    let mut sent = vec![0; kinds.len()];
    let mut pieces = vec![];
    for at in order {
        // a message in fragments is whole in these: nothing may come between them
        let together = kinds[at].count / 20;
        pieces.extend((0..together).map(|n| (kinds[at].piece)(sent[at] + n)));
        sent[at] += together;
    }
    pieces
}
