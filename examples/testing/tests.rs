//! The handlers with clients in memory, on a clock that is paused.

use std::time::Duration;

use socketio::test::{Ended, TestServer};

use super::{Accepted, Bid, Outbid, app, check};

#[test]
fn a_low_bid_is_refused() {
    assert_eq!(check(9).expect_err("it is too low").code(), "too_low");
    assert_eq!(check(10), Ok(Accepted { amount: 10 }));
}

/// All of it without a client: duplicate handlers, missing state, reserved names.
#[test]
fn the_server_can_be_built() {
    let (io, _) = app().expect("no fault");
    assert!(io.table().to_string().contains("bid"), "{}", io.table());
}

#[tokio::test(start_paused = true)]
async fn a_bid_is_acknowledged_and_the_others_hear_of_it() {
    let server = server();
    let mut ann = server.connect().await.expect("accepted");
    let mut bob = server.plain().await.expect("accepted");
    assert_eq!(ann.ask(&Bid { amount: 20 }).await, Ok(Accepted { amount: 20 }));
    assert_eq!(bob.expect::<Outbid>().await, Outbid(20));
    ann.expect_nothing().await;
}

#[tokio::test(start_paused = true)]
async fn a_low_bid_is_answered_with_an_error() {
    let server = server();
    let mut ann = server.connect().await.expect("accepted");
    let error = ann.ask(&Bid { amount: 1 }).await.expect_err("too low");
    assert_eq!(error.code(), "too_low");
}

/// An hour takes milliseconds, and an idle client is still there.
#[tokio::test(start_paused = true)]
async fn an_idle_bidder_is_there_until_the_auction_ends() {
    let server = server();
    let mut ann = server.connect().await.expect("accepted");
    server.advance(Duration::from_secs(3600)).await;
    assert_eq!(server.io().socket_count(), 1);
    server.io().close().await;
    assert_eq!(ann.expect_disconnect().await, Ended::Closed { code: 1001, reason: String::new() });
}

fn server() -> TestServer {
    TestServer::new(app().expect("no fault").0)
}
