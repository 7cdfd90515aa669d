//! The heartbeat goes on from the start of the session.

use std::time::Duration;

use tokio::time::{Instant, sleep};

use super::{millis, start};
use crate::{
    Config,
    tests::kit::{Got, PollingClient, assert_at, assert_nothing_is_left, seconds_since, settle},
};

/// The heartbeat goes on from the session's start.
#[tokio::test(start_paused = true)]
async fn the_heartbeat_goes_on_over_an_upgrade() {
    let (io, log, _) = start(Config::new());
    let start = Instant::now();
    let client = PollingClient::join(&io).await;
    sleep(Duration::from_secs(10)).await;
    let mut websocket = client.probe().await;
    websocket.send("5").await;
    assert_eq!(websocket.text().await, "2");
    assert_eq!(seconds_since(start), 25);
    assert_eq!(websocket.next().await, Got::End);
    assert_eq!(seconds_since(start), 45);
    settle().await;
    assert_eq!(log.lines(), ["gone: ping timeout"]);
}

/// The pings go on from the session's start: at 400, 800, 1200 ms, wherever the change is.
#[tokio::test(start_paused = true)]
async fn pings_keep_their_times_over_the_change() {
    let (io, log, _) = start(Config::new().ping_interval(millis(400)).ping_timeout(millis(300)));
    let start = Instant::now();
    let client = PollingClient::join(&io).await;
    sleep(millis(253)).await;
    let mut websocket = client.upgrade().await;
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

/// A ping that was polled need not be answered if the client has changed over meanwhile: that is a sign of life.
#[tokio::test(start_paused = true)]
async fn the_change_is_a_sign_of_life() {
    let (io, log, _) = start(Config::new().ping_interval(millis(400)).ping_timeout(millis(300)));
    let start = Instant::now();
    let client = PollingClient::join(&io).await;
    assert_eq!(client.poll().await.body, "2");
    assert_at(start, 400);
    sleep(millis(100)).await;
    let mut websocket = client.upgrade().await;
    assert_eq!(websocket.text().await, "2", "not dead at 700");
    assert_at(start, 800);
    assert_eq!(websocket.next().await, Got::End, "but now");
    assert_at(start, 1100);
    settle().await;
    assert_eq!(log.lines(), ["gone: ping timeout"]);
    assert_nothing_is_left(&io).await;
}
