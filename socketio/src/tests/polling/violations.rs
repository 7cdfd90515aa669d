//! What breaks the protocol, and so ends the session.

use tokio::time::Instant;

use super::{endless, start};
use crate::{
    Config,
    tests::kit::{PollingClient, assert_nothing_is_left, seconds_since, settle},
};

/// A second GET ends the session: the first gets a close packet, the second an error.
#[tokio::test(start_paused = true)]
async fn overlapping_gets_end_the_session() {
    let (io, log, _) = start(Config::new());
    let client = PollingClient::join(&io).await;
    let first = client.start_poll().await;
    assert_eq!(client.poll().await.seen(), (400, ""));
    assert_eq!(first.answer().await.seen(), (200, "1"));
    client.assert_gone().await;
    assert_eq!(log.lines(), ["gone: parse error"]);
    assert_nothing_is_left(&io).await;
}

#[tokio::test(start_paused = true)]
async fn overlapping_posts_end_the_session() {
    let (io, _, _) = start(Config::new());
    let client = PollingClient::join(&io).await;
    let first = client.start_push(endless()).await;
    assert_eq!(client.push("42[\"echo\",\"a\"]").await.seen(), (400, ""));
    settle().await;
    client.assert_gone().await;
    // the body of the first had its time
    let start = Instant::now();
    assert_eq!(first.answer().await.status, 408);
    assert_eq!(seconds_since(start), 30);
}

/// Whatever breaks the protocol of requests ends the session, and answers the GET that waits.
#[tokio::test(start_paused = true)]
async fn a_violation_answers_the_waiting_get() {
    let (io, log, _) = start(Config::new());
    let client = PollingClient::join(&io).await;
    let poll = client.start_poll().await;
    let first = client.start_push(endless()).await;
    assert_eq!(client.push("6").await.seen(), (400, ""));
    assert_eq!(poll.answer().await.seen(), (200, "1"), "a second POST");
    client.assert_gone().await;
    assert_eq!(first.answer().await.seen(), (408, ""));
    let client = PollingClient::join(&io).await;
    let poll = client.start_poll().await;
    let octets = client.push_with("content-type", "application/octet-stream", "42[\"log\",\"octets\"]").await;
    assert_eq!(octets.seen(), (400, ""));
    assert_eq!(poll.answer().await.seen(), (200, "1"), "octets");
    client.assert_gone().await;
    assert_eq!(log.lines(), ["gone: parse error", "gone: parse error"]);
    assert_nothing_is_left(&io).await;
}

/// A packet of Engine.IO that is not one ends the session.
#[tokio::test(start_paused = true)]
async fn a_malformed_packet_ends_the_session() {
    for bad in ["abc", "", "2", "{}", "b%%%"] {
        assert_ends_the_session(bad).await;
    }
}

/// So does a packet of Socket.IO that is not one.
#[tokio::test(start_paused = true)]
async fn a_malformed_packet_of_socket_io_ends_the_session() {
    for bad in ["4", "49", "42{}", "42[\"log\"", "42[]", "bAQID", "42[\"connect\"]"] {
        assert_ends_the_session(bad).await;
    }
}

/// Packets before the bad one are handled, those after it are not; the POST is answered all the same.
async fn assert_ends_the_session(bad: &str) {
    let (io, log, _) = start(Config::new());
    let client = PollingClient::join(&io).await;
    let poll = client.start_poll().await;
    let body = format!("42[\"log\",\"before\"]\x1e{bad}\x1e42[\"log\",\"behind\"]");
    assert_eq!(client.push(body).await.seen(), (200, "ok"), "{bad:?}");
    assert_eq!(poll.answer().await.seen(), (200, "1"), "{bad:?}");
    client.assert_gone().await;
    assert_eq!(log.lines(), ["before", "gone: parse error"], "{bad:?}");
    assert_nothing_is_left(&io).await;
}

/// Without a GET that waits, the session is gone at once: nothing is kept for a later one.
#[tokio::test(start_paused = true)]
async fn a_malformed_payload_ends_a_session_that_nobody_polls() {
    for bad in [&b""[..], b"abc", b"2", b"2probe", b"\xff\xfe", b"b!", b"\x1e"] {
        let (io, log, _) = start(Config::new());
        let client = PollingClient::join(&io).await;
        assert_eq!(client.push(bad.to_vec()).await.seen(), (200, "ok"), "{bad:?}");
        client.assert_gone().await;
        assert_eq!(log.lines(), ["gone: parse error"], "{bad:?}");
        assert_nothing_is_left(&io).await;
    }
}
