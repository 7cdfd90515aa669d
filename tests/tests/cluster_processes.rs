//! Nodes of ours as processes of their own, which are stopped and killed, and what Node's and ours then see.

use std::time::{Duration, Instant};

use serde_json::{Value, json};
use socketio::{
    SocketIo,
    cluster::ClusterEvent,
    error::{Incomplete, RemoteError},
    event, on,
};
use socketio_redis::Classic;
use tests::{NodeServer, Program, RedisServer, soon};

#[on(connect)]
fn connected() {}

/// A node of Node, which is asked, and two of ours: each of them has a client in the room `r1`, and `a` is in `r2` as well.
struct Cluster {
    redis: RedisServer,
    node: NodeServer,
    ours: Program,
    other: Program,
}

/// What Node's own programs do with a cluster: each line is one call, and what it must give while all nodes are there.
const CALLS: [(&str, &str); 9] = [
    ("(await io.fetchSockets()).map((s) => s.data.name).sort()", r#"["a","b","c"]"#),
    ("(await io.in('r2').fetchSockets()).map((s) => [s.data.name, s.rooms.size])", r#"[["a",3]]"#),
    ("(await io.except('r2').fetchSockets()).map((s) => s.data.name).sort()", r#"["b","c"]"#),
    ("(await io.in('r1').except('r2').fetchSockets()).map((s) => s.data.name).sort()", r#"["b","c"]"#),
    ("(await io.timeout(5000).emitWithAck('who?')).sort()", r#"["a answers","b answers","c answers"]"#),
    ("(await io.except('r2').timeout(5000).emitWithAck('who?')).sort()", r#"["b answers","c answers"]"#),
    ("(await io.to('r2').timeout(5000).emitWithAck('who?'))", r#"["a answers"]"#),
    ("(await io.serverSideEmitWithAck('cache:drop', { prefix: 'abc' })).sort()", "[103,103]"),
    ("[...await io.of('/').adapter.allRooms()].filter((room) => room.length < 5).sort()", r#"["r1","r2"]"#),
];

impl Cluster {
    async fn start() -> Self {
        let redis = RedisServer::start().await;
        let mut node = NodeServer::start(&redis, "redis").await;
        let [ours, other] = [start(&redis).await, start(&redis).await];
        node.run("await connect('a', address, { rooms: ['r1', 'r2'] })").await;
        for (name, program) in [("b", &ours), ("c", &other)] {
            connect(&mut node, name, program).await;
        }
        Self { redis, node, ours, other }
    }
}

async fn start(redis: &RedisServer) -> Program {
    Program::start("cluster_node", &["0", &redis.url()]).await
}

async fn connect(node: &mut NodeServer, name: &str, program: &Program) {
    let url = format!("http://{}", program.address);
    node.run(&format!("return await connect('{name}', '{url}', {{ rooms: ['r1'] }})")).await;
}

async fn call(node: &mut NodeServer, js: &str) -> Result<Value, String> {
    node.try_run(&format!("return {js}")).await
}

/// Each call gives what it must.
async fn all_is_well(node: &mut NodeServer) {
    for (js, expected) in CALLS {
        let expected: Value = serde_json::from_str(expected).expect("JSON");
        assert_eq!(call(node, js).await, Ok(expected), "{js}");
    }
}

/// Emits, joins, leaves and disconnects of Node reach the clients of nodes that run; `names` are theirs.
async fn verbs_reach(node: &mut NodeServer, names: &[&str]) {
    node.run(
        "for (const client of Object.values(clients)) client.events.length = 0;\
         io.in('r1').socketsJoin('x'); io.to('x').emit('joined'); io.to('x').except('r2').emit('except'); io.in('x').socketsLeave('x');\
         io.to('x').emit('nobody'); io.except('r2').emit('all except'); io.to('r2').emit('room'); io.emit('end')",
    )
    .await;
    for name in names {
        let heard = node.run(&format!("return await upToEnd('{name}')")).await;
        let expected = match *name {
            // its own node joins its clients when its request arrives from Redis, which is after these emits
            "a" => json!([["room"]]),
            _ => json!([["joined"], ["except"], ["all except"]]),
        };
        assert_eq!(heard, expected, "client {name}");
    }
}

#[tokio::test]
async fn a_node_of_node_sees_what_it_must_with_ours_in_its_cluster_stopped_and_killed() {
    let mut cluster = Cluster::start().await;
    let node = &mut cluster.node;
    all_is_well(node).await;
    verbs_reach(node, &["a", "b", "c"]).await;

    // stopped: what asks nobody goes on; a question has its time, and Node names nobody
    cluster.other.freeze(true);
    verbs_reach(node, &["a", "b"]).await;
    let start = Instant::now();
    let error = call(node, "(await io.fetchSockets()).length").await.expect_err("one is silent");
    assert!(error.contains("timeout reached"), "{error}");
    println!("Node's fetchSockets() failed after {:?}", start.elapsed());
    let partial =
        call(node, "await io.timeout(1000).emitWithAck('who?').catch((error) => error.responses.sort())")
            .await;
    assert_eq!(partial, Ok(json!(["a answers", "b answers"])));
    // it goes on: what was published meanwhile arrives, and it answers
    cluster.other.freeze(false);
    // the last that was published
    hears(node, "c", "who?").await;
    verbs_reach(node, &["a", "b", "c"]).await;
    all_is_well(node).await;

    // killed: nobody waits for it
    cluster.other.kill().await;
    hears(node, "c", "disconnect").await;
    let start = Instant::now();
    for (js, expected) in &CALLS[..8] {
        let mut expected: Value = serde_json::from_str(&expected.replace(",103]", "]")).expect("JSON");
        let list = expected.as_array_mut().expect("a list");
        list.retain(|value| *value != "c" && *value != "c answers");
        assert_eq!(call(node, js).await, Ok(expected), "{js}");
    }
    assert!(start.elapsed() < Duration::from_secs(4), "{:?}", start.elapsed());
    verbs_reach(node, &["a", "b"]).await;

    // and a new one takes its place
    cluster.other = start_again(&cluster.redis, node).await;
    all_is_well(node).await;
    node.run("io.in('r1').except('r2').disconnectSockets()").await;
    for name in ["b", "c"] {
        hears(node, name, "disconnect").await;
    }
    let left = call(node, "(await io.fetchSockets()).map((s) => s.data.name)").await;
    assert_eq!(left, Ok(json!(["a"])));
    cluster.ours.interrupt().await;
    cluster.other.interrupt().await;
}

/// Waits until a client has heard an event.
async fn hears(node: &mut NodeServer, name: &str, event: &str) {
    let js = format!(
        "await until('{name}', (events) => events.some(([event]) => event === '{event}')); return clients['{name}'].events"
    );
    let events = node.run(&js).await;
    assert!(events.as_array().expect("a list").iter().any(|heard| heard[0] == event), "{name}: {events}");
}

async fn start_again(redis: &RedisServer, node: &mut NodeServer) -> Program {
    let other = start(redis).await;
    connect(node, "c", &other).await;
    other
}

/// Ours hear of each other by their beats: one that hangs is gone after three of them, and no question waits for it any more.
#[tokio::test]
async fn a_node_of_ours_that_hangs_is_noticed_and_not_waited_for() {
    let redis = RedisServer::start().await;
    let cluster = Classic::connect(&redis.url()).await.expect("Redis is there");
    let io = SocketIo::builder().discover().cluster(cluster).build().expect("a server");
    soon("the cluster", io.cluster().ready()).await.expect("connected");
    let mut events = io.cluster().events();
    let joined = Instant::now();
    let mut node = NodeServer::start(&redis, "ioredis").await;
    let ours = start(&redis).await;
    let mut known = vec![];
    for _ in 0..2 {
        match soon("a node", events.next()).await {
            Some(ClusterEvent::NodeJoined(id)) => known.push(id),
            other => panic!("{other:?}"),
        }
    }
    println!("both nodes are known {:?} after the first was started", joined.elapsed());
    known.sort();
    assert_eq!(io.cluster().nodes(), known);
    assert_eq!(io.fetch_sockets().await.expect("all answer").len(), 0);

    ours.freeze(true);
    let start = Instant::now();
    let error = io.timeout(Duration::from_millis(700)).fetch_sockets().await.expect_err("one hangs");
    let RemoteError::Partial(partial) = error else { panic!("{error}") };
    assert_eq!((partial.expected, partial.answered, partial.why), (2, 1, Incomplete::Deadline));
    let Some(ClusterEvent::NodeLeft(hangs)) = soon("its end", events.next()).await else { panic!("it left") };
    println!("a node that hangs is gone after {:?}", start.elapsed());
    let start = Instant::now();
    assert_eq!(io.fetch_sockets().await.expect("all that run answer").len(), 0);
    assert!(start.elapsed() < Duration::from_millis(300), "{:?}", start.elapsed());
    ours.freeze(false);
    assert_eq!(soon("its return", events.next()).await, Some(ClusterEvent::NodeJoined(hangs.clone())));
    assert_eq!(io.fetch_sockets().await.expect("all answer").len(), 0);

    // one that leaves in order says so
    let start = Instant::now();
    ours.interrupt().await;
    assert_eq!(soon("its end", events.next()).await, Some(ClusterEvent::NodeLeft(hangs)));
    assert!(start.elapsed() < Duration::from_millis(1500), "{:?}", start.elapsed());
    // Node's does not say so: Redis does
    node.run("setTimeout(() => process.exit(0), 10)").await;
    assert!(matches!(soon("its end", events.next()).await, Some(ClusterEvent::NodeLeft(_))));
    assert_eq!(io.cluster().nodes(), []);
    io.emit(event!("alone"));
    io.close().await;
}
