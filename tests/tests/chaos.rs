//! Guarantee 12 on a network that breaks: every recovered client has received every event exactly once, in order, and
//! the others know that they were not recovered.

use std::{net::SocketAddr, time::Duration};

use futures_util::{SinkExt, StreamExt};
use serde_json::{Value, json};
use tests::{Program, Proxy};
use tokio::{
    net::TcpStream,
    sync::watch,
    task::JoinSet,
    time::{sleep, timeout},
};
use tokio_tungstenite::{WebSocketStream, client_async, tungstenite::Message};

const CLIENTS: usize = 200;

type Connection = WebSocketStream<TcpStream>;

/// What a client remembers, as the official one does.
#[derive(Debug, Default)]
struct Guest {
    sid: String,
    pid: String,
    offset: Option<String>,
    /// The next number; `None`: any.
    expected: Option<u64>,
    seen: u64,
    recovered: u32,
    fresh: u32,
}

impl Guest {
    /// Handles what arrives on one connection, until it breaks or `enough` returns `true`.
    async fn stay(&mut self, address: SocketAddr, enough: &mut impl FnMut(u64) -> bool) -> Option<()> {
        let mut connection = open(address).await?;
        let open = text(&mut connection).await?;
        assert!(open.starts_with("0{"), "{open}");
        let hello = if self.pid.is_empty() {
            "40".to_owned()
        } else {
            format!("40{}", json!({ "pid": self.pid, "offset": self.offset }))
        };
        connection.send(Message::text(hello)).await.ok()?;
        // missed events arrive before the reply, and count only with it
        let mut missed = vec![];
        let reply: Value = loop {
            let packet = text(&mut connection).await?;
            match packet.strip_prefix("40") {
                Some(reply) => break serde_json::from_str(reply).expect("JSON"),
                None if packet == "2" => connection.send(Message::text("3")).await.ok()?,
                None => missed.push(packet),
            }
        };
        let (sid, pid) = (reply["sid"].as_str().expect("an id"), reply["pid"].as_str().expect("an id"));
        if sid == self.sid {
            assert_eq!(pid, self.pid);
            self.recovered += 1;
        } else {
            assert_eq!(missed, [""; 0], "a fresh socket has missed nothing");
            self.fresh += 1;
            (self.sid, self.pid) = (sid.to_owned(), pid.to_owned());
            (self.offset, self.expected) = (None, None);
        }
        for packet in missed {
            self.tick(&packet);
        }
        loop {
            let packet = text(&mut connection).await?;
            if packet == "2" {
                connection.send(Message::text("3")).await.ok()?;
            } else if enough(self.tick(&packet)) {
                return Some(());
            }
        }
    }

    /// Exactly the next one.
    fn tick(&mut self, packet: &str) -> u64 {
        let (name, number, offset): (String, u64, String) =
            serde_json::from_str(&packet[2..]).unwrap_or_else(|error| panic!("{error}: {packet}"));
        assert_eq!(name, "tick");
        assert!(self.expected.is_none_or(|expected| expected == number), "{self:?} got {number}");
        self.expected = Some(number + 1);
        self.offset = Some(offset);
        self.seen += 1;
        number
    }
}

async fn open(address: SocketAddr) -> Option<Connection> {
    let url = format!("ws://{address}/socket.io/?EIO=4&transport=websocket");
    let stream = TcpStream::connect(address).await.ok()?;
    let opened = timeout(Duration::from_secs(2), client_async(url, stream)).await;
    opened.ok()?.ok().map(|(connection, _)| connection)
}

/// The next packet. `None`: the connection is broken, or silent for longer than the server pings.
async fn text(connection: &mut Connection) -> Option<String> {
    match timeout(Duration::from_secs(1), connection.next()).await.ok()?? {
        Ok(Message::Text(text)) => Some(text.to_string()),
        _ => None,
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn recovered_clients_have_received_everything_exactly_once() {
    let seconds = std::env::var("CHAOS_SECONDS").ok().and_then(|text| text.parse().ok()).unwrap_or(20);
    let server = Program::start("conformance", &["chaos", "0"]).await;
    let proxy = Proxy::start(server.address, 0x5eed).await;
    let (calm, calmed) = watch::channel(false);
    let mut guests = JoinSet::new();
    for _ in 0..CLIENTS {
        let (address, calmed) = (proxy.address, calmed.clone());
        guests.spawn(async move {
            let mut guest = Guest::default();
            let mut after = 0;
            // a hundred ticks in a row, when the network has calmed down
            let mut enough = |_| {
                after = if *calmed.borrow() { after + 1 } else { 0 };
                after >= 100
            };
            while guest.stay(address, &mut enough).await.is_none() {
                sleep(Duration::from_millis(20)).await;
            }
            guest
        });
    }
    // the length of the test, not a wait for something
    sleep(Duration::from_secs(seconds)).await;
    proxy.calm_down();
    calm.send(true).expect("the clients are running");
    let all = timeout(Duration::from_secs(60), guests.join_all()).await.expect("everyone reconnects");
    let (recovered, fresh): (u32, u32) = all
        .iter()
        .fold((0, 0), |(recovered, fresh), guest| (recovered + guest.recovered, fresh + guest.fresh));
    let seen: u64 = all.iter().map(|guest| guest.seen).sum();
    println!("{seen} ticks, {recovered} recoveries, {fresh} fresh sockets of {CLIENTS} clients");
    let reconnects = recovered + fresh - u32::try_from(CLIENTS).expect("few");
    assert!(reconnects > u32::try_from(CLIENTS).expect("few"), "the network has broken often: {reconnects}");
    assert!(recovered * 10 >= reconnects * 9, "{recovered} of {reconnects} reconnects were recoveries");
}
