//! Engine.IO on streams without frames, as over WebTransport; in memory, on a paused clock.

mod opening;
mod upgrade;

use std::time::Duration;

use tokio::{
    io::AsyncWriteExt,
    time::{Instant, sleep, timeout},
};

use crate::{
    Bytes, Config, DisconnectReason, Socket, SocketIo, State, event, on,
    tests::kit::{
        self, Log, StreamClient, StreamPacket as Packet, TestClient, assert_nothing_is_left, binary_packet,
        packet, seconds_since, settle,
    },
};

#[on("echo")]
fn echo(socket: &Socket, text: String) {
    socket.emit(event!("echo", text));
}

#[on("bytes")]
fn bytes(socket: &Socket, bytes: Bytes) {
    socket.emit(event!("bytes", bytes));
}

#[on("ask")]
fn ask(text: String) -> String {
    text
}

#[on("log")]
fn log(text: String, State(log): State<Log>) {
    log.add(text);
}

#[on(disconnect)]
fn gone(reason: DisconnectReason, State(log): State<Log>) {
    log.add(format!("{} {}", reason.code(), reason.as_str()));
}

fn start(config: Config) -> (SocketIo, Log) {
    let (io, log, _) = kit::server(module_path!(), config);
    (io, log)
}

/// There is no mark of compression in packets with lengths, whatever the request offers.
#[cfg(feature = "deflate")]
#[tokio::test(start_paused = true)]
async fn what_goes_over_a_stream_is_never_compressed() {
    let (io, _) = start(Config::new().deflate(crate::config::Deflate::new().threshold(1)));
    let parts = kit::stream_parts(&[("sec-websocket-extensions", "permessage-deflate")]);
    let (mut client, opened) = StreamClient::begin(&io, parts, &packet(b"0"), 64 * 1024).await;
    assert_eq!(opened, Ok(()));
    assert!(client.text().await.starts_with("0{"));
    let mut client = client.joined().await;
    let text = "a text that is the same again and again ".repeat(100);
    client.send(&format!("42[\"echo\",\"{text}\"]")).await;
    assert_eq!(client.text().await, format!("42[\"echo\",\"{text}\"]"));
    io.emit(event!("all", &text));
    assert_eq!(client.text().await, format!("42[\"all\",\"{text}\"]"));
    drop(client);
    assert_nothing_is_left(&io).await;
}

