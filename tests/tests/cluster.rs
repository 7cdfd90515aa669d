//! One cluster of our servers and of Node.js, through a real Redis: `@socket.io/redis-adapter` 8, with both of its clients.

use std::time::{Duration, Instant};

use serde_json::{Value, json};
use socketio::{
    Bytes, SocketIo,
    cluster::ClusterState,
    error::{Incomplete, RemoteError},
    event,
};
use socketio_redis::{Classic, ConnectError, Emitter, Options};
use tests::{NodeServer, RedisServer, Server, serve, soon};
use tokio::sync::mpsc;

mod nodes;

use nodes::{Answer, CacheDrop, Told, Who};

/// A server of ours.
struct Ours {
    io: SocketIo,
    server: Server,
    told: mpsc::UnboundedReceiver<String>,
}

impl Ours {
    async fn start(redis: &RedisServer) -> Self {
        let cluster = Classic::connect(&redis.url()).await.expect("Redis is there");
        let (sender, told) = mpsc::unbounded_channel();
        let io =
            SocketIo::builder().discover().state(Told(sender)).cluster(cluster).build().expect("a server");
        soon("the cluster", io.cluster().ready()).await.expect("connected");
        let server = serve(&io, io.router()).await;
        Self { io, server, told }
    }

    fn url(&self) -> String {
        format!("http://{}", self.server.address)
    }
}

/// Two nodes of Node, one with each client of Redis, and one of ours; a client at each: `a`, `b` of Node, `c` of ours, which
/// the first Node drives.
struct Cluster {
    redis: RedisServer,
    node: NodeServer,
    other: NodeServer,
    ours: Ours,
    id: String,
}

impl Cluster {
    async fn start() -> Self {
        let redis = RedisServer::start().await;
        let mut node = NodeServer::start(&redis, "redis").await;
        let mut other = NodeServer::start(&redis, "ioredis").await;
        let ours = Ours::start(&redis).await;
        node.run("await connect('a', address, { rooms: ['r1'] })").await;
        other.run("await connect('b', address, { rooms: ['r1', 'r2'] })").await;
        let connect = format!("return await connect('c', '{}', {{ rooms: ['r2'] }})", ours.url());
        let id = node.run(&connect).await.as_str().expect("an id").to_owned();
        Self { redis, node, other, ours, id }
    }

    /// What the clients heard.
    async fn heard(&mut self) -> [Vec<Value>; 3] {
        let heard = nodes::heard(&mut self.node, &mut self.other, &self.ours.io).await;
        heard.map(|list| list.as_array().cloned().expect("a list"))
    }
}

#[tokio::test]
async fn broadcasts_of_ours_and_of_node_reach_the_same_clients() {
    let mut cluster = Cluster::start().await;
    let io = cluster.ours.io.clone();
    io.emit(event!("all", 1, "zwei", json!({"a": [true, null, -1, 1.5, 4294967296_u64]})));
    io.to("r1").emit(event!("one room"));
    io.to("r1").to("r2").except("r2").emit(event!("except"));
    io.to("r1").compress(false).emit(event!("flags"));
    io.emit(event!("bytes", Bytes::from(vec![1, 2, 3])));
    let all = json!(["all", 1, "zwei", {"a": [true, null, -1, 1.5, 4294967296_u64]}]);
    let bytes = json!(["bytes", {"bytes": [1, 2, 3]}]);
    let [a, b, c] = cluster.heard().await;
    assert_eq!(json!(a), json!([all, ["one room"], ["except"], ["flags"], bytes]));
    assert_eq!(json!(b), json!([all, ["one room"], ["flags"], bytes]));
    assert_eq!(json!(c), json!([all, bytes]));

    // alone: Node drops a volatile message for a client to which it is writing
    io.to("r1").volatile().emit(event!("volatile"));
    let [a, b, c] = cluster.heard().await;
    assert_eq!(json!([a, b, c]), json!([[["volatile"]], [["volatile"]], []]));

    cluster
        .node
        .run("io.emit('all', 1, 'zwei', { a: [true, null, -1, 1.5, 4294967296] }); io.to('r2').emit('one room'); io.to(['r1', 'r2']).except('r2').emit('except'); io.emit('bytes', Buffer.from([1, 2, 3]), new Date(0), undefined)")
        .await;
    let bytes = json!(["bytes", {"bytes": [1, 2, 3]}, "1970-01-01T00:00:00.000Z", null]);
    let [a, b, c] = cluster.heard().await;
    assert_eq!(json!(a), json!([all, ["except"], bytes]));
    assert_eq!(json!(b), json!([all, ["one room"], bytes]));
    assert_eq!(json!(c), json!([all, ["one room"], bytes]));
}

