//! Slow and healthy consumers: who is disconnected, and what nobody may make the server hold.

use std::time::Duration;

use axum::body::Body;
use futures_util::{StreamExt, stream};
use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    time::{Instant, sleep, timeout},
};
use tower_service::Service;

use crate::{
    Bytes, Config, DisconnectReason, Socket, SocketIo, State,
    config::Overflow,
    error::ClientError,
    event, on,
    tests::kit::{
        Gate, Got, Log, PollingClient, TestClient, assert_nothing_is_left, client_frame, packets_pipe,
        plain_pipe, request, seconds_since, server, settle,
    },
};

const SECOND: Duration = Duration::from_secs(1);

#[on(connect, namespace = "/many")]
fn many(socket: &Socket) {
    (0..20).for_each(|n| socket.emit(event!("n", n, "x".repeat(100_000))));
}

#[on(connect, namespace = "/large")]
fn large(socket: &Socket) {
    socket.emit(event!("n", 0, "x".repeat(6_000_000)));
    socket.emit(event!("n", 1));
}

#[on(connect, namespace = "/small")]
fn small(socket: &Socket) {
    (0..1500).for_each(|n| socket.emit(event!("n", n)));
}

#[on(connect, namespace = "/refused")]
fn refused() -> Result<(), ClientError> {
    Err(ClientError::new("no", "not here"))
}

#[on(connect)]
fn connected() {}

#[on("echo")]
fn echo(socket: &Socket, text: String) {
    socket.emit(event!("echo", text));
}

#[on("value")]
fn value() -> u32 {
    1
}

#[on(disconnect)]
fn gone(reason: DisconnectReason, State(log): State<Log>) {
    log.add(format!("{reason:?}"));
}

#[on("wait")]
async fn wait(State(gate): State<Gate>) {
    gate.pass().await;
}

#[on("files")]
fn files(one: Bytes, other: Bytes, State(log): State<Log>) {
    log.add(format!("{} {}", one.len(), other.len()));
}

#[on("fired")]
fn fired() {}

fn start(config: Config) -> (SocketIo, Log) {
    let (io, log, _) = server(module_path!(), config);
    (io, log)
}

/// What a connect handler emits is delivered, however much it is: on WebSocket, on polling, and whatever the policy.
#[tokio::test(start_paused = true)]
async fn what_a_connect_handler_emits_is_delivered_whatever_it_is() {
    for overflow in [Overflow::Disconnect, Overflow::DropNewest, Overflow::DropOldest] {
        for (namespace, expected) in [("/many", 20), ("/large", 2), ("/small", 1500)] {
            let (io, log) = start(Config::new().overflow(overflow));
            let mut websocket = TestClient::packets(&io).await;
            websocket.send(format!("40{namespace},")).await;
            sleep(20 * SECOND).await;
            assert!(websocket.text().await.starts_with(&format!("40{namespace},")), "{overflow:?}");
            for n in 0..expected {
                let text = websocket.text().await;
                assert!(
                    text.starts_with(&format!("42{namespace},[\"n\",{n}")),
                    "{overflow:?} {namespace} {n}"
                );
            }
            let polling = PollingClient::open(&io).await;
            polling.push(format!("40{namespace},")).await;
            sleep(20 * SECOND).await;
            let payload = polling.poll().await.body;
            assert_eq!(payload.split('\x1e').count(), 1 + expected, "{overflow:?} {namespace}");
            assert_eq!(log.lines(), [""; 0]);
            assert_nothing_is_left(&io).await;
        }
    }
}

/// 8 MB/s to a client that polls, 200 ms away.
#[tokio::test(start_paused = true)]
async fn a_client_that_polls_from_far_away_is_not_slow() {
    for overflow in [Overflow::Disconnect, Overflow::DropNewest, Overflow::DropOldest] {
        let (io, log) = start(Config::new().overflow(overflow));
        let client = PollingClient::join(&io).await;
        let ticks = tokio::spawn({
            let io = io.clone();
            async move {
                for n in 0..2000 {
                    io.emit(event!("tick", n, "x".repeat(40_000)));
                    sleep(Duration::from_millis(5)).await;
                }
            }
        });
        let mut next = 0;
        while next < 2000 {
            let payload = client.poll().await.body;
            for packet in payload.split('\x1e') {
                assert!(packet.starts_with(&format!("42[\"tick\",{next},")), "{overflow:?} {next}");
                next += 1;
            }
            sleep(Duration::from_millis(200)).await;
        }
        ticks.await.expect("no panic");
        assert_eq!(log.lines(), [""; 0], "{overflow:?}");
        assert_nothing_is_left(&io).await;
    }
}

