//! The plain wire over real HTTP: what opens a connection, what does not, and where it may be mounted.

use std::{
    io,
    net::SocketAddr,
    pin::Pin,
    sync::{
        Arc,
        atomic::{AtomicUsize, Ordering},
    },
    task::{Context, Poll},
    time::{Duration, Instant},
};

use axum::{
    Router,
    extract::{Path, State},
    routing::get,
    serve::Listener,
};
use serde_json::json;
use socketio::{Config, Message, Socket, SocketIo, event, on};
use tests::{Client, Response, Server, request, serve, soon, text_frame, upgrade};
use tokio::{
    io::{AsyncRead, AsyncWrite, ReadBuf},
    net::{TcpListener, TcpStream},
};

#[on("message")]
fn echo(socket: &Socket, message: Message) {
    socket.emit(message);
}

#[on("add")]
fn add(a: i64, b: i64) -> i64 {
    a + b
}

/// A route with a parameter, for nesting.
mod rooms {
    use super::{Path, Socket, event, on};

    #[on(connect, namespace = "/rooms")]
    fn connected(socket: &Socket, Path((tenant, room)): Path<(String, u32)>) {
        socket.emit(event!("entered", &tenant, room));
    }
}

fn server(config: Config) -> SocketIo {
    SocketIo::builder().discover_in(module_path!()).config(config).build().expect("a server")
}

fn app(io: &SocketIo) -> Router {
    Router::new().merge(io.router()).route_service("/ws", io.websocket().messages())
}

/// The answer to a request on a fresh server.
async fn answer(config: Config, bytes: &str) -> Response {
    let io = server(config);
    let server = serve(&io, app(&io)).await;
    request(server.address, bytes.as_bytes()).await
}

#[tokio::test]
async fn a_request_without_upgrade_is_answered_with_426() {
    for request in [
        "GET /ws HTTP/1.1\r\nHost: x\r\n\r\n".to_owned(),
        upgrade("/ws", &[("Connection", "keep-alive")]),
        upgrade("/ws", &[("Upgrade", "h2c")]),
        upgrade("/ws", &[]).replace("GET", "POST"),
    ] {
        let response = answer(Config::new(), &request).await;
        assert_eq!(response.status, 426, "{request}");
        assert_eq!(response.header("upgrade"), Some("websocket"), "{request}");
        assert!(response.text().contains("open it with a WebSocket client"), "{}", response.text());
    }
}

#[tokio::test]
async fn a_malformed_upgrade_is_answered_with_its_fault() {
    for (name, value) in [
        ("Sec-WebSocket-Version", "8"),
        ("Sec-WebSocket-Version", ""),
        ("Sec-WebSocket-Key", ""),
        ("Sec-WebSocket-Key", "too short"),
    ] {
        let response = answer(Config::new(), &upgrade("/ws", &[(name, value)])).await;
        assert_eq!(response.status, 400, "{name}: {value}");
        assert!(response.text().contains(name), "{}", response.text());
        assert_eq!(response.header("sec-websocket-version"), Some("13"));
    }
}

#[tokio::test]
async fn pages_of_other_origins_are_refused_unless_they_are_listed() {
    let from = |origin| upgrade("/ws", &[("Host", "chat.example:3000"), ("Origin", origin)]);
    let listed = || Config::new().origins(["https://app.example"]);
    for path in ["/ws", "/socket.io/?EIO=4&transport=websocket"] {
        let foreign = upgrade(path, &[("Origin", "https://evil.example")]);
        for config in [Config::new(), listed()] {
            let response = answer(config, &foreign).await;
            assert_eq!(response.status, 403);
            assert!(
                response.text().contains("origins([..])"),
                "it says how to allow the origin: {}",
                response.text()
            );
        }
    }
    assert_eq!(answer(Config::new(), &from("http://chat.example:3000")).await.status, 101);
    assert_eq!(answer(Config::new(), &from("https://app.example")).await.status, 403);
    assert_eq!(answer(listed(), &from("https://app.example")).await.status, 101);
    assert_eq!(answer(listed(), &from("http://chat.example:3000")).await.status, 101);
    assert_eq!(answer(Config::new().any_origin(), &from("https://evil.example")).await.status, 101);
}

