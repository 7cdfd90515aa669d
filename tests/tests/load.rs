//! `conformance load`: what the load generator relies on.

use tests::{Client, Program};

async fn load() -> Program {
    Program::start("conformance", &["load", "0"]).await
}

#[tokio::test]
async fn plain_messages_are_echoed_unchanged() {
    let load = load().await;
    let mut client = Client::open(load.address, "/ws").await;
    for text in ["hello", "", "{\"event\":\"echo\"}", &"x".repeat(100_000)] {
        client.send(text).await;
        assert_eq!(client.text().await, text);
    }
    let bytes: Vec<u8> = (0..=255).cycle().take(70_000).collect();
    client.send_binary(&bytes).await;
    assert_eq!(client.binary().await, bytes);
    // a broadcast is a text
    client.send_binary(b"B").await;
    assert_eq!(client.binary().await, b"B");
}

#[tokio::test]
async fn plain_broadcasts_reach_everyone_in_one_order() {
    let load = load().await;
    let mut clients = vec![];
    for number in 0..10 {
        let mut client = Client::open(load.address, "/ws").await;
        // an echo: it is a member from here on
        client.send(&number.to_string()).await;
        assert_eq!(client.text().await, number.to_string());
        clients.push(client);
    }
    let mut packets = Client::packets(load.address).await;
    for round in 0..10 {
        clients[round].send(&format!("B{round}")).await;
        for client in &mut clients {
            assert_eq!(client.text().await, format!("B{round}"));
        }
    }
    // the other wire has a namespace of its own: it received nothing
    packets.send(r#"42["echo","x"]"#).await;
    assert_eq!(packets.text().await, r#"42["echo","x"]"#);
}

#[tokio::test]
async fn packets_are_echoed_acknowledged_and_broadcast() {
    let load = load().await;
    let mut one = Client::packets(load.address).await;
    let mut two = Client::packets(load.address).await;
    one.send(r#"42["echo","a \"quoted\" é"]"#).await;
    assert_eq!(one.text().await, r#"42["echo","a \"quoted\" é"]"#);
    one.send(r#"4217["ack","x"]"#).await;
    assert_eq!(one.text().await, r#"4317["x"]"#);
    one.send(r#"42["broadcast","to all"]"#).await;
    assert_eq!(one.text().await, r#"42["broadcast","to all"]"#);
    assert_eq!(two.text().await, r#"42["broadcast","to all"]"#);
}