#[tokio::test(start_paused = true)]
async fn a_stream_carries_what_a_websocket_carries() {
    let (io, log) = start(Config::new());
    let mut client = StreamClient::join(&io).await;
    for len in [1, 100, 200, 70_000] {
        let text = "é".repeat(len);
        client.send(&format!("42[\"echo\",\"{text}\"]")).await;
        assert_eq!(client.text().await, format!("42[\"echo\",\"{text}\"]"));
        let bytes = vec![7; len];
        client.send(r#"451-["bytes",{"_placeholder":true,"num":0}]"#).await;
        client.write(&binary_packet(&bytes)).await;
        assert_eq!(client.text().await, r#"451-["bytes",{"_placeholder":true,"num":0}]"#);
        assert_eq!(client.packet().await, Some(Packet::Binary(bytes)));
    }
    client.send(r#"427["ask","x"]"#).await;
    assert_eq!(client.text().await, r#"437["x"]"#);
    client.send("41").await;
    log.wait_for(1).await;
    assert_eq!(log.lines(), ["1000 client namespace disconnect"]);
    drop(client);
    assert_nothing_is_left(&io).await;
}

/// A broadcast is one frame for all, whatever carries it.
#[tokio::test(start_paused = true)]
async fn streams_and_websockets_hear_the_same_broadcasts() {
    let (io, _) = start(Config::new());
    let (mut stream, mut websocket) = (StreamClient::join(&io).await, TestClient::packets(&io).await);
    websocket.send("40").await;
    websocket.text().await;
    let long = "x".repeat(5000);
    for round in 0..3 {
        io.emit(event!("n", round));
        io.emit(event!("bytes", Bytes::from(vec![round; 200])));
        io.emit(event!("long", &*long));
        let [text, long] = [format!("42[\"n\",{round}]"), format!("42[\"long\",\"{long}\"]")];
        assert_eq!(stream.text().await, text);
        assert_eq!(websocket.text().await, text);
        assert_eq!(stream.text().await, r#"451-["bytes",{"_placeholder":true,"num":0}]"#);
        assert_eq!(websocket.text().await, r#"451-["bytes",{"_placeholder":true,"num":0}]"#);
        assert_eq!(stream.packet().await, Some(Packet::Binary(vec![round; 200])));
        assert_eq!(websocket.next().await, kit::Got::Binary(vec![round; 200]));
        assert_eq!(stream.text().await, long);
        assert_eq!(websocket.text().await, long);
    }
}

#[tokio::test(start_paused = true)]
async fn a_stream_has_a_heartbeat() {
    let (io, log) = start(Config::new());
    let mut client = StreamClient::join(&io).await;
    let began = Instant::now();
    for round in 1..4 {
        assert_eq!(client.text().await, "2");
        assert_eq!(seconds_since(began), round * 25);
        client.send("3").await;
    }
    assert_eq!(client.text().await, "2");
    assert_eq!(client.packet().await, None, "it was not answered");
    assert_eq!(seconds_since(began), 100 + 20);
    assert_eq!(log.wait_for(1).await, ["1006 ping timeout"]);
    drop(client);
    assert_nothing_is_left(&io).await;
}

/// What waits is written, our direction ends, and the peer has its time to end its own.
#[tokio::test(start_paused = true)]
async fn the_server_ends_a_stream_in_an_orderly_way() {
    let (io, log) = start(Config::new());
    let mut client = StreamClient::join(&io).await;
    io.emit(event!("last"));
    let began = Instant::now();
    let closing = tokio::spawn({
        let io = io.clone();
        async move { io.close().await }
    });
    assert_eq!(client.text().await, "42[\"last\"]");
    assert_eq!(client.packet().await, None);
    assert!(!closing.is_finished(), "the client has not ended yet");
    client.pipe.shutdown().await.expect("open");
    closing.await.expect("no panic");
    assert_eq!(seconds_since(began), 0);
    assert_eq!(log.lines(), ["1001 server shutting down"]);
    assert_nothing_is_left(&io).await;
}

/// One that does not end does not hold the server.
#[tokio::test(start_paused = true)]
async fn a_stream_that_does_not_end_is_dropped_in_time() {
    let (io, _) = start(Config::new());
    let _client = StreamClient::join(&io).await;
    let began = Instant::now();
    io.close().await;
    assert_eq!(seconds_since(began), 5, "the close timeout");
}

/// A client that has ended its direction gets its answers.
#[tokio::test(start_paused = true)]
async fn a_stream_that_is_half_closed_gets_its_answers() {
    let (io, log) = start(Config::new());
    let mut client = StreamClient::join(&io).await;
    client.send(r#"421["ask","a"]"#).await;
    client.send(r#"422["ask","b"]"#).await;
    client.pipe.shutdown().await.expect("open");
    assert_eq!(client.text().await, r#"431["a"]"#);
    assert_eq!(client.text().await, r#"432["b"]"#);
    assert_eq!(client.packet().await, None);
    assert_eq!(log.wait_for(1).await, ["1006 transport close"]);
    assert_nothing_is_left(&io).await;
}

/// Lengths that lie, and packets that cannot be read, end their own connection with the right reason, and no other.
#[tokio::test(start_paused = true)]
async fn malformed_packets_end_their_stream() {
    let (io, log) = start(Config::new().max_payload(1000));
    let mut other = StreamClient::join(&io).await;
    let unfinished = [&[0x80 | 126][..], &[3, 232], &[0; 999]].concat();
    for (bytes, line) in [
        (&[0][..], "1002 parse error"),
        (&[0x80], "1002 parse error"),
        (&[126, 0, 0], "1002 parse error"),
        (&[126, 3, 233], "1009 forced close"),
        (&[0x80 | 126, 3, 233], "1009 forced close"),
        (&[127, 0xff, 0, 0, 0, 0, 0, 0, 1], "1009 forced close"),
        (&[3, b'4', 0xc3, 0x28], "1007 parse error"),
        (&packet(b"x"), "1002 parse error"),
        (&packet(b"2probe"), "1002 parse error"),
        (&packet(b"42[\"e"), "1002 parse error"),
        (&binary_packet(b"nobody waits for it"), "1002 parse error"),
        // the client leaves
        (&packet(b"1"), "1005 transport close"),
        // half a packet, and nothing more
        (&unfinished, "1008 forced close"),
        (&[126], "1008 forced close"),
    ] {
        let mut client = StreamClient::join(&io).await;
        client.write(bytes).await;
        while let Some(packet) = client.packet().await {
            assert_eq!(packet, Packet::Text("2".to_owned()), "{bytes:?}");
        }
        drop(client);
        assert_eq!(log.wait_for(1).await, [line], "{bytes:?}");
        log.take();
        // it stays alive meanwhile
        other.send("3").await;
    }
    other.send("42[\"echo\",\"still here\"]").await;
    let mut text = other.text().await;
    while text == "2" {
        text = other.text().await;
    }
    assert_eq!(text, "42[\"echo\",\"still here\"]");
    drop(other);
    assert_nothing_is_left(&io).await;
}

/// Wherever a stream breaks off, all before it is handled, and nothing stays.
#[tokio::test(start_paused = true)]
async fn a_stream_may_break_off_anywhere() {
    let (io, log) = start(Config::new());
    let first = packet(b"42[\"log\",\"first\"]");
    let second = packet(&[b"42[\"log\",\"second ", "x".repeat(120).as_bytes(), b"\"]"].concat());
    let bytes = [&first[..], &second].concat();
    for cut in 0..=bytes.len() {
        let mut client = StreamClient::join(&io).await;
        client.write(&bytes[..cut]).await;
        drop(client);
        let expected = usize::from(cut >= first.len()) + usize::from(cut == bytes.len()) + 1;
        let lines = log.wait_for(expected).await;
        assert_eq!(lines.len(), expected, "{cut}: {lines:?}");
        assert_eq!(lines.last().map(String::as_str), Some("1006 transport close"), "{cut}");
        log.take();
    }
    assert_nothing_is_left(&io).await;
}

/// Packets arrive in whatever pieces, also one byte at a time.
#[tokio::test(start_paused = true)]
async fn packets_arrive_in_any_pieces() {
    let (io, log) = start(Config::new());
    let mut client = StreamClient::join(&io).await;
    let long = packet(&[b"42[\"log\",\"", "y".repeat(300).as_bytes(), b"\"]"].concat());
    for byte in long {
        client.write(&[byte]).await;
        settle().await;
    }
    // and a hundred in one piece
    let many: Vec<u8> = (0..100).flat_map(|n| packet(format!("42[\"log\",\"{n}\"]").as_bytes())).collect();
    client.write(&many).await;
    let lines = log.wait_for(101).await;
    assert_eq!(lines[0], "y".repeat(300));
    assert_eq!(lines[1..], (0..100).map(|n| n.to_string()).collect::<Vec<_>>());
}

/// A client that takes nothing is slow, on a stream as on a WebSocket.
#[tokio::test(start_paused = true)]
async fn a_stream_that_takes_nothing_is_slow() {
    let (io, log) = start(Config::new().outbox_messages(4));
    let (client, opened) = StreamClient::begin(&io, kit::stream_parts(&[]), &packet(b"0"), 512).await;
    assert_eq!(opened, Ok(()));
    let mut client = client;
    client.text().await;
    let _client = client.joined().await;
    let began = Instant::now();
    while log.lines().is_empty() {
        io.emit(event!("n", "x".repeat(300)));
        sleep(Duration::from_secs(1)).await;
    }
    assert_eq!(log.lines(), ["1013 forced close"]);
    assert!((30..=35).contains(&seconds_since(began)), "{:?}", began.elapsed());
}

/// A pause of a handler slows the client down, and loses nothing.
#[tokio::test(start_paused = true)]
async fn a_stream_waits_while_there_is_no_room() {
    let (io, log) = start(Config::new().inbox_events(2).frames_per_turn(3));
    let mut client = StreamClient::join(&io).await;
    let sending = async {
        for n in 0..500 {
            client.send(&format!("42[\"log\",\"{n}\"]")).await;
        }
    };
    timeout(Duration::from_secs(60), sending).await.expect("taken");
    let lines = log.wait_for(500).await;
    assert_eq!(lines, (0..500).map(|n| n.to_string()).collect::<Vec<_>>());
}
