//! One cluster of our servers and of Node.js through a real Redis, with the adapters that `cluster.rs` leaves out:
//! `createShardedAdapter` of `@socket.io/redis-adapter` 8 in both of its modes, and `@socket.io/redis-streams-adapter` 0.3.

use std::time::Duration;

use serde_json::{Value, json};
use socketio::{Bytes, SocketIo, event};
use socketio_redis::{Classic, ConnectError, Emitter, Options, Sharded, Streams};
use tests::{NodeServer, RedisServer, Server, serve, soon};
use tokio::sync::mpsc;

mod nodes;

use nodes::{Answer, CacheDrop, Told, Who};

const ADAPTERS: [&str; 3] = ["sharded", "static", "streams"];

async fn server(adapter: &str, redis: &RedisServer, told: mpsc::UnboundedSender<String>) -> SocketIo {
    let builder = SocketIo::builder().discover().state(Told(told));
    let options = Options::default().static_channels(adapter == "static");
    let builder = match adapter {
        "streams" => builder.cluster(Streams::connect(&redis.url()).await.expect("Redis is there")),
        _ => builder.cluster(Sharded::connect_with(&redis.url(), options).await.expect("Redis is there")),
    };
    builder.build().expect("a server")
}

async fn emitter(adapter: &str, redis: &RedisServer) -> Emitter {
    let options = Options::default().static_channels(adapter == "static");
    let emitter = match adapter {
        "streams" => Emitter::streams(&redis.url(), options).await,
        _ => Emitter::sharded(&redis.url(), options).await,
    };
    emitter.expect("Redis is there")
}

/// Two nodes of Node, one with each client of Redis, and one of ours; a client at each: `a`, `b` of Node, `c` of ours, which
/// the first Node drives.
struct Cluster {
    redis: RedisServer,
    node: NodeServer,
    other: NodeServer,
    io: SocketIo,
    _server: Server,
    told: mpsc::UnboundedReceiver<String>,
    id: String,
}

impl Cluster {
    async fn start(adapter: &str) -> Self {
        println!("{adapter}");
        let redis = RedisServer::start().await;
        let mut node = NodeServer::start_with(&redis, "redis", adapter).await;
        let mut other = NodeServer::start_with(&redis, "ioredis", adapter).await;
        let (sender, told) = mpsc::unbounded_channel();
        let io = server(adapter, &redis, sender).await;
        soon("the cluster", io.cluster().ready()).await.expect("connected");
        let server = serve(&io, io.router()).await;
        node.run("await connect('a', address, { rooms: ['r1'] })").await;
        other.run("await connect('b', address, { rooms: ['r1', 'r2'] })").await;
        let connect = format!("return await connect('c', 'http://{}', {{ rooms: ['r2'] }})", server.address);
        let id = node.run(&connect).await.as_str().expect("an id").to_owned();
        let cluster = Self { redis, node, other, io, _server: server, told, id };
        cluster.settle().await;
        cluster
    }

    /// What was published and subscribed until now is there afterwards.
    async fn settle(&self) {
        tokio::time::sleep(Duration::from_millis(150)).await;
    }

    /// What the clients heard.
    async fn heard(&mut self) -> Value {
        json!(nodes::heard(&mut self.node, &mut self.other, &self.io).await)
    }
}

#[tokio::test]
async fn with_each_adapter_broadcasts_of_ours_and_of_node_reach_the_same_clients() {
    for adapter in ADAPTERS {
        let mut cluster = Cluster::start(adapter).await;
        let io = cluster.io.clone();
        io.emit(event!("all", 1, "zwei", json!({"a": [true, null, -1, 1.5, 4294967296_u64]})));
        io.to("r1").emit(event!("one room"));
        io.to("r1").to("r2").except("r2").emit(event!("except"));
        io.emit(event!("bytes", Bytes::from(vec![1, 2, 3])));
        let all = json!(["all", 1, "zwei", {"a": [true, null, -1, 1.5, 4294967296_u64]}]);
        let bytes = json!(["bytes", {"bytes": [1, 2, 3]}]);
        let expected =
            json!([[all, ["one room"], ["except"], bytes], [all, ["one room"], bytes], [all, bytes]]);
        assert_eq!(cluster.heard().await, expected);
        io.to("r1").volatile().emit(event!("volatile"));
        assert_eq!(cluster.heard().await, json!([[["volatile"]], [["volatile"]], []]));
        cluster
            .node
            .run("io.emit('all', 1, 'zwei', { a: [true, null, -1, 1.5, 4294967296] }); io.to('r2').emit('one room'); io.to(['r1', 'r2']).except('r2').emit('except'); io.emit('bytes', Buffer.from([1, 2, 3]), new Date(0), undefined)")
            .await;
        let bytes = json!(["bytes", {"bytes": [1, 2, 3]}, "1970-01-01T00:00:00.000Z", null]);
        let heard = cluster.heard().await;
        assert_eq!(heard[1], json!([all, ["one room"], bytes]));
        assert_eq!(heard[2], json!([all, ["one room"], bytes]));
        // a room that comes to life, is left, and the id of a socket
        cluster.io.socket(&*cluster.id).expect("it is there").join("late");
        cluster.settle().await;
        cluster.other.run(&format!("io.to('late').emit('late'); io.to('{}').emit('own')", cluster.id)).await;
        assert_eq!(cluster.heard().await[2], json!([["late"], ["own"]]));
        cluster.io.socket(&*cluster.id).expect("it is there").leave("late");
        cluster.other.run("io.to('late').emit('too late')").await;
        assert_eq!(cluster.heard().await, json!([[], [], []]));
    }
}

