//! Slow, half-closed and leaving clients, where sockets are real.

use std::{
    sync::atomic::{AtomicBool, Ordering},
    time::{Duration, Instant},
};

use axum::Router;
use socketio::{Config, Socket, SocketIo, event, on};
use tests::{Server, node, request, serve, soon, text_frame, upgrade};
use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::TcpStream,
    time::sleep,
};

#[on("value")]
fn value() -> u32 {
    1
}

#[on("echo")]
fn echo(socket: &Socket, text: String) {
    socket.emit(event!("echo", text));
}

#[on("leave")]
fn leave(socket: &Socket) {
    socket.emit(event!("last", 1));
    socket.disconnect();
}

#[on("end")]
fn end(socket: &Socket) {
    socket.emit(event!("last", 2));
    socket.close();
}

/// 2 MB when it joins.
#[on(connect, namespace = "/many")]
fn many(socket: &Socket) {
    (0..20).for_each(|n| socket.emit(event!("n", n, "x".repeat(100_000))));
}

static ENDED: AtomicBool = AtomicBool::new(false);

#[on(disconnect, namespace = "/many")]
fn gone() {
    ENDED.store(true, Ordering::Relaxed);
}

async fn start(config: Config) -> (SocketIo, Server) {
    let built = SocketIo::builder().discover_in(module_path!()).config(config).build();
    let io = built.expect("a server");
    let app = Router::new().merge(io.router()).route_service("/ws", io.websocket());
    let server = serve(&io, app).await;
    (io, server)
}

