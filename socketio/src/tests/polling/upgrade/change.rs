//! The packet `5`: nothing is lost, doubled or overtaken, and polling is over.

use std::{
    cell::RefCell,
    pin::Pin,
    task::{Context, Waker},
    time::Duration,
};

use tokio::{io::AsyncWriteExt, time::timeout};

use super::start;
use crate::{
    Config, State,
    connection::Carrier,
    event, on,
    tests::kit::{
        Answer, Gate, PollingClient, TestClient, ask, assert_nothing_is_left, client_frame, request, settle,
    },
};

/// Guarantee 4: nothing is lost, doubled or overtaken. What is emitted before `5` may go out by polling.
#[tokio::test(start_paused = true)]
async fn the_order_is_kept_across_an_upgrade() {
    let (io, _, _) = start(Config::new());
    let client = PollingClient::join(&io).await;
    let emit = |range: std::ops::Range<u32>| range.for_each(|i| io.emit(event!("n", i)));
    let mut seen = vec![];
    emit(0..100);
    let mut websocket = client.probe().await;
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

/// When the GET came that waits at the change.
#[derive(Debug, Clone, Copy, PartialEq)]
enum Waiting {
    Nothing,
    SinceBefore,
    SinceProbe,
}

/// Guarantee 4 in both directions: 500 numbers, half of them before the change, whatever waits at it.
#[tokio::test(start_paused = true)]
async fn numbers_stay_in_order_over_the_change() {
    for waiting in [Waiting::Nothing, Waiting::SinceBefore, Waiting::SinceProbe] {
        let (io, log, _) = start(Config::new());
        let client = PollingClient::join(&io).await;
        let emit = |range: std::ops::Range<u32>| range.for_each(|i| io.emit(event!("n", i)));
        let packets = |answer: &str| answer.split('\x1e').map(str::to_owned).collect::<Vec<_>>();
        let mut seen = vec![];
        for first in (0..200).step_by(8) {
            let poll = client.start_poll().await;
            emit(first..first + 1);
            seen.extend(packets(&poll.answer().await.body));
            emit(first + 1..first + 8);
            seen.extend(packets(&client.poll().await.body));
            let posted = (first..first + 8).map(|i| format!("42[\"log\",\"{i}\"]"));
            client.push(posted.collect::<Vec<_>>().join("\x1e")).await;
        }
        let mut poll = None;
        if waiting == Waiting::SinceBefore {
            poll = Some(client.start_poll().await);
        }
        let mut websocket = client.probe().await;
        if waiting == Waiting::Nothing {
            emit(200..225);
            seen.extend(packets(&client.poll().await.body));
            emit(225..250);
        }
        if waiting == Waiting::SinceProbe {
            poll = Some(client.start_poll().await);
        }
        websocket.send("5").await;
        for i in 200..500 {
            websocket.send(format!("42[\"log\",\"{i}\"]")).await;
        }
        if let Some(poll) = poll {
            let told = poll.answer().await;
            let expected = match waiting {
                Waiting::SinceBefore => (200, "6"),
                _ => (400, r#"{"code":3,"message":"Bad request"}"#),
            };
            assert_eq!(told.seen(), expected, "{waiting:?}");
            emit(200..250);
        }
        emit(250..500);
        while seen.len() < 500 {
            seen.push(websocket.text().await);
        }
        let expected: Vec<_> = (0..500).map(|i| format!("42[\"n\",{i}]")).collect();
        assert_eq!(seen, expected, "{waiting:?}");
        assert!(timeout(Duration::from_secs(1), websocket.next()).await.is_err(), "nothing twice");
        let expected: Vec<_> = (0..500).map(|i| i.to_string()).collect();
        assert_eq!(log.wait_for(500).await, expected, "{waiting:?}");
        assert_nothing_is_left(&io).await;
    }
}

/// `5` is the change, probe or not.
#[tokio::test(start_paused = true)]
async fn a_change_needs_no_probe() {
    let (io, _, _) = start(Config::new());
    let client = PollingClient::join(&io).await;
    io.emit(event!("kept"));
    let mut websocket = client.try_websocket().await.expect("the first one");
    websocket.send("5").await;
    websocket.send("42[\"echo\",\"a\"]").await;
    assert_eq!(websocket.text().await, "42[\"kept\"]");
    assert_eq!(websocket.text().await, "42[\"echo\",\"a\"]");
    assert_eq!(client.poll().await.seen(), (400, r#"{"code":3,"message":"Bad request"}"#));
    assert_nothing_is_left(&io).await;
}

/// What follows `5` in the same read belongs to the session, in order; and so does what precedes it.
#[tokio::test(start_paused = true)]
async fn frames_right_after_the_change_are_read() {
    let (io, log, _) = start(Config::new().frames_per_turn(3).inbox_events(2));
    let client = PollingClient::join(&io).await;
    client.push("42[\"log\",\"posted\"]").await;
    let mut bytes = client_frame(1, b"2probe");
    bytes.extend(client_frame(1, b"5"));
    for i in 0..20 {
        bytes.extend(client_frame(1, format!("42[\"log\",\"{i}\"]").as_bytes()));
    }
    let packet = r#"452-["pair",{"_placeholder":true,"num":0},{"_placeholder":true,"num":1}]"#;
    bytes.extend(client_frame(1, packet.as_bytes()));
    bytes.extend(client_frame(2, &[1]));
    bytes.extend(client_frame(2, &[2, 3]));
    bytes.extend(client_frame(1, b"42[\"echo\",\"behind\"]"));
    let mut pipe = client.try_pipe().expect("the first one");
    pipe.write_all(&bytes).await.expect("open");
    let mut lines = vec!["posted".to_owned()];
    lines.extend((0..20).map(|i| i.to_string()));
    lines.push("[1] [2, 3]".to_owned());
    assert_eq!(log.wait_for(22).await, lines);
    let mut websocket = TestClient::over(pipe).await;
    assert_eq!(websocket.text().await, "3probe");
    assert_eq!(websocket.text().await, "42[\"echo\",\"behind\"]");
    assert_nothing_is_left(&io).await;
}

/// A POST whose packets wait for room when the client changes over is finished first.
#[tokio::test(start_paused = true)]
async fn a_post_that_waits_is_handled_before_the_websocket() {
    let (io, log, gate) = start(Config::new().inbox_events(2));
    let client = PollingClient::join(&io).await;
    let mut body = "42[\"wait\"]".to_owned();
    (0..10).for_each(|i| body += &format!("\x1e42[\"log\",\"{i}\"]"));
    let post = client.start_push(body).await;
    let mut websocket = client.try_websocket().await.expect("the first one");
    websocket.send("2probe").await;
    websocket.send("5").await;
    websocket.send("42[\"log\",\"10\"]").await;
    settle().await;
    assert!(!post.is_finished());
    gate.open();
    let lines = log.wait_for(11).await;
    assert_eq!(lines, (0..11).map(|i| i.to_string()).collect::<Vec<_>>());
    assert_eq!(post.answer().await.seen(), (200, "ok"));
    assert_nothing_is_left(&io).await;
}

/// The outbox is the session's: what is volatile goes out once there is a WebSocket, and the bounds stay.
#[tokio::test(start_paused = true)]
async fn policies_hold_over_the_change() {
    let (io, log, _) = start(Config::new().outbox_messages(4).outbox_bytes(1000));
    let client = PollingClient::join(&io).await;
    (0..4).for_each(|i| io.emit(event!("n", i)));
    let mut websocket = client.upgrade().await;
    websocket.send("42[\"volatile\"]").await;
    for expected in ["42[\"n\",0]", "42[\"n\",1]", "42[\"n\",2]", "42[\"n\",3]", "42[\"volatile\"]"] {
        assert_eq!(websocket.text().await, expected);
    }
    for _ in 0..20 {
        io.emit(event!("n", 4));
        assert_eq!(websocket.text().await, "42[\"n\",4]");
    }
    assert_eq!(log.lines(), [""; 0]);
    assert!(timeout(Duration::from_secs(1), websocket.next()).await.is_err(), "nothing twice");
    assert_nothing_is_left(&io).await;
}

#[tokio::test(start_paused = true)]
async fn after_an_upgrade_polling_is_over() {
    let (io, log, _) = start(Config::new());
    let client = PollingClient::join(&io).await;
    let mut websocket = client.probe().await;
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

/// A GET that came after the probe, and loses the race against `5`, is answered as if it had come after that.
#[tokio::test(start_paused = true)]
async fn a_late_get_is_refused_because_polling_is_over() {
    let (io, _, _) = start(Config::new());
    let client = PollingClient::join(&io).await;
    let mut websocket = client.try_websocket().await.expect("the first one");
    let late = client.start_poll().await;
    websocket.send("5").await;
    assert_eq!(late.answer().await.status, 400);
    let client = PollingClient::join(&io).await;
    let early = client.start_poll().await;
    let mut websocket = client.try_websocket().await.expect("the first one");
    websocket.send("5").await;
    assert_eq!(early.answer().await.seen(), (200, "6"));
}

thread_local! {
    /// A request that is handed over by the handler `sneak`, in the midst of a turn of its session.
    static SNEAKED: RefCell<Option<Pin<Box<dyn Future<Output = Answer>>>>> = const { RefCell::new(None) };
}

#[on("sneak")]
async fn sneak(State(gate): State<Gate>) {
    gate.pass().await;
    SNEAKED.with_borrow_mut(|request| {
        let request = request.as_mut().expect("the test has left one");
        assert!(request.as_mut().poll(&mut Context::from_waker(Waker::noop())).is_pending());
    });
}

/// A request that found the session on polling, and is handed over when it no longer is, is answered as one
/// that comes after the change. A race of threads; here a handler sends it between the two.
#[tokio::test(start_paused = true)]
async fn requests_that_lose_the_race_against_the_change_are_refused() {
    for (method, body) in [("GET", ""), ("POST", "42[\"log\",\"lost\"]")] {
        let (io, log, gate) = start(Config::new());
        let client = PollingClient::join(&io).await;
        assert_eq!(client.push("42[\"sneak\"]").await.seen(), (200, "ok"));
        gate.reached().await;
        let mut websocket = client.probe().await;
        let query = client.query();
        let service = client.service.clone();
        let late = async move { ask(&service, request(method, &query, body)).await };
        SNEAKED.set(Some(Box::pin(late)));
        gate.open();
        websocket.send("5").await;
        settle().await;
        assert_eq!(client.carrier(), Some(Carrier::WebSocket));
        let late = SNEAKED.take().expect("left by the handler").await;
        assert_eq!(late.seen(), (400, r#"{"code":3,"message":"Bad request"}"#), "{method}");
        assert_eq!(log.lines(), [""; 0]);
        assert_nothing_is_left(&io).await;
    }
}
