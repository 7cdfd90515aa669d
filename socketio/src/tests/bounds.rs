//! Guarantees 8, 9 and 10: what a peer controls has limits, and no peer delays another.

use std::time::Duration;

use serde_json::{Value, json};
use tokio::io::{AsyncReadExt, AsyncWriteExt};

use crate::{
    Config, DisconnectReason, Message, Socket, State,
    config::Overflow,
    error::EmitError,
    event, on,
    tests::kit::{
        Gate, Got, Log, TestClient, assert_nothing_is_left, client_frame, exchange, plain_pipe,
        seconds_since, server,
    },
};

#[on("message")]
fn echo(socket: &Socket, message: Message) {
    socket.emit(message);
}

#[on("count")]
fn count(n: u64, State(log): State<Log>) {
    log.add(n.to_string());
}

#[on("value")]
fn value() -> u32 {
    1
}

#[on("wait")]
async fn wait(State(gate): State<Gate>) {
    gate.pass().await;
}

#[on("pour")]
async fn pour(socket: Socket, State(log): State<Log>) {
    for n in 0..2000 {
        socket.emit_ready(event!("drop", n, "x".repeat(1000))).await.expect("live");
    }
    log.add("poured");
}

#[on(disconnect)]
fn gone(reason: DisconnectReason, State(log): State<Log>) {
    log.add(format!("{reason:?}"));
}

/// Guarantee 9: each violation has its close code, really on the wire, and its reason.
#[tokio::test(start_paused = true)]
async fn violations_have_their_close_codes() {
    let oversize = client_frame(0x1, &[b'x'; 1001]);
    let mut fragments = client_frame(0x1, &[b'x'; 900]);
    fragments[0] = 0x01;
    fragments.extend(client_frame(0x0, &[b'x'; 900]));
    let mut reserved_bit = client_frame(0x1, b"x");
    reserved_bit[0] |= 0x40;
    let mut fragmented_ping = client_frame(0x9, b"x");
    fragmented_ping[0] &= 0x7f;
    for (what, bytes, code, reason) in [
        ("too long", oversize, 1009, "TooLong"),
        ("too long in fragments", fragments, 1009, "TooLong"),
        ("not UTF-8", client_frame(0x1, b"a\xff"), 1007, "InvalidUtf8"),
        ("unmasked", vec![0x81, 2, b'h', b'i'], 1002, "Protocol"),
        ("reserved bit", reserved_bit, 1002, "Protocol"),
        ("reserved opcode", client_frame(0x3, b"x"), 1002, "Protocol"),
        ("fragmented ping", fragmented_ping, 1002, "Protocol"),
        ("long ping", client_frame(0x9, &[0; 126]), 1002, "Protocol"),
        ("continuation of nothing", client_frame(0x0, b"x"), 1002, "Protocol"),
    ] {
        let (io, log, _) = server(module_path!(), Config::new().max_payload(1000));
        let service = io.websocket().messages();
        // one echo before, so that the connection is known to live
        let mut sent = client_frame(0x1, b"ok");
        sent.extend(bytes);
        let frames = exchange(plain_pipe(&service, "/ws", 64 * 1024), &sent).await;
        assert_eq!(frames[0], (0x81, b"ok".to_vec()), "{what}");
        assert_eq!(
            (frames[1].0, u16::from_be_bytes([frames[1].1[0], frames[1].1[1]])),
            (0x88, code),
            "{what}"
        );
        assert_eq!(frames.len(), 2, "{what}");
        let lines = log.wait_for(1).await;
        assert!(lines[0].starts_with(reason), "{what}: {lines:?}");
        assert_nothing_is_left(&io).await;
    }
}

/// Guarantee 9: frames may come byte by byte, and in any pieces.
#[tokio::test(start_paused = true)]
async fn frames_come_in_any_pieces() {
    let (io, _, _) = server(module_path!(), Config::new());
    let mut pipe = plain_pipe(&io.websocket().messages(), "/ws", 16);
    let mut bytes = client_frame(0x1, "häppchen".as_bytes());
    bytes.extend(client_frame(0x2, &[1; 200]));
    bytes.extend(client_frame(0x8, &1000_u16.to_be_bytes()));
    for byte in bytes {
        pipe.write_all(&[byte]).await.expect("open");
    }
    let mut answer = vec![];
    pipe.read_to_end(&mut answer).await.expect("readable");
    let mut expected = vec![0x81, 9];
    expected.extend("häppchen".as_bytes());
    expected.extend([0x82, 126, 0, 200]);
    expected.extend([1; 200]);
    expected.extend([0x88, 2, 3, 0xe8]);
    assert_eq!(answer, expected);
}

