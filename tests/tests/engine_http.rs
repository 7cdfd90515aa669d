//! Socket.IO anywhere in an application: routers, services, layers, nested, alongside fallbacks, under middleware.

use std::{
    sync::{Arc, Mutex},
    time::Duration,
};

use axum::{Router, extract::State, routing::get};
use futures_util::{SinkExt, StreamExt};
use socketio::{Config, DisconnectReason, Socket, SocketIo, State as Shared, event, on};
use tests::{Response, Server, request, serve, soon, upgrade};
use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::TcpStream,
    task::JoinSet,
    time::sleep,
};
use tokio_tungstenite::{client_async, tungstenite::Message};
use tower_http::{compression::CompressionLayer, cors::CorsLayer, timeout::TimeoutLayer, trace::TraceLayer};

#[on("echo")]
fn echo(socket: &Socket, text: String) {
    socket.emit(event!("echo", text));
}

/// Why sockets have ended.
#[derive(Debug, Clone, Default)]
struct Ends(Arc<Mutex<Vec<&'static str>>>);

#[on(disconnect)]
fn gone(reason: DisconnectReason, Shared(ends): Shared<Ends>) {
    ends.0.lock().expect("no panic under it").push(reason.as_str());
}

impl Ends {
    async fn first(&self) -> &'static str {
        soon("the end of a socket", async {
            loop {
                if let Some(reason) = self.0.lock().expect("no panic under it").first() {
                    return *reason;
                }
                sleep(Duration::from_millis(5)).await;
            }
        })
        .await
    }
}

/// For tests that leave sessions that nobody polls: their end is not waited for.
fn hasty() -> Config {
    Config::new().close_timeout(Duration::from_millis(200))
}

fn server() -> SocketIo {
    server_with(Config::new()).0
}

fn server_with(config: Config) -> (SocketIo, Ends) {
    let ends = Ends::default();
    let builder = SocketIo::builder().discover_in(module_path!()).config(config).state(ends.clone());
    (builder.build().expect("no faults"), ends)
}

/// One request, on a connection of its own.
async fn ask(server: &Server, method: &str, target: &str, body: &str) -> Response {
    let length = body.len();
    let head =
        format!("{method} {target} HTTP/1.1\r\nHost: {}\r\nContent-Length: {length}\r\n\r\n", server.address);
    request(server.address, format!("{head}{body}").as_bytes()).await
}

/// Opens a session by polling and joins `/`: the target of its further requests.
async fn joined(server: &Server) -> String {
    let query = "/socket.io/?EIO=4&transport=polling";
    let open = ask(server, "GET", query, "").await.text();
    let sid = open.split('"').nth(3).expect("an id");
    let target = format!("{query}&sid={sid}");
    assert_eq!(ask(server, "POST", &target, "40").await.text(), "ok");
    assert!(ask(server, "GET", &target, "").await.text().starts_with("40{"));
    target
}

/// A GET on a connection of its own, which is not answered yet.
async fn start_poll(server: &Server, target: &str) -> TcpStream {
    let mut stream = TcpStream::connect(server.address).await.expect("it listens");
    stream.write_all(format!("GET {target} HTTP/1.1\r\nHost: x\r\n\r\n").as_bytes()).await.expect("it reads");
    // it has to be read and handed to the session; there is nothing to see from here
    sleep(Duration::from_millis(200)).await;
    stream
}