/// Over the limit, what counts is that a client takes something now and then.
#[tokio::test(start_paused = true)]
async fn a_client_that_takes_something_now_and_then_is_not_slow() {
    let config = Config::new().ping_timeout(Duration::from_secs(3600));
    let (io, log) = start(config.outbox_bytes(10_000).stall_timeout(10 * SECOND));
    let mut pipe = plain_pipe(&io.websocket(), "/ws", 1024);
    pipe.write_all(&client_frame(0x1, br#"{"event":"value"}"#)).await.expect("open");
    settle().await;
    (0..100).for_each(|n| io.emit(event!("n", n, "x".repeat(1000))));
    for _ in 0..10 {
        sleep(9 * SECOND).await;
        pipe.read_exact(&mut [0; 1024]).await.expect("open");
        io.emit(event!("more"));
    }
    assert_eq!(log.lines(), [""; 0]);
    let since = Instant::now();
    // nothing is emitted meanwhile
    assert_eq!(log.wait_for(1).await, ["SlowConsumer"]);
    assert_eq!(seconds_since(since), 10);
    drop(pipe);
    // without a pause longer than that, what is emitted finds it out
    let (io, log) = start(Config::new().outbox_bytes(10_000).stall_timeout(10 * SECOND));
    let stalled = plain_pipe(&io.websocket(), "/ws", 1024);
    settle().await;
    let since = Instant::now();
    while log.lines().is_empty() {
        io.emit(event!("n", "x".repeat(1000)));
        sleep(Duration::from_millis(100)).await;
    }
    assert_eq!((log.lines(), seconds_since(since)), (vec!["SlowConsumer".to_owned()], 10));
    drop(stalled);
    assert_nothing_is_left(&io).await;
}

/// Nothing is taken for 14 s in the middle of a message of 900 kB, and a minute's worth of ticks waits as well.
#[tokio::test(start_paused = true)]
async fn a_tunnel_is_not_the_end() {
    for seconds in [14, 24] {
        let (io, log) = start(Config::new());
        let mut pipe = packets_pipe(&io, "");
        pipe.write_all(&client_frame(0x1, b"40")).await.expect("open");
        settle().await;
        io.emit(event!("large", "x".repeat(900_000)));
        let mut taken = vec![0; 300_000];
        pipe.read_exact(&mut taken).await.expect("open");
        for _ in 0..seconds {
            io.emit(event!("tick", "x".repeat(20_000)));
            sleep(SECOND).await;
        }
        let mut rest = vec![0; 600_000 + seconds * 20_000];
        pipe.read_exact(&mut rest).await.expect("open");
        assert_eq!(log.lines(), [""; 0], "{seconds} s");
        drop(pipe);
        assert_nothing_is_left(&io).await;
    }
}

/// What the protocol answers counts as well: requests to join that nobody fetches the answers of.
#[tokio::test(start_paused = true)]
async fn answers_of_the_protocol_count_for_the_ceiling() {
    for overflow in [Overflow::Disconnect, Overflow::DropNewest, Overflow::DropOldest] {
        for posts in ["40/refused,", "40/nowhere,", "40/small,\x1e41/small,"] {
            let (io, _) = start(Config::new().overflow(overflow).outbox_ceiling(2_000_000));
            let client = PollingClient::open(&io).await;
            let post = vec![posts; 900_000 / (posts.len() + 1)].join("\x1e");
            let mut sent = 0;
            while client.mailbox().is_some_and(|it| !it.outbox.is_overflowed())
                && client.push(post.clone()).await.status == 200
            {
                let held = client.mailbox().map_or(0, |mailbox| mailbox.outbox.unwritten());
                assert!(held <= 2_000_000, "{overflow:?}: {held} bytes");
                sent += 1;
                assert!(sent < 5, "{overflow:?} {posts}: more than 4 MB are taken");
            }
            assert_nothing_is_left(&io).await;
        }
        // the same on a WebSocket that is not read
        let (io, _) = start(Config::new().overflow(overflow).outbox_ceiling(2_000_000));
        let mut pipe = packets_pipe(&io, "");
        let flood = client_frame(0x1, b"40/refused,").repeat(1000);
        let mut sent = 0;
        while timeout(SECOND, pipe.write_all(&flood)).await.is_ok_and(|written| written.is_ok()) {
            sent += 1;
            assert!(sent < 100, "{overflow:?}: {sent} thousand");
        }
        drop(pipe);
        assert_nothing_is_left(&io).await;
    }
}

/// An answer to a GET counts until its client has taken it: GETs whose answers are not read do not get around it.
#[tokio::test(start_paused = true)]
async fn answers_that_are_not_read_count_for_the_ceiling() {
    let (io, log) = start(Config::new().outbox_ceiling(3_000_000));
    let client = PollingClient::join(&io).await;
    let mut unread = vec![];
    while log.lines().is_empty() {
        assert!(unread.len() < 4, "more than 3 MB");
        client.push(format!("42[\"echo\",\"{}\"]", "x".repeat(900_000))).await;
        let answer = client.service.clone().call(request("GET", &client.query(), "")).await;
        unread.push(answer.expect("an answer"));
        settle().await;
    }
    assert_eq!(log.lines(), ["SlowConsumer"]);
    assert_nothing_is_left(&io).await;
    // a client that reads may go on
    let (io, log) = start(Config::new().outbox_ceiling(3_000_000));
    let client = PollingClient::join(&io).await;
    for _ in 0..10 {
        let echo = client.exchange(format!("42[\"echo\",\"{}\"]", "x".repeat(900_000))).await;
        assert_eq!(echo.len(), 900_000 + 13);
    }
    assert_eq!(log.lines(), [""; 0]);
    assert_nothing_is_left(&io).await;
}

/// A client that takes a minute for an answer, and over the limit meanwhile, is not slow.
#[tokio::test(start_paused = true)]
async fn an_answer_that_is_taken_slowly_is_progress() {
    let (io, log) = start(Config::new().ping_timeout(Duration::from_secs(3600)));
    let client = PollingClient::join(&io).await;
    (0..20).for_each(|n| io.emit(event!("n", n, "x".repeat(100_000))));
    let answer = client.service.clone().call(request("GET", &client.query(), "")).await.expect("an answer");
    let mut pieces = answer.into_body().into_data_stream();
    let mut read = 0;
    while let Some(piece) = pieces.next().await {
        read += piece.expect("open").len();
        io.emit(event!("tick", "x".repeat(50_000)));
        sleep(2 * SECOND).await;
    }
    drop(pieces);
    assert!(read > 2_000_000, "{read}");
    assert_eq!(client.poll().await.body.split('\x1e').filter(|packet| packet.starts_with("42")).count(), 31);
    assert_eq!(log.lines(), [""; 0]);
    assert_nothing_is_left(&io).await;
}

/// A dashboard: of what waits the newest is kept, but packets of the protocol are.
#[tokio::test(start_paused = true)]
async fn dropping_the_oldest_drops_no_packet_of_the_protocol() {
    let (io, _) = start(Config::new().overflow(Overflow::DropOldest).outbox_messages(4));
    let mut client = TestClient::over(packets_pipe(&io, "")).await;
    client.send("40").await;
    settle().await;
    io.emit(event!("large", "x".repeat(100_000)));
    settle().await;
    (0..10).for_each(|n| io.emit(event!("n", n)));
    client.send("40/refused,").await;
    settle().await;
    (10..20).for_each(|n| io.emit(event!("n", n)));
    assert!(client.text().await.starts_with('0'));
    assert!(client.text().await.starts_with("40{"));
    assert!(client.text().await.starts_with("42[\"large\""));
    let mut seen = vec![];
    while let Ok(Got::Text(text)) = timeout(SECOND, client.next()).await {
        seen.push(text);
    }
    // `large` counts as well, and so does what is kept
    assert!(seen.iter().any(|text| text.starts_with("44/refused,")), "{seen:?}");
    assert_eq!(seen.last().map(String::as_str), Some("42[\"n\",19]"));
    assert!(seen.len() < 10, "{seen:?}");
    assert_nothing_is_left(&io).await;
}

/// 600 kB at 10 kB/s, as text, as bytes with a placeholder, and as a POST; with a pause of 20 s in the middle. The client
/// can answer no ping for as long.
#[tokio::test(start_paused = true)]
async fn a_slow_uplink_is_fast_enough() {
    let pieces = |bytes: Vec<u8>| -> Vec<Vec<u8>> { bytes.chunks(10_000).map(<[u8]>::to_vec).collect() };
    let (io, log) = start(Config::new());
    for opcode in [0x1, 0x2] {
        let mut pipe = packets_pipe(&io, "");
        pipe.write_all(&client_frame(0x1, b"40")).await.expect("open");
        let message = if opcode == 0x1 {
            format!("42[\"echo\",\"{}\"]", "x".repeat(600_000)).into_bytes()
        } else {
            let head = br#"451-7["value",{"_placeholder":true,"num":0}]"#;
            pipe.write_all(&client_frame(0x1, head)).await.expect("open");
            vec![0; 600_000]
        };
        for (n, piece) in pieces(client_frame(opcode, &message)).into_iter().enumerate() {
            sleep(if n == 7 { 20 * SECOND } else { SECOND }).await;
            pipe.write_all(&piece).await.expect("open");
        }
        let mut answer = vec![];
        let expected = if opcode == 0x1 { "42[\"echo\",\"xxx" } else { "437[1]" };
        while !String::from_utf8_lossy(&answer).contains(expected) {
            assert_ne!(pipe.read_buf(&mut answer).await.expect("open"), 0, "{answer:?}");
        }
    }
    let client = PollingClient::join(&io).await;
    let body = format!("42[\"echo\",\"{}\"]", "x".repeat(600_000)).into_bytes();
    let chunks = stream::iter(pieces(body).into_iter().enumerate()).then(async |(n, piece)| {
        sleep(if n == 7 { 20 * SECOND } else { SECOND }).await;
        Ok::<_, std::io::Error>(piece)
    });
    assert_eq!(client.push(Body::from_stream(Box::pin(chunks))).await.seen(), (200, "ok"));
    assert_eq!(client.poll().await.body.split('\x1e').next_back().map(str::len), Some(600_000 + 13));
    assert!(!log.lines().iter().any(|line| line.contains("Timeout")), "{:?}", log.lines());
    assert_nothing_is_left(&io).await;
}

/// A byte every few seconds is not enough: not in a message, not in an attachment, not in a POST, nor with pings between.
#[tokio::test(start_paused = true)]
async fn a_drip_does_not_hold_anything_forever() {
    for (opcode, pings) in [(0x1, false), (0x2, false), (0x1, true)] {
        let (io, log) = start(Config::new());
        let mut pipe = packets_pipe(&io, "");
        pipe.write_all(&client_frame(0x1, b"40")).await.expect("open");
        let mut message = client_frame(opcode, &vec![b'x'; 600_000]);
        if pings {
            message[0] &= 0x7f;
            pipe.write_all(&client_frame(0x1, b"42[\"")[..]).await.expect("open");
            message = vec![0x01, 0xfe, 0, 200, 0, 0, 0, 0];
            message.extend([b'x'; 200]);
        } else if opcode == 0x2 {
            let head = br#"451-["value",{"_placeholder":true,"num":0}]"#;
            pipe.write_all(&client_frame(0x1, head)).await.expect("open");
        }
        let since = Instant::now();
        let mut bytes = message.into_iter();
        while log.lines().is_empty() {
            if pings {
                let _ = pipe.write_all(&client_frame(0x9, b"alive")).await;
            } else if let Some(byte) = bytes.next() {
                let _ = pipe.write_all(&[byte]).await;
            }
            sleep(SECOND).await;
            assert!(since.elapsed() < 40 * SECOND, "{opcode} {pings}");
        }
        drop(pipe);
        assert_nothing_is_left(&io).await;
    }
    let (io, _) = start(Config::new());
    let client = PollingClient::join(&io).await;
    let drip = stream::repeat_with(|| Ok::<_, std::io::Error>("6")).then(async |byte| {
        sleep(SECOND).await;
        byte
    });
    let since = Instant::now();
    assert_eq!(client.push(Body::from_stream(Box::pin(drip))).await.status, 408);
    assert_eq!(seconds_since(since), 30);
    assert_nothing_is_left(&io).await;
}

/// A client that has ended its direction gets the answers of what it has sent; so does one that closes in an orderly way.
#[tokio::test(start_paused = true)]
async fn a_half_closed_client_gets_its_answers() {
    for orderly in [false, true] {
        let (io, log) = start(Config::new());
        let mut pipe = plain_pipe(&io.websocket(), "/ws", 4096);
        let (mut read, mut write) = tokio::io::split(pipe);
        let sent = tokio::spawn(async move {
            for n in 0..500 {
                let text = format!(r#"{{"event":"value","id":{n}}}"#);
                write.write_all(&client_frame(0x1, text.as_bytes())).await.expect("open");
            }
            if orderly {
                write.write_all(&client_frame(0x8, &1000_u16.to_be_bytes())).await.expect("open");
            }
            write.shutdown().await.expect("open");
            write
        });
        // a slow reader as well: a kilobyte each second
        let mut answers = vec![];
        loop {
            let mut some = vec![0; 1024];
            let len = read.read(&mut some).await.expect("open");
            if len == 0 {
                break;
            }
            answers.extend_from_slice(&some[..len]);
            sleep(SECOND).await;
        }
        let answers = String::from_utf8_lossy(&answers);
        assert_eq!(answers.matches("\"data\":1").count(), 500, "orderly: {orderly}");
        pipe = read.unsplit(sent.await.expect("no panic"));
        drop(pipe);
        assert_eq!(log.lines().len(), 1);
        assert_nothing_is_left(&io).await;
    }
}

/// So does a client that polls, and says that it leaves, or something wrong.
#[tokio::test(start_paused = true)]
async fn a_client_that_polls_gets_its_answers_although_it_leaves() {
    for last in ["1", "abc"] {
        let (io, _) = start(Config::new());
        let client = PollingClient::join(&io).await;
        let poll = client.start_poll().await;
        client.push(format!("42[\"echo\",\"a\"]\x1e{last}")).await;
        assert_eq!(poll.answer().await.body, "42[\"echo\",\"a\"]", "{last}");
        assert_nothing_is_left(&io).await;
    }
}

/// What waits when the server ends a connection is written as long as the client takes it: 600 kB at 20 kB/s.
#[tokio::test(start_paused = true)]
async fn what_waits_at_the_end_is_written_as_long_as_it_is_taken() {
    let (io, log) = start(Config::new());
    let mut pipe = plain_pipe(&io.websocket(), "/ws", 1024);
    settle().await;
    let socket = io.sockets().pop().expect("one");
    (0..6).for_each(|n| socket.emit(event!("n", n, "x".repeat(100_000))));
    socket.close();
    let mut all = vec![];
    while let Ok(len @ 1..) = pipe.read_buf(&mut all).await {
        sleep(Duration::from_secs_f64(len as f64 / 20_000.0)).await;
    }
    assert!(all.len() > 600_000 && all.ends_with(b"\x03\xe8Connection closed"), "{}", all.len());
    assert_eq!(log.lines().len(), 1);
    // a drip does not hold up the end
    let mut pipe = plain_pipe(&io.websocket(), "/ws", 1024);
    settle().await;
    let socket = io.sockets().pop().expect("one");
    socket.emit(event!("n", "x".repeat(600_000)));
    socket.close();
    let since = Instant::now();
    while io.hub().connections() > 0 {
        let _ = pipe.read(&mut [0; 300]).await;
        sleep(SECOND).await;
        assert!(since.elapsed() < 30 * SECOND);
    }
    assert_nothing_is_left(&io).await;
}

/// A packet whose attachments are on their way is not late while it is us who do not read: nor is a message.
#[tokio::test(start_paused = true)]
async fn what_is_on_its_way_has_time_while_nothing_is_read() {
    let config = || Config::new().inbox_events(4).ping_interval(600 * SECOND);
    let begun = |first: Vec<u8>, last: Vec<u8>| async move {
        let (io, log, gate): (_, _, Gate) = server(module_path!(), config());
        let mut pipe = packets_pipe(&io, "");
        pipe.write_all(&[client_frame(1, b"40"), client_frame(1, br#"42["wait"]"#)].concat())
            .await
            .expect("open");
        gate.reached().await;
        pipe.write_all(&first).await.expect("open");
        settle().await;
        let socket = io.sockets().pop().expect("one");
        // the program fills the account, so that the rest is not read
        (0..4).for_each(|_| socket.fire(event!("fired")).expect("live"));
        settle().await;
        pipe.write_all(&last).await.expect("a pipe has room");
        sleep(500 * SECOND).await;
        assert_eq!(log.lines(), [""; 0], "it has not been ended");
        gate.open_all();
        assert_eq!(log.wait_for(1).await, ["3 5"]);
        drop(pipe);
        assert_nothing_is_left(&io).await;
    };
    let header =
        client_frame(1, br#"452-["files",{"_placeholder":true,"num":0},{"_placeholder":true,"num":1}]"#);
    let (one, other) = (client_frame(2, b"123"), client_frame(2, b"12345"));
    begun([&header[..], &one].concat(), other.clone()).await;
    // in the midst of a frame
    begun([&header[..], &one[..4]].concat(), [&one[4..], &other].concat()).await;
    begun(header[..10].to_vec(), [&header[10..], &one, &other].concat()).await;
}
