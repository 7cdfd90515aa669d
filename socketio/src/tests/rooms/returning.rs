//! A client that recovers shows two keys of the protocol in its `auth`: no type of the program sees them.

use std::time::Duration;

use serde::Deserialize;
use serde_json::{Value, value::RawValue};

use crate::{
    Auth, Config, Socket, SocketIo, State, on,
    tests::kit::{Log, TestClient, assert_nothing_is_left, server},
};

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct Strict {
    token: Option<String>,
}

#[on(connect)]
fn strict(socket: &Socket, Auth(auth): Auth<Strict>, State(log): State<Log>) {
    let token = auth.token.unwrap_or_default();
    log.add(format!("{} {token:.3}", socket.is_recovered()));
}

#[on(connect)]
fn raw(Auth(auth): Auth<Box<RawValue>>, State(log): State<Log>) {
    log.add(auth.get());
}

async fn connect(io: &SocketIo, auth: &str) -> (TestClient, Value) {
    let mut client = TestClient::packets(io).await;
    client.send(format!("40{auth}")).await;
    let reply = client.text().await;
    let json = reply.get(2..).filter(|_| reply.starts_with("40")).unwrap_or_else(|| panic!("{reply}"));
    let reply = serde_json::from_str(json).expect("JSON");
    (client, reply)
}

#[tokio::test(start_paused = true)]
async fn what_is_the_protocols_in_auth_is_not_seen_by_the_program() {
    let config = Config::new().recovery(Duration::from_secs(120)).max_auth(40);
    let (io, log, _) = server(module_path!(), config);
    let (client, reply) = connect(&io, "").await;
    client.cut();
    let pid = reply["pid"].as_str().expect("a private id").to_owned();
    // as long as it may be
    let token = format!(r#"{{"token":"{}"}}"#, "x".repeat(28));
    let members = &token[1..];
    let (client, reply) = connect(&io, &format!(r#"{{"pid":"{pid}",{members}"#)).await;
    assert_eq!(reply["pid"], *pid);
    client.cut();
    // nothing but the protocol's; and an offset that is not known (any more)
    let (client, reply) = connect(&io, &format!(r#"{{"pid":"{pid}","offset":"AAAAAAAAAAAA"}}"#)).await;
    assert_ne!(reply["pid"], *pid);
    client.cut();
    // a key of this name that cannot be the protocol's is the program's
    let mut client = TestClient::packets(&io).await;
    client.send(r#"40{"pid":"7"}"#).await;
    let refusal = client.text().await;
    assert!(refusal.starts_with("44") && refusal.contains("pid: unknown field"), "{refusal}");
    // what is the program's is too long
    client.send(format!(r#"40{{"pid":"{pid}","token":"{}"}}"#, "x".repeat(29))).await;
    assert!(client.text().await.contains("auth_too_long"));
    assert_eq!(log.lines(), ["false ", "{}", "true xxx", &token, "false ", "{}"]);
    assert_nothing_is_left(&io).await;
}

/// Without recovery they are words like any others.
#[tokio::test(start_paused = true)]
async fn without_recovery_the_keys_are_the_programs() {
    let (io, _, _) = server(module_path!(), Config::new());
    let mut client = TestClient::packets(&io).await;
    client.send(r#"40{"pid":"AAAAAAAAAAAAAAAAAAAA"}"#).await;
    assert!(client.text().await.contains("pid: unknown field"));
}