/// Guarantee 9: a large message leaves no memory behind, and no message is damaged.
#[tokio::test(start_paused = true)]
async fn large_messages_pass_between_small_ones() {
    let (io, _, _) = server(module_path!(), Config::new());
    let mut client = TestClient::plain(&io.websocket().messages()).await;
    for len in [10, 9_000, 20, 300_000, 5, 65_535, 65_536, 1] {
        client.send("x".repeat(len)).await;
        assert_eq!(client.text().await.len(), len);
    }
}

/// Guarantee 9: silence, a message that does not end, a reader that does not read.
#[tokio::test(start_paused = true)]
async fn peers_have_time_limits() {
    let config = || Config::new().ping_interval(Duration::from_secs(10)).ping_timeout(Duration::from_secs(5));
    let start = tokio::time::Instant::now();
    let (io, log, _) = server(module_path!(), config());
    let _silent = plain_pipe(&io.websocket().messages(), "/ws", 1024);
    assert_eq!(log.wait_for(1).await, ["PingTimeout"]);
    assert_eq!(seconds_since(start), 15);

    let (io, log, _) = server(module_path!(), Config::new().message_timeout(Duration::from_secs(4)));
    let mut slow = plain_pipe(&io.websocket().messages(), "/ws", 1024);
    let start = tokio::time::Instant::now();
    slow.write_all(&client_frame(0x1, b"never complete")[..5]).await.expect("open");
    assert_eq!(log.wait_for(1).await, ["MessageTimeout"]);
    assert_eq!(seconds_since(start), 4);

    // never before the heartbeat would give up
    for (write_timeout, expected) in [(3, 15), (20, 20)] {
        let (io, log, _) = server(module_path!(), config().write_timeout(Duration::from_secs(write_timeout)));
        let mut deaf = plain_pipe(&io.websocket().messages(), "/ws", 1024);
        let start = tokio::time::Instant::now();
        deaf.write_all(&client_frame(0x1, &[b'x'; 900])).await.expect("open");
        deaf.write_all(&client_frame(0x1, &[b'x'; 900])).await.expect("open");
        while log.lines().is_empty() {
            // it reads nothing, and lives
            let _ = deaf.write_all(&client_frame(0xa, b"")).await;
            tokio::time::sleep(Duration::from_millis(500)).await;
        }
        assert_eq!(log.lines(), ["WriteTimeout"]);
        assert_eq!(seconds_since(start), expected);
    }
}

/// Guarantee 9: an answered heartbeat keeps the connection permanently.
#[tokio::test(start_paused = true)]
async fn a_living_peer_stays() {
    let (io, log, _) = server(module_path!(), Config::new());
    let mut client = TestClient::plain(&io.websocket().messages()).await;
    for _ in 0..100 {
        assert_eq!(client.next().await, Got::Ping);
    }
    assert_eq!((io.socket_count(), log.lines().len()), (1, 0));
}

/// Guarantee 10: a flood is handled in turns, and slowed down by TCP while a handler runs.
#[tokio::test(start_paused = true)]
async fn a_flood_waits_in_the_network() {
    let (io, log, gate) = server(module_path!(), Config::new().inbox_events(10));
    let service = io.websocket();
    // a pipe as small as a socket's buffers
    let mut flood = TestClient::over(plain_pipe(&service, "/ws", 4096)).await;
    flood.emit("wait", Value::Null).await;
    gate.reached().await;
    let sender = tokio::spawn(async move {
        for n in 0..5000 {
            flood.emit("count", json!(n)).await;
        }
        flood
    });
    let mut other = TestClient::plain(&service).await;
    for _ in 0..20 {
        assert_eq!(other.ask("value", Value::Null).await["data"], 1);
    }
    assert!(!sender.is_finished(), "most of the flood is not read");
    assert_eq!(log.lines().len(), 0);
    gate.open();
    assert_eq!(log.wait_for(5000).await, (0..5000).map(|n| n.to_string()).collect::<Vec<_>>());
    sender.await.expect("no panic").cut();
}

