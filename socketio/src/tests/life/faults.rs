//! Guarantees 6 and 7: a panic touches no other socket, and nothing is lost silently.

use serde_json::{Value, json};

use crate::{
    ClientError, Config, Event, Socket, State,
    error::SocketError,
    event, on,
    tests::kit::{Gate, Log, TestClient, assert_nothing_is_left, server, with_sources},
};

#[derive(serde::Serialize, serde::Deserialize, Event)]
#[event("order", from = client)]
struct Order {
    items: Vec<Item>,
}

#[derive(serde::Serialize, serde::Deserialize)]
struct Item {
    count: u8,
}

#[on(Order)]
fn order(order: Order) {
    assert!(order.items.iter().all(|item| item.count < 200));
}

#[on("pair")]
fn pair(a: i64, b: i64, c: Option<i64>) -> i64 {
    a + b + c.unwrap_or(0)
}

#[on("sync panic")]
fn sync_panic() -> u32 {
    panic!("secret {}", 1)
}

#[on("async panic")]
async fn async_panic() -> u32 {
    tokio::task::yield_now().await;
    panic!("secret")
}

#[on("odd panic")]
fn odd_panic() -> u32 {
    std::panic::panic_any(5)
}

#[on("fails")]
fn fails() -> Result<(), ClientError> {
    Err(ClientError::new("no", "never"))
}

#[on("not json")]
fn not_json(socket: &Socket) {
    // a map whose keys are not strings has no JSON form
    socket.emit(event!("map", std::collections::BTreeMap::from([(vec![1], 2)])));
}

#[on("alive")]
fn alive() -> u32 {
    1
}

#[on(error)]
fn failed(error: &SocketError, State(log): State<Log>) {
    log.add(with_sources(error));
    if error.to_string().contains("\"fails\"") {
        panic!("an error handler that panics is not told of itself");
    }
}

#[on("wait")]
async fn wait(State(gate): State<Gate>) {
    gate.pass().await;
}

/// Guarantee 6.
#[tokio::test(start_paused = true)]
async fn a_panic_is_caught_reported_and_answered() {
    let (io, log, _) = server(module_path!(), Config::new());
    let service = io.websocket();
    let (mut client, mut other) = (TestClient::plain(&service).await, TestClient::plain(&service).await);
    for event in ["sync panic", "async panic", "odd panic"] {
        let answer = client.ask(event, Value::Null).await;
        assert_eq!(answer["error"], json!({ "code": "panicked", "message": "the handler failed" }));
    }
    assert_eq!(client.ask("alive", Value::Null).await["data"], 1);
    assert_eq!(other.ask("alive", Value::Null).await["data"], 1);
    assert_eq!(
        log.lines(),
        [
            "event \"sync panic\", handler `sync_panic` panicked: secret 1",
            "event \"async panic\", handler `async_panic` panicked: secret",
            "event \"odd panic\", handler `odd_panic` panicked: (not a text)",
        ]
    );
    assert_nothing_is_left(&io).await;
}

/// Guarantee 7.
#[tokio::test(start_paused = true)]
async fn every_fault_reaches_the_error_event_and_the_caller() {
    let (io, log, _) = server(module_path!(), Config::new());
    let mut client = TestClient::plain(&io.websocket()).await;
    for (event, data, code, message) in [
        ("nobody", json!(1), "unknown_event", "no handler for event \"nobody\""),
        (
            "order",
            json!({ "items": [{ "count": 300 }] }),
            "bad_payload",
            "argument 0: items[0].count: invalid value: integer, expected u8",
        ),
        ("pair", json!(1), "bad_payload", "argument 1 is missing"),
        ("pair", json!("x"), "bad_payload", "argument 0: invalid type: string, expected i64"),
    ] {
        let answer = client.ask(event, data).await;
        assert_eq!(answer["error"]["code"], code, "{answer}");
        assert_eq!(answer["error"]["message"], message);
        assert!(log.lines().last().is_some_and(|line| line.contains(message)), "{:?}", log.lines());
    }
    // without an id there is no answer, but the server still knows
    client.emit("nobody", Value::Null).await;
    for text in ["not json", "[]", r#"{"data":1}"#, r#"{"event":"alive","data":1,"args":[]}"#] {
        client.send(text).await;
    }
    client.send(format!(r#"{{"event":"{}"}}"#, "x".repeat(257))).await;
    assert_eq!(client.ask("fails", Value::Null).await["error"]["code"], "no");
    client.emit("not json", Value::Null).await;
    assert_eq!(client.ask("alive", Value::Null).await["data"], 1, "the connection is kept");
    let lines = log.lines();
    assert_eq!(lines[4], "no handler for event \"nobody\"");
    assert!(lines[5..10].iter().all(|line| line.starts_with("malformed message: ")), "{lines:?}");
    assert_eq!(lines[10], "event \"fails\", handler `fails`: never");
    assert_eq!(lines[11], "cannot emit to this socket: the value cannot be encoded: key must be a string");
    assert_eq!(lines.len(), 12);
}

#[tokio::test(start_paused = true)]
async fn arguments_that_may_be_missing_and_surplus_ones_are_fine() {
    let (io, _, _) = server(module_path!(), Config::new());
    let mut client = TestClient::plain(&io.websocket()).await;
    for (args, sum) in [("[1,2]", 3), ("[1,2,4]", 7), ("[1,2,4,\"surplus\"]", 7)] {
        client.send(format!(r#"{{"event":"pair","args":{args},"id":1}}"#)).await;
        assert_eq!(client.json().await, json!({ "ack": 1, "data": sum }));
    }
}

#[tokio::test(start_paused = true)]
async fn errors_can_be_kept_from_clients() {
    let (io, log, _) = server(module_path!(), Config::new().error_acks(false));
    let mut client = TestClient::plain(&io.websocket()).await;
    client.send(r#"{"event":"nobody","id":1}"#).await;
    client.send(r#"{"event":"fails","id":2}"#).await;
    assert_eq!(client.ask("alive", Value::Null).await["data"], 1);
    assert_eq!(log.lines().len(), 2);
}

/// A failed `emit_to` raises `error` on the sender, and is returned.
#[tokio::test(start_paused = true)]
async fn a_message_to_nobody_is_an_error_of_its_sender() {
    let (io, log, _) = server(module_path!(), Config::new());
    let mut client = TestClient::plain(&io.websocket()).await;
    client.ask("alive", Value::Null).await;
    let socket = io.sockets().pop().expect("one");
    assert!(socket.emit_to("nobody", event!("x")).is_err());
    let report = socket.emit_to_list([socket.uuid(), "gone".to_owned()], event!("x", 1));
    assert_eq!((report.sent, report.failed.len()), (1, 1));
    assert_eq!(client.json().await, json!({ "event": "x", "data": 1 }));
    assert_eq!(
        log.wait_for(2).await,
        ["cannot emit to nobody: the socket is closed", "cannot emit to gone: the socket is closed"]
    );
    assert!(io.emit_to("nobody", event!("x")).is_err());
    assert_eq!(client.ask("alive", Value::Null).await["data"], 1);
    assert_eq!(log.lines().len(), 2, "the server's own form only returns");
}
