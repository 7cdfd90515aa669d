//! The official client of Socket.IO 2, from npm, next to one of today. The checks are in `node/v2.mjs`.

use std::time::Duration;

use tests::{Program, node};

async fn passes(settings: &[&str], case: &str) {
    let server = Program::start("conformance", &[&["socket-client", "0", "v3"], settings].concat()).await;
    let url = format!("http://{}", server.address);
    let printed = node("v2.mjs", &[&url, case], Duration::from_secs(60)).await;
    assert!(printed.ends_with(&format!("{case}: all seen\n")), "{printed}");
}

#[tokio::test]
async fn version_2_polls() {
    passes(&[], "polling").await;
}

#[tokio::test]
async fn version_2_over_websocket() {
    passes(&[], "websocket").await;
}

#[tokio::test]
async fn version_2_changes_over() {
    passes(&[], "upgrade").await;
}

#[tokio::test]
async fn version_2_with_compression() {
    passes(&["deflate"], "upgrade").await;
}
