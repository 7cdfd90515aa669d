//! Clients recover their sockets on other nodes, of ours and of Node.js, and after the death of the one that they were on: with
//! `@socket.io/redis-streams-adapter` 0.3 and a real Redis.

use std::time::Duration;

use serde_json::{Value, json};
use socketio::{Config, Socket, SocketIo, cluster::ClusterState, event, on};
use socketio_redis::Streams;
use tests::{Client, NodeServer, Program, RedisServer, Server, serve, soon};

#[on(connect)]
fn connected(socket: &Socket, socketio::Auth(auth): socketio::Auth<Value>) {
    if socket.is_recovered() {
        return;
    }
    let _ = socket.set_data(&json!({ "name": auth["name"] }));
    for room in auth["rooms"].as_array().into_iter().flatten() {
        socket.join(room.as_str().unwrap_or_default());
    }
}

struct Ours {
    io: SocketIo,
    server: Server,
}

impl Ours {
    async fn start(redis: &RedisServer) -> Self {
        let cluster = Streams::connect(&redis.url()).await.expect("Redis is there");
        let config = Config::new().recovery(Duration::from_secs(60));
        let builder = SocketIo::builder().discover().config(config).cluster(cluster);
        let io = builder.build().expect("a server");
        soon("the cluster", io.cluster().ready()).await.expect("connected");
        let server = serve(&io, io.router()).await;
        Self { io, server }
    }

    fn url(&self) -> String {
        format!("http://{}", self.server.address)
    }
}

/// Connects a client; returns the id of its socket.
async fn connect(driver: &mut NodeServer, url: &str) -> Value {
    driver.run(&format!("return await connect('c', '{url}', {{ rooms: ['r1'] }})")).await
}

/// Cuts the client off, and waits until it knows, and its session is stored.
async fn cut(driver: &mut NodeServer, redis: &RedisServer) {
    driver.run("await cut('c')").await;
    stored(redis).await;
}

/// Waits until a session is stored.
async fn stored(redis: &RedisServer) {
    redis.says(&[b"KEYS", b"sio:session:*"], "*1\r\n").await;
}

/// Waits until the stream has so many entries: another sender comes after them.
async fn added(redis: &RedisServer, entries: usize) {
    redis.says(&[b"XLEN", b"socket.io"], &format!(":{entries}\r\n")).await;
}

/// Connects it to another server; returns whether its socket was recovered, and its id.
async fn back(driver: &mut NodeServer, url: &str) -> Value {
    driver.run(&format!("return await back('c', '{url}')")).await
}

async fn heard(driver: &mut NodeServer, count: usize) -> Value {
    driver.run(&format!("return withoutOffsets(await heard('c', {count}))")).await
}

#[tokio::test]
async fn a_client_recovers_on_another_node_with_exactly_what_it_missed() {
    let redis = RedisServer::start().await;
    let (one, other) = (Ours::start(&redis).await, Ours::start(&redis).await);
    let mut driver = NodeServer::start_with(&redis, "redis", "recovery").await;
    let id = connect(&mut driver, &one.url()).await;
    one.io.emit(event!("before", 1));
    one.io.socket(id.as_str().expect("an id")).expect("it is there").emit(event!("to it alone"));
    assert_eq!(heard(&mut driver, 2).await, json!([["before", 1], ["to it alone"]]));
    cut(&mut driver, &redis).await;
    other.io.emit(event!("all", "text"));
    added(&redis, 3).await;
    one.io.to("r1").emit(event!("room", 2));
    one.io.to("r9").emit(event!("another room"));
    one.io.except("r1").emit(event!("not for it"));
    added(&redis, 6).await;
    driver.run("io.to('r1').emit('of node', 3); io.volatile.emit('volatile')").await;
    added(&redis, 8).await;
    assert_eq!(back(&mut driver, &other.url()).await, json!([true, id]));
    other.io.to("r1").emit(event!("after", 4));
    let expected = json!([["all", "text"], ["room", 2], ["of node", 3], ["after", 4]]);
    assert_eq!(heard(&mut driver, 4).await, expected);
    let socket = other.io.socket(id.as_str().expect("an id")).expect("it is there");
    assert_eq!(socket.data::<Value>(), Some(json!({ "name": "c" })));
    assert_eq!(socket.rooms().len(), 1);
    // and to a third that has started since: all that it missed comes out of the stream
    cut(&mut driver, &redis).await;
    other.io.to("r1").emit(event!("while it was away"));
    let third = Ours::start(&redis).await;
    assert_eq!(back(&mut driver, &third.url()).await, json!([true, id]));
    assert_eq!(heard(&mut driver, 1).await, json!([["while it was away"]]));
}

