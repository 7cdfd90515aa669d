//! From polling to WebSocket (`wire.md` 2.4), where `upgrade.rs` does not look already.

use tokio::{io::AsyncWriteExt, time::timeout};
use tokio_tungstenite::tungstenite::Message as WsMessage;

use super::*;
use crate::{
    connection::Carrier,
    test::{Got, TestClient, client_frame},
};

fn start(config: Config) -> (SocketIo, Log) {
    // the handlers of the module around
    let (io, log, _) = server(module_path!().trim_end_matches("::changing_over"), config);
    (io, log)
}

async fn probed(client: &PollingClient) -> TestClient {
    let mut websocket = client.try_websocket().await.expect("the first one");
    websocket.send("2probe").await;
    assert_eq!(websocket.next().await, Got::Text("3probe".to_owned()), "the first frame");
    websocket
}

async fn upgraded(client: &PollingClient) -> TestClient {
    let mut websocket = probed(client).await;
    websocket.send("5").await;
    settle().await;
    assert_eq!(client.mailbox().map(|mailbox| mailbox.carrier()), Some(Carrier::WebSocket));
    websocket
}

fn millis(millis: u64) -> Duration {
    Duration::from_millis(millis)
}

/// A timer of a connection is a millisecond early rather than late.
fn assert_at(start: Instant, expected: u64) {
    let now = start.elapsed();
    assert!((millis(expected - 1)..=millis(expected)).contains(&now), "{now:?} is not {expected} ms");
}

/// Nothing but the answer to the probe goes out on a WebSocket that is tried: events and pings are polled.
#[tokio::test(start_paused = true)]
async fn a_websocket_that_is_tried_carries_the_probe_only() {
    let (io, log) = start(Config::new().ping_interval(millis(400)).ping_timeout(millis(5000)));
    let client = PollingClient::join(&io).await;
    let mut websocket = client.try_websocket().await.expect("the first one");
    io.emit(event!("before"));
    assert!(timeout(millis(450), websocket.next()).await.is_err(), "not asked yet");
    websocket.send("2probe").await;
    assert_eq!(websocket.next().await, Got::Text("3probe".to_owned()));
    assert_eq!(client.poll().await.body, "42[\"before\"]\x1e2");
    io.emit(event!("between"));
    assert_eq!(client.poll().await.body, "42[\"between\"]", "not by the WebSocket");
    let answer = client.push("42[\"log\",\"posted\"]\x1e42[\"echo\",\"posted\"]").await;
    assert_eq!(answer.seen(), (200, "ok"), "POSTs are taken");
    assert_eq!(client.poll().await.body, "42[\"echo\",\"posted\"]");
    io.emit(event!("last"));
    assert!(timeout(millis(700), websocket.next()).await.is_err(), "polling goes on");
    websocket.send("5").await;
    assert_eq!(websocket.text().await, "42[\"last\"]", "what nobody has polled");
    assert_eq!(websocket.text().await, "2");
    assert_eq!(log.lines(), ["posted"]);
    assert_nothing_is_left(&io).await;
}

/// From the probe on, and not before: a GET is answered each 100 ms, again and again, until the client is over.
#[tokio::test(start_paused = true)]
async fn gets_are_answered_each_100_ms_from_the_probe_on() {
    let (io, _) = start(Config::new());
    let client = PollingClient::join(&io).await;
    let poll = client.start_poll().await;
    let mut websocket = client.try_websocket().await.expect("the first one");
    sleep(Duration::from_secs(1)).await;
    assert!(!poll.is_finished(), "no probe yet");
    websocket.send("2probe").await;
    assert_eq!(websocket.text().await, "3probe");
    let start = Instant::now();
    assert_eq!(poll.await.expect("no panic").body, "6");
    assert_at(start, 100);
    for turn in 2..=5 {
        assert_eq!(client.poll().await.body, "6");
        assert!(start.elapsed() <= millis(turn * 100), "{:?}", start.elapsed());
        assert!(start.elapsed() >= millis(turn * 99), "{:?}", start.elapsed());
    }
    websocket.cut();
    settle().await;
    let poll = client.start_poll().await;
    sleep(Duration::from_secs(1)).await;
    assert!(!poll.is_finished(), "no longer");
    io.emit(event!("news"));
    assert_eq!(poll.await.expect("no panic").body, "42[\"news\"]");
    assert_nothing_is_left(&io).await;
}

