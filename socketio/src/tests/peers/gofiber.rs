//! What gofiber's tests ask of its package, and what they do not ask (`event-bus.md` 4a), where no other file here does
//! so already. `docs/from-gofiber.md` names the test of each of its rows.

use std::{
    sync::{
        Arc,
        atomic::{AtomicUsize, Ordering},
    },
    time::Duration,
};

use futures_util::future::join_all;
use serde_json::json;
use tokio_tungstenite::tungstenite::Message as WsMessage;

use crate::{
    Bytes, Config, DisconnectReason, Message, Socket, SocketIo, State,
    close::CloseCode,
    config::Overflow,
    error::{EmitError, FireError, SocketError},
    event, on,
    tests::kit::{Got, Log, TestClient, assert_nothing_is_left, seconds_since, server, settle},
};

#[on(connect)]
fn connected(State(log): State<Log>) {
    log.add("connect");
}

#[on("message")]
fn message(socket: &Socket, message: Message, State(log): State<Log>) {
    log.add("message");
    match message.as_text() {
        Some("close") => socket.close(),
        Some("panic") => panic!("as it says"),
        _ => socket.emit(message),
    }
}

#[on("CUSTOM_EVENT", priority = 2)]
fn second(State(log): State<Log>) {
    log.add("second");
}

#[on("CUSTOM_EVENT", priority = 1)]
fn first(State(log): State<Log>) {
    log.add("first");
}

/// Of one priority: the order of the source.
#[on("CUSTOM_EVENT", priority = 2)]
fn third(State(log): State<Log>) {
    log.add("third");
}

#[on(ping)]
fn pinged(payload: Bytes, State(log): State<Log>) {
    log.add(format!("ping {}", payload.len()));
}

#[on(pong)]
fn ponged(State(log): State<Log>) {
    log.add("pong");
}

#[on(close)]
fn closing(socket: &Socket, State(log): State<Log>) {
    // whatever is done in here does nothing, and ends nothing twice
    socket.close();
    socket.emit(event!("late"));
    assert_eq!(socket.fire(event!("CUSTOM_EVENT")), Err(FireError::Closed));
    log.add("close");
}

#[on(disconnect)]
fn gone(socket: &Socket, reason: DisconnectReason, State(log): State<Log>) {
    assert_eq!(socket.handshake().query(), "user=ann", "what is known of the request is known to the end");
    socket.close();
    socket.emit(event!("late"));
    log.add(format!("disconnect {}", reason.code()));
}

#[on(error)]
fn failed(socket: &Socket, error: &SocketError, State(log): State<Log>) {
    socket.emit(event!("failed"));
    let kind = match error {
        SocketError::Emit { to, source } => format!("emit to {}: {source}", to.as_deref().unwrap_or("?")),
        SocketError::Panicked { message, .. } => format!("panic: {message}"),
        SocketError::Disconnected { reason, .. } => format!("end: {reason}"),
        other => other.to_string(),
    };
    log.add(format!("error {kind}"));
}

fn start(config: Config) -> (SocketIo, Log) {
    let (io, log, _) = server(module_path!(), config);
    (io, log)
}

async fn client(io: &SocketIo) -> TestClient {
    TestClient::plain_at(&io.websocket().messages(), "/ws?user=ann").await
}

/// `count` clients, each accepted.
async fn clients(io: &SocketIo, count: usize) -> Vec<TestClient> {
    let clients = join_all((0..count).map(|_| client(io))).await;
    settle().await;
    assert_eq!(io.socket_count(), count);
    clients
}

fn count(log: &Log, line: &str) -> usize {
    log.lines().iter().filter(|known| *known == line).count()
}

#[tokio::test(start_paused = true)]
async fn two_hundred_clients_get_their_answers() {
    let (io, log) = start(Config::gofiber());
    let clients = clients(&io, 200).await;
    let answers = join_all(clients.into_iter().map(|mut client| async move {
        client.send("test").await;
        assert_eq!(client.text().await, "test");
        client.send_raw(WsMessage::binary(vec![0, 159, 146])).await;
        assert_eq!(client.next().await, Got::Binary(vec![0, 159, 146]), "what it was, it stays");
        client
    }))
    .await;
    assert_eq!((answers.len(), count(&log, "message")), (200, 400));
    assert_nothing_is_left(&io).await;
}

/// Package `Fire`, and that of one socket: nothing goes out.
#[tokio::test(start_paused = true)]
async fn fire_runs_the_listeners_of_all_or_of_one() {
    let (io, log) = start(Config::gofiber());
    let mut clients = clients(&io, 10).await;
    assert_eq!(io.fire(event!("CUSTOM_EVENT")), Ok(10));
    settle().await;
    assert_eq!(count(&log, "first"), 10);
    let socket = io.sockets().pop().expect("ten");
    assert_eq!(socket.fire(event!("CUSTOM_EVENT")), Ok(()));
    settle().await;
    assert_eq!(log.lines()[40..], ["first", "second", "third"], "in the order of priority and source");
    clients[0].send("x").await;
    assert_eq!(clients[0].text().await, "x", "nothing before it");
    assert_nothing_is_left(&io).await;
}