#[tokio::test]
async fn clients_of_node_recover_on_ours_and_the_reverse() {
    let redis = RedisServer::start().await;
    let ours = Ours::start(&redis).await;
    let mut driver = NodeServer::start_with(&redis, "redis", "recovery").await;
    let address = driver.run("return address").await.as_str().expect("an address").to_owned();
    let id = connect(&mut driver, &address).await;
    driver.run("io.emit('before', 1)").await;
    assert_eq!(heard(&mut driver, 1).await, json!([["before", 1]]));
    cut(&mut driver, &redis).await;
    driver.run("io.to('r1').emit('of node', Buffer.from([7]))").await;
    added(&redis, 2).await;
    ours.io.emit(event!("of ours"));
    added(&redis, 3).await;
    assert_eq!(back(&mut driver, &ours.url()).await, json!([true, id]));
    assert_eq!(heard(&mut driver, 2).await, json!([["of node", {"bytes": [7]}], ["of ours"]]));
    let socket = ours.io.socket(id.as_str().expect("an id")).expect("it is there");
    assert_eq!(socket.data::<Value>(), Some(json!({ "name": "c" })));
    ours.io.to("r1").emit(event!("live"));
    assert_eq!(heard(&mut driver, 1).await, json!([["live"]]));
    cut(&mut driver, &redis).await;
    ours.io.to("r1").emit(event!("again", 1));
    added(&redis, 5).await;
    driver.run("io.emit('again', 2)").await;
    added(&redis, 6).await;
    assert_eq!(back(&mut driver, &address).await, json!([true, id]));
    assert_eq!(heard(&mut driver, 2).await, json!([["again", 1], ["again", 2]]));
    let rooms = driver
        .run(&format!(
            "return [io.of('/').sockets.get({id}).data.name, io.of('/').sockets.get({id}).rooms.has('r1')]"
        ))
        .await;
    assert_eq!(rooms, json!(["c", true]));
}

/// Two nodes talk all the time; the client moves between them, and one after the other is killed under it.
#[tokio::test]
async fn after_the_death_of_a_node_a_client_has_everything_once_and_in_order() {
    const MOVES: usize = 3;
    let redis = RedisServer::start().await;
    let mut driver = NodeServer::start_with(&redis, "redis", "recovery").await;
    let mut node = Program::start("cluster_node", &["0", &redis.url(), "streams", "60"]).await;
    let id = connect(&mut driver, &format!("http://{}", node.address)).await;
    let talker = Ours::start(&redis).await;
    let io = talker.io.clone();
    let talking = tokio::spawn(async move {
        for number in 0..2000_u32 {
            io.to("r1").emit(event!("n", number));
            tokio::time::sleep(Duration::from_millis(2)).await;
        }
        io.to("r1").emit(event!("end"));
    });
    for round in 0..MOVES {
        // its node is killed: it stores a session while its socket lives
        stored(&redis).await;
        let next = Program::start("cluster_node", &["0", &redis.url(), "streams", "60"]).await;
        if round == 1 {
            // the node lives, and its session is that of the moment
            driver.run("await cut('c')").await;
        } else {
            node.kill().await;
            driver.run("await gone('c')").await;
        }
        assert_eq!(
            back(&mut driver, &format!("http://{}", next.address)).await,
            json!([true, id]),
            "round {round}"
        );
        node = next;
    }
    talking.await.expect("no panic");
    let events = driver.run("return withoutOffsets(await upToEnd('c'))").await;
    let numbers: Vec<u64> =
        events.as_array().expect("a list").iter().map(|event| event[1].as_u64().expect("a number")).collect();
    let expected: Vec<u64> = (0..2000).collect();
    let lost = expected.iter().filter(|number| !numbers.contains(number)).count();
    println!("{} events, {lost} lost, {} more than once", numbers.len(), numbers.len() + lost - 2000);
    assert_eq!(numbers, expected);
}

