//! Guarantee 11: the end of the server.

use std::time::Duration;

use serde_json::{Value, json};

use crate::{
    Config, DisconnectReason, Socket, State,
    connection::Stream,
    event,
    http::turn_away,
    on,
    tests::kit::{Gate, Got, Log, TestClient, assert_nothing_is_left, plain_pipe, server},
};

#[on("slow")]
async fn slow(socket: Socket, State(gate): State<Gate>, State(log): State<Log>) {
    gate.pass().await;
    socket.emit(event!("goes nowhere"));
    log.add("slow");
}

#[on("value")]
fn value() -> u32 {
    1
}

#[on(close)]
fn closing(reason: DisconnectReason, State(log): State<Log>) {
    log.add(format!("close: {reason}"));
}

#[on(disconnect)]
fn gone(reason: DisconnectReason, State(log): State<Log>) {
    log.add(format!("disconnect: {reason}"));
}

/// Guarantee 11.
#[tokio::test(start_paused = true)]
async fn close_flushes_sends_1001_and_joins_every_task() {
    let (io, log, gate) = server(module_path!(), Config::new());
    let service = io.websocket();
    let mut clients = vec![];
    for _ in 0..5 {
        let mut client = TestClient::plain(&service).await;
        client.ask("value", Value::Null).await;
        clients.push(client);
    }
    clients[0].emit("slow", Value::Null).await;
    gate.reached().await;
    for n in 0..100 {
        io.emit(event!("last", n));
    }
    let closing = tokio::spawn({
        let io = io.clone();
        async move { io.close().await }
    });
    for client in &mut clients {
        for n in 0..100 {
            assert_eq!(client.json().await["data"], n);
        }
        assert_eq!(client.next().await, Got::Close(1001, "server shutting down".to_owned()));
        assert_eq!(client.next().await, Got::End);
    }
    assert!(io.is_draining());
    assert!(!closing.is_finished(), "a handler still runs");
    gate.open();
    closing.await.expect("no panic");
    let lines = log.lines();
    assert_eq!(lines.len(), 11, "{lines:?}");
    for line in ["close: server shutting down", "disconnect: server shutting down"] {
        assert_eq!(lines.iter().filter(|known| *known == line).count(), 5);
    }
    assert_nothing_is_left(&io).await;
}

/// Guarantee 11: within the deadline, whatever peers and handlers do.
#[tokio::test(start_paused = true)]
async fn close_keeps_its_deadline() {
    let (io, log, gate) = server(module_path!(), Config::new().shutdown_timeout(Duration::from_secs(8)));
    let service = io.websocket();
    // one never answers the close frame, one has a handler that never ends
    let _deaf = plain_pipe(&service, "/ws", 16);
    let mut busy = TestClient::plain(&service).await;
    busy.emit("slow", Value::Null).await;
    gate.reached().await;
    let start = tokio::time::Instant::now();
    io.close().await;
    assert!(start.elapsed() <= Duration::from_secs(9), "{:?}", start.elapsed());
    assert!(start.elapsed() >= Duration::from_secs(8));
    assert!(!log.lines().contains(&"slow".to_owned()));
    assert_nothing_is_left(&io).await;
}

/// A WebSocket that was turned away has its time to close, unless the server does not.
#[tokio::test(start_paused = true)]
async fn close_waits_for_nothing_that_was_turned_away() {
    let (io, _, _) = server(module_path!(), Config::new());
    let (ours, theirs) = tokio::io::duplex(64);
    let stream = Stream::Other(Box::new(theirs));
    turn_away(io.hub(), async { Some((stream, vec![])) });
    turn_away(io.hub(), std::future::pending());
    tokio::time::sleep(Duration::from_secs(1)).await;
    let start = tokio::time::Instant::now();
    io.close().await;
    assert_eq!(start.elapsed(), Duration::ZERO);
    drop(ours);
    assert_nothing_is_left(&io).await;
}

#[tokio::test(start_paused = true)]
async fn a_drained_server_keeps_serving_its_clients() {
    let (io, _, _) = server(module_path!(), Config::new());
    let mut client = TestClient::plain(&io.websocket()).await;
    assert!(!io.is_draining());
    io.drain();
    assert_eq!(client.ask("value", Value::Null).await, json!({ "ack": 1, "data": 1 }));
    assert_nothing_is_left(&io).await;
}

/// Clients leave a few at a time, newcomers are refused, and those that have their turn later are served until then.
#[tokio::test(start_paused = true)]
async fn a_server_drains_over_a_time_and_not_at_once() {
    let (io, log, _) = server(module_path!(), Config::new());
    let service = io.websocket();
    let mut clients = vec![];
    for _ in 0..100 {
        let mut client = TestClient::plain(&service).await;
        client.ask("value", Value::Null).await;
        clients.push(tokio::spawn(async move {
            let mut heard = 0;
            loop {
                match client.next().await {
                    Got::Text(_) => heard += 1,
                    Got::Close(code, _) => return (heard, code),
                    other => panic!("{other:?}"),
                }
            }
        }));
    }
    let start = tokio::time::Instant::now();
    let draining = tokio::spawn({
        let io = io.clone();
        async move { io.drain_over(Duration::from_secs(20)).await }
    });
    for (seconds, there) in [(5, 70..=80), (10, 45..=55), (15, 20..=30)] {
        tokio::time::sleep_until(start + Duration::from_secs(seconds)).await;
        let open = io.socket_count();
        assert!(there.contains(&open), "{open} after {seconds} s");
        assert!(io.is_draining());
        io.emit(event!("still", seconds));
    }
    let mut heard = 0;
    for client in clients {
        let (events, code) = client.await.expect("no panic");
        assert_eq!(code, 1001);
        heard += events;
    }
    assert!((140..=160).contains(&heard), "those that were there heard it: {heard}");
    assert_eq!(draining.await.expect("no panic"), 100);
    assert!(start.elapsed() <= Duration::from_secs(21), "{:?}", start.elapsed());
    let gone = log.lines().iter().filter(|line| *line == "disconnect: server shutting down").count();
    assert_eq!(gone, 100);
    assert_eq!(io.drain_over(Duration::from_secs(20)).await, 0, "nobody is left");
    assert_nothing_is_left(&io).await;
}

/// Two servers in one process share nothing.
#[tokio::test(start_paused = true)]
async fn servers_are_independent() {
    let (one, _, _) = server(module_path!(), Config::new());
    let (two, _, _) = server(module_path!(), Config::new());
    let (mut a, mut b) =
        (TestClient::plain(&one.websocket()).await, TestClient::plain(&two.websocket()).await);
    a.ask("value", Value::Null).await;
    b.ask("value", Value::Null).await;
    one.emit(event!("one"));
    two.emit(event!("two"));
    assert_eq!(a.json().await["event"], "one");
    assert_eq!(b.json().await["event"], "two");
    drop(a);
    one.close().await;
    assert_eq!(b.ask("value", Value::Null).await["data"], 1);
}