/// What clients say on the bus is not a script, and neither is anything else that we answer.
#[tokio::test]
async fn every_answer_forbids_sniffing() {
    for (path, headers, status) in [
        ("/ws", &[][..], 101),
        ("/ws", &[("Upgrade", "")], 426),
        ("/ws", &[("Sec-WebSocket-Version", "8")], 400),
        ("/ws", &[("Origin", "https://evil.example")], 403),
        ("/socket.io/?EIO=4&transport=websocket", &[], 101),
        ("/socket.io/?EIO=4&transport=websocket", &[("Origin", "https://evil.example")], 403),
        ("/socket.io/?EIO=4&transport=polling", &[("Upgrade", "")], 200),
        ("/socket.io/?EIO=4&transport=tobi", &[("Upgrade", "")], 400),
    ] {
        let response = answer(Config::new(), &upgrade(path, headers)).await;
        assert_eq!(response.status, status, "{path}");
        assert_eq!(response.header("x-content-type-options"), Some("nosniff"), "{path} {status}");
        let has_type = response.header("content-type").is_some();
        assert!(status == 101 || response.rest.is_empty() || has_type, "{path} {status}");
    }
}

#[tokio::test]
async fn a_draining_server_refuses_newcomers_and_keeps_the_others() {
    let io = server(Config::new());
    let server = serve(&io, app(&io)).await;
    let mut client = Client::open(server.address, "/ws").await;
    io.drain();
    for path in ["/ws", "/socket.io/?EIO=4&transport=websocket"] {
        let response = request(server.address, upgrade(path, &[]).as_bytes()).await;
        assert_eq!(response.status, 503);
        assert!(response.text().contains("connect again"), "{}", response.text());
        assert!(response.header("retry-after").is_some());
    }
    client.send("still here").await;
    assert_eq!(client.text().await, "still here");
}

#[tokio::test]
async fn a_full_server_answers_503() {
    let io = server(Config::new().max_sessions(1));
    let server = serve(&io, app(&io)).await;
    let mut client = Client::open(server.address, "/ws").await;
    client.send("in").await;
    assert_eq!(client.text().await, "in");
    let response = request(server.address, upgrade("/ws", &[]).as_bytes()).await;
    assert_eq!(response.status, 503);
    assert!(response.text().contains("try again later"), "{}", response.text());
}

#[tokio::test]
async fn the_subprotocol_is_echoed_if_it_is_known() {
    for (offered, chosen) in [
        ("socketio.bus.v1", Some("socketio.bus.v1")),
        ("other, socketio.bus.v1", Some("socketio.bus.v1")),
        ("other", None),
        ("", None),
    ] {
        let response = answer(Config::new(), &upgrade("/ws", &[("Sec-WebSocket-Protocol", offered)])).await;
        assert_eq!(response.status, 101);
        assert_eq!(response.header("sec-websocket-protocol"), chosen, "{offered}");
        // the example of RFC 6455
        assert_eq!(response.header("sec-websocket-accept"), Some("s3pPLMBiTxaQ9kYGzzhZRbK+xOo="));
    }
}

// --- where it may be mounted ---

#[tokio::test]
async fn it_works_in_a_nested_router_with_a_fallback_and_a_state() {
    let io = server(Config::new());
    let rooms: Router<String> =
        Router::new().route_service("/room/{room}", io.websocket().namespace("/rooms"));
    let app = Router::new()
        .merge(io.router())
        .nest("/t/{tenant}", rooms)
        .route("/name", get(|State(name): State<String>| async move { name }))
        .fallback(|| async { "the fallback" })
        .with_state("the state".to_owned());
    let server = serve(&io, app).await;

    let mut client = Client::open(server.address, "/t/acme/room/7").await;
    assert_eq!(client.json().await, json!({ "event": "entered", "args": ["acme", 7] }));
    let mut packets = Client::packets(server.address).await;
    packets.send(r#"421["add",1,2]"#).await;
    assert_eq!(packets.text().await, "431[3]");
    for (path, text) in [("/name", "the state"), ("/elsewhere", "the fallback")] {
        let get = format!("GET {path} HTTP/1.1\r\nHost: x\r\n\r\n");
        assert_eq!(request(server.address, get.as_bytes()).await.text(), text);
    }
}

// --- streams ---

/// A listener with a stream type of its own, as one for TLS has. Counts the bytes that were read.
struct Wrapping {
    listener: TcpListener,
    read: Arc<AtomicUsize>,
}

struct Wrapped {
    stream: TcpStream,
    read: Arc<AtomicUsize>,
}

impl Listener for Wrapping {
    type Io = Wrapped;
    type Addr = SocketAddr;

    async fn accept(&mut self) -> (Wrapped, SocketAddr) {
        let (stream, address) = Listener::accept(&mut self.listener).await;
        (Wrapped { stream, read: self.read.clone() }, address)
    }

    fn local_addr(&self) -> io::Result<SocketAddr> {
        self.listener.local_addr()
    }
}

impl AsyncRead for Wrapped {
    fn poll_read(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        buffer: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        let before = buffer.filled().len();
        let polled = Pin::new(&mut self.stream).poll_read(cx, buffer);
        self.read.fetch_add(buffer.filled().len() - before, Ordering::Relaxed);
        polled
    }
}

impl AsyncWrite for Wrapped {
    fn poll_write(mut self: Pin<&mut Self>, cx: &mut Context<'_>, bytes: &[u8]) -> Poll<io::Result<usize>> {
        Pin::new(&mut self.stream).poll_write(cx, bytes)
    }

    fn poll_flush(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stream).poll_flush(cx)
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stream).poll_shutdown(cx)
    }
}

