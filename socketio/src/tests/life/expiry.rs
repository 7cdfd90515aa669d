//! Guarantee 14: a socket whose time is over is asked about, or ends, and its client receives why.

use std::time::{Duration, SystemTime};

use serde::Deserialize;
use serde_json::{Value, json};
use tokio::time::{Instant, sleep};

use crate::{
    Auth, ClientError, Config, DisconnectReason, Expiry, Socket, State, event, on,
    test::{Ended, TestClient, TestServer},
    tests::kit::{Gate, Log, assert_nothing_is_left, builder, settled},
};

const SECOND: Duration = Duration::from_secs(1);

#[derive(Deserialize)]
struct Login {
    /// After so many seconds the client's token is over.
    #[serde(default)]
    seconds: Option<u32>,
    #[serde(default)]
    how: String,
}

/// How a client wants to be treated when its time is over.
struct How(String);

#[on(connect)]
#[on(connect, namespace = "/asked")]
async fn connected(Auth(login): Auth<Login>, socket: &Socket, State(gate): State<Gate>) {
    socket.extensions().insert(How(login.how.clone()));
    if let Some(seconds) = login.seconds {
        socket.expires_at(Expiry::after(seconds * SECOND));
    }
    if login.how == "slow" {
        gate.pass().await;
    }
}

#[on("count")]
#[on("count", namespace = "/asked")]
fn count(n: i64, State(log): State<Log>) -> i64 {
    log.add(format!("count {n}"));
    n
}

#[on("renew")]
#[on("renew", namespace = "/asked")]
fn renew(seconds: u32, socket: &Socket) {
    socket.expires_at(Expiry::after(seconds * SECOND));
}

#[on("hang", namespace = "/asked")]
async fn hang(State(log): State<Log>) {
    log.add("hangs");
    std::future::pending::<()>().await;
}

#[on(expired, namespace = "/asked")]
async fn expired(socket: &Socket, State(log): State<Log>) -> Result<(), ClientError> {
    log.add("expired");
    let how = socket.extensions().get::<How>().map_or_else(String::new, |how| how.0.clone());
    match &*how {
        "ask" => {
            let seconds: u32 = socket.ask(event!("token")).await?;
            if seconds == 0 {
                return Err(ClientError::new("unauthorized", "the token is not valid"));
            }
            socket.expires_at(Expiry::after(seconds * SECOND));
        }
        "never" => socket.expires_at(Expiry::NEVER),
        "forever" => std::future::pending().await,
        "panic" => panic!("secret"),
        "leave" => socket.disconnect(),
        "wait" => sleep(3 * SECOND).await,
        _ => {}
    }
    Ok(())
}

#[on(disconnect)]
#[on(disconnect, namespace = "/asked")]
fn gone(reason: DisconnectReason, State(log): State<Log>) {
    log.add(format!("gone: {reason}"));
}

fn server(config: Config) -> (TestServer, Log, Gate) {
    let (builder, log, gate) = builder(module_path!());
    let io = builder.config(settled(config)).build().unwrap_or_else(|error| panic!("{error}"));
    (TestServer::new(io), log, gate)
}

/// A client on one of the wires.
async fn one(server: &TestServer, namespace: &str, how: &str, seconds: u64, plain: bool) -> TestClient {
    let client = server.client().namespace(namespace).query(format!("how={how}&seconds={seconds}"));
    let client = client.auth(&json!({ "how": how, "seconds": seconds }));
    let connected = if plain { client.plain().await } else { client.connect().await };
    connected.expect("accepted")
}

/// The client receives why, and then the end.
async fn assert_expired(client: &mut TestClient, code: &str) {
    let error: Value = client.expect_named("expired").await;
    assert_eq!(error["code"], code);
    match client.expect_disconnect().await {
        Ended::Disconnected => {}
        Ended::Closed { code, reason } => {
            assert_eq!((code, &*reason), (1008, "server namespace disconnect (expired)"));
        }
        other => panic!("{other:?}"),
    }
}