/// Package `Broadcast`, and that of a socket with and without itself.
#[tokio::test(start_paused = true)]
async fn broadcasts_reach_each_socket_once() {
    let (io, _) = start(Config::gofiber());
    let mut clients = clients(&io, 200).await;
    io.emit(Message::text("all"));
    let socket = io.sockets().swap_remove(0);
    socket.broadcast().emit(Message::text("others"));
    socket.everyone().emit(Message::text("everyone"));
    let mut without = 0;
    for client in &mut clients {
        assert_eq!(client.text().await, "all");
        match client.text().await.as_str() {
            "others" => assert_eq!(client.text().await, "everyone"),
            other => {
                assert_eq!(other, "everyone");
                without += 1;
            }
        }
    }
    assert_eq!(without, 1);
    assert_nothing_is_left(&io).await;
}

/// `EmitTo` and `EmitToList`, of the package and of a socket: each failure is returned, and raises `error` once on the
/// socket that emitted.
#[tokio::test(start_paused = true)]
async fn messages_to_sockets_that_are_not_there_fail_once_each() {
    let (io, log) = start(Config::gofiber());
    let mut clients = clients(&io, 3).await;
    let sockets = io.sockets();
    for (socket, name) in sockets.iter().zip(["ann", "bob", "cem"]) {
        socket.set_uuid(name).expect("free");
    }
    let dead = clients.remove(0);
    let [ann, bob, _]: [Socket; 3] = sockets.try_into().expect("three");
    dead.close().await;
    ann.disconnected().await;
    settle().await;
    let before = log.lines().len();
    assert_eq!(io.emit_to("ann", Message::text("x")), Err(EmitError::Closed));
    assert_eq!(io.emit_to("nobody", Message::text("x")), Err(EmitError::Closed));
    assert_eq!(io.emit_to("cem", Message::text("one")), Ok(()));
    let report = io.emit_to_list(["cem", "ann", "bob"], Message::text("two"));
    assert_eq!((report.sent, report.failed.len()), (2, 1));
    assert_eq!(bob.emit_to("nobody", Message::text("x")), Err(EmitError::Closed));
    let report = bob.emit_to_list(["ann", "nobody", "bob", "cem"], Message::text("three"));
    assert_eq!((report.sent, report.failed.len()), (2, 2));
    settle().await;
    let raised = ["nobody", "ann", "nobody"].map(|to| format!("error emit to {to}: the socket is closed"));
    assert_eq!(log.lines()[before..], raised, "those of the socket, once each");
    for expected in ["one", "two", "three"] {
        assert_eq!(clients[1].text().await, expected);
    }
    assert_nothing_is_left(&io).await;
}

/// However often and from wherever it is called: one `close`, one `disconnect`, and the peer receives the reason.
#[tokio::test(start_paused = true)]
async fn close_ends_a_socket_once() {
    let (io, log) = start(Config::gofiber());
    let mut client = clients(&io, 1).await.remove(0);
    let socket = io.sockets().pop().expect("one");
    socket.close();
    socket.close();
    join_all((0..10).map(|_| {
        let socket = socket.clone();
        tokio::spawn(async move { socket.close() })
    }))
    .await;
    assert_eq!(client.next().await, Got::Close(1000, "Connection closed".to_owned()));
    assert_eq!(client.next().await, Got::End);
    assert!(!socket.is_connected() && io.socket_count() == 0);
    assert_nothing_is_left(&io).await;
    assert_eq!(log.lines(), ["connect", "close", "disconnect 1000"]);
}

/// A peer that does not read, and has more waiting than fits, holds up neither `close` nor the senders that emit to it.
#[tokio::test(start_paused = true)]
async fn close_waits_for_no_queue() {
    let config = Config::gofiber().overflow(Overflow::DropNewest).close_timeout(Duration::from_secs(3));
    let (io, log) = start(config);
    let client = clients(&io, 1).await.remove(0);
    let socket = io.sockets().pop().expect("one");
    (0..5000).for_each(|i| socket.emit(Message::text(format!("{i:0>1000}"))));
    settle().await;
    assert_eq!(socket.try_emit(Message::text("x")), Err(EmitError::Full));
    let start = tokio::time::Instant::now();
    socket.close();
    assert_eq!(socket.try_emit(Message::text("x")), Err(EmitError::Closed));
    log.wait_for(3).await;
    assert_eq!(start.elapsed(), Duration::ZERO, "the handlers do not wait for the peer");
    assert_nothing_is_left(&io).await;
    assert_eq!(seconds_since(start), 3, "the rest is given up in time");
    assert_eq!(log.lines(), ["connect", "close", "disconnect 1000"]);
    drop(client);
}