#[tokio::test]
async fn with_each_adapter_node_and_ours_answer_each_other() {
    for adapter in ADAPTERS {
        let mut cluster = Cluster::start(adapter).await;
        let fetched = cluster
            .node
            .run("return (await io.fetchSockets()).map((s) => [s.data.name, [...s.rooms].filter((room) => room.length < 5), typeof s.handshake.headers]).sort()")
            .await;
        let expected =
            json!([["a", ["r1"], "object"], ["b", ["r1", "r2"], "object"], ["c", ["r2"], "object"]]);
        assert_eq!(fetched, expected);
        let sockets = cluster.io.to("r1").fetch_sockets().await.expect("all answer");
        let mut names: Vec<String> = sockets
            .iter()
            .map(|socket| socket.data::<Value>().expect("JSON")["name"].as_str().expect("a name").to_owned())
            .collect();
        names.sort();
        assert_eq!(names, ["a", "b"]);
        let rooms = cluster.io.rooms().await.expect("all answer");
        assert_eq!(rooms.len(), 5, "two rooms and three sockets: {rooms:?}");
        // acknowledgements
        let acks = cluster.node.run("return (await io.timeout(3000).emitWithAck('who?')).sort()").await;
        assert_eq!(acks, json!(["a answers", "b answers", "c answers"]));
        let answers = cluster.io.timeout(Duration::from_secs(3)).emit_with_ack(&Who).await;
        let mut answers: Vec<String> =
            answers.expect("all answer").into_iter().map(|Answer(name)| name).collect();
        answers.sort();
        assert_eq!(answers, ["a answers", "b answers", "c answers"]);
        assert_eq!(cluster.io.to("nobody").emit_with_ack(&Who).await, Ok(vec![]));
        cluster.heard().await;
        // events between servers
        let answers = cluster
            .node
            .run("return (await io.serverSideEmitWithAck('cache:drop', { prefix: 'abc' })).sort()")
            .await;
        assert_eq!(answers, json!([103, 3]), "ours adds a hundred");
        assert_eq!(soon("the handler", cluster.told.recv()).await.as_deref(), Some("abc"));
        let event = CacheDrop { prefix: "four".to_owned() };
        let answers = cluster.io.server_side_emit_with_ack(&event).await.expect("both answer");
        assert_eq!(answers, [4, 4]);
        cluster.io.server_side_emit(&event);
        cluster.other.run("io.serverSideEmit('cache:drop', { prefix: 'x' })").await;
        assert_eq!(soon("the handler", cluster.told.recv()).await.as_deref(), Some("x"));
        cluster.settle().await;
        let told = cluster.node.run("return told.map((event) => event.prefix).sort()").await;
        assert_eq!(told, json!(["four", "four", "x"]), "of two senders, in either order");
    }
}