#[tokio::test]
async fn node_and_ours_fetch_sockets_of_all() {
    let mut cluster = Cluster::start().await;
    let fetched = cluster
        .node
        .run("return (await io.fetchSockets()).map((s) => [s.data.name, [...s.rooms].filter((room) => room.length < 5), typeof s.handshake.headers]).sort()")
        .await;
    let expected = json!([["a", ["r1"], "object"], ["b", ["r1", "r2"], "object"], ["c", ["r2"], "object"]]);
    assert_eq!(fetched, expected);
    let one = cluster.other.run("return (await io.in('r2').fetchSockets()).map((s) => s.id)").await;
    assert!(one.as_array().expect("a list").contains(&json!(cluster.id)), "{one}");

    let sockets = cluster.ours.io.to("r1").fetch_sockets().await.expect("all answer");
    let mut names: Vec<String> = sockets
        .iter()
        .map(|socket| socket.data::<Value>().expect("JSON")["name"].as_str().expect("a name").to_owned())
        .collect();
    names.sort();
    assert_eq!(names, ["a", "b"]);
    assert!(sockets.iter().all(|socket| socket.handshake().query["EIO"] == "4"));
    let rooms = cluster.ours.io.rooms().await.expect("all answer");
    assert!(["r1", "r2"].iter().all(|room| rooms.iter().any(|known| **known == **room)), "{rooms:?}");
    assert_eq!(rooms.len(), 5, "two rooms and three sockets: {rooms:?}");
    let rooms = cluster.node.run("return [...await io.of('/').adapter.allRooms()].length").await;
    assert_eq!(rooms, 5);
    // a remote socket is reached
    sockets.iter().for_each(|socket| socket.emit(event!("hello")));
    cluster.node.run(&format!("io.to('{}').emit('hello too')", cluster.id)).await;
    let [a, b, c] = cluster.heard().await;
    assert_eq!(json!([a, b, c]), json!([[["hello"]], [["hello"]], [["hello too"]]]));
}

#[tokio::test]
async fn clients_of_all_nodes_acknowledge_for_node_and_for_ours() {
    let mut cluster = Cluster::start().await;
    let acks = cluster.node.run("return (await io.timeout(3000).emitWithAck('who?')).sort()").await;
    assert_eq!(acks, json!(["a answers", "b answers", "c answers"]));
    let mut acks: Vec<String> = cluster
        .ours
        .io
        .timeout(Duration::from_secs(3))
        .emit_with_ack(&Who)
        .await
        .expect("all answer")
        .into_iter()
        .map(|Answer(name)| name)
        .collect();
    acks.sort();
    assert_eq!(acks, ["a answers", "b answers", "c answers"]);
    // nobody is asked, and that is an answer
    assert_eq!(
        cluster.node.run("return await io.to('nobody').timeout(3000).emitWithAck('who?')").await,
        json!([])
    );
    assert_eq!(cluster.ours.io.to("nobody").emit_with_ack(&Who).await, Ok(vec![]));
}

