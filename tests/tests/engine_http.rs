//! Socket.IO in every place of an application: routers, services, layers, nested, beside fallbacks, under middleware.

use std::time::Duration;

use axum::{Router, extract::State, routing::get};
use futures_util::{SinkExt, StreamExt};
use socketio::{Config, Socket, SocketIo, event, on};
use tests::{Response, Server, request, serve, soon, upgrade};
use tokio::{net::TcpStream, task::JoinSet};
use tokio_tungstenite::{client_async, tungstenite::Message};
use tower_http::{compression::CompressionLayer, cors::CorsLayer, timeout::TimeoutLayer, trace::TraceLayer};

#[on("echo")]
fn echo(socket: &Socket, text: String) {
    socket.emit(event!("echo", text));
}

fn server() -> SocketIo {
    SocketIo::builder().discover_in(module_path!()).config(Config::new()).build().expect("no faults")
}

/// One request, on a connection of its own.
async fn ask(server: &Server, method: &str, target: &str, body: &str) -> Response {
    let length = body.len();
    let head =
        format!("{method} {target} HTTP/1.1\r\nHost: {}\r\nContent-Length: {length}\r\n\r\n", server.address);
    request(server.address, format!("{head}{body}").as_bytes()).await
}

/// A whole session: opened, joined, echoed by polling; then by WebSocket.
async fn works(server: &Server, path: &str) {
    let query = format!("{path}?EIO=4&transport=polling");
    let open = ask(server, "GET", &query, "").await;
    assert_eq!(open.status, 200, "{path}: {}", open.text());
    let open: serde_json::Value = serde_json::from_str(&open.text()[1..]).expect("an open packet");
    let sid = open["sid"].as_str().expect("an id");
    let session = format!("{query}&sid={sid}");
    assert_eq!(ask(server, "POST", &session, "40").await.text(), "ok", "{path}");
    assert!(ask(server, "GET", &session, "").await.text().starts_with("40{"), "{path}");
    ask(server, "POST", &session, r#"42["echo","polled"]"#).await;
    assert_eq!(ask(server, "GET", &session, "").await.text(), r#"42["echo","polled"]"#, "{path}");
    let stream = TcpStream::connect(server.address).await.expect("it listens");
    let url = format!("ws://{}{path}?EIO=4&transport=websocket&sid={sid}", server.address);
    let (mut websocket, _) = soon("an upgrade", client_async(url, stream)).await.expect("101");
    for (sent, expected) in
        [("2probe", Some("3probe")), ("5", None), (r#"42["echo","framed"]"#, Some(r#"42["echo","framed"]"#))]
    {
        websocket.send(Message::text(sent)).await.expect("open");
        if let Some(expected) = expected {
            let answer = soon(expected, websocket.next()).await.expect("open").expect("a frame");
            assert_eq!(answer.into_text().expect("text").as_str(), expected, "{path}");
        }
    }
}

async fn works_in(io: SocketIo, app: Router, path: &str) {
    let server = serve(&io, app).await;
    works(&server, path).await;
    server.shut_down().await;
}

async fn hello(State(name): State<&'static str>) -> &'static str {
    name
}

#[tokio::test]
async fn as_a_router_a_service_and_a_layer() {
    let io = server();
    works_in(io.clone(), Router::new().merge(io.router()), "/socket.io/").await;
    let io = server();
    works_in(io.clone(), Router::new().merge(io.router()), "/socket.io").await;
    let io = server();
    works_in(io.clone(), Router::new().merge(io.router()), "/socket.io/x/y").await;
    let io = server();
    works_in(io.clone(), Router::new().route_service("/realtime", io.service()), "/realtime").await;
    let io = server();
    works_in(io.clone(), Router::new().layer(io.layer()), "/socket.io/").await;
}

/// axum builds layers and services many times: the sessions are the server's.
#[tokio::test]
async fn nested_with_states_fallbacks_and_merged() {
    let io = server();
    let app = Router::new().nest("/api", io.router());
    works_in(io.clone(), app, "/api/socket.io/").await;
    let io = server();
    let app = Router::new().route("/", get(hello)).merge(io.router()).with_state("before");
    works_in(io.clone(), app, "/socket.io/").await;
    let io = server();
    let app = Router::new().route("/", get(hello)).with_state("after").layer(io.layer());
    works_in(io.clone(), app, "/socket.io/").await;
    let io = server();
    let app = Router::new().fallback(async || "fallback").layer(io.layer());
    works_in(io.clone(), app, "/socket.io/").await;
    let io = server();
    let inner = Router::new().fallback(async || "inner").layer(io.layer());
    works_in(io.clone(), Router::new().nest("/api", inner), "/api/socket.io/").await;
    let io = server();
    let app = Router::new()
        .route("/a", get(async || "a"))
        .layer(io.layer())
        .merge(Router::new().route("/{*all}", get(async || "all")).layer(io.layer()));
    works_in(io.clone(), app, "/socket.io/").await;
}

/// What is not below the path goes on to the application.
#[tokio::test]
async fn a_layer_lets_other_requests_pass() {
    let io = server();
    let app = Router::new().route("/", get(async || "home")).fallback(async || "fallback").layer(io.layer());
    let server = serve(&io, app).await;
    assert_eq!(ask(&server, "GET", "/", "").await.text(), "home");
    assert_eq!(ask(&server, "GET", "/socket.iox", "").await.text(), "fallback", "a segment's border");
    assert_eq!(ask(&server, "GET", "/socket.io", "").await.status, 400);
}

#[tokio::test]
async fn under_middleware() {
    let under = |name: &str, io: &SocketIo| {
        let app = Router::new().merge(io.router());
        match name {
            "trace" => app.layer(TraceLayer::new_for_http()),
            "cors" => app.layer(CorsLayer::permissive()),
            "timeout" => app.layer(TimeoutLayer::with_status_code(
                axum::http::StatusCode::REQUEST_TIMEOUT,
                Duration::from_secs(60),
            )),
            _ => app.layer(CompressionLayer::new()),
        }
    };
    for name in ["trace", "cors", "timeout", "compression"] {
        let io = server();
        works_in(io.clone(), under(name, &io), "/socket.io/").await;
    }
}

/// The first subprotocol that a client offers is taken, as the reference does.
#[tokio::test]
async fn a_subprotocol_is_echoed() {
    let io = server();
    let server = serve(&io, Router::new().merge(io.router())).await;
    let head =
        upgrade("/socket.io/?EIO=4&transport=websocket", &[("Sec-WebSocket-Protocol", "my-protocol, other")]);
    let opened = request(server.address, head.as_bytes()).await;
    assert_eq!((opened.status, opened.header("sec-websocket-protocol")), (101, Some("my-protocol")));
}

/// Answers to polls are ordinary answers: a layer may compress them.
#[tokio::test]
async fn answers_may_be_compressed() {
    let io = server();
    let server = serve(&io, Router::new().merge(io.router()).layer(CompressionLayer::new())).await;
    let head = "GET /socket.io/?EIO=4&transport=polling HTTP/1.1\r\nHost: x\r\nAccept-Encoding: gzip\r\n\r\n";
    let open = request(server.address, head.as_bytes()).await;
    assert_eq!((open.status, open.header("content-encoding")), (200, Some("gzip")));
}

#[tokio::test]
async fn a_hundred_pending_polls_do_not_hold_up_a_graceful_shutdown() {
    let io = server();
    let server = serve(&io, Router::new().merge(io.router())).await;
    let mut polls = JoinSet::new();
    for _ in 0..100 {
        let query = "/socket.io/?EIO=4&transport=polling";
        let open = ask(&server, "GET", query, "").await.text();
        let sid = open.split('"').nth(3).expect("an id").to_owned();
        let target = format!("{query}&sid={sid}");
        ask(&server, "POST", &target, "40").await;
        ask(&server, "GET", &target, "").await;
        let address = server.address;
        polls.spawn(async move {
            let head = format!("GET {target} HTTP/1.1\r\nHost: x\r\n\r\n");
            request(address, head.as_bytes()).await.text()
        });
    }
    server.shut_down().await;
    // one that was still on its way finds the end kept for it
    let answers = polls.join_all().await;
    assert!(answers.iter().all(|answer| answer == "1" || answer == "6\x1e1"), "{answers:?}");
}
