//! The chat, as people see it: two tabs of a real browser.

use std::time::Duration;

use tests::{executable, node};

async fn chats_over(wire: &str) {
    let chat = executable("chat");
    let args = [chat.to_str().expect("a UTF-8 path"), wire];
    let printed = node("chat.mjs", &args, Duration::from_secs(120)).await;
    assert!(printed.ends_with("all seen\n"), "{printed}");
}

#[tokio::test]
async fn two_people_chat_in_a_browser() {
    chats_over("plain").await;
}

/// One speaks Socket.IO by the official client, the other the plain wire.
#[tokio::test]
async fn people_on_two_wires_chat() {
    chats_over("socketio").await;
}