#[tokio::test]
async fn sockets_join_leave_and_are_disconnected_across() {
    let mut cluster = Cluster::start().await;
    let io = cluster.ours.io.clone();
    // ours: in the order asked for
    for round in 0..50 {
        io.to("r1").join("x");
        io.to("x").emit(event!("in", round));
        io.to("r1").leave("x");
        io.to("x").emit(event!("out", round));
    }
    let [a, b, c] = cluster.heard().await;
    let expected: Vec<Value> = (0..50).map(|round| json!(["in", round])).collect();
    assert_eq!((a, b, c), (expected.clone(), expected, vec![]));
    // Node's
    cluster.node.run("io.in('r2').socketsJoin(['y', 'z']); io.to('y').emit('y'); io.in('y').socketsLeave('y'); io.to('y').emit('no'); io.to('z').emit('z')").await;
    let [a, b, c] = cluster.heard().await;
    assert_eq!(json!([a, b, c]), json!([[], [["y"], ["z"]], [["y"], ["z"]]]));
    cluster.other.run("io.in('r2').except('r1').disconnectSockets()").await;
    let gone = cluster.node.run("return await heard('c', 1)").await;
    assert_eq!(gone, json!([["disconnect", "io server disconnect"]]));
    io.to("r1").except("r2").disconnect();
    let gone = cluster.node.run("return await heard('a', 1)").await;
    assert_eq!(gone, json!([["disconnect", "io server disconnect"]]));
    io.to("r1").emit(event!("still"));
    let heard = cluster.other.run("return await heard('b', 1)").await;
    assert_eq!(heard, json!([["still"]]));
}

#[tokio::test]
async fn events_between_servers_go_both_ways() {
    let mut cluster = Cluster::start().await;
    let answers = cluster
        .node
        .run("return (await io.serverSideEmitWithAck('cache:drop', { prefix: 'abc' })).sort()")
        .await;
    assert_eq!(answers, json!([103, 3]), "ours adds a hundred");
    assert_eq!(soon("the handler", cluster.ours.told.recv()).await.as_deref(), Some("abc"));
    let event = CacheDrop { prefix: "four".to_owned() };
    let answers = cluster.ours.io.server_side_emit_with_ack(&event).await.expect("both answer");
    assert_eq!(answers, [4, 4]);
    cluster.ours.io.server_side_emit(&event);
    cluster.other.run("io.serverSideEmit('cache:drop', { prefix: 'x' })").await;
    assert_eq!(soon("the handler", cluster.ours.told.recv()).await.as_deref(), Some("x"));
    // the last two have different senders: either may be first
    let told = cluster
        .node
        .run("while (told.length < 3) await sleep(5); return told.map(({ prefix }) => prefix).sort()")
        .await;
    assert_eq!(told, json!(["four", "four", "x"]));
}

#[tokio::test]
async fn emitters_of_node_and_ours_are_heard_by_all() {
    let mut cluster = Cluster::start().await;
    cluster
        .node
        .run("emitter.emit('all', 1); emitter.to('r2').emit('room', Buffer.from([7])); emitter.to('r1').except('r2').emit('except'); emitter.in('r2').socketsJoin('e'); emitter.serverSideEmit('cache:drop', { prefix: 'emitted' })")
        .await;
    assert_eq!(soon("the handler", cluster.ours.told.recv()).await.as_deref(), Some("emitted"));
    let ours = Emitter::classic(&cluster.redis.url()).await.expect("Redis is there");
    ours.to("e").emit(event!("ours", 2)).await.expect("published");
    ours.server_side_emit(&CacheDrop { prefix: "ours".to_owned() }).await.expect("published");
    ours.to("e").leave("e").await.expect("published");
    ours.to("e").emit(event!("no")).await.expect("published");
    assert_eq!(soon("the handler", cluster.ours.told.recv()).await.as_deref(), Some("ours"));
    let room = json!(["room", {"bytes": [7]}]);
    let [a, b, c] = cluster.heard().await;
    assert_eq!(json!(a), json!([["all", 1], ["except"]]));
    assert_eq!(json!(b), json!([["all", 1], room, ["ours", 2]]));
    assert_eq!(json!(c), json!([["all", 1], room, ["ours", 2]]));
    ours.of("chat").emit(event!("elsewhere")).await.expect("published");
    ours.to(cluster.id.as_str()).disconnect().await.expect("published");
    let gone = cluster.node.run("return await heard('c', 1)").await;
    assert_eq!(gone, json!([["disconnect", "io server disconnect"]]));
}