/// A peer that keeps talking does not keep its connection open.
#[tokio::test(start_paused = true)]
async fn close_ends_while_the_peer_keeps_talking() {
    let (io, log) = start(Config::new().ping_interval(Duration::from_secs(3600)));
    let mut client = clients(&io, 1).await.remove(0);
    let socket = io.sockets().pop().expect("one");
    let talk = tokio::spawn(async move {
        while client.try_send(WsMessage::Pong("".into())).await {
            tokio::time::sleep(Duration::from_millis(1)).await;
        }
    });
    settle().await;
    socket.close();
    tokio::time::timeout(Duration::from_secs(60), io.close()).await.expect("it ends");
    talk.await.expect("no panic");
    assert_eq!(log.lines().last().map(String::as_str), Some("disconnect 1000"));
}

/// `CloseAll` ends every socket with a code and a reason, and waits for them; the server goes on.
#[tokio::test(start_paused = true)]
async fn close_all_disconnects_everybody_and_waits() {
    let (io, log) = start(Config::gofiber());
    let clients = clients(&io, 5).await;
    let told =
        tokio::spawn(join_all(clients.into_iter().map(|mut client| async move { client.next().await })));
    assert_eq!(io.close_all(CloseCode::GOING_AWAY, "bye").await, 5);
    assert_eq!((count(&log, "close"), count(&log, "disconnect 1001")), (5, 5), "all has been said");
    assert_eq!(io.hub().connections(), 0);
    assert_eq!(told.await.expect("no panic"), vec![Got::Close(1001, "bye".to_owned()); 5]);
    let mut late = client(&io).await;
    late.send("still here").await;
    assert_eq!(late.text().await, "still here");
    // a peer that does not answer the close frame has a time limit
    let start = tokio::time::Instant::now();
    let code = CloseCode::new(4000).expect("one of ours");
    let within = tokio::time::timeout(Duration::from_secs(2), io.close_all(code, "enough"));
    assert!(within.await.is_err(), "a deadline of the caller's");
    let ended = tokio::spawn({
        let io = io.clone();
        async move { io.close_all(code, "again").await }
    });
    assert_eq!(late.closed().await, Some((4000, "enough".to_owned())), "the first word counts");
    drop(late);
    assert_eq!(ended.await.expect("no panic"), 1);
    assert_eq!(seconds_since(start), 2);
    assert_eq!(io.close_all(code, "nobody").await, 0);
    assert_nothing_is_left(&io).await;
}

/// On the Socket.IO wire, clients that are disconnected with all others are asked not to reconnect; so are those
/// that joined nothing.
#[tokio::test(start_paused = true)]
async fn close_all_ends_every_wire() {
    let (io, _) = start(Config::gofiber());
    let mut joined = TestClient::packets_at(&io, "&user=ann").await;
    joined.send("40").await;
    assert!(joined.text().await.starts_with("40"));
    let mut joining = TestClient::packets_at(&io, "&user=ann").await;
    let polling = crate::tests::kit::PollingClient::open(&io).await;
    let ended = tokio::spawn({
        let io = io.clone();
        async move { io.close_all(CloseCode::NORMAL, "bye").await }
    });
    assert_eq!(joined.text().await, "41");
    assert!(matches!(joined.next().await, Got::Close(1000, _)));
    assert!(matches!(joining.next().await, Got::Close(1000, _)));
    assert_eq!(polling.poll().await.body, "6\x1e1");
    drop((joined, joining));
    assert_eq!(ended.await.expect("no panic"), 3);
    assert_nothing_is_left(&io).await;
}

/// The events come in an order, and nothing follows the last one.
#[tokio::test(start_paused = true)]
async fn the_callback_runs_before_connect_and_connect_before_messages() {
    let (io, log) = start(Config::gofiber());
    let told = log.clone();
    let service = io.websocket().messages().on_upgrade(move |socket: Socket| {
        let log = told.clone();
        async move {
            // more than any queue of the seed's holds
            (0..100).for_each(|i| socket.emit(Message::text(i.to_string())));
            tokio::task::yield_now().await;
            log.add("callback");
        }
    });
    let mut client = TestClient::plain_at(&service, "/ws?user=ann").await;
    client.send("first").await;
    client.send("close").await;
    client.send("never handled").await;
    for i in 0..100 {
        assert_eq!(client.text().await, i.to_string());
    }
    assert_eq!(client.text().await, "first");
    assert_eq!(client.next().await, Got::Close(1000, "Connection closed".to_owned()));
    assert_nothing_is_left(&io).await;
    assert_eq!(log.lines(), ["callback", "connect", "message", "message", "close", "disconnect 1000"]);
}