/// Sends 500 messages and ends its direction: a FIN after the last message.
#[tokio::test]
async fn a_half_closed_socket_gets_every_answer() {
    let (_io, server) = start(Config::new()).await;
    for orderly in [false, true] {
        let mut opened = request(server.address, upgrade("/ws", &[]).as_bytes()).await;
        assert_eq!(opened.status, 101);
        let mut all: Vec<u8> =
            (0..500).flat_map(|n| text_frame(&format!(r#"{{"event":"value","id":{n}}}"#))).collect();
        if orderly {
            all.extend([0x88, 0x82, 0, 0, 0, 0, 0x03, 0xe8]);
        }
        opened.stream.write_all(&all).await.expect("it reads");
        opened.stream.shutdown().await.expect("open");
        let mut answers = opened.rest;
        soon("the end", opened.stream.read_to_end(&mut answers)).await.expect("no reset");
        let answers = String::from_utf8_lossy(&answers);
        assert_eq!(answers.matches("\"data\":1").count(), 500, "orderly: {orderly}");
    }
    server.shut_down().await;
}

/// WebSockets that were turned away and do not close: with nobody connected, the end of the server waits for none of them.
#[tokio::test]
async fn the_end_does_not_wait_for_what_was_turned_away() {
    let (io, server) = start(Config::new()).await;
    let mut turned_away = vec![];
    for _ in 0..20 {
        let opened =
            request(server.address, upgrade("/socket.io/?EIO=4&transport=polling", &[]).as_bytes()).await;
        assert_eq!(opened.status, 101);
        turned_away.push(opened);
    }
    let since = Instant::now();
    io.close().await;
    assert!(since.elapsed() < Duration::from_secs(1), "{:?}", since.elapsed());
    drop(turned_away);
    server.shut_down().await;
}

async fn http(server: &Server, method: &str, query: &str, body: &str) -> String {
    let len = body.len();
    let bytes = format!(
        "{method} /socket.io/?EIO=4&transport=polling{query} HTTP/1.1\r\nHost: x\r\nContent-Length: {len}\r\n\r\n{body}"
    );
    let response = request(server.address, bytes.as_bytes()).await;
    assert_eq!(response.status, 200, "{method} {query}: {}", response.text());
    response.text()
}

async fn session(server: &Server) -> String {
    let open = http(server, "GET", "", "").await;
    let sid = open.split('"').nth(3).expect("a session id").to_owned();
    format!("&sid={sid}")
}

/// 2 MB to a client that polls and reads 400 kB each second, with a small buffer; meanwhile more is emitted.
#[tokio::test]
async fn a_slow_reader_of_a_long_answer_gets_all_of_it() {
    let (io, server) = start(Config::new().stall_timeout(Duration::from_secs(2)).outbox_bytes(100_000)).await;
    let sid = session(&server).await;
    assert_eq!(http(&server, "POST", &sid, "40/many,").await, "ok");
    let mut slow = TcpStream::connect(server.address).await.expect("it listens");
    let get = format!("GET /socket.io/?EIO=4&transport=polling{sid} HTTP/1.1\r\nHost: x\r\n\r\n");
    slow.write_all(get.as_bytes()).await.expect("it reads");
    let mut read = vec![];
    while !read.ends_with(b"x\"]") || read.len() < 2_000_000 {
        for _ in 0..10 {
            let mut some = vec![0; 40_000];
            let len = soon("more", slow.read(&mut some)).await.expect("no reset");
            assert!(len > 0 && !ENDED.load(Ordering::Relaxed), "after {} bytes", read.len());
            read.extend_from_slice(&some[..len]);
            if read.ends_with(b"x\"]") && read.len() > 2_000_000 {
                break;
            }
        }
        sleep(Duration::from_millis(500)).await;
        io.of("/many").expect("it is there").emit(event!("tick", "y".repeat(10_000)));
    }
    let rest = http(&server, "GET", &sid, "").await;
    assert!(rest.split('\x1e').all(|packet| packet.starts_with("42/many,[\"tick\"")), "{}", rest.len());
    assert!(!ENDED.load(Ordering::Relaxed));
    server.shut_down().await;
}

/// Answers that are not read count: a session cannot hold more than its ceiling, however many GETs it sends.
#[tokio::test]
async fn answers_that_nobody_reads_end_the_session() {
    let (io, server) = start(Config::new().outbox_ceiling(8_000_000)).await;
    let sid = session(&server).await;
    assert_eq!(http(&server, "POST", &sid, "40").await, "ok");
    let _reply = http(&server, "GET", &sid, "").await;
    let echo = format!("42[\"echo\",\"{}\"]", "x".repeat(900_000));
    let mut unread = vec![];
    while io.socket_count() == 1 {
        assert!(unread.len() < 10, "54 MB are held for one session");
        // more than the buffers of the kernel hold
        for _ in 0..6 {
            let len = echo.len();
            let post = format!(
                "POST /socket.io/?EIO=4&transport=polling{sid} HTTP/1.1\r\nHost: x\r\nContent-Length: {len}\r\n\r\n{echo}"
            );
            request(server.address, post.as_bytes()).await;
        }
        let mut stream = TcpStream::connect(server.address).await.expect("it listens");
        let get = format!("GET /socket.io/?EIO=4&transport=polling{sid} HTTP/1.1\r\nHost: x\r\n\r\n");
        stream.write_all(get.as_bytes()).await.expect("it reads");
        let mut first = [0; 16];
        soon("an answer", stream.read_exact(&mut first)).await.expect("an answer");
        unread.push(stream);
    }
    drop(unread);
    server.shut_down().await;
}

/// The official client hears the last event, whatever ends the connection.
#[tokio::test]
async fn the_official_client_hears_the_last_event() {
    let (_io, server) = start(Config::new()).await;
    for transport in ["polling", "websocket"] {
        let port = server.address.port().to_string();
        let printed = node("last_event.mjs", &[&port, transport], Duration::from_secs(30)).await;
        let lines: Vec<_> = printed.lines().collect();
        assert_eq!(
            lines,
            ["leave: last 1", "leave: io server disconnect", "end: last 2", "end: io server disconnect"],
            "{transport}"
        );
    }
    server.shut_down().await;
}
