//! HTTP/2 without TLS: polling, and WebSockets as streams (RFC 8441). The browser, Node.js and HAProxy are in `http2_clients.rs`.

use std::{collections::BTreeMap, time::Duration};

use axum::{Router, http::HeaderValue};
use serde_json::{Value, json};
use socketio::{
    Config, DisconnectReason, Message, Socket, SocketIo, State, emit::Rest, event, extract::Handshake, on,
};
use tests::{Client, Http2, Server, serve, soon};
use tokio::{
    io::{AsyncRead, AsyncWrite},
    sync::mpsc,
};

#[on("echo")]
fn echo(socket: &Socket, args: Rest) {
    socket.emit(event!("echo", ..args));
}

#[on("message")]
fn message(socket: &Socket, message: Message) {
    socket.emit(message);
}

/// What a handler sees of the request.
#[on("seen")]
fn seen(handshake: &Handshake) -> Vec<Option<String>> {
    ["host", "cookie"].map(|name| handshake.header(name).map(str::to_owned)).into()
}

#[on(connect)]
fn connected(parts: axum::http::HeaderMap, socket: &Socket) {
    let host = parts.get("host").and_then(|host| host.to_str().ok());
    socket.set_attribute("host", host.map(str::to_owned));
}

#[on("extracted")]
fn extracted(socket: &Socket) -> Option<String> {
    socket.attribute::<Option<String>>("host").flatten()
}

/// Why sockets ended, for the test to see.
#[derive(Clone)]
struct Ends(mpsc::UnboundedSender<DisconnectReason>);

#[on(disconnect)]
fn gone(reason: DisconnectReason, State(ends): State<Ends>) {
    // the test may have seen enough
    let _ = ends.0.send(reason);
}

async fn start(config: Config) -> (SocketIo, Server, mpsc::UnboundedReceiver<DisconnectReason>) {
    let (ends, ended) = mpsc::unbounded_channel();
    let builder = SocketIo::builder().discover_in(module_path!()).state(Ends(ends)).config(config);
    let io = builder.build().expect("a server");
    let app = Router::new()
        .merge(io.router())
        .route_service("/ws", io.websocket())
        .route_service("/engine/", io.engine().events());
    let server = serve(&io, app).await;
    (io, server, ended)
}

