//! Guarantees 1 and 4: the order of events, of emits, of broadcasts.

use std::time::Duration;

use serde_json::{Value, json};

use super::{Gate, Log, assert_nothing_is_left, server};
use crate::{Config, Event, Socket, SocketIo, State, event, on, test::TestClient};

#[derive(serde::Serialize, serde::Deserialize, Event)]
#[event("step")]
struct Step {
    n: u32,
    slow: bool,
}

#[on(Step)]
async fn step(socket: &Socket, step: Step, State(log): State<Log>) {
    log.add(format!("begin {}", step.n));
    if step.slow {
        tokio::time::sleep(Duration::from_millis(u64::from(50 - step.n))).await;
    }
    log.add(format!("end {}", step.n));
    socket.emit(&step);
}

#[on("all")]
fn all(io: SocketIo, n: u32) {
    io.emit(event!("all", n));
}

#[on("wait")]
async fn wait(State(gate): State<Gate>) {
    gate.pass().await;
}

#[on("bump")]
fn bump() -> u32 {
    1
}

/// Guarantee 1.
#[tokio::test(start_paused = true)]
async fn events_of_a_socket_are_handled_one_at_a_time_in_order() {
    let (io, log, _) = server(module_path!(), Config::new());
    let mut client = TestClient::plain(&io.websocket()).await;
    for n in 0..40 {
        client.emit("step", json!({ "n": n, "slow": n % 3 == 0 })).await;
    }
    let expected: Vec<String> = (0..40).flat_map(|n| [format!("begin {n}"), format!("end {n}")]).collect();
    assert_eq!(log.wait_for(80).await, expected);
    for n in 0..40 {
        assert_eq!(client.json().await["data"]["n"], n);
    }
    assert_nothing_is_left(&io).await;
}

/// Guarantee 1: a waiting handler holds up its own socket only.
#[tokio::test(start_paused = true)]
async fn a_waiting_handler_holds_up_nobody_else() {
    let (io, _, gate) = server(module_path!(), Config::new());
    let service = io.websocket();
    let (mut one, mut other) = (TestClient::plain(&service).await, TestClient::plain(&service).await);
    one.emit("wait", Value::Null).await;
    gate.reached().await;
    assert_eq!(other.ask("bump", Value::Null).await["data"], 1);
    gate.open();
    assert_eq!(one.ask("bump", Value::Null).await["data"], 1);
}

/// Guarantee 4.
#[tokio::test(start_paused = true)]
async fn emits_keep_their_order() {
    let (io, _, _) = server(module_path!(), Config::new());
    let mut client = TestClient::plain(&io.websocket()).await;
    client.ask("bump", Value::Null).await;
    let socket = io.sockets().pop().expect("one");
    for n in 0..500 {
        // own frames, shared frames, and frames of other tasks' making in one line
        match n % 3 {
            0 => socket.emit(event!("all", n)),
            1 => io.emit(event!("all", n)),
            _ => io.emit_to(socket.id(), event!("all", n)).expect("live"),
        }
    }
    for n in 0..500 {
        assert_eq!(client.json().await, json!({ "event": "all", "data": n }));
    }
}

/// Guarantee 4: all members see all broadcasts in one order, no matter which socket sends them.
#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn broadcasts_have_one_order_for_all() {
    const SENDERS: u32 = 4;
    const EACH: u32 = 200;
    let (io, _, _) = server(module_path!(), Config::new());
    let service = io.websocket();
    let mut clients = vec![];
    for _ in 0..5 {
        let mut client = TestClient::plain(&service).await;
        client.ask("bump", Value::Null).await;
        clients.push(client);
    }
    let senders: Vec<_> = (0..SENDERS)
        .map(|sender| {
            let io = io.clone();
            tokio::spawn(async move {
                for n in 0..EACH {
                    io.emit(event!("all", sender * 1000 + n));
                    tokio::task::yield_now().await;
                }
            })
        })
        .collect();
    let mut seen = vec![];
    for client in &mut clients {
        let mut events = vec![];
        for _ in 0..SENDERS * EACH {
            events.push(client.json().await["data"].as_u64().expect("a number"));
        }
        seen.push(events);
    }
    for sender in senders {
        sender.await.expect("no panic");
    }
    for other in &seen[1..] {
        assert_eq!(*other, seen[0]);
    }
}
