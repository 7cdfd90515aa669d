//! Floods, full outboxes and full servers.

use std::time::Duration;

use tokio::time::{Instant, sleep};

use super::{get, start};
use crate::{
    Config, SocketIo,
    config::Overflow,
    event,
    tests::kit::{PollingClient, assert_nothing_is_left, seconds_since, settle},
};

/// What does not fit into the inbox is answered late, and nothing is lost.
#[tokio::test(start_paused = true)]
async fn a_flood_waits_in_its_post() {
    let (io, log, gate) = start(Config::new().inbox_events(4));
    let client = PollingClient::join(&io).await;
    let mut body = "42[\"wait\"]".to_owned();
    (0..20).for_each(|i| body += &format!("\x1e42[\"log\",\"{i}\"]"));
    let post = client.start_push(body).await;
    gate.reached().await;
    settle().await;
    assert!(!post.is_finished(), "no room yet");
    gate.open();
    assert_eq!(post.answer().await.seen(), (200, "ok"));
    let lines = log.wait_for(20).await;
    assert_eq!(lines, (0..20).map(|i| i.to_string()).collect::<Vec<_>>());
}

/// A POST that waits for room holds up neither the GET nor the client's heartbeat.
#[tokio::test(start_paused = true)]
async fn a_waiting_post_holds_up_no_get() {
    let (io, log, gate) = start(Config::new().inbox_events(2));
    let client = PollingClient::join(&io).await;
    let post = client.start_push("42[\"wait\"]".to_owned() + &"\x1e42[\"log\",\"x\"]".repeat(10)).await;
    let poll = client.start_poll().await;
    io.emit(event!("news"));
    assert_eq!(poll.answer().await.body, "42[\"news\"]");
    sleep(Duration::from_secs(120)).await;
    assert!(!post.is_finished(), "however long it takes");
    assert_eq!(client.poll().await.body, "2");
    gate.open();
    assert_eq!(post.answer().await.seen(), (200, "ok"));
    assert_eq!(log.wait_for(10).await, ["x"; 10]);
    assert_nothing_is_left(&io).await;
}

/// A client that does not poll is a slow client; what is volatile does not wait for it.
#[tokio::test(start_paused = true)]
async fn an_outbox_that_nobody_fetches_is_bounded() {
    let (io, log, _) = start(Config::new().outbox_messages(4).outbox_bytes(1000));
    let client = PollingClient::join(&io).await;
    client.push("42[\"volatile\"]").await;
    let poll = client.start_poll().await;
    client.push("42[\"volatile\"]").await;
    assert_eq!(poll.answer().await.body, "42[\"volatile\"]", "one of two");
    let start = Instant::now();
    (0..10).for_each(|_| io.emit(event!("news")));
    settle().await;
    assert_eq!(log.lines(), [""; 0], "it may ask again");
    assert_eq!(log.wait_for(1).await, ["gone: forced close"]);
    assert_eq!(seconds_since(start), 30);
    assert_eq!(client.poll().await.body, "6\x1e1", "what waited is given up");
    assert_nothing_is_left(&io).await;
}

/// What a client does not fetch is kept or dropped as the policy says.
#[tokio::test(start_paused = true)]
async fn policies_hold_for_what_nobody_fetches() {
    let emit = |io: &SocketIo| (0..10).for_each(|i| io.emit(event!("n", i)));
    let kept = |range: std::ops::Range<i32>| {
        range.map(|i| format!("42[\"n\",{i}]")).collect::<Vec<_>>().join("\x1e")
    };
    for (overflow, expected) in [(Overflow::DropNewest, kept(0..4)), (Overflow::DropOldest, kept(6..10))] {
        let (io, log, _) = start(Config::new().outbox_messages(4).outbox_bytes(1000).overflow(overflow));
        let client = PollingClient::join(&io).await;
        emit(&io);
        assert_eq!(client.poll().await.body, kept(0..10), "{overflow:?}: it was asking again");
        sleep(Duration::from_secs(5)).await;
        emit(&io);
        settle().await;
        assert_eq!(client.poll().await.body, expected, "{overflow:?}");
        assert_eq!(log.lines(), [""; 0], "{overflow:?}");
        io.emit(event!("later"));
        assert_eq!(client.poll().await.body, "42[\"later\"]", "{overflow:?}: there is room again");
        assert_nothing_is_left(&io).await;
    }
    // a client that polls is not slow, and bytes count as well
    let (io, log, _) = start(Config::new().outbox_messages(1000).outbox_bytes(100));
    let client = PollingClient::join(&io).await;
    for _ in 0..5 {
        (0..5).for_each(|i| io.emit(event!("n", i)));
        assert_eq!(client.poll().await.body, kept(0..5));
    }
    assert_eq!(log.lines(), [""; 0]);
    (0..2).for_each(|_| io.emit(event!("n", "x".repeat(60))));
    assert_eq!(log.wait_for(1).await, ["gone: forced close"]);
    assert_nothing_is_left(&io).await;
}

#[tokio::test(start_paused = true)]
async fn sessions_are_counted() {
    let (io, _, _) = start(Config::new().max_sessions(1));
    let client = PollingClient::join(&io).await;
    assert_eq!(get(&io, "EIO=4&transport=polling").await.status, 503);
    client.push("1").await;
    client.poll().await;
    settle().await;
    assert_eq!(get(&io, "EIO=4&transport=polling").await.status, 200);
}
