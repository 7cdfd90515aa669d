//! Guarantees 3, 4, 10 and 11 where threads and sockets are real: crowds that connect and leave, and a client that stalls.

use std::{
    collections::HashMap,
    sync::{
        Arc, Mutex,
        atomic::{AtomicBool, Ordering},
    },
};

use axum::Router;
use serde_json::Value;
use socketio::{Config, DisconnectReason, Socket, SocketId, SocketIo, State, error::SocketError, event, on};
use tests::{Client, Server, request, serve, soon, upgrade};
use tokio::task::{JoinSet, yield_now};

/// What each socket's handlers saw, in order.
#[derive(Debug, Clone, Default)]
struct Lives(Arc<Mutex<HashMap<SocketId, Vec<String>>>>);

impl Lives {
    fn add(&self, socket: &Socket, line: impl Into<String>) {
        self.0.lock().expect("no panic under it").entry(socket.id()).or_default().push(line.into());
    }

    fn all(&self) -> Vec<Vec<String>> {
        self.0.lock().expect("no panic under it").values().cloned().collect()
    }
}

#[on(connect)]
async fn connected(socket: Socket, State(lives): State<Lives>) {
    lives.add(&socket, "connect");
    socket.join("room");
    socket.set_uuid(format!("guest {}", socket.id())).expect("nobody else has it");
    yield_now().await;
}

#[on("hello")]
fn hello(socket: &Socket, State(lives): State<Lives>) {
    lives.add(socket, "hello");
    socket.emit(event!("welcome"));
}

#[on("leave")]
fn leave(socket: &Socket, State(lives): State<Lives>) {
    lives.add(socket, "leave");
    socket.close();
}

#[on(close)]
fn closing(socket: &Socket, State(lives): State<Lives>) {
    lives.add(socket, "close");
}

#[on(disconnect)]
async fn gone(socket: Socket, reason: DisconnectReason, State(lives): State<Lives>) {
    let rooms = socket.rooms();
    assert!(rooms.len() == 1 && *rooms[0] == *"room", "{rooms:?}");
    yield_now().await;
    lives.add(&socket, format!("disconnect {}", reason.code()));
}

#[on(error)]
fn failed(socket: &Socket, error: &SocketError, State(lives): State<Lives>) {
    lives.add(socket, format!("error {error}"));
}

fn start(config: Config) -> (SocketIo, Lives) {
    let lives = Lives::default();
    let built = SocketIo::builder().discover_in(module_path!()).config(config).state(lives.clone()).build();
    (built.expect("a server"), lives)
}

async fn listen(io: &SocketIo) -> Server {
    serve(io, Router::new().merge(io.router()).route_service("/ws", io.websocket())).await
}

/// How a guest says something, and how it reads.
#[derive(Debug, Clone, Copy, PartialEq)]
enum Wire {
    Plain,
    Packets,
}

