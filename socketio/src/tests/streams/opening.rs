//! The request of a stream, and its first packet.

use std::net::SocketAddr;

use axum::extract::ConnectInfo;
use tokio::{
    io::{AsyncReadExt, duplex},
    time::Instant,
};

use super::start;
use crate::{
    Config,
    error::{Refused, StreamError},
    tests::kit::{
        self, StreamClient, assert_nothing_is_left, binary_packet, packet, seconds_since, settle,
        stream_parts,
    },
};

/// What becomes of a stream that begins so; the client sees it end.
async fn refused(io: &crate::SocketIo, headers: &[(&'static str, &str)], bytes: &[u8]) -> StreamError {
    let (mut client, opened) = StreamClient::begin(io, stream_parts(headers), bytes, 64 * 1024).await;
    assert_eq!(client.packet().await, None);
    opened.expect_err("refused")
}

#[tokio::test(start_paused = true)]
async fn the_first_packet_of_a_stream_opens_it() {
    let (io, _) = start(Config::new());
    for bytes in [
        &packet(b"1")[..],
        &packet(b"2probe"),
        &packet(b"00"),
        &packet(b"0{}"),
        &packet(b"40"),
        &binary_packet(b"0"),
        &packet(&[b'0'; 1025]),
        &[0],
        &[1, 0xff],
        b"\x05GET /",
    ] {
        assert_eq!(refused(&io, &[], bytes).await, StreamError::Malformed, "{bytes:?}");
    }
    assert_eq!(refused(&io, &[], &packet(br#"0{"sid":"unknown"}"#)).await, StreamError::Session);
    assert_nothing_is_left(&io).await;
}

#[tokio::test(start_paused = true)]
async fn the_first_packet_of_a_stream_has_a_time_limit() {
    let (io, _) = start(Config::new());
    let began = Instant::now();
    assert_eq!(refused(&io, &[], &[126, 0]).await, StreamError::Late);
    assert_eq!(seconds_since(began), 10, "the upgrade timeout");
    let (client, ours) = duplex(64);
    drop(client);
    assert_eq!(io.open_stream(stream_parts(&[]), ours).await, Err(StreamError::Ended));
    // nor does one hold up a server that closes
    let (mut client, ours) = duplex(64);
    let opening = tokio::spawn({
        let io = io.clone();
        async move { io.open_stream(stream_parts(&[]), ours).await }
    });
    settle().await;
    let began = Instant::now();
    io.close().await;
    assert_eq!(opening.await.expect("no panic"), Err(StreamError::Draining));
    assert_eq!(client.read(&mut [0]).await.expect("readable"), 0);
    assert_eq!(seconds_since(began), 0);
}

/// The origin, the program's own check, the length, the revision and the places are those of every request.
#[tokio::test(start_paused = true)]
async fn the_request_of_a_stream_is_checked() {
    let (io, _) = start(Config::new().max_handshake(2000));
    let open = packet(b"0");
    assert_eq!(refused(&io, &[("origin", "https://evil.example")], &open).await, StreamError::ForeignOrigin);
    let (_, opened) =
        StreamClient::begin(&io, stream_parts(&[("origin", "https://a.example")]), &open, 1024).await;
    assert_eq!(opened, Ok(()), "a page of the host that is asked: `:authority`");
    assert_eq!(refused(&io, &[("x-long", &"x".repeat(3000))], &open).await, StreamError::TooLong);
    let mut parts = stream_parts(&[]);
    parts.uri = "https://a.example/socket.io/?EIO=3".parse().expect("a URI");
    let (_, opened) = StreamClient::begin(&io, parts, &open, 1024).await;
    assert_eq!(opened, Err(StreamError::Version));
    io.drain();
    assert_eq!(refused(&io, &[], &open).await, StreamError::Draining);

    let (builder, _, _) = kit::builder("socketio::tests::streams");
    let allowed = builder.allow_request(|parts| async move {
        if parts.headers.contains_key("x-key") { Ok(()) } else { Err(Refused::new("no key")) }
    });
    let io = allowed.build().expect("no mistake");
    assert_eq!(refused(&io, &[], &open).await, StreamError::Forbidden(Refused::new("no key")));
    let (_, opened) = StreamClient::begin(&io, stream_parts(&[("x-key", "1")]), &open, 1024).await;
    assert_eq!(opened, Ok(()));
}

/// Streams have the places of connections, and the share of their address.
#[tokio::test(start_paused = true)]
async fn streams_are_counted() {
    let (io, _) = start(Config::new().max_connecting(8).max_sessions(8));
    let from = |last: u8| {
        let mut parts = stream_parts(&[]);
        parts.extensions.insert(ConnectInfo(SocketAddr::from(([192, 0, 2, last], 1000))));
        parts
    };
    let mut clients = vec![];
    for _ in 0..2 {
        let (mut client, opened) = StreamClient::begin(&io, from(1), &packet(b"0"), 1024).await;
        assert_eq!(opened, Ok(()));
        client.text().await;
        clients.push(client.joined().await);
    }
    let (_, opened) = StreamClient::begin(&io, from(1), &packet(b"0"), 1024).await;
    assert_eq!(opened, Err(StreamError::Full), "a quarter of eight");
    let (_, opened) = StreamClient::begin(&io, from(2), &packet(b"0"), 1024).await;
    assert_eq!(opened, Ok(()));
    drop(clients);
    assert_nothing_is_left(&io).await;
}

/// One that opens and joins nothing is disconnected.
#[tokio::test(start_paused = true)]
async fn a_stream_that_joins_nothing_is_disconnected() {
    let (io, _) = start(Config::new());
    let began = Instant::now();
    let mut client = StreamClient::open(&io).await;
    while let Some(ping) = client.packet().await {
        assert_eq!(ping, kit::StreamPacket::Text("2".to_owned()));
        client.send("3").await;
    }
    assert_eq!(seconds_since(began), 45, "the connect timeout");
    drop(client);
    assert_nothing_is_left(&io).await;
}
