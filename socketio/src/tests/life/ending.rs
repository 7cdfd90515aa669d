//! Guarantee 3: the life of a socket, and what its verbs do after its end.

use std::time::Duration;

use serde_json::{Value, json};
use tokio_tungstenite::tungstenite::{Message as WsMessage, protocol::CloseFrame};

use crate::{
    Config, DisconnectReason, Socket, State,
    close::CloseCode,
    error::{EmitError, FireError, SetUuidError, SocketError},
    event, on,
    tests::kit::{Gate, Got, Log, TestClient, assert_nothing_is_left, server},
};

#[on(connect)]
fn connected(socket: &Socket, State(log): State<Log>) {
    socket.join("room");
    log.add("connect");
}

#[on("slow")]
async fn slow(socket: Socket, State(log): State<Log>, State(gate): State<Gate>) {
    let log = Dropped(log, true);
    gate.pass().await;
    socket.emit(event!("goes nowhere"));
    log.0.add("slow");
    let mut log = log;
    log.1 = false;
}

/// Reports that a future was dropped before it was done.
struct Dropped(Log, bool);

impl Drop for Dropped {
    fn drop(&mut self) {
        if self.1 {
            self.0.add("slow was dropped");
        }
    }
}

#[on("quick")]
fn quick(State(log): State<Log>) {
    log.add("quick");
}

#[on("leave")]
fn leave(socket: &Socket, State(log): State<Log>) {
    socket.emit(event!("bye"));
    socket.close_with(CloseCode::new(4001).expect("allowed"), "enough");
    socket.close();
    log.add("leave");
}

#[on("message")]
fn message(State(log): State<Log>) {
    log.add("message");
}

#[on(close)]
fn closing(socket: &Socket, reason: DisconnectReason, State(log): State<Log>) {
    assert_eq!(socket.rooms().iter().map(ToString::to_string).collect::<Vec<_>>(), ["room"]);
    log.add(format!("close: {reason}"));
}

#[on(disconnect)]
async fn gone(socket: Socket, reason: DisconnectReason, State(log): State<Log>) {
    assert_eq!(socket.rooms().len(), 1);
    socket.join("late");
    socket.emit(event!("goes nowhere"));
    assert!(!socket.is_connected());
    tokio::task::yield_now().await;
    log.add(format!("disconnect: {reason} ({})", reason.code()));
}

#[on(error)]
fn failed(error: &SocketError, State(log): State<Log>) {
    if let SocketError::Disconnected { reason, dropped } = error {
        log.add(format!("error: {reason}, {dropped} dropped"));
    }
}

/// What a server logs of a client that does `act`.
async fn life(config: Config, act: impl AsyncFnOnce(TestClient, &Gate)) -> Vec<String> {
    let (io, log, gate) = server(module_path!(), config);
    act(TestClient::plain(&io.websocket()).await, &gate).await;
    let last = log.clone();
    // everything the server does by itself is done before its last connection is gone
    while io.hub().connections() > 0 {
        tokio::time::sleep(Duration::from_millis(10)).await;
    }
    assert_nothing_is_left(&io).await;
    last.lines()
}

fn close_frame(code: u16) -> WsMessage {
    WsMessage::Close(Some(CloseFrame { code: code.into(), reason: "".into() }))
}

/// Guarantee 3: an orderly end. Events that were read are handled first; there is no `error`.
#[tokio::test(start_paused = true)]
async fn an_orderly_end_handles_what_was_read() {
    let lines = life(Config::new(), async |mut client, gate| {
        client.emit("slow", Value::Null).await;
        client.emit("quick", Value::Null).await;
        client.emit("quick", Value::Null).await;
        gate.reached().await;
        client.send_raw(close_frame(1000)).await;
        assert_eq!(client.next().await, Got::Close(1000, String::new()));
        gate.open();
    })
    .await;
    assert_eq!(lines, ["connect", "slow", "quick", "quick", "disconnect: transport close (1000) (1000)"]);
}

/// Guarantee 3: an abnormal end. The running handler finishes, queued events are counted, `error` follows.
#[tokio::test(start_paused = true)]
async fn an_abnormal_end_drops_and_counts_what_waits() {
    let lines = life(Config::new(), async |mut client, gate| {
        client.emit("slow", Value::Null).await;
        client.emit("quick", Value::Null).await;
        client.emit("quick", Value::Null).await;
        gate.reached().await;
        client.send_raw(WsMessage::Ping("x".into())).await;
        assert_eq!(client.next().await, Got::Pong(b"x".to_vec()), "everything before it is read");
        client.cut();
        // time passes only when every task waits: the server has seen the end
        tokio::time::sleep(Duration::from_millis(1)).await;
        gate.open();
    })
    .await;
    assert_eq!(lines[..2], ["connect", "slow"]);
    assert_eq!(lines[2..], ["disconnect: transport close (1006)", "error: transport close, 2 dropped"]);
}

#[tokio::test(start_paused = true)]
async fn close_codes_of_the_peer_are_reported() {
    for (code, told) in [(1001, None), (1002, Some("error: ")), (4000, Some("error: "))] {
        let lines = life(Config::new(), async |mut client, _| {
            client.send_raw(close_frame(code)).await;
            assert_eq!(client.closed().await.map(|close| close.0), Some(code));
        })
        .await;
        assert_eq!(lines[1], format!("disconnect: transport close ({code}) ({code})"));
        assert_eq!(lines.get(2).is_some(), told.is_some(), "{lines:?}");
    }
    let lines = life(Config::new(), async |mut client, _| {
        client.send_raw(WsMessage::Close(None)).await;
        let _ = client.next().await;
    })
    .await;
    assert_eq!(lines, ["connect", "disconnect: transport close (1005)"]);
}