#[tokio::test]
async fn with_each_adapter_sockets_join_leave_and_are_disconnected_across() {
    for adapter in ADAPTERS {
        let mut cluster = Cluster::start(adapter).await;
        let io = cluster.io.clone();
        for round in 0..50 {
            io.to("r1").join("x");
            io.to("r1").emit(event!("in", round));
            io.to("r1").leave("x");
        }
        let expected: Vec<Value> = (0..50).map(|round| json!(["in", round])).collect();
        assert_eq!(cluster.heard().await, json!([expected, expected, []]));
        cluster.node.run("io.in('r2').socketsJoin(['y', 'z'])").await;
        cluster.settle().await;
        cluster.node.run("io.to('y').to('nobody').emit('y'); io.in('y').socketsLeave('y')").await;
        cluster.settle().await;
        cluster.node.run("io.to('y').to('nobody').emit('no'); io.to('z').emit('z')").await;
        assert_eq!(cluster.heard().await, json!([[], [["y"], ["z"]], [["y"], ["z"]]]));
        cluster.other.run("io.in('r2').except('r1').disconnectSockets()").await;
        let gone = cluster.node.run("return await heard('c', 1)").await;
        assert_eq!(gone, json!([["disconnect", "io server disconnect"]]));
        io.to("r1").except("r2").disconnect();
        let gone = cluster.node.run("return await heard('a', 1)").await;
        assert_eq!(gone, json!([["disconnect", "io server disconnect"]]));
        io.to("r1").emit(event!("still"));
        assert_eq!(cluster.other.run("return await heard('b', 1)").await, json!([["still"]]));
    }
}

#[tokio::test]
async fn with_each_adapter_our_emitter_is_heard_by_all() {
    for adapter in ADAPTERS {
        let mut cluster = Cluster::start(adapter).await;
        let ours = emitter(adapter, &cluster.redis).await;
        ours.emit(event!("all", 1)).await.expect("published");
        ours.to("r2").emit(event!("room", Bytes::from(vec![7]))).await.expect("published");
        ours.to("r1").except("r2").emit(event!("except")).await.expect("published");
        ours.server_side_emit(&CacheDrop { prefix: "ours".to_owned() }).await.expect("published");
        assert_eq!(soon("the handler", cluster.told.recv()).await.as_deref(), Some("ours"));
        let heard = cluster.heard().await;
        assert_eq!(heard[0], json!([["all", 1], ["except"]]));
        let room = json!(["room", {"bytes": [7]}]);
        assert_eq!((&heard[1], &heard[2]), (&json!([["all", 1], room]), &json!([["all", 1], room])));
        ours.to(cluster.id.as_str()).disconnect().await.expect("published");
        let gone = cluster.node.run("return await heard('c', 1)").await;
        assert_eq!(gone, json!([["disconnect", "io server disconnect"]]));
    }
}

/// An old server does not know the commands; a user may lack them. Each is said when connecting, with the command.
#[tokio::test]
async fn with_each_adapter_what_is_wrong_is_said_when_connecting() {
    let old =
        RedisServer::start_with(&["--rename-command", "SPUBLISH", "", "--rename-command", "GETDEL", ""])
            .await;
    let error = Sharded::connect(&old.url()).await.expect_err("too old");
    assert!(matches!(error, ConnectError::Version { needed: "7", .. }), "{error:?}");
    let error = Streams::connect(&old.url()).await.expect_err("too old");
    assert!(matches!(error, ConnectError::Version { needed: "6.2", .. }), "{error:?}");

    let redis = RedisServer::start().await;
    let base: [&[u8]; 7] = [b"ACL", b"SETUSER", b"chat", b"on", b">x", b"resetchannels", b"-@all"];
    let user = async |rules: &str| {
        let rules: Vec<&[u8]> = base.into_iter().chain(rules.split(' ').map(str::as_bytes)).collect();
        let answer = redis.command(&rules).await;
        assert!(answer.starts_with("+OK"), "{answer}");
    };
    let url = format!("redis://chat:x@127.0.0.1:{}", redis.port);
    let of = |error: ConnectError| match error {
        ConnectError::Refused { command, .. } => command,
        other => panic!("{other:?}"),
    };
    user("&socket.io* +ping +publish +subscribe +pubsub|shardnumsub +spublish").await;
    assert_eq!(of(Sharded::connect(&url).await.expect_err("refused")), "SSUBSCRIBE");
    assert_eq!(of(Streams::connect(&url).await.expect_err("refused")), "PUBSUB NUMSUB");
    // those of docs/cluster.md
    user("&socket.io* +ping +spublish +ssubscribe +sunsubscribe +pubsub|shardnumsub").await;
    Sharded::connect(&url).await.expect("all that is needed");
    user("&socket.io* ~socket.io* ~sio:session:* +ping +publish +subscribe +unsubscribe +pubsub|numsub +xadd +xread +xrange +xrevrange +set +getdel +del").await;
    Streams::connect(&url).await.expect("all that is needed");
    let sessions = Options::default().session_prefix("other:");
    assert_eq!(of(Streams::connect_with(&url, sessions).await.expect_err("refused")), "SET");
}

