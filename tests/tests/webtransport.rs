//! WebTransport: the official client in Chromium, and a client of the library's that does what no browser does.

use std::{net::SocketAddr, time::Duration};

use axum::{Router, response::Html, routing::get};
use socketio::{
    Bytes, ClientError, Config, DisconnectReason, Socket, SocketIo, State, emit::Value, event, on,
};
use socketio_webtransport::{
    Server,
    wtransport::{
        ClientConfig, Connection, Endpoint, Identity, RecvStream, SendStream, endpoint::ConnectOptions,
        error::ConnectingError, tls::Sha256DigestFmt,
    },
};
use tests::{node, serve, soon};
use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    sync::{mpsc, oneshot},
    task::JoinHandle,
};

#[on(connect)]
fn connected(socket: &Socket) {
    socket.emit(event!("welcome", "é", 2));
}

#[on("echo")]
fn echo(value: Value) -> Value {
    value
}

#[on("bytes")]
fn bytes(socket: &Socket, bytes: Bytes) {
    socket.emit(event!("bytes back", bytes));
}

#[on("say")]
fn say(socket: &Socket, text: String) {
    socket.emit(event!("said", text));
}

#[on("ask me")]
async fn ask(socket: &Socket) -> Result<u32, ClientError> {
    let asked = socket.ask::<u32>(event!("question", 2)).await;
    asked.map_err(|error| ClientError::new("no_answer", error.to_string()))
}

#[on("leave")]
fn leave(socket: &Socket) {
    socket.emit(event!("bye", "now"));
    socket.close();
}

#[on(connect, namespace = "/other")]
fn other() {}

#[on("where", namespace = "/other")]
fn place(socket: &Socket) -> String {
    socket.namespace().to_owned()
}

/// Why sockets ended, for the test to see.
#[derive(Clone)]
struct Ends(mpsc::UnboundedSender<DisconnectReason>);

#[on(disconnect)]
fn gone(reason: DisconnectReason, State(ends): State<Ends>) {
    // the test may have seen enough
    let _ = ends.0.send(reason);
}

struct Running {
    io: SocketIo,
    tcp: tests::Server,
    address: SocketAddr,
    identity: Identity,
    ends: mpsc::UnboundedReceiver<DisconnectReason>,
    stop: oneshot::Sender<()>,
    task: JoinHandle<()>,
}

/// Polling and WebSockets over TCP, WebTransport over UDP, with one port.
async fn start(config: Config) -> Running {
    let (sender, ends) = mpsc::unbounded_channel();
    let builder = SocketIo::builder().discover_in(module_path!()).state(Ends(sender));
    let io = builder.config(config.webtransport(true)).build().expect("a server");
    let page = get(async || Html("<!doctype html><title>a page</title>"));
    let tcp = serve(&io, Router::new().merge(io.router()).route("/page", page)).await;
    let identity = Identity::self_signed(["127.0.0.1"]).expect("a name");
    let server = Server::bind(&io, tcp.address, identity.clone_identity()).expect("a free port");
    let address = server.local_addr().expect("bound");
    let (stop, stopped) = oneshot::channel();
    let task = tokio::spawn(server.run_until(async { drop(stopped.await) }));
    Running { io, tcp, address, identity, ends, stop, task }
}

impl Running {
    async fn shut_down(self) {
        let _ = self.stop.send(());
        soon("the end of WebTransport", self.task).await.expect("no panic");
        self.tcp.shut_down().await;
    }

    /// A session, by a client of the library.
    async fn connect(&self, path: &str, origin: Option<&str>) -> Result<Connection, ConnectingError> {
        let hash = self.identity.certificate_chain().as_slice()[0].hash();
        let config = ClientConfig::builder().with_bind_address(([127, 0, 0, 1], 0).into());
        let config = config.with_server_certificate_hashes([hash]).build();
        let client = Endpoint::client(config).expect("a socket");
        let mut options = ConnectOptions::builder(format!("https://{}{path}", self.address));
        if let Some(origin) = origin {
            options = options.add_header("origin", origin);
        }
        client.connect(options.build()).await
    }