#[tokio::test(start_paused = true)]
async fn a_socket_whose_time_is_over_ends_and_its_client_receives_why() {
    let (server, log, _) = server(Config::new());
    for plain in [false, true] {
        let mut client = one(&server, "/", "", 10, plain).await;
        let (socket, start) = (client.socket().expect("it lives"), Instant::now());
        assert_eq!(client.ask_named(event!("count", 1)).await, Ok(1));
        assert_eq!(socket.expiry().map(|at| (at - start).as_millis().div_ceil(1000)), Some(10));
        assert_expired(&mut client, "expired").await;
        assert_eq!(start.elapsed().as_millis().div_ceil(1000), 10);
        assert_eq!(socket.disconnected().await, DisconnectReason::Expired);
        // nothing follows from setting it then
        socket.expires_at(Expiry::after(SECOND));
    }
    let gone = "gone: server namespace disconnect (expired)";
    assert_eq!(log.lines(), ["count 1", gone, "count 1", gone]);
    assert_nothing_is_left(server.io()).await;
}

#[tokio::test(start_paused = true)]
async fn time_can_be_given_before_it_is_over_and_taken() {
    let (server, _, _) = server(Config::new());
    for plain in [false, true] {
        let mut client = one(&server, "/", "", 10, plain).await;
        for _ in 0..5 {
            server.advance(9 * SECOND).await;
            client.emit(event!("renew", 10)).await;
        }
        assert_eq!(client.ask_named(event!("count", 1)).await, Ok(1));
        client.emit(event!("renew", 0)).await;
        assert_expired(&mut client, "expired").await;
    }
}

#[tokio::test(start_paused = true)]
async fn events_wait_for_the_handlers_of_expired() {
    let (server, log, _) = server(Config::new());
    for how in ["ask", "wait"] {
        for plain in [false, true] {
            let mut client = one(&server, "/asked", how, 10, plain).await;
            server.advance(10 * SECOND).await;
            client.emit(event!("count", 1)).await;
            client.emit(event!("count", 2)).await;
            server.idle().await;
            assert_eq!(log.take(), ["expired"]);
            if how == "ask" {
                let ((), asked) = client.expect_asked_named::<(), u32>("token").await;
                client.reply(asked, &10).await;
                assert_eq!(client.ask_named(event!("count", 3)).await, Ok(3));
                assert_eq!(log.take(), ["count 1", "count 2", "count 3"]);
                server.advance(10 * SECOND).await;
                let ((), asked) = client.expect_asked_named::<(), u32>("token").await;
                client.reply(asked, &0).await;
                assert_expired(&mut client, "unauthorized").await;
            } else {
                // two events are dropped
                assert_expired(&mut client, "expired").await;
            }
            let last = log.take();
            assert_eq!(last.last().map(|line| &**line), Some("gone: server namespace disconnect (expired)"));
            assert!(!last.iter().any(|line| line.starts_with("count")), "{last:?}");
        }
    }
}

#[tokio::test(start_paused = true)]
async fn whatever_the_handlers_of_expired_do_the_decision_is_one() {
    let (server, log, _) = server(Config::new().connect_handler_timeout(5 * SECOND));
    for (how, code) in [("", "expired"), ("panic", "panicked"), ("forever", "expired")] {
        for plain in [false, true] {
            let mut client = one(&server, "/asked", how, 10, plain).await;
            let start = Instant::now();
            assert_expired(&mut client, code).await;
            let seconds = start.elapsed().as_millis().div_ceil(1000);
            assert!(seconds <= if how == "forever" { 15 } else { 10 }, "{how} {seconds}");
        }
    }
    for plain in [false, true] {
        let mut client = one(&server, "/asked", "leave", 10, plain).await;
        let socket = client.socket().expect("it lives");
        assert_ne!(client.expect_disconnect().await, Ended::Lost);
        assert_eq!(socket.disconnected().await, DisconnectReason::ServerDisconnect);
    }
    for plain in [false, true] {
        let mut client = one(&server, "/asked", "never", 10, plain).await;
        client.expect_nothing_for(3600 * SECOND).await;
        assert_eq!(client.ask_named(event!("count", 1)).await, Ok(1));
        assert_eq!(client.socket().expect("it lives").expiry(), None);
    }
    assert_eq!(log.lines().iter().filter(|line| *line == "expired").count(), 10);
    assert_nothing_is_left(server.io()).await;
}

