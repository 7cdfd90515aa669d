//! Which side ends a session, and what the other one sees of it.

use std::time::Duration;

use tokio::time::{Instant, sleep};

use super::{get, start};
use crate::{
    Config, event,
    tests::kit::{PollingClient, assert_at, assert_nothing_is_left, seconds_since, settle},
};

/// `1` ends the session in an orderly way: the GET that waits, or that comes at the same time, gets `6`.
#[tokio::test(start_paused = true)]
async fn a_client_may_leave() {
    let (io, log, _) = start(Config::new());
    let client = PollingClient::join(&io).await;
    let poll = client.start_poll().await;
    assert_eq!(
        client.push("42[\"log\",\"before\"]\x1e1\x1e42[\"log\",\"behind\"]").await.seen(),
        (200, "ok")
    );
    assert_eq!(poll.answer().await.seen(), (200, "6"));
    client.assert_gone().await;
    assert_eq!(log.lines(), ["before", "gone: transport close"]);
    let client = PollingClient::join(&io).await;
    assert_eq!(client.exchange("1").await, "6");
    client.assert_gone().await;
    assert_nothing_is_left(&io).await;
}

/// The end is kept for the next GET if none is waiting. What was emitted before comes in a payload of its own: official
/// clients do not deliver an event that stands before `1`.
#[tokio::test(start_paused = true)]
async fn the_server_may_end_the_session() {
    let (io, _, _) = start(Config::new());
    let client = PollingClient::join(&io).await;
    let poll = client.start_poll().await;
    client.push("42[\"leave\"]").await;
    assert_eq!(poll.answer().await.body, "42[\"last\"]\x1e41");
    assert_eq!(client.poll().await.body, "6\x1e1");
    client.assert_gone().await;
    let client = PollingClient::join(&io).await;
    assert_eq!(client.exchange("42[\"leave\"]").await, "42[\"last\"]\x1e41");
    assert_eq!(
        client.push("1").await.seen(),
        (200, "ok"),
        "official clients end the session themselves after `41`"
    );
    client.assert_gone().await;
    let client = PollingClient::join(&io).await;
    assert_eq!(client.exchange("40").await, "6\x1e1", "a violation, and nothing waits");
    assert_nothing_is_left(&io).await;
}

/// A client that never asks again does not keep its session.
#[tokio::test(start_paused = true)]
async fn an_end_that_nobody_fetches_has_a_time_limit() {
    let (io, _, _) = start(Config::new());
    let client = PollingClient::join(&io).await;
    client.push("42[\"leave\"]").await;
    sleep(Duration::from_secs(6)).await;
    client.assert_gone().await;
}

/// A client that drops its GET is gone.
#[tokio::test(start_paused = true)]
async fn a_dropped_get_ends_the_session() {
    let (io, log, _) = start(Config::new());
    let client = PollingClient::join(&io).await;
    client.start_poll().await.abort();
    settle().await;
    client.assert_gone().await;
    assert_eq!(log.lines(), ["gone: transport error"]);
    assert_nothing_is_left(&io).await;
}

#[tokio::test(start_paused = true)]
async fn a_hundred_pending_polls_do_not_hold_up_the_end() {
    let (io, log, _) = start(Config::new());
    let mut polls = vec![];
    for _ in 0..100 {
        let client = PollingClient::join(&io).await;
        polls.push(client.start_poll().await);
    }
    let start = Instant::now();
    io.close().await;
    for poll in polls {
        assert_eq!(poll.answer().await.seen(), (200, "1"));
    }
    assert_eq!(seconds_since(start), 0);
    assert_eq!(log.lines().len(), 100);
    let answer = get(&io, "EIO=4&transport=polling").await;
    assert_eq!((answer.status, answer.header("retry-after")), (503, Some("1")));
    assert_nothing_is_left(&io).await;
}

/// A stopping server waits for clients that do not poll as long as for any closing handshake.
#[tokio::test(start_paused = true)]
async fn a_client_that_does_not_poll_holds_up_the_end_only_briefly() {
    let (io, log, _) = start(Config::new().close_timeout(Duration::from_secs(2)));
    let client = PollingClient::join(&io).await;
    let start = Instant::now();
    io.close().await;
    assert_eq!(seconds_since(start), 2);
    client.assert_gone().await;
    assert_eq!(log.lines(), ["gone: server shutting down"]);
    assert_nothing_is_left(&io).await;
}

/// A GET is not a sign of life, a packet is. The end is never late: a client knows when it comes.
#[tokio::test(start_paused = true)]
async fn a_silent_client_is_given_up_in_time() {
    let config =
        Config::new().ping_interval(Duration::from_millis(300)).ping_timeout(Duration::from_millis(200));
    let (io, log, _) = start(config);
    let client = PollingClient::join(&io).await;
    assert_eq!(client.poll().await.body, "2");
    assert_eq!(client.exchange("3").await, "2");
    let poll = client.start_poll().await;
    sleep(Duration::from_millis(200)).await;
    settle().await;
    assert!(poll.is_finished(), "not late");
    assert_eq!(poll.answer().await.body, "1");
    client.assert_gone().await;
    assert_eq!(log.lines(), ["gone: ping timeout"]);
    let silent = PollingClient::open(&io).await;
    sleep(Duration::from_millis(500)).await;
    silent.assert_gone().await;
}

/// A client may know to the millisecond when it is dead. What it fetches is not a sign of life, what it sends is.
#[tokio::test(start_paused = true)]
async fn only_what_a_client_sends_is_a_sign_of_life() {
    let millis = Duration::from_millis;
    let (io, log, _) = start(Config::new().ping_interval(millis(300)).ping_timeout(millis(200)));
    let start = Instant::now();
    let client = PollingClient::join(&io).await;
    assert_eq!(client.poll().await.body, "2");
    assert_at(start, 300);
    sleep(millis(195)).await;
    assert_eq!(client.push("3").await.seen(), (200, "ok"), "within its time");
    assert_eq!(client.poll().await.body, "2");
    assert_at(start, 600);
    sleep(millis(150)).await;
    assert_eq!(client.exchange("42[\"echo\",\"a\"]").await, "42[\"echo\",\"a\"]");
    assert_eq!(client.poll().await.body, "2", "an event is as good as an answer");
    assert_at(start, 900);
    for _ in 0..3 {
        let poll = client.start_poll().await;
        sleep(millis(50)).await;
        io.emit(event!("news"));
        assert_eq!(poll.answer().await.body, "42[\"news\"]");
    }
    assert_eq!(client.poll().await.body, "1");
    assert_at(start, 1100);
    client.assert_gone().await;
    assert_at(start, 1100);
    assert_eq!(log.lines(), ["gone: ping timeout"]);
    assert_nothing_is_left(&io).await;
}