/// Two servers of a Redis Cluster, each with half of the slots.
#[tokio::test]
async fn at_a_server_of_a_redis_cluster_classic_works_and_the_others_say_why_not() {
    let args = ["--cluster-enabled", "yes"];
    let (one, other) = (RedisServer::start_with(&args).await, RedisServer::start_with(&args).await);
    let port = other.port.to_string();
    one.command(&[b"CLUSTER", b"ADDSLOTSRANGE", b"0", b"8191"]).await;
    other.command(&[b"CLUSTER", b"ADDSLOTSRANGE", b"8192", b"16383"]).await;
    one.command(&[b"CLUSTER", b"MEET", b"127.0.0.1", port.as_bytes()]).await;
    for redis in [&one, &other] {
        let works = async {
            while !redis.command(&[b"CLUSTER", b"INFO"]).await.contains("cluster_state:ok") {
                tokio::time::sleep(Duration::from_millis(50)).await;
            }
        };
        soon("the Redis Cluster", works).await;
    }

    let mut ios = vec![];
    for redis in [&one, &other] {
        let cluster = Classic::connect(&redis.url()).await.expect("any server of the cluster");
        let (sender, _told) = mpsc::unbounded_channel();
        let io = SocketIo::builder().discover().state(Told(sender)).cluster(cluster).build();
        let io = io.expect("a server");
        soon("the cluster", io.cluster().ready()).await.expect("connected");
        ios.push(io);
    }
    let both = async {
        while ios.iter().any(|io| io.cluster().nodes().len() != 1) {
            tokio::time::sleep(Duration::from_millis(50)).await;
        }
    };
    soon("both nodes", both).await;

    for redis in [&one, &other] {
        let error = Sharded::connect(&redis.url()).await.expect_err("half of the slots");
        assert!(matches!(error, ConnectError::OtherServer { .. }), "{error:?}");
        let error = Streams::connect(&redis.url()).await.expect_err("half of the slots");
        assert!(matches!(error, ConnectError::OtherServer { .. }), "{error:?}");
    }
    for io in ios {
        io.close().await;
    }
}

/// Channels, streams and keys may hold anything: nothing of ours ends, and each is counted.
#[tokio::test]
async fn with_each_adapter_garbage_ends_nothing_of_ours() {
    for adapter in ["sharded", "streams"] {
        let redis = RedisServer::start().await;
        let (sender, _told) = mpsc::unbounded_channel();
        let io = server(adapter, &redis, sender).await;
        soon("the cluster", io.cluster().ready()).await.expect("connected");
        let bodies: [&[u8]; 9] = [
            b"x",
            &[1],
            &[0x81, 0xa1, 0x61, 1],
            &[0xdd, 255, 255, 255, 255],
            &[0x91; 300],
            b"{",
            br#"{"type":6,"uid":"x","nsp":"/","data":{}}"#,
            br#"{"type":3,"uid":"x","nsp":"/"}"#,
            b"",
        ];
        let publish: &[u8] = if adapter == "sharded" { b"SPUBLISH" } else { b"PUBLISH" };
        for body in bodies {
            redis.command(&[publish, b"socket.io#/#", body]).await;
        }
        let before = io.cluster().figures().malformed;
        if adapter == "streams" {
            for kind in [&b"3"[..], b"4", b"x"] {
                for body in bodies {
                    let fields: [&[u8]; 11] = [
                        b"XADD",
                        b"socket.io",
                        b"*",
                        b"uid",
                        b"x",
                        b"nsp",
                        b"/",
                        b"type",
                        kind,
                        b"data",
                        body,
                    ];
                    redis.command(&fields).await;
                }
            }
            redis.command(&[b"XADD", b"socket.io", b"*", b"something", b"else"]).await;
        }
        let server = serve(&io, io.router()).await;
        let mut driver = NodeServer::start_with(&redis, "redis", adapter).await;
        driver.run(&format!("await connect('d', 'http://{}')", server.address)).await;
        driver.run("await sleep(100); io.emit('from node')").await;
        assert_eq!(driver.run("return await heard('d', 1)").await, json!([["from node"]]));
        assert!(before >= bodies.len() as u64 - 1, "{before}");
        assert!(adapter == "sharded" || io.cluster().figures().malformed > before + 20);
    }
}
