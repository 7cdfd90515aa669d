//! `serve`: what a connection may cost before a handler knows about it. In memory, on a paused clock.

use std::{
    net::SocketAddr,
    sync::{
        Arc,
        atomic::{AtomicUsize, Ordering},
    },
    time::Duration,
};

use axum::{Router, extract::ConnectInfo, routing::get, serve::Listener};
use tokio::{
    io::{AsyncReadExt, AsyncWriteExt, DuplexStream, duplex},
    sync::{mpsc, oneshot},
    task::JoinHandle,
    time::{Instant, sleep, timeout},
};

use crate::{
    Config, SocketIo, on, serve,
    service::Serve,
    tests::kit::{assert_nothing_is_left, client_frame, seconds_since, server, settle},
};

#[on("value")]
fn value() -> u32 {
    1
}

/// A listener whose clients are in this process.
#[derive(Debug)]
struct Pipes(mpsc::UnboundedReceiver<(DuplexStream, SocketAddr)>);

impl Listener for Pipes {
    type Io = DuplexStream;
    type Addr = SocketAddr;

    async fn accept(&mut self) -> (DuplexStream, SocketAddr) {
        match self.0.recv().await {
            Some(accepted) => accepted,
            None => std::future::pending().await,
        }
    }

    fn local_addr(&self) -> std::io::Result<SocketAddr> {
        Ok(SocketAddr::from(([127, 0, 0, 1], 80)))
    }
}

struct Served {
    io: SocketIo,
    clients: mpsc::UnboundedSender<(DuplexStream, SocketAddr)>,
    stop: oneshot::Sender<()>,
    task: JoinHandle<std::io::Result<()>>,
}

impl Served {
    fn new(set: impl FnOnce(Serve<Pipes>) -> Serve<Pipes>) -> Self {
        let (io, _, _) = server(module_path!(), Config::new());
        let (clients, listener) = mpsc::unbounded_channel();
        let (stop, stopped) = oneshot::channel();
        let app = Router::new()
            .merge(io.router())
            .route_service("/ws", io.websocket())
            .route(
                "/",
                get(|ConnectInfo(from): ConnectInfo<SocketAddr>| async move { from.ip().to_string() }),
            )
            .route("/slow", get(async || sleep(Duration::from_secs(60)).await))
            .route("/long", get(async || "x".repeat(10_000_000)));
        let (ending, serving) = (io.clone(), serve(Pipes(listener), app));
        let serving = set(serving).with_graceful_shutdown(async move {
            stopped.await.ok();
            ending.close().await;
        });
        Self { io, clients, stop, task: tokio::spawn(serving.into_future()) }
    }

    fn connect_from(&self, address: [u8; 4]) -> DuplexStream {
        let (ours, theirs) = duplex(1024);
        self.clients.send((theirs, SocketAddr::from((address, 4000)))).expect("it listens");
        ours
    }

    fn connect(&self) -> DuplexStream {
        self.connect_from([192, 0, 2, 1])
    }

    async fn shut_down(self) {
        self.stop.send(()).expect("it runs");
        timeout(Duration::from_secs(100), self.task)
            .await
            .expect("in time")
            .expect("no panic")
            .expect("no error");
        assert_nothing_is_left(&self.io).await;
    }
}

const GET: &[u8] = b"GET / HTTP/1.1\r\nHost: x\r\n\r\n";

/// What arrives, until nothing more does for now or the stream ends; and whether it has ended.
async fn read(stream: &mut DuplexStream) -> (String, bool) {
    let mut read = vec![];
    loop {
        match timeout(Duration::from_millis(1), stream.read_buf(&mut read)).await {
            Ok(Ok(0) | Err(_)) => return (String::from_utf8_lossy(&read).into_owned(), true),
            Ok(Ok(_)) => {}
            Err(_) => return (String::from_utf8_lossy(&read).into_owned(), false),
        }
    }
}

/// 3 200 of them stayed permanently with `axum::serve`.
#[tokio::test(start_paused = true)]
async fn half_open_connections_have_a_time_limit() {
    let served = Served::new(|serve| serve);
    let heads: [&[u8]; 8] = [
        b"",
        b"G",
        b"GET / HTTP/1.1\r\nHost: ",
        b"P",
        b"PRI * HT",
        b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n",
        GET,
        b"POST",
    ];
    let mut clients = vec![];
    for n in 0..3200 {
        let mut client = served.connect_from([192, 0, (n >> 8) as u8, n as u8]);
        client.write_all(heads[n % heads.len()]).await.expect("open");
        clients.push(client);
    }
    sleep(Duration::from_secs(5)).await;
    for (n, client) in clients.iter_mut().enumerate() {
        let (answer, is_over) = read(client).await;
        assert!(!is_over, "{n}");
        assert_eq!(answer.starts_with("HTTP/1.1 200 OK"), n % heads.len() == 6, "{n}: {answer}");
    }
    // the head, and for what begins like HTTP/2 as long again: for the ping, and for its answer
    sleep(Duration::from_secs(22)).await;
    for (n, client) in clients.iter_mut().enumerate() {
        assert!(read(client).await.1, "{n}: {:?}", heads[n % heads.len()]);
    }
    served.shut_down().await;
}

