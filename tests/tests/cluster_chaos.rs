//! Two nodes through networks and servers that fail, each with a client that counts: nothing comes twice, the order of each sender
//! is kept, what is missing was reported, and in the end all is as before. `CHAOS_SECONDS` makes the runs longer: `scripts/chaos`.

use std::{collections::BTreeMap, net::SocketAddr, time::Duration};

use axum::Router;
use serde_json::Value;
use socketio::{
    SocketIo,
    cluster::{ClusterEvent, ClusterState},
    event, on,
};
use socketio_redis::Classic;
use tests::{Client, NodeServer, Program, Proxy, RedisServer, Server, serve, soon};
use tokio::{
    sync::mpsc,
    task::JoinHandle,
    time::{Instant, sleep, timeout},
};

#[on(connect)]
fn connected() {}

/// How long things fail.
fn chaos() -> Duration {
    let seconds = std::env::var("CHAOS_SECONDS").ok().and_then(|text| text.parse().ok());
    Duration::from_secs_f64(seconds.unwrap_or(5.0))
}

/// A node, whose client notes each number by its sender.
struct Counting {
    io: SocketIo,
    server: Server,
    heard: mpsc::UnboundedReceiver<(String, u64)>,
    reading: JoinHandle<()>,
    gaps: JoinHandle<u64>,
    sent: u64,
    name: &'static str,
}

impl Counting {
    async fn start(redis: SocketAddr, name: &'static str) -> Self {
        // a network that breaks may break the first connection as well
        let cluster = soon("Redis", async {
            loop {
                if let Ok(cluster) = Classic::connect(&format!("redis://{redis}")).await {
                    return cluster;
                }
            }
        })
        .await;
        let io = SocketIo::builder().discover().cluster(cluster).build().expect("a server");
        soon("the cluster", io.cluster().ready()).await.expect("connected");
        let server = serve(&io, Router::new().route_service("/ws", io.websocket())).await;
        let mut client = Client::open(server.address, "/ws").await;
        let (note, heard) = mpsc::unbounded_channel();
        let reading = tokio::spawn(async move {
            while let Some(text) = client.next_text().await {
                let event: Value = serde_json::from_str(&text).expect("JSON");
                let (sender, number) = (event["args"][0].as_str(), event["args"][1].as_u64());
                if note.send((sender.expect("a name").to_owned(), number.expect("a number"))).is_err() {
                    return;
                }
            }
        });
        let mut events = io.cluster().events();
        let gaps = tokio::spawn(async move {
            let mut gaps = 0;
            while let Some(event) = events.next().await {
                gaps += u64::from(matches!(event, ClusterEvent::Gap { .. }));
            }
            gaps
        });
        Self { io, server, heard, reading, gaps, sent: 0, name }
    }

    fn say(&mut self) {
        self.sent += 1;
        self.io.emit(event!("n", self.name, self.sent));
    }

    /// Is connected, and hears the other one again.
    async fn is_well_with(&mut self, other: &mut Self, seen: &mut Seen) {
        let well = timeout(Duration::from_secs(60), async {
            let (here, there) = (other.sent + 1, self.sent + 1);
            loop {
                self.say();
                other.say();
                sleep(Duration::from_millis(50)).await;
                seen.take(self, other);
                let last = |node: &Self, of: &Self| seen.0.get(&(node.name, of.name.to_owned())).copied();
                if last(self, other) >= Some(here) && last(other, self) >= Some(there) {
                    return;
                }
            }
        });
        let is_well = well.await.is_ok();
        let states = (self.io.cluster().state(), other.io.cluster().state());
        assert!(is_well, "they do not hear each other: {states:?}");
    }

    async fn stop(self) -> u64 {
        self.server.shut_down().await;
        drop(self.heard);
        self.reading.await.expect("no panic");
        drop(self.io);
        timeout(Duration::from_secs(5), self.gaps).await.expect("the server is gone").expect("no panic")
    }
}

/// The last number of each sender at each node, and how many came.
#[derive(Default)]
struct Seen(BTreeMap<(&'static str, String), u64>, BTreeMap<(&'static str, String), u64>);

impl Seen {
    fn take(&mut self, one: &mut Counting, other: &mut Counting) {
        for node in [one, other] {
            while let Ok((sender, number)) = node.heard.try_recv() {
                let key = (node.name, sender);
                let last = self.0.insert(key.clone(), number);
                assert!(last < Some(number), "at {} from {}: {number} after {last:?}", key.0, key.1);
                *self.1.entry(key).or_default() += 1;
            }
        }
    }

    fn missing(&self, at: &Counting, of: &Counting) -> u64 {
        of.sent - self.1.get(&(at.name, of.name.to_owned())).copied().unwrap_or_default()
    }
}

/// Says something at both nodes for some time.
async fn talk(one: &mut Counting, other: &mut Counting, seen: &mut Seen, time: Duration) {
    let end = Instant::now() + time;
    while Instant::now() < end {
        one.say();
        other.say();
        sleep(Duration::from_millis(5)).await;
        seen.take(one, other);
    }
}

