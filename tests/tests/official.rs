//! The official client 4.8 from npm, in Node and in Chromium, against the conformance program. The checks are in
//! `node/official.mjs`.

use std::time::Duration;

use tests::{Program, node};

async fn passes(mode: &str, case: &str) {
    let server = Program::start("conformance", &[mode, "0"]).await;
    let url = format!("http://{}", server.address);
    let printed = node("official.mjs", &[&url, case], Duration::from_secs(60)).await;
    assert!(printed.ends_with(&format!("{case}: all seen\n")), "{printed}");
}

#[tokio::test]
async fn polling_only() {
    passes("socket-client", "polling").await;
}

#[tokio::test]
async fn websocket_only() {
    passes("socket-client", "websocket").await;
}

#[tokio::test]
async fn upgrade_while_events_are_under_way() {
    passes("socket-client", "upgrade").await;
}

#[tokio::test]
async fn namespaces_on_one_connection() {
    passes("socket-client", "namespaces").await;
}

#[tokio::test]
async fn reconnect_as_a_new_client() {
    passes("socket-client", "reconnect").await;
}

#[tokio::test]
async fn recovery_on_every_transport() {
    passes("socket-client", "recovery").await;
}

#[tokio::test]
async fn message_pack() {
    passes("socket-msgpack", "msgpack").await;
}

#[tokio::test]
async fn in_a_browser() {
    passes("socket-client", "browser").await;
}
