//! The length, the form and the time of bodies.

use std::{
    pin::Pin,
    task::{Context, Poll},
    time::Duration,
};

use axum::body::{Body, HttpBody};
use futures_util::{StreamExt, stream};
use hyper::body::{Frame, SizeHint};
use tokio::time::Instant;

use super::start;
use crate::{
    Config,
    tests::kit::{PollingClient, assert_nothing_is_left, settle},
};

#[tokio::test(start_paused = true)]
async fn bodies_have_limits_of_length_and_form() {
    let (io, _, _) = start(Config::new().max_payload(100));
    let client = PollingClient::join(&io).await;
    let streamed = |len: usize| {
        let chunks = (0..len).map(|_| Ok::<_, std::io::Error>("6"));
        Body::from_stream(stream::iter(chunks))
    };
    assert_eq!(client.push("6".repeat(101)).await.seen(), (413, ""));
    assert_eq!(client.push(streamed(101)).await.seen(), (413, ""));
    assert_eq!(client.push_with("content-encoding", "gzip", "6").await.seen(), (415, ""));
    assert_eq!(client.push_with("content-encoding", "identity", "6").await.seen(), (200, "ok"));
    assert_eq!(client.push(streamed(100)).await.seen(), (200, "ok"), "ignored packets of exactly the limit");
    assert_eq!(client.request("PUT").await.seen(), (500, ""));
    assert_eq!(client.exchange("42[\"echo\",\"alive\"]").await, "42[\"echo\",\"alive\"]");
    let octets = client.push_with("content-type", "application/octet-stream", "4a").await;
    assert_eq!(octets.seen(), (400, ""));
    settle().await;
    client.assert_gone().await;
}

/// What is too long is known before all of it is here, and does not end the session.
#[tokio::test(start_paused = true)]
async fn a_body_that_is_too_long_is_not_waited_for() {
    let (io, _, _) = start(Config::new().max_payload(100));
    let client = PollingClient::join(&io).await;
    let poll = client.start_poll().await;
    let start = Instant::now();
    assert_eq!(client.push(Body::new(Announced(101))).await.seen(), (413, ""), "as it says");
    let chunks = stream::iter((0..101).map(|_| Ok::<_, std::io::Error>("6")));
    let streamed = Body::from_stream(chunks.chain(stream::pending()));
    assert_eq!(client.push(streamed).await.seen(), (413, ""), "as it turns out");
    assert_eq!(start.elapsed(), Duration::ZERO);
    let exact = format!("42[\"echo\",\"{}\"]", "x".repeat(100 - 13));
    assert_eq!(exact.len(), 100);
    assert_eq!(client.push(exact.clone()).await.seen(), (200, "ok"));
    assert_eq!(poll.answer().await.seen(), (200, &*exact), "the session is as before");
    assert_nothing_is_left(&io).await;
}

/// A body has its time, to the second; after that another may come.
#[tokio::test(start_paused = true)]
async fn a_body_that_does_not_arrive_has_a_time_limit() {
    let (io, log, _) = start(Config::new().body_timeout(Duration::from_secs(3)));
    let client = PollingClient::join(&io).await;
    let start = Instant::now();
    let started = stream::iter([Ok::<_, std::io::Error>("42[\"log\",\"half\"]\x1e42[\"lo")]);
    let answer = client.push(Body::from_stream(started.chain(stream::pending()))).await;
    assert_eq!((answer.seen(), start.elapsed()), ((408, ""), Duration::from_secs(3)));
    assert_eq!(client.push("42[\"log\",\"whole\"]").await.seen(), (200, "ok"));
    assert_eq!(log.lines(), ["whole"], "nothing of half a body");
    assert_nothing_is_left(&io).await;
}

/// A body that says how long it is, and never comes.
struct Announced(u64);

impl HttpBody for Announced {
    type Data = axum::body::Bytes;
    type Error = std::convert::Infallible;

    fn poll_frame(
        self: Pin<&mut Self>,
        _: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Self::Data>, Self::Error>>> {
        Poll::Pending
    }

    fn size_hint(&self) -> SizeHint {
        SizeHint::with_exact(self.0)
    }
}
