//! Guarantee 9: what one peer can hold of what all share, and who makes room when it is full.

use std::{net::SocketAddr, time::Duration};

use axum::{body::Body, extract::ConnectInfo};
use http::Request;
use tokio::time::{advance, sleep};

use crate::{
    Config, Socket, SocketIo, State, on,
    peer::Line,
    tests::kit::{
        Answer, Gate, Log, PollingClient, TestClient, ask, assert_nothing_is_left, request, server, settle,
    },
};

#[on(connect)]
async fn connected(socket: Socket, State(gate): State<Gate>) {
    if socket.handshake().query().contains("slow") {
        gate.pass().await;
    }
}

#[on(connect, namespace = "/org/{id}")]
fn org() {}

fn start(config: Config) -> (SocketIo, Log, Gate) {
    server(module_path!(), config)
}

/// A request of the client at this address.
fn from(address: &str, request: Request<Body>) -> Request<Body> {
    let mut request = request;
    let address: SocketAddr = format!("{address}:4000").parse().expect("an address");
    request.extensions_mut().insert(ConnectInfo(address));
    request
}

fn handshake() -> Request<Body> {
    request("GET", "EIO=4&transport=polling", "")
}

async fn open_from(io: &SocketIo, address: &str) -> Answer {
    ask(&io.service(), from(address, handshake())).await
}

/// Sessions that are opened and never used, 222 each second, as one connection can: others get through, and the server
/// never has more of them than it may.
#[tokio::test(start_paused = true)]
async fn a_flood_of_handshakes_leaves_room_for_others() {
    let (io, _, _) = start(Config::new().max_connecting(1000));
    for n in 0..3000 {
        let answer = ask(&io.service(), handshake()).await;
        assert_eq!(answer.status, 200, "{n}");
        advance(Duration::from_micros(4500)).await;
        if n % 500 == 0 {
            let client = PollingClient::join(&io).await;
            assert_eq!(client.push("41").await.seen(), (200, "ok"));
        }
    }
    settle().await;
    // those that have joined are finished, whatever they did then
    assert!(io.hub().connections() <= 1006, "{}", io.hub().connections());
    assert_nothing_is_left(&io).await;
}

/// The one that makes room is over at once: its requests are those of an unknown session.
#[tokio::test(start_paused = true)]
async fn a_connection_that_makes_room_is_over() {
    let (io, _, _) = start(Config::new().max_connecting(2));
    let first = PollingClient::open(&io).await;
    let poll = first.start_poll().await;
    let second = PollingClient::open(&io).await;
    assert_eq!(ask(&io.service(), handshake()).await.status, 503, "both have come just now");
    sleep(Duration::from_secs(2)).await;
    let third = PollingClient::open(&io).await;
    assert_eq!(poll.answer().await.status, 400);
    first.assert_gone().await;
    for client in [&second, &third] {
        assert_eq!(client.push("40").await.seen(), (200, "ok"));
    }
    assert_nothing_is_left(&io).await;
}

/// A rush after a restart: those about which the program decides are not cut off by those that come after them.
#[tokio::test(start_paused = true)]
async fn those_about_which_the_program_decides_do_not_make_room() {
    let (io, _, gate) = start(Config::new().max_connecting(2));
    let service = io.websocket();
    let mut slow = vec![];
    for _ in 0..2 {
        slow.push(TestClient::plain_at(&service, "/ws?slow").await);
        gate.reached().await;
    }
    settle().await;
    sleep(Duration::from_secs(5)).await;
    assert_eq!(ask(&io.service(), handshake()).await.status, 503);
    gate.open();
    gate.open();
    settle().await;
    assert_eq!(io.socket_count(), 2);
    assert_eq!(ask(&io.service(), handshake()).await.status, 200);
    assert_nothing_is_left(&io).await;
}

/// One address fills its share, and then makes room for itself: nobody else notices.
#[tokio::test(start_paused = true)]
async fn one_address_holds_its_share_only() {
    let (io, _, _) = start(Config::new().max_connecting(100));
    assert_eq!(open_from(&io, "198.51.100.1").await.status, 200);
    sleep(Duration::from_secs(2)).await;
    let neighbour = PollingClient::open(&io).await;
    for n in 0..200 {
        // a /64 is one address
        let answer = open_from(&io, &format!("[2001:db8::{n:x}]")).await;
        assert_eq!(answer.status, if n < 25 { 200 } else { 503 }, "{n}");
    }
    sleep(Duration::from_secs(2)).await;
    for n in 0..25 {
        assert_eq!(open_from(&io, &format!("[2001:db8::1:{n:x}]")).await.status, 200, "{n}");
    }
    settle().await;
    assert_eq!(io.hub().connections(), 27);
    assert_eq!(neighbour.push("40").await.seen(), (200, "ok"), "the oldest of all is still there");
    assert_nothing_is_left(&io).await;
}

