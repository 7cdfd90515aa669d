//! Clients of Socket.IO 2: Engine.IO 3, on every transport, byte by byte as the reference answers them.

use std::time::Duration;

use http::header::CONTENT_TYPE;
use serde_json::json;
use tokio::time::Instant;

use crate::{
    Auth, Bytes, ClientError, Config, DisconnectReason, Socket, SocketIo, State, event, on,
    tests::kit::{
        Answer, Log, PollingClient, Raw, TestClient, ask, assert_nothing_is_left, frame, request,
        seconds_since, server, settle, v3_pipe,
    },
};

#[on(connect)]
fn connected(socket: &Socket, State(log): State<Log>) -> Result<(), ClientError> {
    log.add("connect");
    match socket.handshake().query() {
        query if query.contains("refuse=data") => {
            Err(ClientError::new("no", "only text").with_data(&json!({ "a": 1 })).expect("JSON"))
        }
        query if query.contains("refuse=text") => Err(ClientError::new("no", "only text")),
        _ => Ok(()),
    }
}

#[on("echo")]
fn echo(socket: &Socket, text: String) {
    socket.emit(event!("echo", text));
}

#[on("bytes")]
fn bytes(socket: &Socket, bytes: Bytes) {
    socket.emit(event!("bytes", bytes));
}

#[on("answer")]
fn answer(text: String) -> String {
    text
}

#[on(disconnect)]
fn gone(reason: DisconnectReason, State(log): State<Log>) {
    log.add(format!("{}: {reason}", reason.code()));
}

mod admin {
    use super::{Auth, Log, State, on};

    socketio::namespace! { "/adm" }

    #[on(connect)]
    fn connected(Auth(auth): Auth<serde_json::Value>, State(log): State<Log>) {
        log.add(format!("/adm {auth}"));
    }
}

fn start(config: Config) -> (SocketIo, Log) {
    let (io, log, _) = server(module_path!(), config.allow_v3(true));
    (io, log)
}

/// A client of revision 3 that polls.
struct Old {
    io: SocketIo,
    sid: String,
}

impl Old {
    async fn get(io: &SocketIo, query: &str) -> Answer {
        ask(&io.service(), request("GET", &format!("EIO=3&transport=polling{query}"), "")).await
    }

    /// Opens a session, in `/` without asking for it.
    async fn open(io: &SocketIo, query: &str) -> Self {
        let answer = Self::get(io, query).await;
        assert_eq!(answer.status, 200, "{answer:?}");
        let (len, rest) = answer.body.split_once(':').expect("a length");
        let (open, rest) = rest.split_at(len.parse().expect("a number"));
        assert_eq!(rest, "2:40", "`/` is joined unasked, in a packet of its own");
        let open: serde_json::Value = serde_json::from_str(&open[1..]).expect("an open packet");
        Self { io: io.clone(), sid: open["sid"].as_str().expect("an id").to_owned() }
    }

    async fn poll(&self) -> Answer {
        Self::get(&self.io, &format!("&sid={}", self.sid)).await
    }

    async fn push(&self, kind: &str, body: impl Into<axum::body::Body>) -> (u16, String) {
        let mut request = request("POST", &format!("EIO=3&transport=polling&sid={}", self.sid), body.into());
        request.headers_mut().insert("content-type", kind.parse().expect("a value"));
        let answer = ask(&self.io.service(), request).await;
        (answer.status, answer.body)
    }

    async fn says(&self, body: &str) {
        assert_eq!(self.push("text/plain;charset=UTF-8", body.to_owned()).await, (200, "ok".to_owned()));
    }
}

async fn open_websocket(io: &SocketIo, query: &str) -> Raw {
    let mut raw = Raw::over(v3_pipe(io, query));
    assert!(raw.frame().await.is_some_and(|(_, open)| open.starts_with(b"0{\"sid\":")));
    raw
}

