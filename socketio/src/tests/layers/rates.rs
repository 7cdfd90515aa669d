//! Rate limits.

use std::time::Duration;

use serde_json::json;

use super::{both, layered};
use crate::{
    ClientError, State,
    error::SocketError,
    event,
    middleware::{Excess, RateLimit},
    on,
    test::{Ended, TestClient, TestServer},
    tests::kit::Log,
};

const SECOND: Duration = Duration::from_secs(1);

#[on("say")]
fn say(text: String) -> usize {
    text.len()
}

#[on("look")]
fn look() -> u8 {
    1
}

#[on(error)]
fn failed(error: &SocketError, State(log): State<Log>) {
    // the clients of a test just go
    if !matches!(error, SocketError::Disconnected { .. }) {
        log.add(error.to_string());
    }
}

async fn say_to(client: &mut TestClient) -> Result<usize, ClientError> {
    client.ask_named(event!("say", "hi")).await
}

#[tokio::test(start_paused = true)]
async fn what_is_too_much_is_refused_and_says_when_to_try_again() {
    let (server, log, _) = layered(module_path!(), |builder| {
        builder.gate(RateLimit::per_socket(5, SECOND).event("say", 2, SECOND))
    });
    let mut clients = both(&server).await;
    for client in &mut clients {
        assert!(say_to(client).await.is_ok() && say_to(client).await.is_ok());
        let error = say_to(client).await.expect_err("too much");
        assert_eq!(error.code(), "rate_limited");
        assert_eq!(error.data(), Some(&json!({ "retry_after_ms": 500 })));
        // others have limits of their own; the refused one has counted for the limit of all events
        assert_eq!(client.ask_named::<u8>(event!("look")).await, Ok(1));
        assert_eq!(client.ask_named::<u8>(event!("look")).await, Ok(1));
        let error = client.ask_named::<u8>(event!("look")).await.expect_err("too much");
        assert_eq!(error.data(), Some(&json!({ "retry_after_ms": 200 })));
        server.advance(SECOND / 2).await;
        assert!(say_to(client).await.is_ok());
        assert!(say_to(client).await.is_err());
    }
    assert!(log.lines()[0].ends_with("RateLimit`: too many requests"), "{:?}", log.lines());
}

#[tokio::test(start_paused = true)]
async fn what_is_too_much_may_be_dropped_or_end_the_socket() {
    let (server, log, _) = layered(module_path!(), |builder| {
        builder.gate(RateLimit::per_socket(1, SECOND).excess(Excess::Drop))
    });
    for mut client in both(&server).await {
        assert!(say_to(&mut client).await.is_ok());
        client.emit(event!("say", "hi")).await;
        client.expect_nothing().await;
        server.advance(SECOND).await;
        assert!(say_to(&mut client).await.is_ok());
    }
    let (server, _, _) = layered(module_path!(), |builder| {
        builder.gate(RateLimit::per_socket(1, SECOND).excess(Excess::Disconnect))
    });
    let [mut packets, mut plain] = both(&server).await;
    for client in [&mut packets, &mut plain] {
        assert!(say_to(client).await.is_ok());
        client.emit(event!("say", "hi")).await;
    }
    assert_eq!(packets.expect_disconnect().await, Ended::Disconnected);
    assert!(matches!(plain.expect_disconnect().await, Ended::Closed { code: 1000, .. }));
    assert_eq!(log.lines(), [""; 0]);
}

async fn from(server: &TestServer, address: &str) -> Result<TestClient, crate::test::Refusal> {
    server.client().address(address.parse().expect("an address")).connect().await
}

#[tokio::test(start_paused = true)]
async fn addresses_are_limited_over_all_their_connections() {
    let (server, _, _) = layered(module_path!(), |builder| {
        builder.gate(RateLimit::per_address(2, SECOND).connects(3, 60 * SECOND))
    });
    let mut one = from(&server, "192.0.2.1:1000").await.expect("accepted");
    let mut two = from(&server, "192.0.2.1:2000").await.expect("accepted");
    let mut other = from(&server, "192.0.2.2:1000").await.expect("accepted");
    assert!(say_to(&mut one).await.is_ok() && say_to(&mut two).await.is_ok());
    assert!(say_to(&mut one).await.is_err() && say_to(&mut two).await.is_err());
    assert!(say_to(&mut other).await.is_ok());
    from(&server, "192.0.2.1:3000").await.expect("the third");
    let refusal = from(&server, "192.0.2.1:4000").await.expect_err("the fourth");
    assert_eq!(refusal.code.as_deref(), Some("rate_limited"));
    assert_eq!(refusal.data, Some(json!({ "retry_after_ms": 20_000 })));
    server.advance(20 * SECOND).await;
    from(&server, "192.0.2.1:4000").await.expect("after the time that it was to wait");
    // without an address there is nothing to count by
    let mut unknown = server.connect().await.expect("accepted");
    for _ in 0..5 {
        assert!(say_to(&mut unknown).await.is_ok());
    }
}

#[tokio::test(start_paused = true)]
async fn a_header_is_believed_only_if_it_is_named() {
    async fn second(server: &TestServer, headers: [&str; 2]) -> bool {
        let mut ok = true;
        for value in headers {
            let client = server.client().address("192.0.2.1:1".parse().expect("an address"));
            let mut client = client.header("x-forwarded-for", value).connect().await.expect("accepted");
            ok = say_to(&mut client).await.is_ok();
        }
        ok
    }
    let limit = || RateLimit::per_address(1, 60 * SECOND);
    let (server, _, _) = layered(module_path!(), |builder| builder.gate(limit()));
    assert!(!second(&server, ["198.51.100.1", "198.51.100.2"]).await, "anybody can write it");
    let trusting =
        |_| layered(module_path!(), |builder| builder.gate(limit().trust_header("X-Forwarded-For"))).0;
    assert!(second(&trusting(()), ["198.51.100.1", "198.51.100.2"]).await);
    let forged = ["203.0.113.1, 198.51.100.1", "203.0.113.2, 198.51.100.1"];
    assert!(!second(&trusting(()), forged).await, "the last address is the proxy's word");
}

#[tokio::test(start_paused = true)]
async fn keys_of_the_program_are_limited() {
    let (server, _, _) = layered(module_path!(), |builder| {
        builder.gate(RateLimit::per_key(1, SECOND, |call| {
            call.socket()
                .handshake()
                .query()
                .split('&')
                .find(|part| part.starts_with("user="))
                .map(str::to_owned)
        }))
    });
    let user =
        async |name: &str| server.client().query(format!("user={name}")).plain().await.expect("accepted");
    let (mut ann, mut again, mut bob) = (user("ann").await, user("ann").await, user("bob").await);
    assert!(say_to(&mut ann).await.is_ok());
    assert!(say_to(&mut again).await.is_err());
    assert!(say_to(&mut bob).await.is_ok());
}