/// What every WebSocket of ours must do, whatever carries it.
async fn exchanges<S: AsyncRead + AsyncWrite + Unpin>(mut packets: Client<S>) {
    packets.send(r#"42["echo","é",2]"#).await;
    assert_eq!(packets.text().await, r#"42["echo","é",2]"#);
    packets.send(r#"451-["echo",{"_placeholder":true,"num":0}]"#).await;
    packets.send_binary(&[1, 2, 3]).await;
    assert_eq!(packets.text().await, r#"451-["echo",{"_placeholder":true,"num":0}]"#);
    assert_eq!(packets.binary().await, [1, 2, 3]);
    // more than one window of a stream, in both directions
    let long = "x".repeat(900_000);
    packets.send(&format!("42[\"echo\",\"{long}\"]")).await;
    assert_eq!(packets.text().await, format!("42[\"echo\",\"{long}\"]"));
    packets.close().await;
}

#[tokio::test]
async fn websockets_are_streams_of_one_http2_connection() {
    let (io, server, mut ended) = start(Config::new()).await;
    let mut http2 = Http2::connect(server.address).await;
    let mut packets = http2.packets().await;
    let mut plain = http2.websocket("/ws", &[]).await.expect("opened");
    let mut engine = http2.websocket("/engine/?EIO=4&transport=websocket", &[]).await.expect("opened");
    assert!(engine.text().await.starts_with("0{"));
    plain.send(r#"{"event":"echo","data":"x"}"#).await;
    assert_eq!(plain.json().await, json!({ "event": "echo", "data": "x" }));
    plain.send_binary(&[7]).await;
    assert_eq!(plain.binary().await, [7]);
    engine.send(r#"4{"event":"echo","data":"y"}"#).await;
    assert_eq!(engine.text().await, r#"4{"event":"echo","data":"y"}"#);
    assert_eq!(io.socket_count(), 3);
    // everybody hears a broadcast
    io.emit(event!("news"));
    assert_eq!(plain.json().await["event"], "news");
    assert!(engine.text().await.contains("news"));
    assert_eq!(packets.text().await, r#"42["news"]"#);
    exchanges(packets).await;
    plain.close().await;
    engine.close().await;
    for _ in 0..3 {
        let reason = soon("an end", ended.recv()).await.expect("the server lives");
        assert!(matches!(reason, DisconnectReason::ClientClose { .. }), "{reason:?}");
    }
    assert_eq!(io.socket_count(), 0);
    server.shut_down().await;
}

#[tokio::test]
async fn a_session_changes_over_inside_one_http2_connection() {
    let (io, server, _ended) = start(Config::new()).await;
    let mut http2 = Http2::connect(server.address).await;
    let origin = format!("http://{}", server.address);
    let headers = [("origin", &*origin), ("cookie", "lang=en"), ("cookie", "session=abc")];
    let open = http2.get("/socket.io/?EIO=4&transport=polling", &headers).await;
    assert_eq!(open.status, 200, "{open:?}");
    let open: Value = serde_json::from_str(&open.body[1..]).expect("an open packet");
    assert_eq!(open["upgrades"], json!(["websocket"]));
    let sid = open["sid"].as_str().expect("a session id");
    let session = format!("/socket.io/?EIO=4&transport=polling&sid={sid}");
    assert_eq!(http2.post(&session, &headers, "40").await.body, "ok", "the page of the host may post");
    assert!(http2.get(&session, &headers).await.body.starts_with("40{"));
    let upgrade = format!("/socket.io/?EIO=4&transport=websocket&sid={sid}");
    let mut client = http2.websocket(&upgrade, &headers).await.expect("opened");
    client.send("2probe").await;
    assert_eq!(client.text().await, "3probe");
    client.send("5").await;
    client.send(r#"421["seen"]"#).await;
    let host = server.address.to_string();
    assert_eq!(client.text().await, format!(r#"431[["{host}","lang=en; session=abc"]]"#));
    client.send(r#"422["extracted"]"#).await;
    assert_eq!(client.text().await, format!(r#"432["{host}"]"#), "axum's extractors see the same");
    exchanges(client).await;
    drop(io);
    server.shut_down().await;
}

#[tokio::test]
async fn pages_of_other_origins_are_refused_over_http2() {
    let (_io, server, _ended) = start(Config::new().origins(["https://*.example.com"])).await;
    let mut http2 = Http2::connect(server.address).await;
    let same = format!("http://{}", server.address);
    for path in ["/ws", "/engine/?EIO=4&transport=websocket", "/socket.io/?EIO=4&transport=websocket"] {
        for origin in ["https://evil.example", "null", "http://localhost"] {
            let refused = http2.websocket(path, &[("origin", origin)]).await.expect_err("refused");
            assert_eq!(refused.status, 403, "{path} {origin}");
        }
        for origin in [&*same, "https://app.example.com", &same.replace("http", "ws")] {
            let opened = http2.websocket(path, &[("origin", origin)]).await;
            assert!(opened.is_ok(), "{path} {origin}: {opened:?}");
        }
    }
    server.shut_down().await;
}

#[tokio::test]
async fn other_requests_over_http2_are_answered_with_what_to_do() {
    let (_io, server, _ended) = start(Config::new()).await;
    let mut http2 = Http2::connect(server.address).await;
    let answer = http2.get("/ws", &[]).await;
    assert_eq!(
        (answer.status, answer.headers.get("allow").map(HeaderValue::as_bytes)),
        (405, Some(&b"CONNECT"[..]))
    );
    assert!(answer.body.contains("RFC 8441"), "{answer:?}");
    let answer = http2.get("/socket.io/?EIO=4&transport=websocket", &[]).await;
    assert_eq!((answer.status, &*answer.body), (400, r#"{"code":3,"message":"Bad request"}"#));
    // errors of a WebSocket's request come as they do over HTTP/1.1
    for (path, expected) in [
        ("/socket.io/?EIO=3&transport=websocket", "Unsupported protocol version"),
        ("/socket.io/?EIO=4&transport=websocket&sid=x", "Session ID unknown"),
        ("/socket.io/?EIO=4&transport=x", "Transport unknown"),
    ] {
        let answer = http2.websocket(path, &[]).await.expect_err("refused");
        assert_eq!((answer.status, &*answer.body), (400, expected), "{path}");
    }
    // a subprotocol is chosen as ever
    let chosen = http2.websocket("/ws", &[("sec-websocket-protocol", "socketio.bus.v1")]).await;
    assert!(chosen.is_ok());
    server.shut_down().await;
}

#[tokio::test]
async fn a_graceful_shutdown_says_goodbye_to_streams() {
    let (io, server, mut ended) = start(Config::new()).await;
    let mut http2 = Http2::connect(server.address).await;
    let mut clients = vec![];
    for _ in 0..50 {
        clients.push(http2.packets().await);
    }
    io.emit(event!("last words"));
    let goodbyes = tokio::spawn(async move {
        for mut client in clients {
            assert_eq!(client.text().await, r#"42["last words"]"#);
            assert_eq!(client.closed().await.0, 1001);
        }
    });
    server.shut_down().await;
    soon("every goodbye", goodbyes).await.expect("no panic");
    assert_eq!(io.socket_count(), 0);
    for _ in 0..50 {
        assert_eq!(soon("an end", ended.recv()).await, Some(DisconnectReason::Shutdown));
    }
}

/// A stream that is reset or a connection that breaks is the end of its sockets, and of nobody else's.
#[tokio::test]
async fn streams_come_and_go_under_broadcasts() {
    let (io, server, mut ended) = start(Config::new()).await;
    let all = io.clone();
    let ticking = tokio::spawn(async move {
        let mut ticks = tokio::time::interval(Duration::from_millis(1));
        loop {
            ticks.tick().await;
            all.emit(event!("tick", "x".repeat(2000)));
        }
    });
    let mut staying = Http2::connect(server.address).await.packets().await;
    let stays = tokio::spawn(async move {
        loop {
            assert!(staying.text().await.starts_with(r#"42["tick""#));
        }
    });
    let mut counts = BTreeMap::new();
    for round in 0..20 {
        let mut http2 = Http2::connect(server.address).await;
        let mut clients = vec![];
        for _ in 0..10 {
            clients.push(http2.packets().await);
        }
        for (number, mut client) in clients.into_iter().enumerate() {
            assert!(client.text().await.starts_with(r#"42["tick""#));
            // a reset stream; every fourth connection breaks with the rest of its streams open
            if number % 2 == 0 || round % 4 == 0 {
                drop(client);
            } else {
                client.close().await;
            }
        }
        drop(http2);
    }
    for _ in 0..200 {
        let reason = soon("an end", ended.recv()).await.expect("the server lives");
        *counts.entry(reason.to_string()).or_insert(0) += 1;
    }
    assert_eq!(io.socket_count(), 1, "{counts:?}");
    assert!(!stays.is_finished(), "one that stays hears every broadcast");
    ticking.abort();
    stays.abort();
    server.shut_down().await;
    assert_eq!(io.socket_count(), 0);
}

/// The window of a stream is its back-pressure: a client that takes nothing is disconnected, and holds up nobody else.
#[tokio::test]
async fn a_stalled_stream_is_disconnected() {
    let config = Config::new().outbox_bytes(256 * 1024).write_timeout(Duration::from_millis(500));
    let (io, server, mut ended) = start(config).await;
    let mut stalled = Http2::connect(server.address).await;
    let stalled = stalled.packets().await;
    let mut live = Http2::connect(server.address).await.packets().await;
    let text = "x".repeat(50_000);
    let mut sent = 0;
    let reason = loop {
        io.emit(event!("flood", &text));
        sent += text.len();
        assert!(live.text().await.starts_with(r#"42["flood""#));
        if let Ok(reason) = ended.try_recv() {
            break reason;
        }
        // the windows of a client, and what is counted: far below what a server would keep without a bound
        assert!(sent < 64 * 1024 * 1024, "nobody was disconnected");
    };
    assert!(
        matches!(reason, DisconnectReason::SlowConsumer | DisconnectReason::WriteTimeout),
        "{reason:?} after {sent}"
    );
    assert_eq!(io.socket_count(), 1);
    drop(stalled);
    server.shut_down().await;
}
