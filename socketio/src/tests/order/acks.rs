//! Guarantee 5, and the rule that each request gets exactly one answer.

use std::time::Duration;

use serde_json::{Value, json};

use crate::{
    Ack, ClientError, Config, Event, Payload, Socket, State,
    error::AckError,
    on,
    tests::kit::{Gate, Log, TestClient, server},
};

#[derive(serde::Serialize, serde::Deserialize, Event)]
#[event("question", ack = Answer)]
struct Question {
    n: u32,
}

#[derive(Debug, PartialEq, serde::Serialize, serde::Deserialize, Payload)]
struct Answer {
    text: String,
}

#[on("interview")]
async fn interview(socket: &Socket, State(log): State<Log>) -> String {
    match socket.emit_with_ack(&Question { n: 1 }).await {
        Ok(answer) => answer.text,
        Err(error) => {
            log.add(format!("{error:?}"));
            format!("no answer: {error}")
        }
    }
}

#[on("noted")]
fn noted(n: u32, State(log): State<Log>) {
    log.add(n.to_string());
}

/// Guarantee 5.
#[tokio::test(start_paused = true)]
async fn a_handler_may_await_its_own_clients_answer_after_a_full_inbox() {
    let (io, log, _) = server(module_path!(), Config::new().inbox_events(8));
    let mut client = TestClient::plain(&io.websocket()).await;
    client.send(r#"{"event":"interview","id":9}"#).await;
    let question = client.json().await;
    assert_eq!(question, json!({ "event": "question", "data": { "n": 1 }, "id": 1 }));
    // more than the inbox holds stands before the answer, less than the second bound
    for n in 0..40 {
        client.emit("noted", json!(n)).await;
    }
    client.send(r#"{"ack":1,"data":{"text":"fine"}}"#).await;
    assert_eq!(client.json().await, json!({ "ack": 9, "data": "fine" }));
    assert_eq!(log.wait_for(40).await, (0..40).map(|n| n.to_string()).collect::<Vec<_>>());
}

/// Guarantee 5: beyond the second bound the answer cannot be reached; waiting for it would never end.
#[tokio::test(start_paused = true)]
async fn an_answer_after_too_many_events_fails_with_backpressure() {
    let (io, log, _) = server(module_path!(), Config::new().inbox_events(8));
    let mut client = TestClient::plain(&io.websocket()).await;
    client.send(r#"{"event":"interview","id":9}"#).await;
    client.json().await;
    for n in 0..100 {
        client.emit("noted", json!(n)).await;
    }
    client.send(r#"{"ack":1,"data":{"text":"late"}}"#).await;
    let answer = client.json().await;
    assert_eq!(answer["data"], "no answer: too many events came before the answer");
    let lines = log.wait_for(101).await;
    assert_eq!(lines[0], format!("{:?}", AckError::Backpressure));
    assert_eq!(lines[1..], (0..100).map(|n| n.to_string()).collect::<Vec<_>>(), "no event is lost");
}

/// Guarantee 5: while we do not read, silence is not the peer's fault.
#[tokio::test(start_paused = true)]
async fn a_slow_handler_does_not_kill_its_healthy_client() {
    let (io, log, gate) = server(module_path!(), Config::new().inbox_events(2));
    let mut client = TestClient::plain(&io.websocket()).await;
    client.emit("gate", Value::Null).await;
    gate.reached().await;
    for n in 0..10 {
        client.emit("noted", json!(n)).await;
    }
    // many pings; the answers come after the unread events
    let waited = tokio::time::timeout(Duration::from_secs(600), client.next());
    assert!(waited.await.is_ok_and(|got| got == crate::tests::kit::Got::Ping));
    let _ = tokio::time::timeout(Duration::from_secs(600), client.text()).await;
    gate.open();
    assert_eq!(log.wait_for(10).await.len(), 10);
    assert_eq!(io.socket_count(), 1, "still connected");
}

#[on("gate")]
async fn wait(State(gate): State<Gate>) {
    gate.pass().await;
}

#[tokio::test(start_paused = true)]
async fn answers_that_do_not_come_are_errors() {
    let (io, _, _) =
        server(module_path!(), Config::new().ack_timeout(Duration::from_secs(7)).max_pending_acks(2));
    let mut client = TestClient::plain(&io.websocket()).await;
    client.ask("value", Value::Null).await;
    let socket = io.sockets().pop().expect("one");

    let start = tokio::time::Instant::now();
    assert_eq!(socket.emit_with_ack(&Question { n: 1 }).await, Err(AckError::Timeout));
    assert_eq!(start.elapsed(), Duration::from_secs(7));
    // a late answer is ignored
    client.send(r#"{"ack":1,"data":{"text":"late"}}"#).await;

    let wrong = socket.emit_with_ack(&Question { n: 2 });
    client.send(r#"{"ack":2,"data":{"txet":"x"}}"#).await;
    assert!(
        matches!(wrong.await, Err(AckError::Decode(error)) if error.to_string().contains("missing field `text`"))
    );

    let refused = socket.emit_with_ack(&Question { n: 3 });
    client.send(r#"{"ack":3,"error":{"code":"busy"}}"#).await;
    assert_eq!(refused.await, Err(AckError::Refused(json!({ "code": "busy" }))));

    let (one, two) = (socket.emit_with_ack(&Question { n: 4 }), socket.emit_with_ack(&Question { n: 5 }));
    assert_eq!(socket.emit_with_ack(&Question { n: 6 }).await, Err(AckError::TooMany));
    drop(one);
    let three = socket.emit_with_ack(&Question { n: 7 });
    client.cut();
    assert_eq!(two.await, Err(AckError::Disconnected));
    assert_eq!(three.await, Err(AckError::Disconnected));
    assert_eq!(socket.emit_with_ack(&Question { n: 8 }).await, Err(AckError::Disconnected));
    assert!(!socket.core().acks.are_pending());
}

// --- one answer for each request ---

#[on("value")]
fn value() -> u32 {
    7
}

#[on("nothing")]
fn nothing(State(log): State<Log>) {
    log.add("nothing");
}

#[on("failing")]
fn failing() -> Result<u32, ClientError> {
    Err(ClientError::new("sold_out", "nothing left"))
}

#[on("listener fails")]
fn listener_fails() -> Result<(), ClientError> {
    Err(ClientError::new("first", "the first error counts"))
}

#[on("listener fails", priority = 1)]
fn listener_fails_too() -> Result<(), ClientError> {
    Err(ClientError::new("second", "not told"))
}

#[on("both")]
fn both_listens() -> Result<(), ClientError> {
    Err(ClientError::new("listener", "not told: somebody answers"))
}

#[on("both", priority = 1)]
fn both_answers() -> u32 {
    8
}

#[on("late")]
async fn late(ack: Ack<u32>, State(gate): State<Gate>) {
    tokio::spawn(async move {
        gate.pass().await;
        ack.send(&9);
    });
}

#[on("dropped")]
fn dropped(_ack: Ack<u32>) {}

#[on("dropped late")]
fn dropped_late(ack: Ack<u32>, State(gate): State<Gate>) {
    tokio::spawn(async move {
        gate.pass().await;
        drop(ack);
    });
}

#[on("ack and error")]
async fn ack_and_error(_ack: Ack<u32>) -> Result<(), ClientError> {
    Err(ClientError::new("better", "than unanswered"))
}

#[on("ack and rejection")]
fn ack_and_rejection(_ack: Ack<u32>, _n: u32) {}

#[on("ack and panic")]
fn ack_and_panic(_ack: Ack<u32>) {
    panic!("secret");
}

#[on("rejected ack")]
fn rejected_ack(ack: Ack<u32>) {
    ack.reject(ClientError::new("no", "not today"));
}

#[tokio::test(start_paused = true)]
async fn each_request_gets_exactly_one_answer() {
    let (io, _, gate) = server(module_path!(), Config::new());
    let mut client = TestClient::plain(&io.websocket()).await;
    for (event, key, expected) in [
        ("value", "data", json!(7)),
        ("nothing", "data", Value::Null),
        ("failing", "error", json!({ "code": "sold_out", "message": "nothing left" })),
        ("listener fails", "error", json!({ "code": "first", "message": "the first error counts" })),
        ("both", "data", json!(8)),
        (
            "dropped",
            "error",
            json!({ "code": "unanswered", "message": "the handler ended without an answer" }),
        ),
        ("ack and error", "error", json!({ "code": "better", "message": "than unanswered" })),
        ("ack and panic", "error", json!({ "code": "panicked", "message": "the handler failed" })),
        ("rejected ack", "error", json!({ "code": "no", "message": "not today" })),
    ] {
        assert_eq!(client.ask(event, Value::Null).await[key], expected, "{event}");
    }
    let rejected = client.ask("ack and rejection", json!("text")).await;
    assert_eq!(rejected["error"]["code"], "bad_payload");
    let silent: Value = client.ask("nothing", Value::Null).await;
    assert_eq!(silent.as_object().map(serde_json::Map::len), Some(1), "an answer without value: {silent}");

    client.send(r#"{"event":"late","id":100}"#).await;
    client.send(r#"{"event":"dropped late","id":101}"#).await;
    gate.reached().await;
    gate.reached().await;
    // the handlers have returned, and none has answered yet
    assert_eq!(client.ask("value", Value::Null).await["data"], 7);
    gate.open();
    gate.open();
    let answers = [client.json().await, client.json().await];
    assert!(answers.contains(&json!({ "ack": 100, "data": 9 })), "{answers:?}");
    assert!(answers.iter().any(|answer| answer["error"]["code"] == "unanswered"), "{answers:?}");
}