/// A client without a library: its private id, and where it is in the stream.
struct Known {
    pid: String,
    offset: String,
}

impl Known {
    /// Of a client that has heard one event, and is gone.
    async fn of(ours: &Ours) -> Self {
        let mut client = Client::open(ours.server.address, "/socket.io/?EIO=4&transport=websocket").await;
        client.text().await;
        client.send(r#"40{"name":"c"}"#).await;
        let reply = client.text().await;
        let reply: Value = serde_json::from_str(&reply[2..]).expect("JSON");
        ours.io.emit(event!("heard"));
        let event = client.text().await;
        let event: Value = serde_json::from_str(&event[2..]).expect("JSON");
        let text = |value: &Value| value.as_str().expect("a text").to_owned();
        Self { pid: text(&reply["pid"]), offset: text(&event[1]) }
    }

    /// Connects to a node; what that has counted of it.
    async fn outcome(&self, ours: &Ours) -> &'static str {
        let mut client = Client::open(ours.server.address, "/socket.io/?EIO=4&transport=websocket").await;
        client.text().await;
        let Self { pid, offset } = self;
        client.send(&format!("40{}", json!({ "name": "c", "pid": pid, "offset": offset }))).await;
        while !client.text().await.starts_with("40") {}
        let stats = ours.io.stats();
        let counted = stats.of("socketio_recoveries_total").find(|sample| sample.value.count() > 0);
        counted.expect("it is counted").labels[0].1
    }
}

#[tokio::test]
async fn why_redis_does_not_give_a_socket_back_is_counted() {
    let mut redis = RedisServer::start().await;
    let one = Ours::start(&redis).await;
    let stranger = Known { pid: "A".repeat(20), offset: "1-1".to_owned() };
    let client = Known::of(&one).await;
    assert_eq!(stranger.outcome(&Ours::start(&redis).await).await, "no_session");
    assert_eq!(client.outcome(&Ours::start(&redis).await).await, "restored");
    // nodes that have started since have nothing of their own: all is read from the stream
    let client = Known::of(&one).await;
    let watcher = Ours::start(&redis).await;
    let mut hears = Client::packets(watcher.server.address).await;
    for _ in 0..5 {
        one.io.emit(event!("much", "x".repeat(1024 * 1024)));
        hears.text().await;
    }
    assert_eq!(client.outcome(&Ours::start(&redis).await).await, "too_much");
    let client = Known::of(&one).await;
    hears.text().await;
    one.io.emit(event!("after it"));
    hears.text().await;
    redis.command(&[b"XTRIM", b"socket.io", b"MAXLEN", b"1"]).await;
    assert_eq!(client.outcome(&Ours::start(&redis).await).await, "trimmed");
    let (client, other) = (Known::of(&one).await, Ours::start(&redis).await);
    redis.freeze(true);
    assert_eq!(client.outcome(&other).await, "timed_out");
    redis.freeze(false);
    let other = Ours::start(&redis).await;
    let mut states = other.io.cluster().watch();
    redis.kill();
    soon("the outage", async {
        while !matches!(other.io.cluster().state(), ClusterState::Degraded { .. }) {
            states.changed().await;
        }
    })
    .await;
    assert_eq!(client.outcome(&other).await, "not_connected");
}
