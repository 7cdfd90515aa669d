//! Three nodes of ours with `Streams` are restarted one after the other, under clients that hear broadcasts all the time: nothing is lost,
//! nothing comes twice, all is in order, and every socket is recovered.
//!
//! `ROLLING_CLIENTS` and `ROLLING_PACE_MS` make it larger: `scripts/chaos` has 500 clients and a broadcast each 5 ms, optimized.

use std::{
    net::SocketAddr,
    sync::{Arc, PoisonError, RwLock},
    time::{Duration, Instant},
};

use futures_util::{SinkExt, StreamExt};
use serde_json::{Value, json};
use socketio::{Config, SocketIo, event, on};
use socketio_redis::Streams;
use tests::{Program, RedisServer, soon};
use tokio::{
    net::TcpStream,
    sync::{
        mpsc::{UnboundedSender, unbounded_channel},
        oneshot,
    },
    task::JoinSet,
};
use tokio_tungstenite::{WebSocketStream, client_async, tungstenite::Message};

#[on(connect)]
fn connected() {}

fn setting(name: &str, default: usize) -> usize {
    std::env::var(name).ok().and_then(|value| value.parse().ok()).unwrap_or(default)
}

/// The nodes that take clients at the moment.
type Nodes = Arc<RwLock<Vec<SocketAddr>>>;

/// One client, and all that it has heard, over all of its connections.
struct Client {
    number: usize,
    nodes: Nodes,
    /// Told each time its socket is connected: was it recovered?
    connected: UnboundedSender<bool>,
    pid: Option<String>,
    offset: Option<String>,
    heard: Vec<u64>,
    last_at: Instant,
    longest_gap: Duration,
}

impl Client {
    /// Hears until the end, on whatever node there is.
    async fn run(mut self) -> Self {
        let mut attempt = self.number;
        loop {
            let address = {
                let nodes = self.nodes.read().unwrap_or_else(PoisonError::into_inner);
                nodes[attempt % nodes.len()]
            };
            if self.hear(address).await.unwrap_or(false) {
                return self;
            }
            attempt += 1;
            // as clients do, which do not all return in the same moment
            tokio::time::sleep(Duration::from_millis(20 + self.number as u64 % 30)).await;
        }
    }

    /// One connection. `true`: the end was heard. `None`: it could not be made, or was cut off.
    async fn hear(&mut self, address: SocketAddr) -> Option<bool> {
        let mut stream = open(address).await?;
        loop {
            let text = match stream.next().await?.ok()? {
                Message::Text(text) => text,
                _ => continue,
            };
            let (kind, rest) = text.split_at(2.min(text.len()));
            match kind {
                "2" => stream.send(Message::text("3")).await.ok()?,
                "40" => self.accepted(rest),
                "42" => {
                    if self.event(rest) {
                        return Some(true);
                    }
                }
                _ if kind.starts_with('0') => {
                    let auth = match (&self.pid, &self.offset) {
                        (Some(pid), Some(offset)) => json!({ "pid": pid, "offset": offset }).to_string(),
                        _ => String::new(),
                    };
                    stream.send(Message::text(format!("40{auth}"))).await.ok()?;
                }
                _ => panic!("client {}: {text}", self.number),
            }
        }
    }

    fn accepted(&mut self, reply: &str) {
        let reply: Value = serde_json::from_str(reply).expect("JSON");
        let pid = reply["pid"].as_str().expect("recovery is on").to_owned();
        // a client without an offset asks for nothing
        let recovered = self.pid.as_ref() == Some(&pid);
        self.pid = Some(pid);
        let _ = self.connected.send(recovered);
    }

    /// `true`: it was the last one.
    fn event(&mut self, event: &str) -> bool {
        let event: Value = serde_json::from_str(event).expect("JSON");
        if event[0] == "end" {
            return true;
        }
        self.longest_gap = self.longest_gap.max(self.last_at.elapsed());
        self.last_at = Instant::now();
        self.heard.push(event[1].as_u64().expect("a number"));
        self.offset = Some(event[2].as_str().expect("an offset").to_owned());
        false
    }
}

