//! Every verb of a selection means the sockets of all nodes.

use super::{Servers, heard};
use crate::{
    Bytes, Message,
    cluster::Memory,
    event,
    tests::kit::{TestClient, settle},
};

#[tokio::test(start_paused = true)]
async fn a_broadcast_reaches_the_selected_sockets_of_every_node_once() {
    let servers = Servers::start(Memory::new(), 3).await;
    let (mut both, _) = servers.guest(0, &["a", "b"]).await;
    let (mut one, id) = servers.guest(1, &["b"]).await;
    let (mut none, _) = servers.guest(2, &[]).await;
    let io = servers.io(0);
    assert_eq!(io.try_emit(event!("all", 1)), Ok(1), "how many of this process");
    assert_eq!(io.to("a").to("b").try_emit(event!("union")), Ok(1));
    io.to("b").except("a").emit(event!("except"));
    io.except("b").volatile().emit(event!("rest"));
    io.to(&*id).emit(event!("own"));
    io.local().emit(event!("local"));
    assert_eq!(heard(io, &mut both).await, [r#"42["all",1]"#, r#"42["union"]"#, r#"42["local"]"#]);
    let expected = [r#"42["all",1]"#, r#"42["union"]"#, r#"42["except"]"#, r#"42["own"]"#];
    assert_eq!(heard(servers.io(1), &mut one).await, expected);
    assert_eq!(heard(servers.io(2), &mut none).await, [r#"42["all",1]"#, r#"42["rest"]"#]);
    servers.close().await;
}

#[tokio::test(start_paused = true)]
async fn a_socket_that_broadcasts_is_left_out_and_its_own_emits_stay() {
    let servers = Servers::start(Memory::new(), 2).await;
    let (mut first, id) = servers.guest(0, &["a"]).await;
    let (mut second, _) = servers.guest(1, &["a"]).await;
    let socket = servers.io(0).socket(&*id).expect("live");
    socket.broadcast().emit(event!("broadcast"));
    socket.to("a").emit(event!("to"));
    socket.everyone().emit(event!("everyone"));
    socket.emit(event!("own"));
    assert_eq!(heard(servers.io(0), &mut first).await, [r#"42["everyone"]"#, r#"42["own"]"#]);
    let expected = [r#"42["broadcast"]"#, r#"42["to"]"#, r#"42["everyone"]"#];
    assert_eq!(heard(servers.io(1), &mut second).await, expected);
    servers.close().await;
}

#[tokio::test(start_paused = true)]
async fn sockets_of_other_nodes_join_leave_and_are_disconnected_in_the_order_asked_for() {
    let servers = Servers::start(Memory::seeded(7), 2).await;
    let (mut first, _) = servers.guest(0, &[]).await;
    let (mut second, id) = servers.guest(1, &["a"]).await;
    let io = servers.io(0);
    for round in 0..20 {
        io.to("a").join("b");
        io.to("b").emit(event!("inside", round));
        io.to("a").leave("b");
        io.to("b").emit(event!("outside", round));
    }
    io.to("a").disconnect();
    io.emit(event!("after"));
    for round in 0..20 {
        assert_eq!(second.text().await, format!(r#"42["inside",{round}]"#));
    }
    assert_eq!(second.text().await, "41");
    assert_eq!(heard(io, &mut first).await, [r#"42["after"]"#]);
    assert!(servers.io(1).socket(&*id).is_none());
    servers.close().await;
}

#[tokio::test(start_paused = true)]
async fn an_address_that_is_not_here_is_one_of_another_node() {
    let servers = Servers::start(Memory::new(), 2).await;
    let (_here, _) = servers.guest(0, &[]).await;
    let (mut there, id) = servers.guest(1, &[]).await;
    there.send(r#"421["name","ann"]"#).await;
    assert_eq!(there.text().await, "431[true]");
    let io = servers.io(0);
    assert_eq!(io.emit_to("ann", event!("by name")), Ok(()));
    assert_eq!(io.emit_to(&*id, event!("by id")), Ok(()));
    let report = io.emit_to_list(["ann", &*id, "nobody"], event!("list"));
    assert_eq!((report.sent, report.forwarded, report.failed.len()), (0, 3, 0));
    io.to("ann").emit(event!("as a room"));
    let expected = [r#"42["by name"]"#, r#"42["by id"]"#, r#"42["list"]"#, r#"42["as a room"]"#];
    assert_eq!(heard(servers.io(1), &mut there).await, expected);
    servers.close().await;
}

#[tokio::test(start_paused = true)]
async fn bytes_and_messages_cross_to_each_wire_in_its_own_form() {
    let servers = Servers::start(Memory::new(), 2).await;
    let (mut packets, _) = servers.guest(1, &[]).await;
    let mut plain = servers.plain(1).await;
    let io = servers.io(0);
    io.emit(event!("bytes", 1, Bytes::from(vec![1, 2]), "x"));
    io.emit(event!("none"));
    io.emit(event!("deep", serde_json::json!({"a": ["\n", null, 1.5]})));
    io.emit(Message::text("hello"));
    io.emit(Message::binary(vec![3]));
    assert_eq!(packets.text().await, r#"451-["bytes",1,{"_placeholder":true,"num":0},"x"]"#);
    assert_eq!(packets.next().await, crate::tests::kit::Got::Binary(vec![1, 2]));
    assert_eq!(packets.text().await, r#"42["none"]"#);
    assert_eq!(packets.text().await, r#"42["deep",{"a":["\n",null,1.5]}]"#);
    assert_eq!(packets.text().await, r#"42["message","hello"]"#);
    assert_eq!(packets.text().await, r#"451-["message",{"_placeholder":true,"num":0}]"#);
    assert_eq!(packets.next().await, crate::tests::kit::Got::Binary(vec![3]));
    assert_eq!(plain.text().await, r#"{"event":"bytes","args":[1,"AQI=","x"]}"#);
    assert_eq!(plain.text().await, r#"{"event":"none"}"#);
    assert_eq!(plain.text().await, r#"{"event":"deep","data":{"a":["\n",null,1.5]}}"#);
    assert_eq!(plain.text().await, "hello");
    assert_eq!(plain.next().await, crate::tests::kit::Got::Binary(vec![3]));
    servers.close().await;
}

#[cfg(feature = "msgpack")]
#[tokio::test(start_paused = true)]
async fn what_crosses_to_a_message_pack_client_is_what_its_own_node_sends() {
    use crate::{Config, config::Parser, tests::kit::Got};
    let config = Config::new().parser(Parser::MessagePack);
    let servers = Servers::with(Memory::new(), 2, config).await;
    let mut client = TestClient::packets(servers.io(1)).await;
    client
        .send_raw(tokio_tungstenite::tungstenite::Message::binary(b"\x82\xa4type\x00\xa3nsp\xa1/".to_vec()))
        .await;
    client.next().await;
    let event = || event!("x", 1, Bytes::from(vec![7]), serde_json::json!({"a": [-5, 2.5, "é"]}));
    servers.io(1).emit(event());
    let Got::Binary(own) = client.next().await else { panic!("a packet") };
    servers.io(0).emit(event());
    let Got::Binary(crossed) = client.next().await else { panic!("a packet") };
    assert_eq!(own, crossed);
    servers.close().await;
}

/// A namespace by a pattern is the same one on every node that has it; where nobody is in it, nothing is kept.
#[tokio::test(start_paused = true)]
async fn namespaces_are_apart_and_those_by_patterns_are_shared() {
    #[crate::on(connect, namespace = "/org/{id}")]
    fn connected() {}

    let servers = Servers::start(Memory::new(), 3).await;
    let mut clients = vec![];
    for at in 0..2 {
        let mut client = TestClient::packets(servers.io(at)).await;
        client.send("40/org/7,").await;
        client.text().await;
        clients.push(client);
    }
    let (mut root, _) = servers.guest(0, &[]).await;
    servers.io(1).of("/org/7").expect("live").emit(event!("seven"));
    servers.io(0).of("/org/7").expect("live").emit(event!("again"));
    settle().await;
    for client in &mut clients {
        let mut got = [client.text().await, client.text().await];
        got.sort();
        assert_eq!(got, [r#"42/org/7,["again"]"#, r#"42/org/7,["seven"]"#]);
    }
    assert!(servers.io(2).of("/org/7").is_none());
    assert_eq!(heard(servers.io(0), &mut root).await, [""; 0]);
    drop(clients);
    servers.close().await;
}

/// Other verbs are of this process, and say so.
#[tokio::test(start_paused = true)]
async fn what_gives_handles_is_of_this_process() {
    let servers = Servers::start(Memory::new(), 2).await;
    let (_here, _) = servers.guest(0, &[]).await;
    let (_there, id) = servers.guest(1, &[]).await;
    assert_eq!((servers.io(0).sockets().len(), servers.io(0).socket_count()), (1, 1));
    assert!(servers.io(0).socket(&*id).is_none());
    assert_eq!(servers.io(0).fire(event!("join", "x")), Ok(1));
    servers.close().await;
}
