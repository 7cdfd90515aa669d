//! The chat, as people see it: two tabs of a real browser.

use std::time::Duration;

use tests::{executable, node};

#[tokio::test]
async fn two_people_chat_in_a_browser() {
    let chat = executable("chat");
    let printed = node("chat.mjs", &[chat.to_str().expect("a UTF-8 path")], Duration::from_secs(120)).await;
    assert!(printed.ends_with("all seen\n"), "{printed}");
}
