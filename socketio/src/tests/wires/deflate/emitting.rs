//! What goes out compressed, and what does not.

use std::sync::atomic::Ordering;

use super::{OFFER, PACKED_TEXT, TEXT, packed, plain, start, words};
use crate::{
    config::Deflate,
    connection::{Carrier, packing::compressions},
    event,
    tests::kit::{
        PollingClient, Raw, WIRES, Wire, assert_nothing_is_left, deflated, frame, inflated, settle,
    },
};

/// What is emitted comes out as it went in, on both wires; short messages go as they are.
#[tokio::test(start_paused = true)]
async fn long_messages_go_out_compressed() {
    for wire in WIRES {
        let (io, _, _) = start(Deflate::new());
        let mut raw = wire.open_offering(&io, OFFER).await;
        for len in [1, 900, 1024, 20_000, 70_000, 300_000] {
            let says = wire.says(words(len));
            raw.send(&frame(TEXT, &says)).await;
            let (first, payload) = raw.frame().await.expect("an echo");
            assert_eq!(first == PACKED_TEXT, says.len() >= 1024, "{wire:?} {len}");
            let read = if first == PACKED_TEXT { inflated(&payload, 15) } else { payload.clone() };
            assert!(read == says, "{wire:?} {len}");
            assert!(len < 1024 || payload.len() < says.len() * 6 / 10, "{len}: {}", payload.len());
        }
        drop(raw);
        assert_nothing_is_left(&io).await;
    }
}

/// Nothing is compressed for a client that does not ask, or for whom it is off.
#[tokio::test(start_paused = true)]
async fn nobody_gets_what_was_not_agreed_on() {
    let long = words(4000);
    for (deflate, offer, is_packed) in [
        (Deflate::new(), OFFER, true),
        (Deflate::new(), "permessage-deflate; unknown", false),
        (Deflate::new().when(|parts| parts.uri.query() == Some("never")), OFFER, false),
    ] {
        for wire in WIRES {
            let (io, _, _) = start(deflate.clone());
            let mut raw = wire.open_offering(&io, offer).await;
            raw.send(&frame(TEXT, wire.says(&long))).await;
            let (first, _) = raw.frame().await.expect("an echo");
            assert_eq!(first == PACKED_TEXT, is_packed, "{wire:?} {offer}");
        }
    }
}

