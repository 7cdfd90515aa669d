//! The clients of the table in `docs/clients.md`, each as its people install it. What they do is in `node/steps.mjs` and in
//! `python/client_async.py`; python-socketio's sync client and the suites are in `python.rs` and `official.rs`.

use std::{
    net::SocketAddr,
    path::PathBuf,
    process::Command,
    sync::{
        Arc,
        atomic::{AtomicUsize, Ordering},
    },
    time::Duration,
};

use axum::{
    Router,
    extract::Request,
    http::{Method, Version},
    middleware::{Next, from_fn},
    response::Html,
    routing::get,
};
use socketio::{Bytes, ClientError, Config, Socket, SocketIo, config::Deflate, emit::Value, event, on};
use tests::{Front, Server, node, python, serve};

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

#[on(connect, namespace = "/other")]
fn other() {}

#[on("where", namespace = "/other")]
fn place(socket: &Socket) -> String {
    socket.namespace().to_owned()
}

/// A server, and how many extended CONNECTs it has seen.
async fn start() -> (Server, Arc<AtomicUsize>) {
    start_with(Config::new()).await
}

async fn start_with(config: Config) -> (Server, Arc<AtomicUsize>) {
    let builder = SocketIo::builder().discover_in(module_path!()).config(config);
    let io = builder.build().expect("a server");
    let seen = Arc::new(AtomicUsize::new(0));
    let connects = seen.clone();
    let count = move |request: Request, next: Next| {
        let is_connect = request.method() == Method::CONNECT && request.version() == Version::HTTP_2;
        connects.fetch_add(usize::from(is_connect), Ordering::SeqCst);
        next.run(request)
    };
    let app = Router::new()
        .merge(io.router())
        .route_service("/ws", io.websocket())
        .route_service("/engine/", io.engine().events())
        .route("/page", get(async || Html("<!doctype html><title>a page</title>")))
        .layer(from_fn(count));
    (serve(&io, app).await, seen)
}

const LIMIT: Duration = Duration::from_secs(120);

async fn official(address: SocketAddr, versions: &str) {
    let url = format!("http://{address}");
    let printed = node("versions.mjs", &[&url, versions], LIMIT).await;
    assert_eq!(printed.lines().count(), 3 * versions.split(',').count(), "{printed}");
}

#[tokio::test]
async fn official_clients_since_3_0_work() {
    let (server, connects) = start().await;
    official(server.address, "3.0,3.1,4.0,4.1,4.2,4.3,4.4,4.5,4.6,4.7,4.8").await;
    assert_eq!(connects.load(Ordering::SeqCst), 0);
    server.shut_down().await;
}

#[tokio::test]
async fn nodes_http2_client_and_ws_work() {
    let (server, connects) = start().await;
    assert_eq!(node("http2.mjs", &[&format!("http://{}", server.address)], LIMIT).await, "all seen\n");
    assert_eq!(connects.load(Ordering::SeqCst), 7, "three are refused");
    server.shut_down().await;
}

/// The page and its WebSockets share one connection, and what is long is compressed.
#[tokio::test]
async fn chromium_opens_websockets_over_http2() {
    let (server, connects) = start_with(Config::new().deflate(Deflate::new())).await;
    let (certificate, key) = certificate();
    let args = [&*format!("http://{}", server.address), &*certificate, &*key];
    let printed = node("http2_chromium.mjs", &args, LIMIT).await;
    assert!(printed.contains(": 3 WebSockets over "), "{printed}");
    assert_eq!(connects.load(Ordering::SeqCst), 3);
    server.shut_down().await;
}

/// HAProxy makes extended CONNECTs of the upgrades of its clients.
#[tokio::test]
async fn an_http2_backend_of_haproxy_works() {
    let (server, connects) = start().await;
    let proxy = Front::haproxy(&format!("server one {} proto h2", server.address)).await;
    official(proxy.address, "3.0,4.8").await;
    assert_eq!(connects.load(Ordering::SeqCst), 4);
    let url = format!("http://{}", proxy.address);
    assert_eq!(python("client_async.py", &[&url], LIMIT).await, "all seen\n");
    assert_eq!(connects.load(Ordering::SeqCst), 6);
    drop(proxy);
    server.shut_down().await;
}

/// The same proxy, which speaks HTTP/1.1 with the server.
#[tokio::test]
async fn an_http1_backend_of_haproxy_works() {
    let (server, connects) = start().await;
    let proxy = Front::haproxy(&format!("server one {}", server.address)).await;
    official(proxy.address, "4.8").await;
    assert_eq!(connects.load(Ordering::SeqCst), 0);
    drop(proxy);
    server.shut_down().await;
}

#[tokio::test]
async fn pythons_async_client_works() {
    let (server, _) = start().await;
    let url = format!("http://{}", server.address);
    assert_eq!(python("client_async.py", &[&url], LIMIT).await, "all seen\n");
    server.shut_down().await;
}

/// A certificate for 127.0.0.1, made for this run, and its key.
fn certificate() -> (String, String) {
    let folder = PathBuf::from(env!("CARGO_TARGET_TMPDIR"));
    let path = |name| folder.join(name).to_str().expect("a UTF-8 path").to_owned();
    let (certificate, key) = (path("certificate.pem"), path("key.pem"));
    let made = Command::new("openssl")
        .args([
            "req",
            "-x509",
            "-newkey",
            "ec",
            "-pkeyopt",
            "ec_paramgen_curve:prime256v1",
            "-nodes",
            "-days",
            "2",
        ])
        .args(["-subj", "/CN=127.0.0.1", "-addext", "subjectAltName=IP:127.0.0.1"])
        .args(["-keyout", &key, "-out", &certificate])
        .output()
        .expect("openssl runs");
    assert!(made.status.success(), "{}", String::from_utf8_lossy(&made.stderr));
    (certificate, key)
}