/// The answer, once the server has closed the connection or enough of it is here.
async fn answer(mut stream: TcpStream, end: &str) -> String {
    let mut read = vec![];
    let text = async {
        while !read.ends_with(end.as_bytes()) {
            assert!(stream.read_buf(&mut read).await.expect("it answers") > 0, "{:?}", str::from_utf8(&read));
        }
        String::from_utf8(read).expect("text")
    };
    soon(end, text).await
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
    assert_eq!(
        ask(&server, "GET", "/socket.iox", "").await.text(),
        "fallback",
        "only whole path segments match"
    );
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

/// Below a prefix, however and whenever the state is given.
#[tokio::test]
async fn nested_in_every_way() {
    let io = server();
    let inner = Router::new().route("/name", get(hello)).merge(io.router());
    works_in(io.clone(), Router::new().nest("/api", inner).with_state("outside"), "/api/socket.io/").await;
    let io = server();
    let inner = Router::new().route("/name", get(hello)).merge(io.router()).with_state("inside");
    works_in(io.clone(), Router::new().nest("/api", inner), "/api/socket.io/").await;
    let io = server();
    // axum drops the fallback of a nested router, and the layers over it, unless the router has set one itself
    let inner = Router::new().route("/name", get(hello)).fallback(async || "inner");
    let inner = inner.with_state("inside").layer(io.layer());
    works_in(io.clone(), Router::new().nest("/api", inner), "/api/socket.io/").await;
    let io = server();
    let inner = Router::new().route_service("/realtime", io.service());
    works_in(io.clone(), Router::new().nest("/a", Router::new().nest("/b", inner)), "/a/b/realtime").await;
    let io = server();
    works_in(io.clone(), Router::new().nest_service("/api", io.service()), "/api").await;
    let io = server();
    works_in(io.clone(), Router::new().fallback_service(io.service()), "/anything/at/all").await;
}

/// Alongside the application's own routes and fallback, which do not change.
#[tokio::test]
async fn alongside_an_application() {
    for layered in [true, false] {
        let io = server();
        let app = Router::new().route("/name", get(hello)).fallback(async || "fallback");
        let app = if layered { app.layer(io.layer()) } else { app.merge(io.router()) };
        let server = serve(&io, app.with_state("state")).await;
        works(&server, "/socket.io/").await;
        assert_eq!(ask(&server, "GET", "/name", "").await.text(), "state");
        assert_eq!(ask(&server, "GET", "/socket.iox/", "").await.text(), "fallback");
        assert_eq!(ask(&server, "POST", "/other", "body").await.text(), "fallback");
        server.shut_down().await;
    }
    // two routers, each with the layer, and no route that catches everything
    let io = server();
    let one = Router::new().route("/one", get(async || "one")).layer(io.layer());
    let two = Router::new().route("/two", get(async || "two")).layer(io.layer());
    let server = serve(&io, one.merge(two)).await;
    works(&server, "/socket.io/").await;
    assert_eq!(ask(&server, "GET", "/one", "").await.text(), "one");
    assert_eq!(ask(&server, "GET", "/two", "").await.text(), "two");
    assert_eq!(ask(&server, "GET", "/three", "").await.status, 404);
    server.shut_down().await;
}

/// All layers at once, above a router and above the layer of Socket.IO.
#[tokio::test]
async fn under_all_middleware_at_once() {
    for layered in [true, false] {
        let io = server();
        let app = if layered { Router::new().layer(io.layer()) } else { Router::new().merge(io.router()) };
        let timeout =
            TimeoutLayer::with_status_code(axum::http::StatusCode::REQUEST_TIMEOUT, Duration::from_secs(60));
        let app = app
            .layer(CompressionLayer::new())
            .layer(timeout)
            .layer(CorsLayer::permissive())
            .layer(TraceLayer::new_for_http());
        works_in(io.clone(), app, "/socket.io/").await;
    }
}

/// A GET may wait for as long as a layer lets it; one that is cut is one that its client has dropped.
#[tokio::test]
async fn a_pending_poll_under_a_timeout() {
    let within = |io: &SocketIo, limit| {
        let timeout = TimeoutLayer::with_status_code(axum::http::StatusCode::REQUEST_TIMEOUT, limit);
        Router::new().merge(io.router()).layer(timeout)
    };
    let (io, ends) = server_with(hasty());
    let server = serve(&io, within(&io, Duration::from_secs(15))).await;
    let target = joined(&server).await;
    let poll = start_poll(&server, &target).await;
    sleep(Duration::from_secs(1)).await;
    io.emit(event!("news"));
    let answered = answer(poll, "\r\n\r\n42[\"news\"]").await;
    assert!(answered.starts_with("HTTP/1.1 200 "), "{answered}");
    ask(&server, "POST", &target, r#"42["echo","alive"]"#).await;
    assert_eq!(ask(&server, "GET", &target, "").await.text(), r#"42["echo","alive"]"#);
    assert_eq!(*ends.0.lock().expect("no panic under it"), [""; 0]);
    server.shut_down().await;

    let (io, ends) = server_with(hasty());
    let server = serve(&io, within(&io, Duration::from_millis(300))).await;
    let target = joined(&server).await;
    assert_eq!(ask(&server, "GET", &target, "").await.status, 408);
    assert_eq!(ends.first().await, "transport error");
    assert!(ask(&server, "GET", &target, "").await.text().starts_with(r#"{"code":1,"#));
    server.shut_down().await;
}

/// A client that closes the connection of its GET is gone; the answer would not reach it.
#[tokio::test]
async fn a_poll_whose_connection_breaks_ends_the_session() {
    let (io, ends) = server_with(Config::new());
    let server = serve(&io, Router::new().merge(io.router())).await;
    let target = joined(&server).await;
    drop(start_poll(&server, &target).await);
    assert_eq!(ends.first().await, "transport error");
    assert!(ask(&server, "GET", &target, "").await.text().starts_with(r#"{"code":1,"#));
    server.shut_down().await;
}

/// tower-http's CORS and ours together send each header once: browsers refuse a header that is sent twice.
#[tokio::test]
async fn no_cors_header_is_sent_twice() {
    let page = "https://app.example";
    for config in [hasty().any_origin(), hasty().origins([page])] {
        let (io, _) = server_with(config);
        let cors = CorsLayer::new()
            .allow_origin([page.parse().expect("a header's value")])
            .allow_methods([axum::http::Method::GET, axum::http::Method::POST])
            .allow_credentials(true);
        let server = serve(&io, Router::new().merge(io.router()).layer(cors)).await;
        let query = "/socket.io/?EIO=4&transport=polling";
        for head in [
            format!("GET {query} HTTP/1.1\r\nHost: x\r\nOrigin: {page}\r\n\r\n"),
            format!(
                "OPTIONS {query} HTTP/1.1\r\nHost: x\r\nOrigin: {page}\r\nAccess-Control-Request-Method: POST\r\n\r\n"
            ),
        ] {
            let answer = request(server.address, head.as_bytes()).await;
            assert!(matches!(answer.status, 200 | 204), "{answer:?}");
            for name in ["access-control-allow-origin", "access-control-allow-credentials"] {
                let sent = answer.headers.iter().filter(|(known, _)| known == name).count();
                assert_eq!(sent, 1, "{name}: {answer:?}");
            }
            assert_eq!(answer.header("access-control-allow-origin"), Some(page));
        }
        server.shut_down().await;
    }
}

/// Faulty requests for a WebSocket: refused in text, or opened and closed at once, as the reference does.
#[tokio::test]
async fn websockets_that_are_refused() {
    let (io, _) = server_with(hasty());
    let server = serve(&io, Router::new().merge(io.router())).await;
    let target = joined(&server).await;
    let websocket = target.replace("polling", "websocket");
    for (path, text) in [
        ("/socket.io/?EIO=4&transport=websocket&sid=x", "Session ID unknown"),
        ("/socket.io/?EIO=4&transport=tobi", "Transport unknown"),
        ("/socket.io/?EIO=3&transport=websocket", "Unsupported protocol version"),
    ] {
        let answer = request(server.address, upgrade(path, &[]).as_bytes()).await;
        assert_eq!((answer.status, &*answer.text()), (400, text), "{path}");
        assert_eq!(answer.header("content-type"), Some("text/plain; charset=utf-8"), "{path}");
    }
    // an empty close frame, and the end
    let closes = async |path: &str| {
        let mut answer = request(server.address, upgrade(path, &[]).as_bytes()).await;
        assert_eq!(answer.status, 101, "{path}");
        let mut bytes = std::mem::take(&mut answer.rest);
        soon("the end", answer.stream.read_to_end(&mut bytes)).await.expect("readable");
        assert_eq!(bytes, [0x88, 0], "{path}");
    };
    closes("/socket.io/?EIO=4&transport=polling").await;
    closes(&target).await;
    // one at a time; the first one is not touched, and neither is the session
    let mut first = {
        let stream = TcpStream::connect(server.address).await.expect("it listens");
        let url = format!("ws://{}{websocket}", server.address);
        soon("an upgrade", client_async(url, stream)).await.expect("101").0
    };
    closes(&websocket).await;
    assert_eq!(ask(&server, "POST", &target, r#"42["echo","polled"]"#).await.text(), "ok");
    for packet in ["2probe", "5"] {
        first.send(Message::text(packet)).await.expect("open");
    }
    for expected in ["3probe", r#"42["echo","polled"]"#] {
        let frame = soon(expected, first.next()).await.expect("open").expect("a frame");
        assert_eq!(frame.into_text().expect("text").as_str(), expected);
    }
    closes(&websocket).await;
    for (method, body) in [("GET", ""), ("POST", "4a")] {
        let answer = ask(&server, method, &target, body).await;
        assert_eq!(
            (answer.status, &*answer.text()),
            (400, r#"{"code":3,"message":"Bad request"}"#),
            "{method}"
        );
    }
    server.shut_down().await;
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
    // a poll that was still on its way finds the end waiting for it
    let answers = polls.join_all().await;
    assert!(answers.iter().all(|answer| answer == "1" || answer == "6\x1e1"), "{answers:?}");
}

/// The same where a closing handshake could take minutes: the polls are answered at once.
#[tokio::test]
async fn pending_polls_are_answered_at_the_end_at_once() {
    let patient =
        Config::new().close_timeout(Duration::from_secs(300)).shutdown_timeout(Duration::from_secs(300));
    let (io, ends) = server_with(patient);
    let server = serve(&io, Router::new().merge(io.router())).await;
    let mut polls = vec![];
    for _ in 0..100 {
        let target = joined(&server).await;
        let mut stream = TcpStream::connect(server.address).await.expect("it listens");
        let head = format!("GET {target} HTTP/1.1\r\nHost: x\r\n\r\n");
        stream.write_all(head.as_bytes()).await.expect("it reads");
        polls.push(stream);
    }
    // they are pending: not one is answered
    sleep(Duration::from_millis(500)).await;
    for poll in &polls {
        let early = poll.try_read(&mut [0; 64]);
        assert_eq!(early.expect_err("it waits").kind(), std::io::ErrorKind::WouldBlock);
    }
    server.shut_down().await;
    for poll in polls {
        let answered = answer(poll, "\r\n\r\n1").await;
        assert!(answered.starts_with("HTTP/1.1 200 "), "{answered}");
    }
    assert_eq!(*ends.0.lock().expect("no panic under it"), ["server shutting down"; 100]);
}
