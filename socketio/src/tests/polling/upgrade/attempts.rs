//! A WebSocket that is tried: what it carries, and how it fails.

use std::time::Duration;

use tokio::{
    io::AsyncWriteExt,
    time::{Instant, sleep, timeout},
};
use tokio_tungstenite::tungstenite::Message as WsMessage;

use super::{millis, start};
use crate::{
    Config,
    connection::Carrier,
    event,
    tests::kit::{
        Got, Pending, PollingClient, assert_at, assert_nothing_is_left, client_frame, seconds_since, settle,
    },
};

/// Nothing but the answer to the probe goes out on a WebSocket that is tried: events and pings are polled.
#[tokio::test(start_paused = true)]
async fn a_websocket_that_is_tried_carries_the_probe_only() {
    let (io, log, _) = start(Config::new().ping_interval(millis(400)).ping_timeout(millis(5000)));
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

/// From the probe on, and not before: a GET is answered each 100 ms, until the client has changed over.
#[tokio::test(start_paused = true)]
async fn gets_are_answered_each_100_ms_from_the_probe_on() {
    let (io, _, _) = start(Config::new());
    let client = PollingClient::join(&io).await;
    let poll = client.start_poll().await;
    let mut websocket = client.try_websocket().await.expect("the first one");
    sleep(Duration::from_secs(1)).await;
    assert!(!poll.is_finished(), "no probe yet");
    websocket.send("2probe").await;
    assert_eq!(websocket.text().await, "3probe");
    let start = Instant::now();
    assert_eq!(poll.answer().await.body, "6");
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
    assert_eq!(poll.answer().await.body, "42[\"news\"]");
    assert_nothing_is_left(&io).await;
}

/// While the client changes over, a GET is answered each 100 ms, so that it can stop asking.
#[tokio::test(start_paused = true)]
async fn a_get_does_not_hold_up_an_upgrade() {
    let (io, _, _) = start(Config::new());
    let client = PollingClient::join(&io).await;
    let poll = client.start_poll().await;
    let mut websocket = client.probe().await;
    for _ in 0..3 {
        let start = Instant::now();
        assert_eq!(next_body(&client, &poll).await, "6");
        assert!(start.elapsed() <= millis(100), "{:?}", start.elapsed());
    }
    websocket.send("5").await;
    websocket.send("42[\"echo\",\"a\"]").await;
    assert_eq!(websocket.text().await, "42[\"echo\",\"a\"]");
    assert_nothing_is_left(&io).await;
}

/// The body of the answer to `poll`, or to a new GET if that has its answer.
async fn next_body(client: &PollingClient, poll: &Pending) -> String {
    if poll.is_finished() {
        return client.poll().await.body;
    }
    while !poll.is_finished() {
        sleep(millis(5)).await;
    }
    "6".to_owned()
}

/// After a GET that was answered with nothing, no GET waits: what is volatile is dropped, what waits is bounded.
#[tokio::test(start_paused = true)]
async fn an_empty_answer_uses_up_a_get() {
    let (io, log, _) = start(Config::new().outbox_messages(4).outbox_bytes(1000));
    let client = PollingClient::join(&io).await;
    let _websocket = client.probe().await;
    assert_eq!(client.poll().await.body, "6");
    assert_eq!(client.exchange("42[\"volatile\"]\x1e42[\"echo\",\"kept\"]").await, "42[\"echo\",\"kept\"]");
    assert_eq!(client.poll().await.body, "6");
    (0..5).for_each(|i| io.emit(event!("n", i)));
    settle().await;
    assert_eq!(log.lines(), [""; 0]);
    assert_eq!(log.wait_for(1).await, ["gone: forced close"], "it does not fetch");
    assert_nothing_is_left(&io).await;
}

/// Whatever else comes on a WebSocket that is tried ends it, and nothing but it.
#[tokio::test(start_paused = true)]
async fn any_other_packet_ends_the_attempt_only() {
    let (io, log, _) = start(Config::new());
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
            true => client.probe().await,
            false => client.try_websocket().await.expect("the first one at a time"),
        };
        let said = format!("{probe} {wrong:?}");
        websocket.send_raw(wrong).await;
        assert_eq!(websocket.next().await, Got::Close(1005, String::new()), "{said}");
        assert_eq!(client.carrier(), Some(Carrier::Polling), "{said}");
        assert_eq!(client.exchange("42[\"echo\",\"alive\"]").await, "42[\"echo\",\"alive\"]", "{said}");
    }
    let mut websocket = client.upgrade().await;
    websocket.send("42[\"echo\",\"at last\"]").await;
    assert_eq!(websocket.text().await, "42[\"echo\",\"at last\"]");
    assert_eq!(log.lines(), [""; 0]);
    assert_nothing_is_left(&io).await;
}

