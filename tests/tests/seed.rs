//! The seed's program, from outside: what it sends and what it prints.

use std::net::SocketAddr;

use serde_json::json;
use tests::{Client, Program, request};

async fn seed() -> Program {
    Program::start("seed", &["0"]).await
}

/// A client that has received its welcome, and its UUID.
async fn join(address: SocketAddr, user: &str) -> (Client, String) {
    let mut client = Client::open(address, &format!("/ws/{user}")).await;
    let welcome = client.text().await;
    let uuid = welcome.strip_prefix(&format!("Hello user: {user} with UUID: "));
    (client, uuid.unwrap_or_else(|| panic!("{welcome}")).to_owned())
}

fn message(from: &str, to: &str, event: &str, data: &str) -> String {
    json!({ "from": from, "to": to, "event": event, "data": data }).to_string()
}

#[tokio::test]
async fn newcomers_are_welcomed_and_announced_to_the_others() {
    let mut seed = seed().await;
    let (mut ann, _) = join(seed.address, "ann").await;
    seed.line("Connection event 1 - User: ann").await;
    let (mut bob, uuid) = join(seed.address, "bob").await;
    assert_eq!(uuid.len(), 36, "a UUID");
    assert_eq!(ann.text().await, format!("New user connected: bob and UUID: {uuid}"));
    // not to bob himself: the next message that he receives is this
    let hello = message("ann", "bob", "", "hello");
    ann.send(&hello).await;
    assert_eq!(bob.text().await, hello);
    seed.line(&format!("Message event - User: ann - Message: {hello}")).await;
}

#[tokio::test]
async fn a_message_reaches_every_socket_of_a_user_and_fires_its_event() {
    let mut seed = seed().await;
    let (mut laptop, _) = join(seed.address, "bob").await;
    let (mut phone, uuid) = join(seed.address, "bob").await;
    let (mut ann, ann_uuid) = join(seed.address, "ann").await;
    assert_eq!(laptop.text().await, format!("New user connected: bob and UUID: {uuid}"));
    for socket in [&mut laptop, &mut phone] {
        assert_eq!(socket.text().await, format!("New user connected: ann and UUID: {ann_uuid}"));
    }
    let hello = message("ann", "bob", "CUSTOM_EVENT", "hello");
    ann.send(&hello).await;
    assert_eq!(laptop.text().await, hello);
    assert_eq!(phone.text().await, hello);
    seed.line("Custom event - User: ann").await;

    // one socket of two leaves: the other is still found
    laptop.close().await;
    seed.line("Disconnection event - User: bob").await;
    let again = message("ann", "bob", "", "again");
    ann.send(&again).await;
    assert_eq!(phone.text().await, again);
}

#[tokio::test]
async fn built_in_words_cannot_be_faked() {
    let mut seed = seed().await;
    let (mut ann, _) = join(seed.address, "ann").await;
    seed.line("Connection event 1 - User: ann").await;
    for word in ["disconnect", "connect", "close", "error", "ping", "pong", "nobody listens"] {
        ann.send(&message("ann", "ann", word, "fake")).await;
        // she is still connected, and still found
        assert_eq!(ann.text().await, message("ann", "ann", word, "fake"));
    }
    seed.line("no handler listens to the event").await;
    ann.send("not JSON").await;
    ann.send(&message("ann", "ann", "CUSTOM_EVENT", "")).await;
    seed.line("Custom event - User: ann").await;
    let faked = ["Disconnection event", "Close event", "Error event", "Connection event"];
    let faked = |line: &&String| faked.iter().any(|event| line.starts_with(event));
    assert_eq!(seed.seen().iter().filter(faked).count(), 1, "she connected once: {:#?}", seed.seen());
}

#[tokio::test]
async fn a_message_to_a_user_who_has_left_goes_nowhere() {
    let mut seed = seed().await;
    let (bob, _) = join(seed.address, "bob").await;
    let (mut ann, _) = join(seed.address, "ann").await;
    bob.close().await;
    seed.line("Disconnection event - User: bob").await;
    ann.send(&message("ann", "bob", "", "anyone?")).await;
    seed.line("no such user: bob").await;
    let to_herself = message("ann", "ann", "", "alone");
    ann.send(&to_herself).await;
    assert_eq!(ann.text().await, to_herself);
}

/// As in the seed: a fired `message` is handled like one that was sent.
#[tokio::test]
async fn a_message_may_fire_a_message() {
    let seed = seed().await;
    let (mut bob, _) = join(seed.address, "bob").await;
    let (mut ann, uuid) = join(seed.address, "ann").await;
    assert_eq!(bob.text().await, format!("New user connected: ann and UUID: {uuid}"));
    let inner = message("ann", "bob", "", "within");
    ann.send(&message("ann", "ann", "message", &inner)).await;
    assert_eq!(bob.text().await, inner);
}

#[tokio::test]
async fn a_broken_connection_is_an_error() {
    let mut seed = seed().await;
    let (ann, _) = join(seed.address, "ann").await;
    drop(ann);
    seed.line("Disconnection event - User: ann").await;
    seed.line("Error event - User: ann").await;
}

#[tokio::test]
async fn ctrl_c_closes_every_socket() {
    let mut seed = seed().await;
    let (ann, _) = join(seed.address, "ann").await;
    seed.line("Connection event 1 - User: ann").await;
    let (lines, goodbye) = tokio::join!(seed.interrupt(), ann.closed());
    assert_eq!(goodbye.0, 1001);
    assert_eq!(lines, ["Close event - User: ann", "Disconnection event - User: ann"]);
}

#[tokio::test]
async fn a_plain_request_is_answered_with_426() {
    let seed = seed().await;
    let response = request(seed.address, b"GET /ws/ann HTTP/1.1\r\nHost: x\r\n\r\n").await;
    assert_eq!(response.status, 426);
}