#[tokio::test]
async fn a_node_that_is_killed_is_not_waited_for_and_one_that_hangs_is_named_in_the_count() {
    let cluster = Cluster::start().await;
    cluster.other.freeze(true);
    let start = Instant::now();
    let error = cluster.ours.io.timeout(Duration::from_secs(1)).fetch_sockets().await.expect_err("one hangs");
    let RemoteError::Partial(partial) = error else { panic!("{error}") };
    assert_eq!((partial.expected, partial.answered, partial.why), (2, 1, Incomplete::Deadline));
    assert_eq!(partial.answers.len(), 2);
    assert!(start.elapsed() >= Duration::from_secs(1));
    let io = cluster.ours.io.clone();
    let start = Instant::now();
    let fetching = tokio::spawn(async move { io.fetch_sockets().await });
    tokio::time::sleep(Duration::from_millis(100)).await;
    cluster.other.kill().await;
    let sockets = fetching.await.expect("no panic").expect("all that are there answer");
    assert_eq!(sockets.len(), 2);
    assert!(start.elapsed() < Duration::from_secs(2), "{:?} instead of 5 s", start.elapsed());
}

/// Our own node leaves in order: nobody waits for its answers.
#[tokio::test]
async fn a_node_of_ours_that_closes_leaves_nothing_behind() {
    let mut cluster = Cluster::start().await;
    cluster.ours.io.emit(event!("last"));
    cluster.ours.server.shut_down().await;
    assert_eq!(cluster.ours.io.cluster().state(), ClusterState::Closed);
    let names = cluster.node.run("return (await io.fetchSockets()).map((s) => s.data.name).sort()").await;
    assert_eq!(names, json!(["a", "b"]));
    assert_eq!(cluster.node.run("return await heard('a', 1)").await, json!([["last"]]));
    let counted =
        cluster.node.run("return await pub.sendCommand(['PUBSUB', 'NUMSUB', 'socket.io-request#/#'])").await;
    assert_eq!(counted[1], 2);
}

/// What is emitted while Redis is away reaches the clients here at once, and the others when it is back.
#[tokio::test]
async fn after_an_outage_everything_is_there_again() {
    let mut cluster = Cluster::start().await;
    let io = cluster.ours.io.clone();
    let mut watch = io.cluster().watch();
    cluster.redis.kill();
    loop {
        let state = soon("the news", watch.changed()).await.expect("it goes on");
        if matches!(state, ClusterState::Degraded { .. }) {
            break;
        }
    }
    io.emit(event!("waits", 1));
    io.emit(event!("waits", 2));
    assert_eq!(cluster.node.run("return await heard('c', 2)").await, json!([["waits", 1], ["waits", 2]]));
    let error = io.fetch_sockets().await.expect_err("not connected");
    assert!(matches!(error, RemoteError::Partial(partial) if partial.why == Incomplete::NotConnected));
    cluster.redis.restart().await;
    let start = Instant::now();
    soon("Redis again", async {
        while !matches!(io.cluster().state(), ClusterState::Up { .. }) {
            watch.changed().await;
        }
    })
    .await;
    println!("up again after {:?}", start.elapsed());
    assert_eq!(cluster.node.run("return await heard('a', 2)").await, json!([["waits", 1], ["waits", 2]]));
    assert_eq!(cluster.other.run("return await heard('b', 2)").await, json!([["waits", 1], ["waits", 2]]));
    let sockets = io.fetch_sockets().await.expect("all answer again");
    assert_eq!(sockets.len(), 3);
    cluster.node.run("io.emit('back')").await;
    let [_, _, c] = cluster.heard().await;
    assert_eq!(json!(c), json!([["back"]]));
    assert_eq!(io.cluster().figures().lost, 0);
}