/// Of what its address may hold, one network connection holds a share: others of the same address are not kept out by it.
#[tokio::test(start_paused = true)]
async fn one_network_connection_holds_its_share_of_the_address() {
    let over = |line: u64, mut request: Request<Body>| {
        request.extensions_mut().insert(Line(line));
        from("198.51.100.1", request)
    };
    let (io, _, _) = start(Config::new().max_connecting(160));
    for n in 0..50 {
        let answer = ask(&io.service(), over(1, handshake())).await;
        assert_eq!(answer.status, if n < 10 { 200 } else { 503 }, "{n}");
    }
    assert_eq!(ask(&io.service(), over(2, handshake())).await.status, 200, "of the same address");
    sleep(Duration::from_secs(2)).await;
    assert_eq!(ask(&io.service(), over(1, handshake())).await.status, 200, "its own oldest makes room");
    settle().await;
    assert_eq!(io.hub().connections(), 11);
    assert_nothing_is_left(&io).await;
    // a proxy's connection brings everybody
    let config = Config::new().max_connecting(160).trusted_proxies("x-forwarded-for", 1);
    let (io, _, _) = start(config);
    for n in 0..30 {
        assert_eq!(ask(&io.service(), over(1, handshake())).await.status, 200, "{n}");
    }
    assert_nothing_is_left(&io).await;
}

/// The address is the one that the trusted proxy says; what the client says counts for nothing.
#[tokio::test(start_paused = true)]
async fn the_share_is_of_the_address_behind_the_proxy() {
    let config = Config::new().max_connecting(100).share_per_address(1).trusted_proxies("x-forwarded-for", 1);
    let (io, _, _) = start(config);
    let through = async |forwarded: &str| {
        let mut request = from("10.0.0.1", handshake());
        request.headers_mut().insert("x-forwarded-for", forwarded.parse().expect("a header's value"));
        ask(&io.service(), request).await.status
    };
    assert_eq!(through("203.0.113.1").await, 200);
    assert_eq!(through("203.0.113.2").await, 200);
    assert_eq!(through("203.0.113.3, 203.0.113.1").await, 503);
    assert_nothing_is_left(&io).await;
}

/// Namespaces by pattern: a connection brings a few to life, an address its share; the rest is there for others.
#[tokio::test(start_paused = true)]
async fn namespaces_by_pattern_are_shared() {
    let (io, _, _) = start(Config::new().max_own_namespaces(3));
    let mut client = TestClient::packets(&io).await;
    let join = async |client: &mut TestClient, name: u32| {
        client.send(format!("40/org/{name},")).await;
        client.text().await
    };
    for name in 0..3 {
        assert!(join(&mut client, name).await.starts_with("40"));
    }
    assert!(join(&mut client, 3).await.contains("too_many_namespaces"));
    let mut other = TestClient::packets(&io).await;
    assert!(join(&mut other, 3).await.starts_with("40"));
    assert!(join(&mut client, 3).await.starts_with("40"), "one that others have made is not counted");
    client.send("41/org/0,").await;
    settle().await;
    assert!(join(&mut client, 4).await.starts_with("40"), "it has left one of its own");
    assert_nothing_is_left(&io).await;
}

/// Each CONNECT costs the same, however many namespaces there are and whether there is room.
#[tokio::test(start_paused = true)]
async fn a_full_house_of_namespaces_is_not_searched() {
    let time_for = async |waiting: usize| {
        let config = Config::new()
            .recovery(Duration::from_secs(120))
            .max_dynamic_namespaces(waiting)
            .max_own_namespaces(waiting)
            .max_namespaces(waiting);
        let (io, _, _) = start(config);
        let mut client = TestClient::packets(&io).await;
        for n in 0..waiting {
            client.send(format!("40/org/{n},")).await;
            client.text().await;
        }
        let mut other = TestClient::packets(&io).await;
        let before = std::time::Instant::now();
        for n in 0..200 {
            other.send(format!("40/org/x{n},")).await;
            assert!(other.text().await.contains("too_many_namespaces"));
        }
        before.elapsed()
    };
    let (few, many) = (time_for(100).await, time_for(3200).await);
    assert!(many < few * 8, "{few:?} for 100, {many:?} for 3200");
}

/// What is kept of a request is bounded, also where its session joins nothing.
#[tokio::test(start_paused = true)]
async fn long_headers_open_no_session() {
    let (io, _, _) = start(Config::new());
    let with = |count: usize, length: usize| {
        let mut request = handshake();
        for n in 0..count {
            let name: http::HeaderName = format!("x-{n:02}").parse().expect("a name");
            request.headers_mut().insert(name, "v".repeat(length - 4).parse().expect("a header's value"));
        }
        request
    };
    let service = io.service();
    assert_eq!(ask(&service, with(15, 1088)).await.status, 200, "almost 16 KiB");
    let refused = ask(&service, with(48, 8000)).await;
    assert_eq!(refused.status, 431);
    assert!(refused.body.contains("max_handshake"), "{refused:?}");
    let query = format!("EIO=4&transport=polling&q={}", "q".repeat(16 * 1024));
    assert_eq!(ask(&service, request("GET", &query, "")).await.status, 431, "the query counts as well");
    // what a session's later requests bring is not kept
    let client = PollingClient::join(&io).await;
    assert_eq!(client.push_with("x-long", &"v".repeat(20_000), "6").await.seen(), (200, "ok"));
    assert_nothing_is_left(&io).await;
}