/// One compression for all receivers; others get the plain form of the same message.
#[tokio::test(start_paused = true)]
async fn a_broadcast_is_compressed_once() {
    let (io, _, _) = start(Deflate::new());
    let mut receivers = vec![];
    for _ in 0..50 {
        receivers.push(Wire::Packets.open_offering(&io, OFFER).await);
    }
    let mut others = vec![Wire::Packets.open(&io).await];
    let before = compressions();
    let says = words(3000);
    io.emit(event!("news", &says));
    let expected = format!("42[\"news\",\"{says}\"]");
    let mut first = None;
    for raw in &mut receivers {
        let got = raw.frame().await.expect("a frame");
        assert_eq!(first.get_or_insert_with(|| got.clone()), &got, "the same frame");
    }
    let (mark, payload) = first.expect("receivers");
    assert_eq!((mark, inflated(&payload, 15)), (PACKED_TEXT, expected.clone().into_bytes()));
    for raw in &mut others {
        assert_eq!(plain(raw).await, expected);
    }
    assert_eq!(compressions() - before, 1, "compressions for one broadcast");
    // as many as there are wires
    let mut on_the_bus = Wire::Plain.open_offering(&io, OFFER).await;
    settle().await;
    io.emit(event!("news", &says));
    assert_eq!(packed(&mut receivers[0]).await, expected);
    assert!(packed(&mut on_the_bus).await.starts_with(r#"{"event":"news""#));
    assert_eq!(compressions() - before, 3);
    // none where nobody takes it
    drop((receivers, on_the_bus));
    settle().await;
    let before = compressions();
    io.emit(event!("news", &says));
    assert_eq!(plain(&mut others[0]).await, expected);
    assert_eq!(plain(&mut others[0]).await, expected);
    assert_eq!(compressions() - before, 0);
    let root = io.hub().root();
    drop(others);
    settle().await;
    assert!(root.packing_counts().iter().all(|count| count.load(Ordering::Relaxed) == 0));
    assert_nothing_is_left(&io).await;
}

/// A client with a small window gets what fits it compressed, from the frame that all others get.
#[tokio::test(start_paused = true)]
async fn every_window_is_served_from_one_frame() {
    let (io, _, _) = start(Deflate::new().threshold(1));
    let mut clients = vec![];
    for bits in 8..=15 {
        let offer = format!("permessage-deflate; server_max_window_bits={bits}");
        clients.push((bits, Wire::Packets.open_offering(&io, &offer).await));
    }
    for len in [100, 250, 260, 500, 520, 1000, 4000, 5000, 16_000, 32_000, 40_000] {
        let before = compressions();
        let says = words(len);
        io.emit(event!("x", &says));
        let expected = format!("42[\"x\",\"{says}\"]");
        for (bits, raw) in &mut clients {
            let (first, payload) = raw.frame().await.expect("a frame");
            let fits = *bits == 15 || expected.len() <= 1 << *bits;
            assert_eq!(first == PACKED_TEXT, fits, "{bits} {len}");
            let read = if fits { inflated(&payload, *bits) } else { payload };
            assert!(read == expected.as_bytes(), "{bits} {len}");
        }
        assert_eq!(compressions() - before, 1);
        // what goes to one client as well
        for (bits, raw) in &mut clients {
            raw.send(&frame(TEXT, format!("42[\"echo\",\"{says}\"]"))).await;
            let (first, payload) = raw.frame().await.expect("a frame");
            let expected = format!("42[\"echo\",\"{says}\"]");
            let fits = *bits == 15 || expected.len() <= 1 << *bits;
            assert_eq!(first == PACKED_TEXT, fits, "{bits} {len}");
            let read = if fits { inflated(&payload, *bits) } else { payload };
            assert!(read == expected.as_bytes(), "{bits} {len}");
        }
    }
}

#[tokio::test(start_paused = true)]
async fn a_program_says_what_is_not_compressed() {
    let (io, _, _) = start(Deflate::new());
    let mut raw = Wire::Packets.open_offering(&io, OFFER).await;
    let says = words(2000);
    raw.send(&frame(TEXT, format!("42[\"flags\",\"{says}\"]"))).await;
    let expected = format!("42[\"flags\",\"{says}\"]");
    for is_packed in [true, false, true, false, false, true, false] {
        let got = if is_packed { packed(&mut raw).await } else { plain(&mut raw).await };
        assert_eq!(got, expected);
    }
    for _ in 0..2 {
        assert_eq!(plain(&mut raw).await, format!("42[\"secret\",\"{says}\"]"));
    }
    // answers are compressed like events
    raw.send(&frame(TEXT, format!("427[\"answer\",\"{says}\"]"))).await;
    assert_eq!(packed(&mut raw).await, format!("437[\"{says}\"]"));
}

/// What would not become shorter stays as it is, and so do bytes, which are compressed already as a rule.
#[tokio::test(start_paused = true)]
async fn bytes_are_compressed_if_the_program_says_so() {
    for binary in [false, true] {
        let (io, _, _) = start(Deflate::new().binary(binary));
        let mut raw = Wire::Plain.open_offering(&io, OFFER).await;
        raw.send(&frame(0x82, vec![7; 5000])).await;
        let (first, payload) = raw.frame().await.expect("an echo");
        assert_eq!((first, payload.len() < 100), (if binary { 0xc2 } else { 0x82 }, binary));
        // noise does not become shorter
        let mut noise = vec![0; 5000];
        getrandom::fill(&mut noise).expect("noise");
        raw.send(&frame(0x82, &noise)).await;
        assert_eq!(raw.frame().await, Some((0x82, noise)));
        let mut raw = Wire::Packets.open_offering(&io, OFFER).await;
        for (len, bytes) in [(10, 5000), (5000, 5000), (5000, 10)] {
            let says = words(len);
            let packet = format!("451-[\"attached\",\"{says}\",{{\"_placeholder\":true,\"num\":0}}]");
            raw.send(&[frame(TEXT, &packet), frame(0x82, vec![7; bytes])].concat()).await;
            let (first, payload) = raw.frame().await.expect("a packet");
            assert_eq!(first == PACKED_TEXT, len > 1024, "{len} {bytes}");
            let read = if len > 1024 { inflated(&payload, 15) } else { payload };
            assert!(read == packet.as_bytes());
            let (first, payload) = raw.frame().await.expect("an attachment");
            assert_eq!(first == 0xc2, binary && bytes > 1024);
            let read = if first == 0xc2 { inflated(&payload, 15) } else { payload };
            assert!(read == vec![7; bytes]);
        }
    }
}

/// A client that takes text only gets its frames written anew: it is offered nothing.
#[tokio::test(start_paused = true)]
async fn clients_that_take_text_only_get_plain_frames() {
    let (io, _, _) = start(Deflate::new());
    let pipe = crate::tests::kit::offering_pipe(&io, Wire::Packets, "&b64=1", OFFER);
    let mut raw = Raw::over(pipe).joined("40").await;
    let says = format!("42[\"echo\",\"{}\"]", words(4000));
    raw.send(&frame(TEXT, &says)).await;
    assert_eq!(plain(&mut raw).await, says);
    io.emit(event!("x", words(4000)));
    plain(&mut raw).await;
}

/// A packet of the MessagePack parser is a binary frame, and treated like text.
#[cfg(feature = "msgpack")]
#[tokio::test(start_paused = true)]
async fn packets_in_message_pack_are_compressed() {
    let (io, _, _) =
        super::start_with(crate::Config::new().parser(crate::config::Parser::MessagePack), Deflate::new());
    let pipe = crate::tests::kit::offering_pipe(&io, Wire::Packets, "", OFFER);
    let mut raw = Raw::over(pipe);
    assert!(raw.frame().await.is_some());
    raw.send(&frame(0x82, b"\x82\xa4type\x00\xa3nsp\xa1/")).await;
    assert!(raw.frame().await.is_some_and(|(first, _)| first == 0x82));
    io.emit(event!("x", words(4000)));
    let (first, payload) = raw.frame().await.expect("a packet");
    assert_eq!(first, 0xc2);
    assert!(inflated(&payload, 15).ends_with(words(4000).as_bytes()));
}

/// From the change to the WebSocket on, messages are compressed; those before, on polling, are not.
#[tokio::test(start_paused = true)]
async fn an_upgraded_client_gets_compressed_messages() {
    let (io, _, _) = start(Deflate::new());
    let client = PollingClient::join(&io).await;
    let says = words(3000);
    let expected = format!("42[\"x\",\"{says}\"]");
    io.emit(event!("x", &says));
    assert_eq!(client.poll().await.body, expected);
    let agreement = crate::proto::deflate::agree([OFFER]);
    let mut raw = Raw::over(client.try_pipe_with(agreement).expect("the only one"));
    raw.send(&frame(TEXT, "2probe")).await;
    assert_eq!(plain(&mut raw).await, "3probe");
    io.emit(event!("x", &says));
    raw.send(&frame(0xc1, deflated(b"5"))).await;
    settle().await;
    assert_eq!(client.carrier(), Some(Carrier::WebSocket));
    assert_eq!(plain(&mut raw).await, expected, "emitted before the change");
    let before = compressions();
    io.emit(event!("x", &says));
    assert_eq!(packed(&mut raw).await, expected);
    assert_eq!(compressions() - before, 1);
    drop(raw);
    assert_nothing_is_left(&io).await;
}