/// What is to hold at the end. Members of a process have everything; what is missing elsewhere was reported on one side.
async fn all_is_well(mut one: Counting, mut other: Counting, mut seen: Seen) {
    one.is_well_with(&mut other, &mut seen).await;
    sleep(Duration::from_millis(200)).await;
    seen.take(&mut one, &mut other);
    assert_eq!((seen.missing(&one, &one), seen.missing(&other, &other)), (0, 0), "here at once, and all");
    let missing = [seen.missing(&one, &other), seen.missing(&other, &one)];
    let figures = [&other, &one].map(|node| node.io.cluster().figures());
    let sent = [other.sent, one.sent];
    let gaps = [one.stop().await, other.stop().await];
    for at in [0, 1] {
        let counted = figures[at].lost + figures[at].unknown;
        println!(
            "{} of {} missing, {counted} counted by the sender, {} gaps",
            missing[at], sent[at], gaps[at]
        );
        assert!(missing[at] <= counted || gaps[at] > 0, "lost without a word");
    }
}

#[tokio::test]
#[ignore = "half a minute of failing networks: `scripts/chaos` runs it"]
async fn connections_that_break_lose_nothing_silently_and_double_nothing() {
    let redis = RedisServer::start().await;
    let proxies = [Proxy::start(redis.address(), 7).await, Proxy::start(redis.address(), 77).await];
    let mut one = Counting::start(proxies[0].address, "one").await;
    let mut other = Counting::start(proxies[1].address, "other").await;
    let mut seen = Seen::default();
    talk(&mut one, &mut other, &mut seen, chaos()).await;
    proxies.iter().for_each(Proxy::calm_down);
    all_is_well(one, other, seen).await;
}

#[tokio::test]
#[ignore = "half a minute of failing networks: `scripts/chaos` runs it"]
async fn a_server_that_is_killed_and_one_that_hangs_double_nothing() {
    let mut redis = RedisServer::start().await;
    let mut one = Counting::start(redis.address(), "one").await;
    let mut other = Counting::start(redis.address(), "other").await;
    let mut seen = Seen::default();
    talk(&mut one, &mut other, &mut seen, Duration::from_millis(300)).await;
    redis.kill();
    // longer than the default client of the `redis` crate tries, in the long form
    talk(&mut one, &mut other, &mut seen, Duration::from_secs(1).max(chaos() / 4)).await;
    redis.restart().await;
    talk(&mut one, &mut other, &mut seen, Duration::from_millis(300)).await;
    redis.freeze(true);
    talk(&mut one, &mut other, &mut seen, chaos()).await;
    redis.freeze(false);
    all_is_well(one, other, seen).await;
}

/// More is said than passes: it waits, the bound of the queue counts the rest, and everybody here has everything.
#[tokio::test]
#[ignore = "half a minute of failing networks: `scripts/chaos` runs it"]
async fn a_slow_network_delays_and_keeps_the_order() {
    let redis = RedisServer::start().await;
    let slow = Proxy::slow(redis.address(), 20_000).await;
    let mut one = Counting::start(slow.address, "one").await;
    let mut other = Counting::start(redis.address(), "other").await;
    let mut seen = Seen::default();
    talk(&mut one, &mut other, &mut seen, chaos() / 2).await;
    all_is_well(one, other, seen).await;
}

/// Redis drops a subscriber that does not read. It notices, subscribes again, and says that it has missed something.
#[tokio::test]
#[ignore = "half a minute of failing networks: `scripts/chaos` runs it"]
async fn a_node_that_redis_drops_for_reading_too_slowly_returns_and_reports_a_gap() {
    let redis = RedisServer::start().await;
    redis.command(&[b"CONFIG", b"SET", b"client-output-buffer-limit", b"pubsub 1mb 512kb 1"]).await;
    let program = Program::start("cluster_node", &["0", &redis.url()]).await;
    let mut node = NodeServer::start(&redis, "redis").await;
    node.run(&format!("await connect('c', 'http://{}')", program.address)).await;
    program.freeze(true);
    node.run("for (let n = 0; n < 150; n++) io.emit('flood', 'x'.repeat(100_000)); await sleep(500)").await;
    program.freeze(false);
    // it is back when it is counted again, and then hears everything
    let start = Instant::now();
    soon("its return", async {
        loop {
            let names = node.try_run("return (await io.fetchSockets()).map((s) => s.data.name)").await;
            if names == Ok(serde_json::json!(["c"])) {
                return;
            }
        }
    })
    .await;
    println!("it is back after {:?}", start.elapsed());
    node.run("io.emit('end')").await;
    let heard = node.run("return (await upToEnd('c')).length").await.as_u64().expect("a number");
    assert!(heard < 150, "it was dropped: {heard}");
    program.interrupt().await;
}

#[tokio::test]
#[ignore = "half a minute of failing networks: `scripts/chaos` runs it"]
async fn states_follow_one_another_through_an_outage() {
    let mut redis = RedisServer::start().await;
    let one = Counting::start(redis.address(), "one").await;
    let mut watch = one.io.cluster().watch();
    redis.kill();
    let degraded = soon("the news", async {
        loop {
            match watch.changed().await.expect("it goes on") {
                ClusterState::Degraded { queued, .. } => return queued,
                _ => continue,
            }
        }
    });
    assert_eq!(degraded.await, 0);
    assert_eq!(one.io.try_emit(event!("n", "one", 1)), Ok(1), "here at once");
    redis.restart().await;
    soon("Redis again", one.io.cluster().ready()).await.expect("connected");
    assert_eq!(one.io.cluster().state(), ClusterState::Up { nodes: 1 });
    // more, if it was lost again on its way back
    assert!(one.stop().await >= 1, "a gap");
}
