//! Verbs in every handler and from other tasks, while the peer leaves.

use super::{
    Gate, Log, assert_nothing_is_left,
    frames::{Raw, frame},
    server,
};
use crate::{Config, DisconnectReason, Socket, SocketError, State, event, on, test::plain_pipe};

#[on("fires")]
fn fires(socket: &Socket, State(log): State<Log>) {
    log.add("fires");
    assert_eq!(socket.fire(event!("fired", 1)), Ok(()));
    assert_eq!(socket.fire(event!("fired", 2)), Ok(()));
    assert!(socket.emit_to("nobody", event!("x")).is_err());
    log.add("has fired");
}

#[on("fired")]
fn fired(n: u32, State(log): State<Log>) {
    log.add(format!("fired {n}"));
}

#[on("quick")]
fn quick(State(log): State<Log>) {
    log.add("quick");
}

#[on("wait")]
async fn wait(State(gate): State<Gate>) {
    gate.pass().await;
}

#[on(disconnect)]
async fn gone(reason: DisconnectReason, State(log): State<Log>) {
    log.add(format!("disconnect: {}", reason.as_str()));
    tokio::task::yield_now().await;
    log.add("disconnected");
}

#[on(error)]
fn failed(error: &SocketError, State(log): State<Log>) {
    match error {
        SocketError::Disconnected { dropped, .. } => log.add(format!("{dropped} dropped")),
        other => log.add(other.to_string()),
    }
}

fn event(name: &str) -> Vec<u8> {
    frame(0x81, format!(r#"{{"event":"{name}"}}"#))
}

/// What is fired runs when the current handler has returned: before what stands behind in the same read.
#[tokio::test(start_paused = true)]
async fn what_is_fired_runs_before_what_was_read() {
    let (io, log, _) = server(module_path!(), Config::new());
    let mut raw = Raw::over(plain_pipe(&io.websocket(), "/ws", 4096));
    raw.send(&[event("fires"), event("quick"), event("quick")].concat()).await;
    let lines = log.wait_for(7).await;
    let faults = "cannot emit to nobody: the socket is closed";
    assert_eq!(lines, ["fires", "has fired", "fired 1", "fired 2", faults, "quick", "quick"]);
    drop(raw);
    assert_nothing_is_left(&io).await;
}

/// An abnormal end drops what was fired just before it, as everything that waits; an orderly one handles it.
#[tokio::test(start_paused = true)]
async fn an_abnormal_end_drops_what_was_fired_as_well() {
    let (io, log, _) = server(module_path!(), Config::new());
    let mut raw = Raw::over(plain_pipe(&io.websocket(), "/ws", 4096));
    raw.send(&[event("fires"), frame(0x83, b"")].concat()).await;
    raw.rest().await;
    drop(raw);
    assert_nothing_is_left(&io).await;
    assert_eq!(log.lines(), ["fires", "has fired", "disconnect: parse error", "disconnected", "2 dropped"]);

    let (io, log, _) = server(module_path!(), Config::new());
    let mut raw = Raw::over(plain_pipe(&io.websocket(), "/ws", 4096));
    raw.send(&[event("fires"), frame(0x88, b"")].concat()).await;
    raw.rest().await;
    drop(raw);
    assert_nothing_is_left(&io).await;
    let lines = log.lines();
    assert_eq!(lines[2..4], ["fired 1", "fired 2"]);
    assert_eq!(lines[5..], ["disconnect: transport close", "disconnected"], "{lines:?}");
}