#[tokio::test(start_paused = true)]
async fn a_handler_that_hangs_extends_nothing() {
    let (server, log, _) = server(Config::new());
    for plain in [false, true] {
        let mut client = one(&server, "/asked", "", 10, plain).await;
        let start = Instant::now();
        client.emit(event!("hang")).await;
        assert_expired(&mut client, "expired").await;
        assert_eq!(start.elapsed().as_millis().div_ceil(1000), 10);
    }
    assert_eq!(log.lines()[..2], ["hangs", "expired"]);
    assert_nothing_is_left(server.io()).await;
}

#[tokio::test(start_paused = true)]
async fn one_who_comes_with_a_token_that_is_over_is_refused() {
    let (server, log, gate) = server(Config::new());
    for (how, seconds) in [("", 0), ("slow", 5)] {
        for plain in [false, true] {
            let client = server.client().query(format!("how={how}&seconds={seconds}"));
            let client = client.auth(&json!({ "how": how, "seconds": seconds }));
            let opener = async {
                if how == "slow" {
                    gate.reached().await;
                    sleep(6 * SECOND).await;
                    gate.open();
                }
            };
            let connecting =
                async { if plain { client.plain().await.err() } else { client.connect().await.err() } };
            let (refusal, ()) = tokio::join!(connecting, opener);
            assert_eq!(refusal.expect("refused").code.as_deref(), Some("expired"), "{how} {plain}");
        }
    }
    assert_eq!(log.lines(), [""; 0]);
    assert_nothing_is_left(server.io()).await;
}

#[tokio::test(start_paused = true)]
async fn no_time_is_too_far() {
    let (server, _, _) = server(Config::new());
    let far = [
        Expiry::unix(u64::MAX),
        Expiry::unix(1 << 62),
        Expiry::after(Duration::MAX),
        Expiry::after(Duration::from_secs(100 * 365 * 24 * 3600)),
        Expiry::from(SystemTime::now() + Duration::from_secs(1 << 32)),
        Expiry::NEVER,
    ];
    for at in far {
        for plain in [false, true] {
            let mut client = one(&server, "/", "", 1000, plain).await;
            client.socket().expect("it lives").expires_at(at);
            client.expect_nothing_for(3600 * SECOND).await;
            assert_eq!(client.ask_named(event!("count", 1)).await, Ok(1), "{at:?}");
        }
    }
    let over = [
        Expiry::unix(0),
        Expiry::unix(1_000_000_000),
        Expiry::after(Duration::ZERO),
        Expiry::from(SystemTime::UNIX_EPOCH),
        Expiry::from(Instant::now()),
        Expiry::from(std::time::Instant::now()),
    ];
    for at in over {
        for plain in [false, true] {
            let mut client = one(&server, "/", "", 1000, plain).await;
            let start = Instant::now();
            client.socket().expect("it lives").expires_at(at);
            assert_expired(&mut client, "expired").await;
            assert!(start.elapsed() < SECOND, "{at:?}");
        }
    }
}

#[tokio::test(start_paused = true)]
async fn without_error_acks_clients_hear_only_of_the_end() {
    let (server, _, _) = server(Config::new().error_acks(false));
    for plain in [false, true] {
        let mut client = one(&server, "/", "", 10, plain).await;
        assert_ne!(client.expect_disconnect().await, Ended::Lost);
    }
}

/// The sockets of one connection have times of their own.
#[tokio::test(start_paused = true)]
async fn sockets_of_one_connection_expire_one_by_one() {
    let (server, log, _) = server(Config::new());
    let mut client = crate::tests::kit::TestClient::packets(server.io()).await;
    let mut replies = vec![];
    for connect in [r#"40/asked,{"how":"never","seconds":2}"#, r#"40{"seconds":3}"#] {
        client.send(connect).await;
        replies.push(client.text().await);
    }
    assert!(replies[0].starts_with("40/asked,") && replies[1].starts_with("40{"), "{replies:?}");
    let start = Instant::now();
    assert!(client.text().await.starts_with(r#"42["expired",{"code":"expired""#));
    assert_eq!(client.text().await, "41");
    assert_eq!(start.elapsed().as_millis().div_ceil(1000), 3);
    client.send(r#"42/asked,7["count",5]"#).await;
    assert_eq!(client.text().await, "43/asked,7[5]");
    assert_eq!(log.lines(), ["expired", "gone: server namespace disconnect (expired)", "count 5"]);
}