async fn open(address: SocketAddr) -> Option<WebSocketStream<TcpStream>> {
    let stream = TcpStream::connect(address).await.ok()?;
    let uri = format!("ws://{address}/socket.io/?EIO=4&transport=websocket");
    Some(client_async(uri, stream).await.ok()?.0)
}

async fn node(redis: &RedisServer) -> Program {
    Program::start("cluster_node", &["0", &redis.url(), "streams", "60"]).await
}

#[tokio::test(flavor = "multi_thread")]
async fn a_rolling_restart_loses_nothing_doubles_nothing_and_recovers_every_socket() {
    let (clients, pace) = (setting("ROLLING_CLIENTS", 60), setting("ROLLING_PACE_MS", 20));
    let redis = RedisServer::start().await;
    let mut running = [node(&redis).await, node(&redis).await, node(&redis).await];
    let nodes: Nodes = Arc::new(RwLock::new(running.iter().map(|node| node.address).collect()));
    // it sends and has no clients
    let config = Config::new().recovery(Duration::from_secs(60));
    let cluster = Streams::connect(&redis.url()).await.expect("Redis is there");
    let sender = SocketIo::builder().discover().config(config).cluster(cluster).build().expect("a server");
    soon("the cluster", sender.cluster().ready()).await.expect("connected");

    let (tell_connected, mut connections) = unbounded_channel();
    let mut tasks = JoinSet::new();
    for number in 0..clients {
        let client = Client {
            number,
            nodes: nodes.clone(),
            connected: tell_connected.clone(),
            pid: None,
            offset: None,
            heard: vec![],
            last_at: Instant::now(),
            longest_gap: Duration::ZERO,
        };
        tasks.spawn(client.run());
    }
    for _ in 0..clients {
        assert_eq!(soon("a client", connections.recv()).await, Some(false));
    }

    let (stop, mut stopped) = oneshot::channel::<()>();
    let talker = sender.clone();
    let talking = tokio::spawn(async move {
        let mut tick = tokio::time::interval(Duration::from_millis(pace as u64));
        let mut number = 0_u64;
        loop {
            tokio::select! {
                _ = tick.tick() => talker.emit(event!("n", number)),
                _ = &mut stopped => break,
            }
            number += 1;
        }
        talker.emit(event!("end"));
        number
    });
    let began = Instant::now();
    for (at, place) in running.iter_mut().enumerate() {
        // sessions are stored a while after they have changed, and new nodes hear of the others: a restart is not hurried
        tokio::time::sleep(Duration::from_secs(1)).await;
        let next = node(&redis).await;
        let address = next.address;
        let old = std::mem::replace(place, next);
        nodes.write().unwrap_or_else(PoisonError::into_inner)[at] = address;
        old.interrupt().await;
    }
    tokio::time::sleep(Duration::from_secs(1)).await;
    let took = began.elapsed();
    stop.send(()).expect("it runs");
    let sent = soon("the last broadcast", talking).await.expect("no panic");
    drop(tell_connected);

    let (mut lost, mut doubled, mut in_order, mut gap) = (0, 0, true, Duration::ZERO);
    while let Some(client) = soon("the end of a client", tasks.join_next()).await {
        let client = client.expect("no panic");
        let mut known = client.heard.clone();
        in_order &= known.is_sorted();
        known.sort_unstable();
        known.dedup();
        doubled += client.heard.len() - known.len();
        lost += usize::try_from(sent).expect("few") - known.len();
        gap = gap.max(client.longest_gap);
    }
    let (mut recovered, mut not) = (0, 0);
    while let Ok(is_recovered) = connections.try_recv() {
        *(if is_recovered { &mut recovered } else { &mut not }) += 1;
    }
    println!(
        "{clients} clients, {sent} broadcasts in {took:.1?}: {} deliveries, {lost} lost, {doubled} doubled, in order: {in_order}; {recovered} \
         sockets recovered, {not} not; the longest silence {gap:.2?}",
        clients as u64 * sent
    );
    assert_eq!((lost, doubled, in_order, not), (0, 0, true, 0));
    assert!(recovered >= clients, "every client has lost its node at least once");
    sender.close().await;
}