/// Guarantee 3: the server's own end. What was emitted is written, `close` comes before `disconnect`, each once.
#[tokio::test(start_paused = true)]
async fn an_end_by_the_server_flushes_before_it_is_reported() {
    let lines = life(Config::new(), async |mut client, _| {
        client.emit("leave", Value::Null).await;
        client.emit("quick", Value::Null).await;
        assert_eq!(client.json().await, json!({ "event": "bye" }));
        assert_eq!(client.next().await, Got::Close(4001, "enough".to_owned()));
        assert_eq!(client.next().await, Got::End);
    })
    .await;
    assert_eq!(
        lines,
        ["connect", "leave", "close: forced server close", "disconnect: forced server close (4001)"]
    );
}

/// Guarantee 3: a handler that does not end is dropped after its grace, and `disconnect` still comes.
#[tokio::test(start_paused = true)]
async fn a_handler_has_a_grace_period_after_the_end() {
    let start = tokio::time::Instant::now();
    let lines = life(Config::new().handler_grace(Duration::from_secs(3)), async |mut client, gate| {
        client.emit("slow", Value::Null).await;
        gate.reached().await;
    })
    .await;
    assert_eq!(
        lines,
        [
            "connect",
            "slow was dropped",
            "disconnect: transport close (1006)",
            "error: transport close, 0 dropped"
        ]
    );
    assert!(start.elapsed() >= Duration::from_secs(3) && start.elapsed() < Duration::from_secs(4));
}

/// Guarantee 3: after the end, the verbs of a kept handle do nothing, and say so.
#[tokio::test(start_paused = true)]
async fn a_kept_handle_is_harmless() {
    let (io, log, _) = server(module_path!(), Config::new());
    let mut client = TestClient::plain(&io.websocket()).await;
    client.ask("quick", Value::Null).await;
    let socket = io.sockets().pop().expect("one");
    assert!(socket.is_connected());
    assert_eq!(socket.set_uuid("ann"), Ok(()));
    client.close().await;
    let reason = socket.disconnected().await;
    assert_eq!(reason, DisconnectReason::ClientClose { code: None, reason: "".into() });
    log.wait_for(3).await;
    assert!(!socket.is_connected());
    socket.emit(event!("x"));
    socket.join("elsewhere");
    socket.close();
    assert_eq!(socket.try_emit(event!("x")), Err(EmitError::Closed));
    assert_eq!(socket.emit_ready(event!("x")).await, Err(EmitError::Closed));
    assert_eq!(socket.fire(event!("quick")), Err(FireError::Closed));
    assert_eq!(socket.set_uuid("bob"), Err(SetUuidError::Closed));
    assert_eq!(socket.rooms().len(), 1);
    assert_eq!(io.emit_to("ann", event!("x")), Err(EmitError::Closed), "the alias is released");
    assert_nothing_is_left(&io).await;
    assert_eq!(log.lines().len(), 3, "{:?}", log.lines());
}

#[tokio::test(start_paused = true)]
async fn aliases_are_unique_and_move() {
    let (io, _, _) = server(module_path!(), Config::new());
    let service = io.websocket();
    let mut clients = [TestClient::plain(&service).await, TestClient::plain(&service).await];
    for client in &mut clients {
        client.ask("quick", Value::Null).await;
    }
    let [one, two]: [Socket; 2] = io.sockets().try_into().expect("two");
    assert_eq!(one.uuid(), one.id().to_string());
    assert_eq!(one.set_uuid("ann"), Ok(()));
    assert_eq!(two.set_uuid("ann"), Err(SetUuidError::Duplicate));
    assert_eq!(two.set_uuid(one.id().to_string()), Err(SetUuidError::Duplicate));
    assert_eq!(two.set_uuid(""), Err(SetUuidError::Length));
    assert_eq!(two.set_uuid("x".repeat(257)), Err(SetUuidError::Length));
    assert_eq!((one.uuid().as_str(), two.uuid()), ("ann", two.id().to_string()));
    assert_eq!(one.set_uuid("eve"), Ok(()));
    assert!(io.socket("ann").is_none());
    assert_eq!(io.socket("eve").as_ref(), Some(&one));
    assert_eq!(io.socket(one.id()).as_ref(), Some(&one), "the id always finds it");
    assert_eq!(two.set_uuid("ann"), Ok(()));
    assert_nothing_is_left(&io).await;
}

/// `fire` runs handlers of this process, after the current one and before what waits.
#[tokio::test(start_paused = true)]
async fn fired_events_go_to_the_head_of_the_inbox() {
    let (io, log, gate) = server(module_path!(), Config::new());
    let mut client = TestClient::plain(&io.websocket()).await;
    client.emit("slow", Value::Null).await;
    gate.reached().await;
    client.send(r#"{"event":"message"}"#).await;
    client.send_raw(WsMessage::Ping("x".into())).await;
    while client.next().await != Got::Pong(b"x".to_vec()) {}
    let socket = io.sockets().pop().expect("one");
    assert_eq!(socket.fire(event!("quick")), Ok(()));
    assert_eq!(socket.fire(event!("nobody")), Err(FireError::NoHandler));
    assert_eq!(
        crate::emit::Dynamic::new("connect", ()).err(),
        Some(EmitError::Reserved),
        "slots cannot be faked"
    );
    assert_eq!(io.fire(event!("quick")), Ok(1));
    gate.open();
    assert_eq!(log.wait_for(5).await, ["connect", "slow", "quick", "quick", "message"]);
    assert_eq!(client.json().await, json!({ "event": "goes nowhere" }), "it was connected, after all");
}