/// Guarantee 10: a stalled reader costs its outbox, then its connection; no other peer notices.
#[tokio::test(start_paused = true)]
async fn a_stalled_reader_is_disconnected() {
    let (io, log, _) = server(module_path!(), Config::new().outbox_messages(100).outbox_bytes(1_000_000));
    let service = io.websocket();
    let _stalled = plain_pipe(&service, "/ws", 256);
    let mut healthy = TestClient::plain(&service).await;
    healthy.ask("value", Value::Null).await;
    while io.socket_count() < 2 {
        tokio::task::yield_now().await;
    }
    for n in 0..500 {
        io.emit(event!("tick", n));
        assert_eq!(healthy.json().await["data"], n);
    }
    assert_eq!(log.wait_for(1).await, ["SlowConsumer"]);
    assert_eq!(io.socket_count(), 1);
}

#[tokio::test(start_paused = true)]
async fn dropping_policies_keep_the_connection() {
    for (overflow, kept) in [(Overflow::DropOldest, 490..500), (Overflow::DropNewest, 0..10)] {
        let (io, _, _) = server(
            module_path!(),
            Config::new().outbox_messages(10).outbox_bytes(1_000_000).overflow(overflow),
        );
        let mut client = TestClient::over(plain_pipe(&io.websocket(), "/ws", 64)).await;
        client.ask("value", Value::Null).await;
        let socket = io.sockets().pop().expect("one");
        // something large blocks the pipe; time passes only when the server has tried to write it
        socket.emit(event!("large", "x".repeat(1000)));
        tokio::time::sleep(Duration::from_millis(1)).await;
        let mut refused = 0;
        for n in 0..500 {
            refused += usize::from(socket.try_emit(event!("n", n)) == Err(EmitError::Full));
        }
        assert_eq!(client.json().await["event"], "large");
        let mut seen = vec![];
        // `large` is counted until it is written: nine or ten others fit
        while let Ok(got) = tokio::time::timeout(Duration::from_secs(1), client.json()).await {
            seen.push(got["data"].as_u64().expect("a number"));
        }
        assert!(seen.len() >= 9 && seen.iter().all(|n| kept.contains(n)), "{overflow:?}: {seen:?}");
        assert!(seen.is_sorted());
        assert_eq!(refused > 400, overflow == Overflow::DropNewest);
        assert_eq!(client.ask("value", Value::Null).await["data"], 1);
    }
}

/// `emit_ready` slows its sender down to the speed of the reader.
#[tokio::test(start_paused = true)]
async fn emit_ready_waits_for_room() {
    let (io, log, _) = server(module_path!(), Config::new().outbox_messages(16).outbox_bytes(64 * 1024));
    let mut client = TestClient::over(plain_pipe(&io.websocket(), "/ws", 2048)).await;
    client.emit("pour", Value::Null).await;
    for n in 0..2000 {
        assert_eq!(client.json().await["args"][0], n);
    }
    assert_eq!(log.wait_for(1).await, ["poured"]);
}

/// Guarantee 9: more unfinished connections than allowed are not taken.
#[tokio::test(start_paused = true)]
async fn connections_are_counted() {
    let (io, _, _) = server(module_path!(), Config::new().max_sessions(2));
    let service = io.websocket();
    let one = TestClient::plain(&service).await;
    let _two = TestClient::plain(&service).await;
    let hub = io.hub();
    assert_eq!(hub.seat(crate::peer::Source::default()).err(), Some(crate::hub::Unavailable::TooMany));
    one.close().await;
    while hub.connections() > 1 {
        tokio::task::yield_now().await;
    }
    assert!(hub.seat(crate::peer::Source::default()).is_ok());
    io.drain();
    assert_eq!(hub.seat(crate::peer::Source::default()).err(), Some(crate::hub::Unavailable::Draining));
}

/// Guarantee 8: what identifies a session is not what identifies a socket, and neither is shown by `Debug`.
#[tokio::test(start_paused = true)]
async fn secrets_are_not_shown() {
    let (io, _, _) = server(module_path!(), Config::new());
    let mut client = TestClient::plain_at(&io.websocket(), "/ws?token=hunter2").await;
    client.ask("value", Value::Null).await;
    let socket = io.sockets().pop().expect("one");
    let shown = format!("{socket:?} {:?} {io:?} {:?}", socket.handshake(), Message::text("hunter2"));
    assert!(!shown.contains("hunter2") && !shown.contains(&socket.id().to_string()), "{shown}");
    let ids: std::collections::HashSet<String> =
        (0..1000).map(|_| crate::socket::SessionId::new().reveal()).collect();
    assert_eq!(ids.len(), 1000);
    assert!(ids.iter().all(|id| id.len() == 20 && *id != socket.id().to_string()));
}
