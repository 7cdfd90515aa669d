//! Offsets of recovery in compressed messages: written into the finished frame.

use std::time::Duration;

use serde_json::Value;

use super::{OFFER, packed, plain, start_with, words};
use crate::{
    Config, SocketIo,
    config::Deflate,
    connection::packing::compressions,
    event,
    tests::kit::{Raw, Wire, assert_nothing_is_left, frame, offering_pipe},
};

fn start() -> SocketIo {
    start_with(Config::new().recovery(Duration::from_secs(60)), Deflate::new()).0
}

async fn open(io: &SocketIo) -> (Raw, String) {
    let mut raw = Raw::over(offering_pipe(io, Wire::Packets, "", OFFER));
    raw.frame().await.expect("the first packet");
    raw.send(&frame(0x81, "40")).await;
    let reply = plain(&mut raw).await;
    let reply: Value = serde_json::from_str(&reply[2..]).expect("JSON");
    (raw, reply["pid"].as_str().expect("a private id").to_owned())
}

fn arguments(packet: &str) -> Vec<String> {
    serde_json::from_str(&packet[2..]).expect("an array of texts")
}

/// The offset is the last argument in the compressed form and in the plain one, and one compression serves all.
#[tokio::test(start_paused = true)]
async fn compressed_events_have_their_offsets() {
    let io = start();
    let (mut one, _) = open(&io).await;
    let (mut two, _) = open(&io).await;
    let mut other = Wire::Packets.open(&io).await;
    let says = words(3000);
    let mut offsets = vec![];
    for _ in 0..3 {
        let before = compressions();
        io.emit(event!("news", &says));
        assert_eq!(compressions() - before, 1);
        let [first, second] = [packed(&mut one).await, packed(&mut two).await];
        assert_eq!(first, second);
        assert_eq!(plain(&mut other).await, first);
        let args = arguments(&first);
        assert_eq!(args[..2], ["news".to_owned(), says.clone()]);
        offsets.push(args[2].clone());
    }
    offsets.dedup();
    assert_eq!(offsets.len(), 3);
    // to one socket
    one.send(&frame(0x81, format!("42[\"echo\",\"{says}\"]"))).await;
    assert_eq!(arguments(&packed(&mut one).await)[..2], ["echo".to_owned(), says]);
    drop((one, two, other));
    assert_nothing_is_left(&io).await;
}

/// What is kept for a client is the plain form: it may reconnect without compression.
#[tokio::test(start_paused = true)]
async fn what_was_missed_is_plain() {
    for offer in [OFFER, "none"] {
        let io = start();
        let (mut raw, pid) = open(&io).await;
        let says = words(3000);
        io.emit(event!("news", &says));
        let offset = arguments(&packed(&mut raw).await)[2].clone();
        drop(raw);
        crate::tests::kit::settle().await;
        // somebody must be there for it to be compressed
        let (mut witness, _) = open(&io).await;
        io.emit(event!("news", &says));
        let missed = packed(&mut witness).await;
        let mut raw = Raw::over(offering_pipe(&io, Wire::Packets, "", offer));
        raw.frame().await.expect("the first packet");
        raw.send(&frame(0x81, format!("40{{\"pid\":\"{pid}\",\"offset\":\"{offset}\"}}"))).await;
        assert_eq!(plain(&mut raw).await, missed);
        assert!(plain(&mut raw).await.starts_with("40{"));
        drop((raw, witness));
        assert_nothing_is_left(&io).await;
    }
}
