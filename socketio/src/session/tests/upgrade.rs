//! From polling to WebSocket (`wire.md` 2.4), without a network and on a paused clock.

use std::time::Duration;

use tokio::time::{Instant, sleep};

use super::{Gate, Log, assert_nothing_is_left, seconds_since, server};
use crate::{
    Config, DisconnectReason, Socket, SocketIo, State,
    connection::Carrier,
    event, on,
    test::{
        Got, TestClient,
        polling::{PollingClient, settle},
    },
};

#[on("echo")]
fn echo(socket: &Socket, text: String) {
    socket.emit(event!("echo", text));
}

#[on(disconnect)]
fn gone(reason: DisconnectReason, State(log): State<Log>, State(_): State<Gate>) {
    log.add(format!("gone: {}", reason.as_str()));
}

fn start() -> (SocketIo, Log) {
    let (io, log, _) = server(module_path!(), Config::new());
    (io, log)
}

async fn probed(client: &PollingClient) -> TestClient {
    let mut websocket = client.try_websocket().await.expect("the first one");
    websocket.send("2probe").await;
    assert_eq!(websocket.next().await, Got::Text("3probe".to_owned()), "the first frame");
    websocket
}

/// While the client changes over, a GET is answered each 100 ms, so that it can stop asking.
#[tokio::test(start_paused = true)]
async fn a_get_does_not_hold_up_an_upgrade() {
    let (io, _) = start();
    let client = PollingClient::join(&io).await;
    let poll = client.start_poll().await;
    let mut websocket = probed(&client).await;
    for _ in 0..3 {
        let start = Instant::now();
        assert_eq!(client.start_poll_or_wait(&poll).await, "6");
        assert!(start.elapsed() <= Duration::from_millis(100), "{:?}", start.elapsed());
    }
    websocket.send("5").await;
    websocket.send("42[\"echo\",\"a\"]").await;
    assert_eq!(websocket.text().await, "42[\"echo\",\"a\"]");
    assert_nothing_is_left(&io).await;
}

impl PollingClient {
    /// The body of the answer to `poll`, or to a new GET if that has its answer.
    async fn start_poll_or_wait(
        &self,
        poll: &tokio::task::JoinHandle<crate::test::polling::Answer>,
    ) -> String {
        if poll.is_finished() { self.poll().await.body } else { wait_finished(poll).await }
    }
}

async fn wait_finished(poll: &tokio::task::JoinHandle<crate::test::polling::Answer>) -> String {
    while !poll.is_finished() {
        sleep(Duration::from_millis(5)).await;
    }
    "6".to_owned()
}

/// Guarantee 4: nothing is lost, doubled or overtaken. What is emitted before `5` may go out by polling.
#[tokio::test(start_paused = true)]
async fn the_order_is_kept_across_an_upgrade() {
    let (io, _) = start();
    let client = PollingClient::join(&io).await;
    let emit = |range: std::ops::Range<u32>| range.for_each(|i| io.emit(event!("n", i)));
    let mut seen = vec![];
    emit(0..100);
    let mut websocket = probed(&client).await;
    emit(100..200);
    seen.extend(client.poll().await.body.split('\x1e').map(str::to_owned));
    emit(200..300);
    websocket.send("5").await;
    emit(300..400);
    while seen.len() < 400 {
        seen.push(websocket.text().await);
    }
    let expected: Vec<String> = (0..400).map(|i| format!("42[\"n\",{i}]")).collect();
    assert_eq!(seen, expected);
}

#[tokio::test(start_paused = true)]
async fn after_an_upgrade_polling_is_over() {
    let (io, log) = start();
    let client = PollingClient::join(&io).await;
    let mut websocket = probed(&client).await;
    websocket.send("5").await;
    websocket.send("42[\"echo\",\"a\"]").await;
    assert_eq!(websocket.text().await, "42[\"echo\",\"a\"]");
    let refused = r#"{"code":3,"message":"Bad request"}"#;
    assert_eq!(client.poll().await.seen(), (400, refused));
    assert_eq!(client.push("4a").await.seen(), (400, refused));
    assert!(client.try_websocket().await.is_none(), "nor is there another");
    websocket.cut();
    settle().await;
    assert_eq!(log.lines(), ["gone: transport close"]);
    assert_nothing_is_left(&io).await;
}

/// A GET that came after the probe, and loses the race against `5`, is answered as if it had come after `5`.
#[tokio::test(start_paused = true)]
async fn a_late_get_is_told_that_polling_is_over() {
    let (io, _) = start();
    let client = PollingClient::join(&io).await;
    let mut websocket = client.try_websocket().await.expect("the first one");
    let late = client.start_poll().await;
    websocket.send("5").await;
    assert_eq!(late.await.expect("no panic").status, 400);
    let client = PollingClient::join(&io).await;
    let early = client.start_poll().await;
    let mut websocket = client.try_websocket().await.expect("the first one");
    websocket.send("5").await;
    assert_eq!(early.await.expect("no panic").seen(), (200, "6"));
}

/// An upgrade that fails leaves the session alone, and may be tried again.
#[tokio::test(start_paused = true)]
async fn a_failed_upgrade_leaves_the_session_alive() {
    let (io, _) = start();
    let client = PollingClient::join(&io).await;
    let mut wrong = client.try_websocket().await.expect("the first one");
    assert!(client.try_websocket().await.is_none(), "one at a time");
    wrong.send("4hi").await;
    assert_eq!(wrong.next().await, Got::Close(1005, String::new()));
    let mut slow = probed(&client).await;
    let start = Instant::now();
    assert_eq!(slow.next().await, Got::Close(1005, String::new()));
    assert_eq!(seconds_since(start), 10, "the upgrade timeout");
    probed(&client).await.cut();
    settle().await;
    assert_eq!(client.mailbox().map(|mailbox| mailbox.carrier()), Some(Carrier::Polling));
    client.push("42[\"echo\",\"alive\"]").await;
    assert_eq!(client.poll().await.body, "42[\"echo\",\"alive\"]");
    let mut websocket = probed(&client).await;
    websocket.send("5").await;
    io.emit(event!("there"));
    assert_eq!(websocket.text().await, "42[\"there\"]");
    assert_nothing_is_left(&io).await;
}

#[tokio::test(start_paused = true)]
async fn a_session_that_ends_takes_its_upgrade_along() {
    let (io, _) = start();
    let client = PollingClient::join(&io).await;
    let mut websocket = probed(&client).await;
    let poll = client.start_poll().await;
    client.push("1").await;
    assert_eq!(poll.await.expect("no panic").body, "6");
    assert_eq!(websocket.closed().await, Some((1005, String::new())));
    client.assert_gone().await;
    assert_nothing_is_left(&io).await;
}

/// The heartbeat goes on from the session's start.
#[tokio::test(start_paused = true)]
async fn the_heartbeat_goes_on_over_an_upgrade() {
    let (io, log) = start();
    let start = Instant::now();
    let client = PollingClient::join(&io).await;
    sleep(Duration::from_secs(10)).await;
    let mut websocket = probed(&client).await;
    websocket.send("5").await;
    assert_eq!(websocket.text().await, "2");
    assert_eq!(seconds_since(start), 25);
    assert_eq!(websocket.next().await, Got::End);
    assert_eq!(seconds_since(start), 45);
    settle().await;
    assert_eq!(log.lines(), ["gone: ping timeout"]);
}