async fn text(raw: &mut Raw) -> String {
    let (first, payload) = raw.frame().await.expect("a frame");
    assert_eq!(first, 0x81, "{payload:?}");
    String::from_utf8(payload).expect("text")
}

#[tokio::test(start_paused = true)]
async fn clients_of_revision_3_are_refused_unless_they_are_allowed() {
    let refused = (400, r#"{"code":5,"message":"Unsupported protocol version"}"#);
    let (io, _, _) = server(module_path!(), Config::new());
    assert_eq!(Old::get(&io, "").await.seen(), refused);
    let (io, _) = start(Config::new());
    Old::open(&io, "").await;
    // nothing else is
    let answer = ask(&io.service(), request("GET", "EIO=2&transport=polling", "")).await;
    assert_eq!(answer.seen(), refused);
    #[cfg(feature = "msgpack")]
    {
        let config = Config::new().allow_v3(true).parser(crate::config::Parser::MessagePack);
        let (io, _, _) = server(module_path!(), config);
        assert_eq!(Old::get(&io, "").await.seen(), refused);
    }
}

/// Lengths count UTF-16 units; several packets in both directions; the client's ping is answered.
#[tokio::test(start_paused = true)]
async fn old_clients_poll() {
    let (io, _) = start(Config::new());
    let old = Old::open(&io, "").await;
    old.says("1:2").await;
    assert_eq!(old.poll().await.seen(), (200, "1:3"));
    let (event, request) = ("42[\"echo\",\"é€😀\"]", "427[\"answer\",\"x\"]");
    let body = format!("17:{event}17:{request}");
    assert_eq!(event.encode_utf16().count(), 17);
    old.says(&body).await;
    let answer = old.poll().await;
    assert_eq!(answer.seen(), (200, &*format!("17:{event}8:437[\"x\"]")));
    assert_eq!(answer.header("content-type"), Some("text/plain; charset=UTF-8"));
    old.says("1:1").await;
    assert_eq!(old.poll().await.seen(), (200, "1:6"));
    assert_nothing_is_left(&io).await;
}

/// Bytes are bytes for clients that take them, and base64 for those that do not.
#[tokio::test(start_paused = true)]
async fn old_clients_poll_bytes() {
    let packet = r#"451-["bytes",{"_placeholder":true,"num":0}]"#;
    let digits = packet.len().to_string();
    let digits: Vec<u8> = digits.bytes().map(|digit| digit - b'0').collect();
    let body = [&[0], &digits[..], &[0xff], packet.as_bytes(), &[1, 4, 0xff, 4, 1, 2, 3]].concat();
    let (io, _) = start(Config::new());
    let old = Old::open(&io, "").await;
    assert_eq!(old.push("application/octet-stream", body.clone()).await, (200, "ok".to_owned()));
    let answer = old.poll().await;
    assert_eq!(answer.header("content-type"), Some("application/octet-stream"));
    assert_eq!(answer.body, body.iter().map(|byte| char::from(*byte)).collect::<String>());
    let old = Old::open(&io, "&b64=1").await;
    let text = format!("{}:{packet}6:b4AQID", packet.len());
    old.says(&text).await;
    assert_eq!(old.poll().await.seen(), (200, &*text));
    assert_nothing_is_left(&io).await;
}

/// Guarantee 9: malformed payloads, and those of the other revision, end the session.
#[tokio::test(start_paused = true)]
async fn malformed_payloads_of_revision_3_end_the_session() {
    for (kind, body) in [
        ("text/plain", &b"4:42"[..]),
        ("text/plain", b"42[\"echo\",\"x\"]"),
        ("text/plain", b"5:42[]\x1e42[]"),
        ("text/plain", b"1:3"),
        ("text/plain", b"4:b4A%"),
        ("text/plain", b"99999999999999:4"),
        ("text/plain", b"\xff\xff"),
        ("application/octet-stream", b"\x00\x02\xff4"),
        ("application/octet-stream", b"\x01\x02\xff\x05x"),
        ("application/octet-stream", b"\x00\x01\xff\xff"),
        ("application/octet-stream", b""),
    ] {
        let (io, log) = start(Config::new());
        let old = Old::open(&io, "").await;
        old.push(kind, body).await;
        settle().await;
        let answer = old.poll().await;
        assert!(answer.body.ends_with("1:1") || answer.status == 400, "{body:?}: {answer:?}");
        assert_nothing_is_left(&io).await;
        assert!(log.lines().last().is_some_and(|line| line.starts_with("1002: ")), "{:?}", log.lines());
    }
}

/// Guarantee 9: nor does a session of today take the payloads of revision 3, whatever their length begins with: it ends, and the
/// event is not handled.
#[tokio::test(start_paused = true)]
async fn payloads_of_revision_3_are_not_handled_in_a_session_of_today() {
    // an event with a text that makes the packet so long
    let event = |len: usize| format!("{len}:42[\"echo\",\"{}\"]", "x".repeat(len - 13));
    for len in [13, 20, 30, 40, 50, 60, 70, 80, 90, 100, 613] {
        let (io, log) = start(Config::new());
        let client = PollingClient::join(&io).await;
        client.push(event(len)).await;
        settle().await;
        let lines = log.lines();
        assert!(matches!(&lines[..], [_, line] if line.starts_with("1002: ")), "{len}: {lines:?}");
        assert_nothing_is_left(&io).await;
    }
    // as bytes, it is not a payload at all
    let (io, _) = start(Config::new());
    let client = PollingClient::join(&io).await;
    let mut request = request("POST", &client.query(), &b"\x00\x02\xff42"[..]);
    request.headers_mut().insert(CONTENT_TYPE, http::HeaderValue::from_static("application/octet-stream"));
    assert_eq!(ask(&client.service, request).await.status, 400);
    assert_nothing_is_left(&io).await;
}

/// On a WebSocket, binary messages begin with their type; `b4` and base64 is taken as well.
#[tokio::test(start_paused = true)]
async fn old_clients_over_websocket() {
    let (io, _) = start(Config::new());
    let packet = r#"451-["bytes",{"_placeholder":true,"num":0}]"#;
    for (query, sent, answered) in [
        ("", frame(0x82, [4, 1, 2, 3]), (0x82, vec![4, 1, 2, 3])),
        ("", frame(0x81, "b4AQID"), (0x82, vec![4, 1, 2, 3])),
        ("&b64=1", frame(0x81, "b4AQID"), (0x81, b"b4AQID".to_vec())),
    ] {
        let mut raw = open_websocket(&io, query).await;
        assert_eq!(text(&mut raw).await, "40");
        raw.send(&[frame(0x81, packet), sent].concat()).await;
        assert_eq!(text(&mut raw).await, packet);
        assert_eq!(raw.frame().await, Some(answered), "{query}");
        raw.send(&frame(0x81, "2")).await;
        assert_eq!(text(&mut raw).await, "3");
        raw.send(&frame(0x81, "427[\"answer\",\"x\"]")).await;
        assert_eq!(text(&mut raw).await, "437[\"x\"]");
    }
    for bad in
        [frame(0x82, [1, 2, 3]), frame(0x82, []), frame(0x81, "3"), frame(0x81, "40"), frame(0x81, "bAQID")]
    {
        let mut raw = open_websocket(&io, "").await;
        assert_eq!(text(&mut raw).await, "40");
        raw.send(&bad).await;
        assert!(raw.rest().await.iter().any(|(first, _)| *first == 0x88), "{bad:?}");
    }
    assert_nothing_is_left(&io).await;
}

/// The client asks, the server answers and never asks; a silent client is dead after both times.
#[tokio::test(start_paused = true)]
async fn the_heartbeat_of_revision_3_is_the_clients() {
    let (io, log) = start(Config::new());
    let mut raw = open_websocket(&io, "").await;
    assert_eq!(text(&mut raw).await, "40");
    for _ in 0..20 {
        tokio::time::sleep(Duration::from_secs(25)).await;
        raw.send(&frame(0x81, "2")).await;
        assert_eq!(text(&mut raw).await, "3", "and nothing before it");
    }
    let began = Instant::now();
    assert_eq!(raw.rest().await, []);
    let silent = seconds_since(began);
    assert!((45..=65).contains(&silent), "{silent}");
    assert_eq!(log.wait_for(2).await[1], "1006: ping timeout");
    assert_nothing_is_left(&io).await;
}

/// Namespaces: what the client says of itself is in the name's query; refusals have the form of the old protocol.
#[tokio::test(start_paused = true)]
async fn namespaces_and_refusals_have_their_old_form() {
    let (io, log) = start(Config::new().connect_timeout(Duration::from_secs(10)));
    let mut raw = open_websocket(&io, "").await;
    assert_eq!(text(&mut raw).await, "40");
    raw.send(&frame(0x81, "40/adm?token=a%20b&x=1,")).await;
    assert_eq!(text(&mut raw).await, "40/adm,");
    assert_eq!(log.lines(), ["connect", r#"/adm {"token":"a b","x":"1"}"#]);
    raw.send(&frame(0x81, "40/nowhere")).await;
    assert_eq!(text(&mut raw).await, r#"44/nowhere,{"message":"Invalid namespace"}"#);
    raw.send(&frame(0x81, "41/adm,")).await;
    raw.send(&frame(0x81, "2")).await;
    assert_eq!(text(&mut raw).await, "3");
    drop(raw);
    for (query, said) in [("&refuse=data", r#"44{"a":1}"#), ("&refuse=text", r#"44"only text""#)] {
        let mut raw = open_websocket(&io, query).await;
        assert_eq!(text(&mut raw).await, said);
        // the session lives, for as long as one without a socket may
        raw.send(&frame(0x81, "2")).await;
        assert_eq!(text(&mut raw).await, "3");
        let began = Instant::now();
        assert!(raw.rest().await.iter().all(|(first, _)| *first == 0x88));
        assert_eq!(seconds_since(began), 10);
    }
    assert_nothing_is_left(&io).await;
}

/// Both revisions are served at once, from the same frames; recovery is for those that know it.
#[tokio::test(start_paused = true)]
async fn both_revisions_hear_the_same_broadcast() {
    for recovers in [false, true] {
        let config = if recovers { Config::new().recovery(Duration::from_secs(60)) } else { Config::new() };
        let (io, _) = start(config);
        let mut new = TestClient::packets(&io).await;
        new.send("40").await;
        new.text().await;
        let mut old = open_websocket(&io, "").await;
        assert_eq!(text(&mut old).await, "40");
        let polling = Old::open(&io, "").await;
        io.emit(event!("news", "x"));
        let said = new.text().await;
        assert!(said.starts_with("42[\"news\",\"x\""), "{said}");
        assert_eq!(text(&mut old).await, said);
        assert_eq!(polling.poll().await.body, format!("{}:{said}", said.len()));
        io.emit(event!("bytes", Bytes::from(vec![1, 2, 3])));
        assert!(new.text().await.starts_with("451-"));
        assert_eq!(new.next().await, crate::tests::kit::Got::Binary(vec![1, 2, 3]));
        assert!(text(&mut old).await.starts_with("451-"));
        assert_eq!(old.frame().await, Some((0x82, vec![4, 1, 2, 3])));
        assert!(polling.poll().await.body.ends_with("\u{1}\u{4}\u{ff}\u{4}\u{1}\u{2}\u{3}"));
        drop((new, old));
        settle().await;
        drop(polling);
        assert_nothing_is_left(&io).await;
    }
}