/// A command that was sent to a Redis that hangs may be done: it is not sent again, so nothing comes twice.
#[tokio::test]
async fn what_a_hanging_redis_was_sent_does_not_come_twice() {
    let mut cluster = Cluster::start().await;
    let io = cluster.ours.io.clone();
    cluster.redis.freeze(true);
    for number in 0..20 {
        io.emit(event!("n", number));
    }
    tokio::time::sleep(Duration::from_secs(8)).await;
    cluster.redis.freeze(false);
    soon("Redis again", async {
        while !matches!(io.cluster().state(), ClusterState::Up { .. }) {
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
    })
    .await;
    io.emit(event!("after"));
    let [a, b, c] = cluster.heard().await;
    let numbers = |events: &[Value]| {
        events
            .iter()
            .filter(|event| event[0] == "n")
            .map(|event| event[1].as_u64().expect("a number"))
            .collect()
    };
    for events in [&a, &b] {
        let got: Vec<u64> = numbers(events);
        assert!(got.is_sorted_by(|a, b| a < b), "in order, and none twice: {got:?}");
        let missing = 20 - got.len() as u64;
        assert!(missing <= io.cluster().figures().unknown, "what is missing is counted");
        assert_eq!(events.last(), Some(&json!(["after"])));
    }
    assert_eq!(numbers(&c), (0..20).collect::<Vec<u64>>(), "here at once");
}

#[tokio::test]
async fn garbage_on_the_channels_ends_nothing_of_ours() {
    let redis = RedisServer::start().await;
    let ours = Ours::start(&redis).await;
    let bodies: [&[u8]; 10] = [
        b"x",
        &[1],
        &[0x81, 0xa1, 0x61, 1],
        &[0xdd, 255, 255, 255, 255],
        &[0x91; 300],
        b"{",
        b"{}",
        br#"{"type":4}"#,
        br#"{"type":99}"#,
        b"",
    ];
    let channels = [
        "socket.io#/#",
        "socket.io#/#room#",
        "socket.io#/#\u{e9}",
        "socket.io-request#/#",
        "socket.io-response#/#",
    ];
    for body in bodies {
        for channel in channels {
            redis.command(&[b"PUBLISH", channel.as_bytes(), body]).await;
        }
    }
    // a Node process does not live with this: it comes after
    ours.io.emit(event!("still here"));
    let mut driver = NodeServer::start(&redis, "redis").await;
    driver.run(&format!("await connect('d', '{}')", ours.url())).await;
    driver.run("io.emit('from node')").await;
    assert_eq!(driver.run("return await heard('d', 1)").await, json!([["from node"]]));
    assert!(ours.io.cluster().figures().malformed > 0);
}

#[tokio::test]
async fn what_is_wrong_is_said_when_connecting() {
    let redis = RedisServer::start().await;
    let error = |result: Result<Classic, ConnectError>| result.expect_err("it cannot connect");
    assert!(matches!(error(Classic::connect("http://[").await), ConnectError::Address));
    assert!(matches!(error(Classic::connect("redis://127.0.0.1:1").await), ConnectError::Unreachable(_)));
    let mut node = NodeServer::start(&redis, "redis").await;
    node.run("await pub.sendCommand(['ACL', 'SETUSER', 'deaf', 'on', '>x', '&other*', '+@all'])").await;
    let url = format!("redis://deaf:x@127.0.0.1:{}", redis.port);
    let refused = error(Classic::connect(&url).await);
    assert!(matches!(refused, ConnectError::Refused { command: "PUBLISH", .. }), "{refused:?}");
    assert!(matches!(
        error(Classic::connect(&url.replace(":x@", ":y@")).await),
        ConnectError::Unreachable(_)
    ));
    // the user of docs/cluster.md
    node.run("await pub.sendCommand(['ACL', 'SETUSER', 'chat', 'on', '>x', 'resetchannels', '&socket.io*', '&socket.io#/#*', '&socket.io#/chat#*', '-@all', '+ping', '+publish', '+subscribe', '+psubscribe', '+unsubscribe', '+punsubscribe', '+pubsub|numsub', '+pubsub|channels'])").await;
    let url = format!("redis://chat:x@127.0.0.1:{}", redis.port);
    Classic::connect(&url).await.expect("all that is needed");
    // another prefix is another cluster
    let refused = Classic::connect_with(&url, Options::default().prefix("other")).await;
    assert!(matches!(error(refused), ConnectError::Refused { .. }));
}