impl Wire {
    fn says(self, event: &str) -> String {
        match self {
            Self::Plain => format!(r#"{{"event":"{event}"}}"#),
            Self::Packets => format!(r#"42["{event}"]"#),
        }
    }

    /// The number of a tick; `None`: the welcome.
    fn reads(self, text: &str) -> Option<u64> {
        match self {
            Self::Plain => serde_json::from_str::<Value>(text).expect("JSON")["data"].as_u64(),
            Self::Packets => serde_json::from_str::<Value>(&text[2..]).expect("JSON")[1].as_u64(),
        }
    }
}

/// Connects, reads ticks up to the welcome and one after it, and leaves in one of four ways.
async fn guest(server: std::net::SocketAddr, number: usize) {
    let wire = if number.is_multiple_of(2) { Wire::Plain } else { Wire::Packets };
    let mut client = match wire {
        Wire::Plain => Client::open(server, "/ws").await,
        Wire::Packets => Client::packets(server).await,
    };
    client.send(&wire.says("hello")).await;
    let (mut last, mut welcomed) = (None, false);
    loop {
        let tick = wire.reads(&client.text().await);
        assert!(
            last.is_none() || tick.is_none() || tick == last.map(|last: u64| last + 1),
            "{tick:?} {last:?}"
        );
        welcomed |= tick.is_none();
        last = tick.or(last);
        if welcomed && tick.is_some() {
            break;
        }
    }
    match number / 2 % 4 {
        0 => client.close().await,
        1 => drop(client),
        2 => {
            client.send(&wire.says("leave")).await;
            client.close().await;
        }
        // one event is on the way when it hangs up
        _ => client.send(&wire.says("hello")).await,
    }
}

/// connect → events → close? → disconnect → error? → nothing.
fn assert_order(life: &[String]) {
    let mut steps = life.iter().map(String::as_str).peekable();
    assert_eq!(steps.next(), Some("connect"), "{life:?}");
    while steps.next_if(|step| matches!(*step, "hello" | "leave")).is_some() {}
    let closed = steps.next_if_eq(&"close").is_some();
    let end = steps.next().expect("an end");
    assert!(end.starts_with("disconnect "), "{life:?}");
    assert!(!closed || end == "disconnect 1000", "{life:?}");
    let clean = matches!(end, "disconnect 1000" | "disconnect 1001" | "disconnect 1005");
    assert_eq!(steps.next().is_some_and(|step| step.starts_with("error ")), !clean, "{life:?}");
    assert_eq!(steps.next(), None, "{life:?}");
}

/// Two thousand clients connect and leave at once during constant broadcasts; nothing of them is left.
#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn two_thousand_come_and_go_under_broadcasts() {
    let (io, lives) = start(Config::new().max_payload(1000));
    let server = listen(&io).await;
    let done = Arc::new(AtomicBool::new(false));
    let (all, over) = (io.clone(), done.clone());
    let ticks = tokio::spawn(async move {
        let mut tick = 0_u64;
        while !over.load(Ordering::Relaxed) {
            all.emit(event!("tick", tick));
            tick += 1;
            tokio::time::sleep(std::time::Duration::from_millis(20)).await;
        }
    });
    let mut guests = JoinSet::new();
    for number in 0..2000 {
        guests.spawn(guest(server.address, number));
    }
    while let Some(guest) = guests.join_next().await {
        guest.expect("no panic");
    }
    // the server notices only later which clients hung up
    soon("the end of every connection", async {
        while io.socket_count() > 0 {
            yield_now().await;
        }
    })
    .await;
    done.store(true, Ordering::Relaxed);
    ticks.await.expect("no panic");
    server.shut_down().await;
    let lives = lives.all();
    assert_eq!(lives.len(), 2000);
    lives.iter().for_each(|life| assert_order(life));
    assert!(io.to("room").sockets().is_empty());
    assert!(format!("{io:?}").contains("connections: 0"), "{io:?}");
}

/// Guarantee 10: a client that does not read loses its own connection; all others receive everything, in order.
#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn a_stalled_reader_does_not_delay_live_ones() {
    let (io, lives) = start(Config::new().outbox_messages(1000).outbox_bytes(256 * 1024));
    let server = listen(&io).await;
    let mut live = vec![];
    for number in 0..8 {
        live.push(match number % 2 {
            0 => (Wire::Plain, Client::open(server.address, "/ws").await),
            _ => (Wire::Packets, Client::packets(server.address).await),
        });
    }
    // the head is read, and nothing after it
    let stalled = request(server.address, upgrade("/ws", &[]).as_bytes()).await;
    assert_eq!(stalled.status, 101);
    soon("nine", async {
        while io.socket_count() < 9 {
            yield_now().await;
        }
    })
    .await;
    let load = "x".repeat(32 * 1024);
    let mut tick = 0;
    // as much as the network holds, and the outbox
    while io.socket_count() == 9 {
        assert!(tick < 2000, "64 MiB wait for a client that does not read");
        io.emit(event!("tick", tick, &load));
        for (wire, client) in &mut live {
            let text = client.text().await;
            let packet: Value =
                serde_json::from_str(&text[if *wire == Wire::Plain { 0 } else { 2 }..]).expect("JSON");
            let number = if *wire == Wire::Plain { &packet["args"][0] } else { &packet[1] };
            assert_eq!(*number, tick, "{wire:?}");
        }
        tick += 1;
    }
    assert!(tick > 10, "not before the outbox is full: {tick}");
    for (wire, mut client) in live {
        client.send(&wire.says("leave")).await;
        client.close().await;
    }
    drop(stalled);
    server.shut_down().await;
    let mut ends: Vec<_> = lives.all().into_iter().map(|life| life[1..].join(", ")).collect();
    ends.sort();
    assert_eq!(ends[0], "disconnect 1013, error forced close (slow consumer)");
    assert_eq!(ends[1..], ["leave, close, disconnect 1000"; 8]);
    assert!(format!("{io:?}").contains("connections: 0"), "{io:?}");
}