    async fn stream(&self) -> (Connection, SendStream, RecvStream) {
        let connection = self.connect("/socket.io/", None).await.expect("a session");
        let (send, receive) = connection.open_bi().await.expect("open").await.expect("a stream");
        (connection, send, receive)
    }
}

async fn read(receive: &mut RecvStream) -> String {
    let read = async {
        let len = receive.read_u8().await.expect("a packet");
        assert!(len < 126, "a short one");
        let mut text = vec![0; len.into()];
        AsyncReadExt::read_exact(receive, &mut text).await.expect("whole");
        String::from_utf8(text).expect("UTF-8")
    };
    soon("a packet", read).await
}

const LIMIT: Duration = Duration::from_secs(120);

#[tokio::test]
async fn chromium_speaks_webtransport() {
    let running = start(Config::new()).await;
    let hash = running.identity.certificate_chain().as_slice()[0].hash().fmt(Sha256DigestFmt::BytesArray);
    let args = [&*format!("http://{}", running.address), &*hash];
    let printed = node("webtransport.mjs", &args, LIMIT).await;
    assert!(printed.ends_with(": all seen\n"), "{printed}");
    running.shut_down().await;
}

/// A session that is refused, and one that does what it should not, end alone.
#[tokio::test]
async fn sessions_are_checked_and_end_alone() {
    let mut running = start(Config::new()).await;
    let refused = |connected: Result<Connection, ConnectingError>| match connected {
        Err(ConnectingError::SessionRejected) => {}
        Err(other) => panic!("{other}"),
        Ok(_) => panic!("it is open"),
    };
    refused(running.connect("/elsewhere/", None).await);
    refused(running.connect("/socket.io/", Some("https://evil.example")).await);
    let own = format!("https://{}", running.address);
    running.connect("/socket.io/", Some(&own)).await.expect("a page of the same host");

    let (_good, mut send, mut receive) = running.stream().await;
    AsyncWriteExt::write_all(&mut send, b"\x010").await.expect("open");
    assert!(read(&mut receive).await.starts_with("0{\"sid\":"));
    AsyncWriteExt::write_all(&mut send, b"\x0240").await.expect("open");
    assert!(read(&mut receive).await.starts_with("40{\"sid\":"));
    assert_eq!(read(&mut receive).await, "42[\"welcome\",\"é\",2]");

    for bad in [&b"\x02xx"[..], b"\x010\x00", b"\x010\x7f\xff\xff\xff\xff\xff\xff\xff\xff"] {
        let (connection, mut send, _receive) = running.stream().await;
        AsyncWriteExt::write_all(&mut send, bad).await.expect("open");
        soon("the end of the session", connection.closed()).await;
    }
    // a client that is killed, and one that leaves
    let (connection, mut send, mut receive) = running.stream().await;
    AsyncWriteExt::write_all(&mut send, b"\x010\x0240").await.expect("open");
    read(&mut receive).await;
    read(&mut receive).await;
    connection.close(0_u32.into(), b"");
    let reason = soon("the end of the socket", running.ends.recv()).await.expect("a reason");
    assert_eq!(reason, DisconnectReason::TransportClose);

    assert_eq!(running.io.socket_count(), 1, "the good one");
    running.shut_down().await;
}

/// A server that ends says what waits, and ends the sessions.
#[tokio::test]
async fn a_server_that_ends_ends_its_sessions() {
    let running = start(Config::new()).await;
    let (connection, mut send, mut receive) = running.stream().await;
    AsyncWriteExt::write_all(&mut send, b"\x010\x0240").await.expect("open");
    for _ in 0..3 {
        read(&mut receive).await;
    }
    running.io.emit(event!("last"));
    running.shut_down().await;
    assert_eq!(read(&mut receive).await, "42[\"last\"]");
    soon("the end of the session", connection.closed()).await;
}
