//! A client that shares no code with the official one: python-socketio from PyPI. The checks are in `python/client.py`.

use std::time::Duration;

use tests::{Program, python};

async fn passes(transports: &str) {
    let server = Program::start("conformance", &["socket-client", "0"]).await;
    let url = format!("http://{}", server.address);
    let printed = python("client.py", &[&url, transports], Duration::from_secs(60)).await;
    assert_eq!(printed, "all seen\n");
}

#[tokio::test]
async fn python_polls() {
    passes("polling").await;
}

#[tokio::test]
async fn python_speaks_websocket() {
    passes("websocket").await;
}

#[tokio::test]
async fn python_changes_over() {
    passes("polling,websocket").await;
}
