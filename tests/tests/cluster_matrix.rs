//! Every verb, from every node of clusters of different kinds of nodes, to clients on every wire: all of them hear the same.

use std::collections::HashMap;

use axum::{Router, extract::Query};
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};
use socketio::{Bytes, Config, Event, Payload, Socket, SocketIo, config::Parser, event, on};
use socketio_redis::Classic;
use tests::{Client, NodeServer, RedisServer, Server, serve, soon};

#[on(connect)]
fn connected(socket: &Socket, Query(query): Query<HashMap<String, String>>) {
    let text = |name: &str| query.get(name).map(String::as_str).unwrap_or_default();
    // a text can be encoded
    let _ = socket.set_data(&json!({ "name": text("name") }));
    text("rooms").split(',').for_each(|room| socket.join(room));
}

#[derive(Serialize, Deserialize, Event)]
#[event("cache:drop", from = node, ack = usize)]
struct CacheDrop {
    prefix: String,
}

#[on(CacheDrop)]
fn dropped(event: CacheDrop) -> usize {
    event.prefix.len()
}

#[derive(Serialize, Event)]
#[event("who?", from = server, ack = Answer)]
struct Who;

#[derive(Debug, PartialEq, Serialize, Deserialize, Payload)]
struct Answer(String);

/// A node of either kind.
enum Member {
    Ours { io: SocketIo, server: Server },
    Node(Box<NodeServer>),
}

impl Member {
    async fn ours(redis: &RedisServer, parser: Parser) -> Self {
        let cluster = Classic::connect(&redis.url()).await.expect("Redis is there");
        let config = Config::new().parser(parser);
        let io = SocketIo::builder().discover().config(config).cluster(cluster).build().expect("a server");
        soon("the cluster", io.cluster().ready()).await.expect("connected");
        let app = Router::new().merge(io.router()).route_service("/ws", io.websocket());
        let server = serve(&io, app).await;
        Self::Ours { io, server }
    }

    async fn node(redis: &RedisServer, kind: &str) -> Self {
        Self::Node(Box::new(NodeServer::start(redis, kind).await))
    }

    async fn url(&mut self) -> String {
        match self {
            Self::Ours { server, .. } => format!("http://{}", server.address),
            Self::Node(node) => node.run("return address").await.as_str().expect("a text").to_owned(),
        }
    }

    /// What this one says: each line reaches some of the clients.
    async fn says(&mut self) {
        match self {
            Self::Ours { io, .. } => {
                io.emit(event!("all", 1, "zwei", json!({"a": [true, null, -1, 1.5]})));
                io.to("r1").emit(event!("r1"));
                io.to("r1").to("r2").except("r2").emit(event!("except"));
                io.except("r1").emit(event!("except all", 2));
                io.to("r2").emit(event!("bytes", Bytes::from(vec![1, 2, 3])));
                io.to("r2").join("x");
                io.to("x").emit(event!("joined"));
                io.to("x").leave("x");
                io.to("x").emit(event!("nobody"));
                io.to("nowhere").emit(event!("nobody"));
                io.local().except("none").emit(event!("here"));
            }
            // Node's own sockets join and leave when its message returns to it
            Self::Node(node) => {
                node.run(
                    "io.emit('all', 1, 'zwei', { a: [true, null, -1, 1.5] }); io.to('r1').emit('r1');\
                     io.to(['r1', 'r2']).except('r2').emit('except'); io.except('r1').emit('except all', 2);\
                     io.to('r2').emit('bytes', Buffer.from([1, 2, 3])); io.in('r2').socketsJoin('x'); await sleep(200);\
                     io.to('x').emit('joined'); io.in('x').socketsLeave('x'); await sleep(200); io.to('x').emit('nobody');\
                     io.to('nowhere').emit('nobody'); io.local.emit('here')",
                )
                .await;
            }
        }
    }

    async fn volatile(&mut self) {
        match self {
            Self::Ours { io, .. } => io.volatile().emit(event!("volatile")),
            Self::Node(node) => drop(node.run("io.volatile.emit('volatile')").await),
        }
    }

    async fn ends(&mut self) {
        match self {
            Self::Ours { io, .. } => io.local().emit(event!("end")),
            Self::Node(node) => drop(node.run("io.local.emit('end')").await),
        }
    }

    /// The names of all sockets, the rooms, the answers of the clients in `r2`, and those of the other nodes.
    async fn asks(&mut self) -> [Value; 4] {
        match self {
            Self::Ours { io, .. } => {
                let sockets = io.fetch_sockets().await.expect("all answer");
                let name = |data: Value| data["name"].as_str().unwrap_or_default().to_owned();
                let mut names: Vec<String> =
                    sockets.iter().map(|socket| name(socket.data().expect("JSON"))).collect();
                names.sort();
                let mut rooms = io.rooms().await.expect("all answer");
                rooms.retain(|room| room.len() < 5);
                rooms.sort();
                let answers = io.to("r2").emit_with_ack(&Who).await.expect("all answer");
                let mut answers: Vec<String> = answers.into_iter().map(|Answer(text)| text).collect();
                answers.sort();
                let event = CacheDrop { prefix: "four".to_owned() };
                let told = io.server_side_emit_with_ack(&event).await.expect("both answer");
                [json!(names), json!(rooms), json!(answers), json!(told)]
            }
            Self::Node(node) => {
                let all = node
                    .run(
                        "return [(await io.fetchSockets()).map((s) => s.data.name).sort(),\
                         [...await io.of('/').adapter.allRooms()].filter((room) => room.length < 5).sort(),\
                         (await io.to('r2').timeout(5000).emitWithAck('who?')).sort(),\
                         await io.serverSideEmitWithAck('cache:drop', { prefix: 'four' })]",
                    )
                    .await;
                [0, 1, 2, 3].map(|at| all[at].clone())
            }
        }
    }
}