/// After a GET that was answered with nothing, no GET waits: what is volatile is dropped, what waits is
/// bounded.
#[tokio::test(start_paused = true)]
async fn an_empty_answer_uses_up_a_get() {
    let (io, log) = start(Config::new().outbox_messages(4).outbox_bytes(1000));
    let client = PollingClient::join(&io).await;
    let _websocket = probed(&client).await;
    assert_eq!(client.poll().await.body, "6");
    client.push("42[\"volatile\"]\x1e42[\"echo\",\"kept\"]").await;
    assert_eq!(client.poll().await.body, "42[\"echo\",\"kept\"]");
    assert_eq!(client.poll().await.body, "6");
    (0..5).for_each(|i| io.emit(event!("n", i)));
    settle().await;
    assert_eq!(log.lines(), ["gone: forced close"]);
    assert_nothing_is_left(&io).await;
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
        let (io, log) = start(Config::new());
        let client = PollingClient::join(&io).await;
        let emit = |range: std::ops::Range<u32>| range.for_each(|i| io.emit(event!("n", i)));
        let packets = |answer: &str| answer.split('\x1e').map(str::to_owned).collect::<Vec<_>>();
        let mut seen = vec![];
        for first in (0..200).step_by(8) {
            let poll = client.start_poll().await;
            emit(first..first + 1);
            seen.extend(packets(&poll.await.expect("no panic").body));
            emit(first + 1..first + 8);
            seen.extend(packets(&client.poll().await.body));
            let posted = (first..first + 8).map(|i| format!("42[\"log\",\"{i}\"]"));
            client.push(posted.collect::<Vec<_>>().join("\x1e")).await;
        }
        let mut poll = None;
        if waiting == Waiting::SinceBefore {
            poll = Some(client.start_poll().await);
        }
        let mut websocket = probed(&client).await;
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
            let told = poll.await.expect("no panic");
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
    let (io, _) = start(Config::new());
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

/// Whatever else comes on a WebSocket that is tried ends it, and nothing but it.
#[tokio::test(start_paused = true)]
async fn any_other_packet_ends_the_attempt_only() {
    let (io, log) = start(Config::new());
    let client = PollingClient::join(&io).await;
    for (probe, wrong) in [
        (false, WsMessage::text("42[\"log\",\"too early\"]")),
        (true, WsMessage::text("42[\"log\",\"too early\"]")),
        (false, WsMessage::text("3probe")),
        (false, WsMessage::text("2")),
        (false, WsMessage::text("")),
        (false, WsMessage::text("1")),
        (false, WsMessage::binary(vec![5])),
        (true, WsMessage::text("2probe")),
        (true, WsMessage::text("6")),
    ] {
        let mut websocket = match probe {
            true => probed(&client).await,
            false => client.try_websocket().await.expect("the first one at a time"),
        };
        let said = format!("{probe} {wrong:?}");
        websocket.send_raw(wrong).await;
        assert_eq!(websocket.next().await, Got::Close(1005, String::new()), "{said}");
        assert_eq!(client.mailbox().map(|mailbox| mailbox.carrier()), Some(Carrier::Polling), "{said}");
        client.push("42[\"echo\",\"alive\"]").await;
        assert_eq!(client.poll().await.seen(), (200, "42[\"echo\",\"alive\"]"), "{said}");
    }
    let mut websocket = upgraded(&client).await;
    websocket.send("42[\"echo\",\"at last\"]").await;
    assert_eq!(websocket.text().await, "42[\"echo\",\"at last\"]");
    assert_eq!(log.lines(), [""; 0]);
    assert_nothing_is_left(&io).await;
}

/// An attempt has its time from its beginning, whatever it has said; the GET that waits is not touched.
#[tokio::test(start_paused = true)]
async fn an_attempt_has_its_time() {
    let (io, _) = start(Config::new().upgrade_timeout(millis(3000)));
    let client = PollingClient::join(&io).await;
    for probe in [false, true] {
        let start = Instant::now();
        let mut websocket = client.try_websocket().await.expect("one at a time");
        if probe {
            sleep(millis(1000)).await;
            websocket.send("2probe").await;
            assert_eq!(websocket.text().await, "3probe");
        }
        assert_eq!(websocket.next().await, Got::Close(1005, String::new()), "{probe}");
        assert_at(start, 3000);
        let poll = client.start_poll().await;
        io.emit(event!("news"));
        assert_eq!(poll.await.expect("no panic").seen(), (200, "42[\"news\"]"), "{probe}");
    }
    upgraded(&client).await;
    assert_nothing_is_left(&io).await;
}

/// A WebSocket that breaks before `5` takes nothing along.
#[tokio::test(start_paused = true)]
async fn a_broken_attempt_leaves_the_session_alive() {
    let (io, log) = start(Config::new());
    let client = PollingClient::join(&io).await;
    let poll = client.start_poll().await;
    client.try_websocket().await.expect("the first one").cut();
    settle().await;
    assert!(!poll.is_finished(), "before the probe");
    let websocket = probed(&client).await;
    websocket.cut();
    io.emit(event!("news"));
    assert_eq!(poll.await.expect("no panic").seen(), (200, "42[\"news\"]"), "behind the probe");
    // half of a frame
    let mut pipe = client.try_pipe().expect("one at a time");
    pipe.write_all(&client_frame(1, b"2probe")[..5]).await.expect("open");
    drop(pipe);
    settle().await;
    client.push("42[\"echo\",\"alive\"]").await;
    assert_eq!(client.poll().await.seen(), (200, "42[\"echo\",\"alive\"]"));
    assert_eq!(log.lines(), [""; 0]);
    upgraded(&client).await;
    assert_nothing_is_left(&io).await;
}

/// Whichever side ends the session, its attempt ends with it; the GET that waits is answered as ever.
#[tokio::test(start_paused = true)]
async fn the_end_of_a_session_ends_its_attempt() {
    for (how, told, reason) in [
        ("leave", "42[\"last\"]\x1e41\x1e1", "gone: forced server close"),
        ("bad packet", "1", "gone: parse error"),
        ("silence", "1", "gone: ping timeout"),
        ("stop", "1", "gone: server shutting down"),
    ] {
        let (io, log) = start(Config::new().ping_interval(millis(300)).ping_timeout(millis(200)));
        let client = PollingClient::join(&io).await;
        if how == "silence" {
            sleep(millis(300)).await;
            assert_eq!(client.poll().await.body, "2");
        }
        let mut websocket = client.try_websocket().await.expect("the first one");
        let poll = client.start_poll().await;
        match how {
            "leave" => drop(client.push("42[\"leave\"]").await),
            "bad packet" => drop(client.push("abc").await),
            "silence" => sleep(millis(200)).await,
            _ => io.close().await,
        }
        assert_eq!(poll.await.expect("no panic").seen(), (200, told), "{how}");
        assert_eq!(websocket.closed().await, Some((1005, String::new())), "{how}");
        client.assert_gone().await;
        assert_eq!(log.lines(), [reason], "{how}");
        assert_nothing_is_left(&io).await;
    }
}

/// What follows `5` in the same read is the session's, in order; and so is what stands before it.
#[tokio::test(start_paused = true)]
async fn frames_right_behind_the_change_are_read() {
    let (io, log) = start(Config::new().frames_per_turn(3).inbox_events(2));
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

/// The pings go on from the session's start: at 400, 800, 1200 ms, wherever the change is.
#[tokio::test(start_paused = true)]
async fn pings_keep_their_times_over_the_change() {
    let (io, log) = start(Config::new().ping_interval(millis(400)).ping_timeout(millis(300)));
    let start = Instant::now();
    let client = PollingClient::join(&io).await;
    sleep(millis(253)).await;
    let mut websocket = upgraded(&client).await;
    for expected in [400, 800, 1200] {
        assert_eq!(websocket.text().await, "2");
        assert_at(start, expected);
        sleep(millis(100)).await;
        websocket.send("3").await;
    }
    websocket.close().await;
    settle().await;
    assert_eq!(log.lines(), ["gone: transport close"]);
    assert_nothing_is_left(&io).await;
}

/// A ping that was polled need not be answered if the client has changed over meanwhile: that is life as well.
#[tokio::test(start_paused = true)]
async fn the_change_is_life() {
    let (io, log) = start(Config::new().ping_interval(millis(400)).ping_timeout(millis(300)));
    let start = Instant::now();
    let client = PollingClient::join(&io).await;
    assert_eq!(client.poll().await.body, "2");
    assert_at(start, 400);
    sleep(millis(100)).await;
    let mut websocket = upgraded(&client).await;
    assert_eq!(websocket.text().await, "2", "not dead at 700");
    assert_at(start, 800);
    assert_eq!(websocket.next().await, Got::End, "but now");
    assert_at(start, 1100);
    settle().await;
    assert_eq!(log.lines(), ["gone: ping timeout"]);
    assert_nothing_is_left(&io).await;
}

/// A POST whose packets wait for room when the client changes over is finished first.
#[tokio::test(start_paused = true)]
async fn a_post_that_waits_is_handled_before_the_websocket() {
    let (io, log, gate) =
        server(module_path!().trim_end_matches("::changing_over"), Config::new().inbox_events(2));
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
    assert_eq!(post.await.expect("no panic").seen(), (200, "ok"));
    assert_nothing_is_left(&io).await;
}

/// A request that found the session on polling, and is handed over when it is not any more, is answered as one
/// that comes after the change. A race of threads; here a handler sends it between the two.
#[tokio::test(start_paused = true)]
async fn requests_that_lose_the_race_against_the_change_are_told_so() {
    for (method, body) in [("GET", ""), ("POST", "42[\"log\",\"lost\"]")] {
        let (io, log, gate) = server(module_path!().trim_end_matches("::changing_over"), Config::new());
        let client = PollingClient::join(&io).await;
        assert_eq!(client.push("42[\"sneak\"]").await.seen(), (200, "ok"));
        gate.reached().await;
        let mut websocket = probed(&client).await;
        let query = format!("EIO=4&transport=polling&sid={}", client.sid);
        let service = client.service.clone();
        let late = async move { ask(&service, request(method, &query, body)).await };
        SNEAKED.set(Some(Box::pin(late)));
        gate.open();
        websocket.send("5").await;
        settle().await;
        assert_eq!(client.mailbox().map(|mailbox| mailbox.carrier()), Some(Carrier::WebSocket));
        let late = SNEAKED.take().expect("left by the handler").await;
        assert_eq!(late.seen(), (400, r#"{"code":3,"message":"Bad request"}"#), "{method}");
        assert_eq!(log.lines(), [""; 0]);
        assert_nothing_is_left(&io).await;
    }
}

/// The outbox is the session's: what is volatile goes out once there is a WebSocket, and the bounds stay.
#[tokio::test(start_paused = true)]
async fn policies_hold_over_the_change() {
    let (io, log) = start(Config::new().outbox_messages(4).outbox_bytes(1000));
    let client = PollingClient::join(&io).await;
    (0..4).for_each(|i| io.emit(event!("n", i)));
    let mut websocket = upgraded(&client).await;
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