/// A handler may take its time, and so may a WebSocket.
#[tokio::test(start_paused = true)]
async fn answers_and_websockets_may_come_late() {
    let served = Served::new(|serve| serve);
    let mut slow = served.connect();
    slow.write_all(b"GET /slow HTTP/1.1\r\nHost: x\r\n\r\n").await.expect("open");
    let mut websocket = served.connect();
    let upgrade = "GET /ws HTTP/1.1\r\nHost: x\r\nConnection: Upgrade\r\nUpgrade: websocket\r\nSec-WebSocket-Version: 13\r\n\
                   Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n\r\n";
    websocket.write_all(upgrade.as_bytes()).await.expect("open");
    assert!(read(&mut websocket).await.0.starts_with("HTTP/1.1 101"));
    sleep(Duration::from_secs(20)).await;
    websocket.write_all(&client_frame(0x1, br#"{"event":"value","id":1}"#)).await.expect("open");
    assert_eq!(read(&mut websocket).await, ("\u{fffd}\u{12}{\"ack\":1,\"data\":1}".to_owned(), false));
    sleep(Duration::from_secs(41)).await;
    assert!(read(&mut slow).await.0.starts_with("HTTP/1.1 200"));
    served.shut_down().await;
}

/// A client that asks and does not read.
#[tokio::test(start_paused = true)]
async fn unread_answers_have_a_time_limit() {
    let served = Served::new(|serve| serve.write_timeout(Duration::from_secs(5)).max_connections(1));
    let mut deaf = served.connect();
    deaf.write_all(b"GET /long HTTP/1.1\r\nHost: x\r\n\r\n").await.expect("open");
    settle().await;
    let start = Instant::now();
    loop {
        // it has the only place
        let mut other = served.connect();
        if other.write_all(GET).await.is_ok() && read(&mut other).await.0.contains("192.0.2.1") {
            break;
        }
        sleep(Duration::from_millis(100)).await;
    }
    assert_eq!(seconds_since(start), 5);
    drop(deaf);
    served.shut_down().await;
}

/// A slow reader that reads is served to the end.
#[tokio::test(start_paused = true)]
async fn a_slow_reader_is_served() {
    let served = Served::new(|serve| serve.write_timeout(Duration::from_secs(5)));
    let mut slow = served.connect();
    slow.write_all(b"GET /long HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n").await.expect("open");
    let (mut total, mut buffer) = (0, vec![0; 100_000]);
    loop {
        sleep(Duration::from_secs(3)).await;
        let count = slow.read(&mut buffer).await.expect("open");
        if count == 0 {
            break;
        }
        total += count;
    }
    assert!(total > 10_000_000);
    served.shut_down().await;
}

/// One address has its share of the connections; those of others are served.
#[tokio::test(start_paused = true)]
async fn connections_are_counted_for_each_address() {
    let served = Served::new(|serve| serve.max_connections(8).share_per_address(25));
    let counted = Arc::new(AtomicUsize::new(0));
    let open = async |address: [u8; 4]| {
        let mut client = served.connect_from(address);
        let asked = client.write_all(GET).await;
        let (answer, is_over) = read(&mut client).await;
        counted.fetch_add(1, Ordering::Relaxed);
        (asked.is_ok() && !is_over && answer.ends_with(&std::net::Ipv4Addr::from(address).to_string()))
            .then_some(client)
    };
    let (first, second) = (open([192, 0, 2, 1]).await, open([192, 0, 2, 1]).await);
    assert!(first.is_some() && second.is_some());
    assert!(open([192, 0, 2, 1]).await.is_none(), "the third of its address");
    let mut others = vec![];
    for n in 2..8 {
        others.push(open([192, 0, 2, n]).await.expect("a place"));
    }
    assert!(open([192, 0, 2, 9]).await.is_none(), "all are taken");
    drop(first);
    settle().await;
    assert!(open([192, 0, 2, 1]).await.is_some());
    assert_eq!(counted.load(Ordering::Relaxed), 11);
    drop((second, others));
    served.shut_down().await;
}