/// What a plain client hears before the event `end`, in the form of a Socket.IO client's events.
async fn plain_up_to_end(client: &mut Client) -> Value {
    let mut events = vec![];
    loop {
        let event: Value = serde_json::from_str(&client.text().await).expect("JSON");
        let name = event["event"].clone();
        if name == "end" {
            return json!(events);
        }
        let mut line = vec![name];
        line.extend(event.get("data").cloned());
        line.extend(event["args"].as_array().into_iter().flatten().cloned());
        events.push(json!(line));
    }
}

/// A cluster of three nodes. At each node is a Socket.IO client: `s0` in `r1`, `s1` in `r1` and `r2`, `s2` in `r2`; that of a node
/// with the MessagePack parser speaks it. At each of ours is a plain client in `r1`.
async fn verbs_mean_the_same_everywhere(redis: &RedisServer, mut members: [Member; 3], packed: [bool; 3]) {
    let mut clients = NodeServer::script("matrix.mjs", &[]).await;
    let mut plain = vec![];
    for (at, member) in members.iter_mut().enumerate() {
        let url = member.url().await;
        let rooms = [json!(["r1"]), json!(["r1", "r2"]), json!(["r2"])][at].clone();
        clients.run(&format!("await connect('s{at}', '{url}', {rooms}, {})", packed[at])).await;
        if let Member::Ours { server, .. } = member {
            let path = format!("/ws?name=p{at}&rooms=r1");
            plain.push((at, Client::open(server.address, &path).await));
        }
    }
    let all = json!(["all", 1, "zwei", {"a": [true, null, -1, 1.5]}]);
    for from in 0..3 {
        members[from].says().await;
        let asked = members[from].asks().await;
        let mut names: Vec<String> = plain.iter().map(|(at, _)| format!("p{at}")).collect();
        names.extend(["s0", "s1", "s2"].map(str::to_owned));
        let answers = json!(["s1 answers", "s2 answers"]);
        assert_eq!(asked, [json!(names), json!(["r1", "r2"]), answers, json!([4, 4])], "node {from}");
        // a volatile message is dropped for a client to which its node is writing: now nothing is written
        for member in &mut members {
            member.ends().await;
        }
        for at in 0..3 {
            let here = if at == from { Some(json!(["here"])) } else { None };
            let heard = clients.run(&format!("return await upToEnd('s{at}')")).await;
            let expected: Vec<Value> = match at {
                0 => [Some(all.clone()), Some(json!(["r1"])), Some(json!(["except"])), here]
                    .into_iter()
                    .flatten()
                    .collect(),
                1 => [
                    Some(all.clone()),
                    Some(json!(["r1"])),
                    Some(json!(["bytes", {"bytes": [1, 2, 3]}])),
                    Some(json!(["joined"])),
                    here,
                    Some(json!(["who?"])),
                ]
                .into_iter()
                .flatten()
                .collect(),
                _ => [
                    Some(all.clone()),
                    Some(json!(["except all", 2])),
                    Some(json!(["bytes", {"bytes": [1, 2, 3]}])),
                    Some(json!(["joined"])),
                    here,
                    Some(json!(["who?"])),
                ]
                .into_iter()
                .flatten()
                .collect(),
            };
            assert_eq!(heard, json!(expected), "from node {from} to s{at}");
        }
        for (at, client) in &mut plain {
            let mut expected = vec![all.clone(), json!(["r1"]), json!(["except"])];
            expected.extend((*at == from).then(|| json!(["here"])));
            assert_eq!(plain_up_to_end(client).await, json!(expected), "from node {from} to p{at}");
        }
        members[from].volatile().await;
        // what was published before it is handed on
        redis_is_through(redis).await;
        for (at, member) in members.iter_mut().enumerate() {
            member.ends().await;
            let heard = clients.run(&format!("return await upToEnd('s{at}')")).await;
            assert_eq!(heard, json!([["volatile"]]), "from node {from} to s{at}");
        }
        for (_, client) in &mut plain {
            assert_eq!(plain_up_to_end(client).await, json!([["volatile"]]));
        }
    }
    for member in members {
        if let Member::Ours { server, .. } = member {
            server.shut_down().await;
        }
    }
}

/// What was published before has been handed on.
async fn redis_is_through(redis: &RedisServer) {
    redis.command(&[b"PING"]).await;
    tokio::time::sleep(std::time::Duration::from_millis(100)).await;
}

#[tokio::test]
async fn verbs_mean_the_same_at_three_nodes_of_ours() {
    let redis = RedisServer::start().await;
    let members = [
        Member::ours(&redis, Parser::Json).await,
        Member::ours(&redis, Parser::MessagePack).await,
        Member::ours(&redis, Parser::Json).await,
    ];
    verbs_mean_the_same_everywhere(&redis, members, [false, true, false]).await;
}

#[tokio::test]
async fn verbs_mean_the_same_at_two_nodes_of_ours_and_one_of_node() {
    let redis = RedisServer::start().await;
    let members = [
        Member::ours(&redis, Parser::MessagePack).await,
        Member::node(&redis, "ioredis").await,
        Member::ours(&redis, Parser::Json).await,
    ];
    verbs_mean_the_same_everywhere(&redis, members, [true, false, false]).await;
}

#[tokio::test]
async fn verbs_mean_the_same_at_one_node_of_ours_and_two_of_node() {
    let redis = RedisServer::start().await;
    let members = [
        Member::node(&redis, "redis").await,
        Member::node(&redis, "ioredis").await,
        Member::ours(&redis, Parser::MessagePack).await,
    ];
    verbs_mean_the_same_everywhere(&redis, members, [false, false, true]).await;
}
