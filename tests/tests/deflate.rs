//! Real clients with permessage-deflate: those of `official.rs` once more, against a server that compresses whatever can be
//! compressed; and clients that are not Socket.IO's. The checks are in `node/official.mjs`, `node/deflate.mjs` and
//! `python/deflate.py`.

use std::time::Duration;

use tests::{Program, node, python};

async fn official(mode: &str, case: &str) {
    let server = Program::start("conformance", &[mode, "0", "deflate"]).await;
    let url = format!("http://{}", server.address);
    let printed = node("official.mjs", &[&url, case], Duration::from_secs(60)).await;
    assert!(printed.ends_with(&format!("{case}: all seen\n")), "{printed}");
}

async fn script(case: &str) {
    let server = Program::start("conformance", &["load", "0", "deflate"]).await;
    let address = server.address.to_string();
    let printed = node("deflate.mjs", &[&address, case], Duration::from_secs(60)).await;
    assert!(printed.ends_with(&format!("{case}: all seen\n")), "{printed}");
}

#[tokio::test]
async fn official_client_polls_compressed() {
    official("socket-client", "polling").await;
}

#[tokio::test]
async fn official_client_over_a_compressed_websocket() {
    official("socket-client", "websocket").await;
}

#[tokio::test]
async fn official_client_changes_over_to_a_compressed_websocket() {
    official("socket-client", "upgrade").await;
}

#[tokio::test]
async fn official_client_recovers_with_compression() {
    official("socket-client", "recovery").await;
}

#[tokio::test]
async fn official_client_with_compressed_message_pack() {
    official("socket-msgpack", "msgpack").await;
}

#[tokio::test]
async fn chromium_with_compression() {
    official("socket-client", "browser").await;
}

#[tokio::test]
async fn chromium_on_the_plain_wire_with_compression() {
    script("chromium").await;
}

#[tokio::test]
async fn firefox_with_compression() {
    script("firefox").await;
}

#[tokio::test]
async fn ws_with_compression() {
    script("ws").await;
}

#[tokio::test]
async fn undici_with_compression() {
    script("undici").await;
}

#[tokio::test]
async fn python_websockets_with_compression() {
    let server = Program::start("conformance", &["load", "0", "deflate"]).await;
    let url = format!("ws://{}/ws", server.address);
    let printed = python("deflate.py", &[&url], Duration::from_secs(60)).await;
    assert_eq!(printed, "all seen\n");
}