/// A ping is an event with its payload, and is answered once; so is the answer to ours.
#[tokio::test(start_paused = true)]
async fn pings_and_pongs_are_events() {
    let (io, log) = start(Config::gofiber());
    let mut client = clients(&io, 1).await.remove(0);
    client.send_raw(WsMessage::Ping(vec![1, 2, 3].into())).await;
    assert_eq!(client.next().await, Got::Pong(vec![1, 2, 3]));
    let start = tokio::time::Instant::now();
    for second in 1..=3 {
        assert_eq!(client.next().await, Got::Ping);
        assert_eq!(seconds_since(start), second, "a second apart");
        client.send_raw(WsMessage::Pong("".into())).await;
    }
    settle().await;
    assert_eq!(log.lines(), ["connect", "ping 3", "pong", "pong", "pong"]);
    assert_nothing_is_left(&io).await;
}

/// Three seconds of silence are the end, as with the seed; any frame is life, not pongs alone.
#[tokio::test(start_paused = true)]
async fn a_silent_peer_is_gone_after_three_seconds() {
    let (io, log) = start(Config::gofiber());
    let mut client = clients(&io, 1).await.remove(0);
    let start = tokio::time::Instant::now();
    for _ in 0..5 {
        tokio::time::sleep(Duration::from_millis(900)).await;
        client.send_raw(WsMessage::text("x")).await;
    }
    let socket = io.sockets().pop().expect("still there");
    assert_eq!(socket.disconnected().await, DisconnectReason::PingTimeout);
    assert!((7..=8).contains(&seconds_since(start)), "{:?}", start.elapsed());
    assert_eq!(log.wait_for(8).await[6..], ["disconnect 1006", "error end: ping timeout"]);
    assert_nothing_is_left(&io).await;
}

/// A panic of a listener is reported to the `error` handlers and nowhere else, and the connection lives on.
#[tokio::test(start_paused = true)]
async fn a_panic_ends_nothing() {
    let (io, log) = start(Config::gofiber());
    let mut client = clients(&io, 1).await.remove(0);
    client.send("panic").await;
    client.send("on").await;
    assert_eq!(client.json().await, json!({ "event": "failed" }), "what the error handler says");
    assert_eq!(client.text().await, "on");
    assert_eq!(log.lines(), ["connect", "message", "error panic: as it says", "message"]);
    assert_nothing_is_left(&io).await;
}

/// A server that is drained accepts no more clients, and keeps those that it has.
#[tokio::test(start_paused = true)]
async fn a_drained_server_refuses_newcomers() {
    let (io, _) = start(Config::gofiber());
    let mut client = clients(&io, 1).await.remove(0);
    assert!(!io.is_draining());
    io.drain();
    assert!(io.is_draining());
    assert!(io.hub().seat(crate::peer::Source::default()).is_err(), "answered with 503");
    client.send("x").await;
    assert_eq!(client.text().await, "x");
    assert_nothing_is_left(&io).await;
}

/// A name is another's while its socket lives, and free when it ends, however often it has moved.
#[tokio::test(start_paused = true)]
async fn names_move_and_are_free_again() {
    let (io, _) = start(Config::gofiber());
    let clients = clients(&io, 2).await;
    let [one, two]: [Socket; 2] = io.sockets().try_into().expect("two");
    for i in 0..100 {
        let (now, other) = if i % 2 == 0 { (&one, &two) } else { (&two, &one) };
        assert_eq!(now.set_uuid("ann"), Ok(()));
        assert_eq!(io.socket("ann").as_ref(), Some(now));
        assert!(other.set_uuid("ann").is_err());
        assert_eq!(now.set_uuid("bob"), Ok(()));
        assert!(io.socket("ann").is_none());
        assert_eq!(now.set_uuid(now.id().to_string()), Ok(()));
    }
    one.set_uuid("ann").expect("free");
    let waiting = Arc::new(AtomicUsize::new(0));
    let race = {
        let (two, waiting) = (two.clone(), waiting.clone());
        tokio::spawn(async move {
            while two.set_uuid("ann").is_err() {
                waiting.fetch_add(1, Ordering::Relaxed);
                tokio::task::yield_now().await;
            }
        })
    };
    settle().await;
    assert!(waiting.load(Ordering::Relaxed) > 0);
    one.close();
    race.await.expect("no panic");
    assert_eq!(io.socket("ann").as_ref(), Some(&two));
    drop(clients);
    assert_nothing_is_left(&io).await;
}