/// A hundred messages after the request's head, in the same write: all are echoed, then later ones are.
async fn early_frames_are_echoed(address: SocketAddr) {
    let mut bytes = upgrade("/ws", &[]).into_bytes();
    for number in 0..100 {
        bytes.extend(text_frame(&number.to_string()));
    }
    // and the first half of one more
    let late = text_frame("late");
    bytes.extend(&late[..3]);
    let mut response = request(address, &bytes).await;
    tokio::io::AsyncWriteExt::write_all(&mut response.stream, &late[3..]).await.expect("it reads");
    let mut client = Client::of(response).await;
    for number in 0..100 {
        assert_eq!(client.text().await, number.to_string());
    }
    assert_eq!(client.text().await, "late");
    client.send("later").await;
    assert_eq!(client.text().await, "later");
}

#[tokio::test]
async fn frames_in_the_segment_of_the_request_are_not_lost() {
    let io = server(Config::new());
    let server = serve(&io, app(&io)).await;
    early_frames_are_echoed(server.address).await;
    server.shut_down().await;
}

#[tokio::test]
async fn a_listener_with_a_custom_stream_works_too() {
    let io = server(Config::new());
    let read = Arc::new(AtomicUsize::new(0));
    let listener = TcpListener::bind("127.0.0.1:0").await.expect("a free port");
    let server = Server::on(&io, app(&io), Wrapping { listener, read: read.clone() });
    early_frames_are_echoed(server.address).await;

    let mut client = Client::open(server.address, "/ws").await;
    let long = "x".repeat(500_000);
    client.send(&long).await;
    assert_eq!(client.text().await, long);
    assert!(read.load(Ordering::Relaxed) > 500_000, "the custom stream is still the one that is read");
    let mut packets = Client::packets(server.address).await;
    packets.send(r#"421["add",1,2]"#).await;
    assert_eq!(packets.text().await, "431[3]");
    packets.close().await;
    let ((), goodbye) = tokio::join!(server.shut_down(), client.closed());
    assert_eq!(goodbye.0, 1001);
}

// --- the end ---

/// This many clients, each of them a member.
async fn members(server: &Server, count: usize) -> Vec<Client> {
    let mut clients = vec![];
    for _ in 0..count {
        let mut client = Client::open(server.address, "/ws").await;
        client.send("in").await;
        assert_eq!(client.text().await, "in");
        clients.push(client);
    }
    clients
}

#[tokio::test]
async fn a_graceful_shutdown_says_goodbye_to_a_hundred_clients() {
    let io = server(Config::new());
    let server = serve(&io, app(&io)).await;
    let clients = members(&server, 100).await;
    assert_eq!(io.socket_count(), 100);
    io.emit(Message::text("last words"));
    let goodbyes = tokio::spawn(async move {
        for mut client in clients {
            assert_eq!(client.text().await, "last words");
            assert_eq!(client.closed().await.0, 1001);
        }
    });
    server.shut_down().await;
    soon("every goodbye", goodbyes).await.expect("a hundred goodbyes");
    assert_eq!(io.socket_count(), 0);
}

/// They never answer the close frame: all of them together take one close timeout.
#[tokio::test]
async fn a_hundred_silent_clients_do_not_hold_up_the_shutdown() {
    let io = server(Config::new().close_timeout(Duration::from_millis(300)));
    let server = serve(&io, app(&io)).await;
    let clients = members(&server, 100).await;
    let started = Instant::now();
    server.shut_down().await;
    assert!(started.elapsed() < Duration::from_secs(5), "{:?}", started.elapsed());
    assert_eq!(io.socket_count(), 0);
    drop(clients);
}