/// An attempt has its time from its beginning, whatever it has said; the GET that waits is not touched.
#[tokio::test(start_paused = true)]
async fn an_attempt_has_a_time_limit() {
    let (io, _, _) = start(Config::new().upgrade_timeout(millis(3000)));
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
        assert_eq!(poll.answer().await.seen(), (200, "42[\"news\"]"), "{probe}");
    }
    client.upgrade().await;
    assert_nothing_is_left(&io).await;
}

/// A WebSocket that breaks before `5` takes nothing along.
#[tokio::test(start_paused = true)]
async fn a_broken_attempt_leaves_the_session_alive() {
    let (io, log, _) = start(Config::new());
    let client = PollingClient::join(&io).await;
    let poll = client.start_poll().await;
    client.try_websocket().await.expect("the first one").cut();
    settle().await;
    assert!(!poll.is_finished(), "before the probe");
    let websocket = client.probe().await;
    websocket.cut();
    io.emit(event!("news"));
    assert_eq!(poll.answer().await.seen(), (200, "42[\"news\"]"), "after the probe");
    // half of a frame
    let mut pipe = client.try_pipe().expect("one at a time");
    pipe.write_all(&client_frame(1, b"2probe")[..5]).await.expect("open");
    drop(pipe);
    settle().await;
    assert_eq!(client.exchange("42[\"echo\",\"alive\"]").await, "42[\"echo\",\"alive\"]");
    assert_eq!(log.lines(), [""; 0]);
    client.upgrade().await;
    assert_nothing_is_left(&io).await;
}

/// An upgrade that fails leaves the session alone, and may be tried again.
#[tokio::test(start_paused = true)]
async fn a_failed_upgrade_leaves_the_session_alive() {
    let (io, _, _) = start(Config::new());
    let client = PollingClient::join(&io).await;
    let mut wrong = client.try_websocket().await.expect("the first one");
    assert!(client.try_websocket().await.is_none(), "one at a time");
    wrong.send("4hi").await;
    assert_eq!(wrong.next().await, Got::Close(1005, String::new()));
    let mut slow = client.probe().await;
    let start = Instant::now();
    assert_eq!(slow.next().await, Got::Close(1005, String::new()));
    assert_eq!(seconds_since(start), 10, "the upgrade timeout");
    client.probe().await.cut();
    settle().await;
    assert_eq!(client.carrier(), Some(Carrier::Polling));
    assert_eq!(client.exchange("42[\"echo\",\"alive\"]").await, "42[\"echo\",\"alive\"]");
    let mut websocket = client.probe().await;
    websocket.send("5").await;
    io.emit(event!("there"));
    assert_eq!(websocket.text().await, "42[\"there\"]");
    assert_nothing_is_left(&io).await;
}

#[tokio::test(start_paused = true)]
async fn a_session_that_ends_takes_its_upgrade_along() {
    let (io, _, _) = start(Config::new());
    let client = PollingClient::join(&io).await;
    let mut websocket = client.probe().await;
    let poll = client.start_poll().await;
    client.push("1").await;
    assert_eq!(poll.answer().await.body, "6");
    assert_eq!(websocket.closed().await, Some((1005, String::new())));
    client.assert_gone().await;
    assert_nothing_is_left(&io).await;
}

/// However the session ends, its attempt ends with it; the GET that waits is answered as usual.
#[tokio::test(start_paused = true)]
async fn the_end_of_a_session_ends_its_attempt() {
    for (how, told, reason) in [
        ("leave", "42[\"last\"]\x1e41", "gone: forced server close"),
        ("bad packet", "1", "gone: parse error"),
        ("silence", "1", "gone: ping timeout"),
        ("stop", "1", "gone: server shutting down"),
    ] {
        let (io, log, _) = start(Config::new().ping_interval(millis(300)).ping_timeout(millis(200)));
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
        assert_eq!(poll.answer().await.seen(), (200, told), "{how}");
        if how == "leave" {
            assert_eq!(client.poll().await.body, "6\x1e1", "after what waited");
        }
        assert_eq!(websocket.closed().await, Some((1005, String::new())), "{how}");
        client.assert_gone().await;
        assert_eq!(log.lines(), [reason], "{how}");
        assert_nothing_is_left(&io).await;
    }
}
