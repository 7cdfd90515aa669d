//! Engine.IO over HTTP (`wire.md` 2.1, 2.2), without a network and on a paused clock.

mod changing_over;

use std::{
    cell::RefCell,
    pin::Pin,
    sync::{
        Arc,
        atomic::{AtomicUsize, Ordering},
    },
    task::{Context, Poll, Waker},
    time::Duration,
};

use axum::body::{Body, HttpBody};
use futures_util::{StreamExt, stream};
use hyper::body::{Frame, SizeHint};
use tokio::time::{Instant, sleep};

use super::{Gate, Log, assert_nothing_is_left, seconds_since, server};
use crate::{
    Bytes, Config, DisconnectReason, Message, Socket, SocketIo, State,
    config::Overflow,
    error::Refused,
    event, on,
    test::polling::{Answer, PollingClient, ask, request, settle},
};

#[on("echo")]
fn echo(socket: &Socket, text: String) {
    socket.emit(event!("echo", text));
}

#[on("wait")]
async fn wait(State(gate): State<Gate>) {
    gate.pass().await;
}

#[on("log")]
fn log(text: String, State(log): State<Log>) {
    log.add(text);
}

#[on("bytes")]
fn bytes(socket: &Socket, bytes: Bytes) {
    socket.emit(event!("bytes", bytes));
}

#[on("leave")]
fn leave(socket: &Socket) {
    socket.emit(event!("last"));
    socket.close();
}

#[on("volatile")]
fn volatile(socket: &Socket) {
    socket.volatile().emit(event!("volatile"));
}

thread_local! {
    /// A request that is handed over by the handler `sneak`, in the midst of a turn of its session.
    static SNEAKED: RefCell<Option<Pin<Box<dyn Future<Output = Answer>>>>> = const { RefCell::new(None) };
}

#[on("sneak")]
async fn sneak(State(gate): State<Gate>) {
    gate.pass().await;
    SNEAKED.with_borrow_mut(|request| {
        let request = request.as_mut().expect("the test has left one");
        assert!(request.as_mut().poll(&mut Context::from_waker(Waker::noop())).is_pending());
    });
}

#[on("pair")]
fn pair(first: Bytes, second: Bytes, State(log): State<Log>) {
    log.add(format!("{:?} {:?}", &first[..], &second[..]));
}

#[on(disconnect)]
fn gone(reason: DisconnectReason, State(log): State<Log>) {
    log.add(format!("gone: {}", reason.as_str()));
}

fn start(config: Config) -> (SocketIo, Log, Gate) {
    server(module_path!(), config)
}

async fn get(io: &SocketIo, query: &str) -> Answer {
    ask(&io.service(), request("GET", query, "")).await
}

/// The order of the checks decides which fault a client sees: transport, session, method, upgrade, version.
#[tokio::test(start_paused = true)]
async fn faulty_requests_are_answered_as_the_reference_does() {
    let (io, _, _) = start(Config::new());
    let unknown = r#"{"code":0,"message":"Transport unknown"}"#;
    for query in ["EIO=4", "EIO=4&transport=tobi", "EIO=3&transport=tobi", "transport=__proto__", ""] {
        assert_eq!(get(&io, query).await.seen(), (400, unknown), "{query}");
    }
    let version = r#"{"code":5,"message":"Unsupported protocol version"}"#;
    for query in ["transport=polling", "EIO=3&transport=polling", "EIO=abc&transport=polling"] {
        assert_eq!(get(&io, query).await.seen(), (400, version), "{query}");
    }
    let session = r#"{"code":1,"message":"Session ID unknown"}"#;
    assert_eq!(get(&io, "EIO=4&transport=polling&sid=test").await.seen(), (400, session));
    let upgrade = r#"{"code":3,"message":"Bad request"}"#;
    assert_eq!(get(&io, "EIO=4&transport=websocket").await.seen(), (400, upgrade));
    for method in ["POST", "PUT", "OPTIONS", "HEAD"] {
        let answer = ask(&io.service(), request(method, "EIO=4&transport=polling", "")).await;
        assert_eq!(answer.seen(), (400, r#"{"code":2,"message":"Bad handshake method"}"#), "{method}");
    }
    assert_eq!(get(&io, "EIO=4&transport=polling&sid=").await.status, 200, "an empty sid is none");
    assert_nothing_is_left(&io).await;
}

#[tokio::test(start_paused = true)]
async fn a_session_is_opened_with_five_keys_in_order() {
    let (io, _, _) = start(Config::new().max_payload(1000));
    let answer = get(&io, "EIO=4&transport=polling&b64=1").await;
    let rest = answer.body.strip_prefix("0{\"sid\":\"").expect("an open packet");
    let expected =
        r#"","upgrades":["websocket"],"pingInterval":25000,"pingTimeout":20000,"maxPayload":1000}"#;
    assert_eq!(&rest[20..], expected);
    assert_eq!(answer.header("content-type"), Some("text/plain; charset=UTF-8"));
    assert_eq!(answer.header("cache-control"), Some("no-store"));
    assert_eq!(answer.header("set-cookie"), None);
    let (io, _, _) = start(Config::new().allow_upgrades(false).session_cookie("io"));
    let answer = get(&io, "EIO=4&transport=polling").await;
    assert!(answer.body.contains(r#""upgrades":[]"#));
    let cookie = answer.header("set-cookie").expect("a cookie");
    assert_eq!((&cookie[..3], &cookie[23..]), ("io=", "; Path=/; HttpOnly; SameSite=Lax"));
}

/// Everything that waits is one answer; a GET waits for the next thing.
#[tokio::test(start_paused = true)]
async fn an_answer_holds_all_that_waits() {
    let (io, _, _) = start(Config::new());
    let client = PollingClient::join(&io).await;
    let batch = "42[\"echo\",\"a\"]\x1e42[\"echo\",\"b\"]";
    let answer = client.push(batch).await;
    assert_eq!(answer.seen(), (200, "ok"));
    assert_eq!(answer.header("content-type"), Some("text/html"));
    assert_eq!(client.poll().await.seen(), (200, batch));
    let poll = client.start_poll().await;
    io.emit(event!("news"));
    assert_eq!(poll.await.expect("no panic").seen(), (200, "42[\"news\"]"));
    assert_nothing_is_left(&io).await;
}

#[tokio::test(start_paused = true)]
async fn binary_is_base64_in_both_directions() {
    let (io, _, _) = start(Config::new());
    let client = PollingClient::join(&io).await;
    let packet = "451-[\"bytes\",{\"_placeholder\":true,\"num\":0}]\x1ebAQIDBA==";
    client.push(packet).await;
    assert_eq!(client.poll().await.body, packet);
}

/// A second GET ends the session: the first gets a close packet, the second an error.
#[tokio::test(start_paused = true)]
async fn overlapping_gets_end_the_session() {
    let (io, log, _) = start(Config::new());
    let client = PollingClient::join(&io).await;
    let first = client.start_poll().await;
    assert_eq!(client.poll().await.seen(), (400, ""));
    assert_eq!(first.await.expect("no panic").seen(), (200, "1"));
    client.assert_gone().await;
    assert_eq!(log.lines(), ["gone: parse error"]);
    assert_nothing_is_left(&io).await;
}

#[tokio::test(start_paused = true)]
async fn overlapping_posts_end_the_session() {
    let (io, _, _) = start(Config::new());
    let client = PollingClient::join(&io).await;
    let endless = Body::from_stream(stream::pending::<Result<&'static str, std::io::Error>>());
    let (service, sid) = (client.service.clone(), client.sid.clone());
    let first = tokio::spawn(async move {
        ask(&service, request("POST", &format!("EIO=4&transport=polling&sid={sid}"), endless)).await
    });
    settle().await;
    assert_eq!(client.push("42[\"echo\",\"a\"]").await.seen(), (400, ""));
    settle().await;
    client.assert_gone().await;
    // the body of the first had its time
    let start = Instant::now();
    assert_eq!(first.await.expect("no panic").status, 408);
    assert_eq!(seconds_since(start), 10);
}

#[tokio::test(start_paused = true)]
async fn bodies_have_a_length_a_form_and_a_time() {
    let (io, _, _) = start(Config::new().max_payload(100));
    let client = PollingClient::join(&io).await;
    let streamed = |len: usize| {
        let chunks = (0..len).map(|_| Ok::<_, std::io::Error>("6"));
        Body::from_stream(stream::iter(chunks))
    };
    assert_eq!(client.push("6".repeat(101)).await.seen(), (413, ""));
    assert_eq!(client.push(streamed(101)).await.seen(), (413, ""));
    assert_eq!(client.push_with("content-encoding", "gzip", "6").await.seen(), (415, ""));
    assert_eq!(client.push_with("content-encoding", "identity", "6").await.seen(), (200, "ok"));
    assert_eq!(client.push(streamed(100)).await.seen(), (200, "ok"), "ignored packets of exactly the limit");
    assert_eq!(client.request("PUT").await.seen(), (500, ""));
    client.push("42[\"echo\",\"alive\"]").await;
    assert_eq!(client.poll().await.body, "42[\"echo\",\"alive\"]");
    let octets = client.push_with("content-type", "application/octet-stream", "4a").await;
    assert_eq!(octets.seen(), (400, ""));
    settle().await;
    client.assert_gone().await;
}

/// Packets before the bad one are handled, those after it are not; the POST is answered all the same.
#[tokio::test(start_paused = true)]
async fn a_packet_that_is_none_ends_the_session() {
    for bad in ["abc", "", "2", "{}", "b%%%"] {
        let (io, log, _) = start(Config::new());
        let client = PollingClient::join(&io).await;
        let poll = client.start_poll().await;
        let body = format!("42[\"log\",\"before\"]\x1e{bad}\x1e42[\"log\",\"behind\"]");
        assert_eq!(client.push(body).await.seen(), (200, "ok"), "{bad:?}");
        assert_eq!(poll.await.expect("no panic").seen(), (200, "1"), "{bad:?}");
        client.assert_gone().await;
        assert_eq!(log.lines(), ["before", "gone: parse error"], "{bad:?}");
    }
}

/// Packets that mean nothing from a client change nothing.
#[tokio::test(start_paused = true)]
async fn meaningless_packets_are_ignored() {
    let (io, _, _) = start(Config::new());
    let client = PollingClient::join(&io).await;
    for packet in ["0", "5", "6", "3"] {
        assert_eq!(client.push(packet).await.seen(), (200, "ok"));
    }
    client.push("42[\"echo\",\"alive\"]").await;
    assert_eq!(client.poll().await.body, "42[\"echo\",\"alive\"]");
}

/// `1` ends the session in an orderly way: the GET that waits, or that comes at the same time, gets `6`.
#[tokio::test(start_paused = true)]
async fn a_client_may_leave() {
    let (io, log, _) = start(Config::new());
    let client = PollingClient::join(&io).await;
    let poll = client.start_poll().await;
    assert_eq!(
        client.push("42[\"log\",\"before\"]\x1e1\x1e42[\"log\",\"behind\"]").await.seen(),
        (200, "ok")
    );
    assert_eq!(poll.await.expect("no panic").seen(), (200, "6"));
    client.assert_gone().await;
    assert_eq!(log.lines(), ["before", "gone: transport close"]);
    let client = PollingClient::join(&io).await;
    client.push("1").await;
    assert_eq!(client.poll().await.seen(), (200, "6"));
    client.assert_gone().await;
    assert_nothing_is_left(&io).await;
}

/// The end is kept for the next GET if none waits; with what was emitted before.
#[tokio::test(start_paused = true)]
async fn the_server_may_end_the_session() {
    let (io, _, _) = start(Config::new());
    let client = PollingClient::join(&io).await;
    let poll = client.start_poll().await;
    client.push("42[\"leave\"]").await;
    assert_eq!(poll.await.expect("no panic").body, "42[\"last\"]\x1e41\x1e1");
    client.assert_gone().await;
    let client = PollingClient::join(&io).await;
    client.push("42[\"leave\"]").await;
    assert_eq!(client.poll().await.body, "42[\"last\"]\x1e41\x1e1");
    let client = PollingClient::join(&io).await;
    client.push("40").await;
    assert_eq!(client.poll().await.body, "6\x1e1", "a violation, and nothing waits");
    assert_nothing_is_left(&io).await;
}

/// A client that never asks again does not keep its session.
#[tokio::test(start_paused = true)]
async fn an_end_that_nobody_fetches_has_its_time() {
    let (io, _, _) = start(Config::new());
    let client = PollingClient::join(&io).await;
    client.push("42[\"leave\"]").await;
    sleep(Duration::from_secs(6)).await;
    client.assert_gone().await;
}

#[tokio::test(start_paused = true)]
async fn a_hundred_pending_polls_do_not_hold_up_the_end() {
    let (io, log, _) = start(Config::new());
    let mut polls = vec![];
    for _ in 0..100 {
        let client = PollingClient::join(&io).await;
        polls.push(client.start_poll().await);
    }
    let start = Instant::now();
    io.close().await;
    for poll in polls {
        assert_eq!(poll.await.expect("no panic").seen(), (200, "1"));
    }
    assert_eq!(seconds_since(start), 0);
    assert_eq!(log.lines().len(), 100);
    let answer = get(&io, "EIO=4&transport=polling").await;
    assert_eq!((answer.status, answer.header("retry-after")), (503, Some("1")));
    assert_nothing_is_left(&io).await;
}

/// A client that drops its GET is gone.
#[tokio::test(start_paused = true)]
async fn a_dropped_get_ends_the_session() {
    let (io, log, _) = start(Config::new());
    let client = PollingClient::join(&io).await;
    client.start_poll().await.abort();
    settle().await;
    client.assert_gone().await;
    assert_eq!(log.lines(), ["gone: transport error"]);
    assert_nothing_is_left(&io).await;
}

/// A GET is not a sign of life, a packet is. The end is never late: a client knows when it comes.
#[tokio::test(start_paused = true)]
async fn a_silent_client_is_dead_in_time() {
    let config =
        Config::new().ping_interval(Duration::from_millis(300)).ping_timeout(Duration::from_millis(200));
    let (io, log, _) = start(config);
    let client = PollingClient::join(&io).await;
    assert_eq!(client.poll().await.body, "2");
    client.push("3").await;
    assert_eq!(client.poll().await.body, "2");
    let poll = client.start_poll().await;
    sleep(Duration::from_millis(200)).await;
    settle().await;
    assert!(poll.is_finished(), "not late");
    assert_eq!(poll.await.expect("no panic").body, "1");
    client.assert_gone().await;
    assert_eq!(log.lines(), ["gone: ping timeout"]);
    let silent = PollingClient::open(&io).await;
    sleep(Duration::from_millis(500)).await;
    silent.assert_gone().await;
}

/// What does not fit into the inbox is answered late, and nothing is lost.
#[tokio::test(start_paused = true)]
async fn a_flood_waits_in_its_post() {
    let (io, log, gate) = start(Config::new().inbox_events(4));
    let client = PollingClient::join(&io).await;
    let mut body = "42[\"wait\"]".to_owned();
    (0..20).for_each(|i| body += &format!("\x1e42[\"log\",\"{i}\"]"));
    let (service, sid) = (client.service.clone(), client.sid.clone());
    let post = tokio::spawn(async move {
        ask(&service, request("POST", &format!("EIO=4&transport=polling&sid={sid}"), body)).await
    });
    gate.reached().await;
    settle().await;
    assert!(!post.is_finished(), "no room yet");
    gate.open();
    assert_eq!(post.await.expect("no panic").seen(), (200, "ok"));
    let lines = log.wait_for(20).await;
    assert_eq!(lines, (0..20).map(|i| i.to_string()).collect::<Vec<_>>());
}

/// A client that does not poll is a slow one; what is volatile does not wait for it.
#[tokio::test(start_paused = true)]
async fn an_outbox_that_nobody_fetches_is_bounded() {
    let (io, log, _) = start(Config::new().outbox_messages(4).outbox_bytes(1000));
    let client = PollingClient::join(&io).await;
    client.push("42[\"volatile\"]").await;
    let poll = client.start_poll().await;
    client.push("42[\"volatile\"]").await;
    assert_eq!(poll.await.expect("no panic").body, "42[\"volatile\"]", "one of two");
    (0..10).for_each(|_| io.emit(event!("news")));
    settle().await;
    assert_eq!(log.lines(), ["gone: forced close"]);
    assert_eq!(client.poll().await.body, "6\x1e1", "what waited is given up");
    assert_nothing_is_left(&io).await;
}

/// Old clients read answers as scripts, and send forms.
#[tokio::test(start_paused = true)]
async fn answers_may_be_scripts() {
    let (io, _, _) = start(Config::new());
    let answer = get(&io, "EIO=4&transport=polling&j=7x").await;
    let script = answer.body.strip_prefix("___eio[7](\"0{\\\"sid\\\":\\\"").expect("a script");
    assert!(script.ends_with("}\");"));
    let sid = &script[..20];
    let query = format!("EIO=4&transport=polling&sid={sid}&j=1");
    // as a browser sends it: what follows a backslash is a line's end of the packet's own
    let form = "d=40%1E42%5B%22echo%22%2C%22a%5C%5Cnb%22%5D";
    assert_eq!(ask(&io.service(), request("POST", &query, form)).await.seen(), (200, "ok"));
    let answer = get(&io, &query).await.body;
    assert!(answer.starts_with("___eio[1](\"40{") && answer.contains(r"a\\nb"), "{answer}");
}

/// The program may look at each new session first, take its time, and refuse.
#[tokio::test(start_paused = true)]
async fn new_sessions_may_be_refused() {
    let builder = SocketIo::builder().discover_in(module_path!()).state(Log::default()).state(Gate::new());
    let io = builder
        .allow_request(|parts| async move {
            sleep(Duration::from_secs(1)).await;
            match parts.uri.query().unwrap_or_default().contains("bad") {
                true => Err(Refused::new("not you")),
                false => Ok(()),
            }
        })
        .response_headers(|headers, answering| {
            headers.insert(
                "x-first",
                http::HeaderValue::from_static(if answering.is_first { "yes" } else { "no" }),
            );
        })
        .build()
        .expect("no faults");
    let start = Instant::now();
    let answer = get(&io, "EIO=4&transport=polling&bad").await;
    assert_eq!(answer.seen(), (403, r#"{"code":4,"message":"not you"}"#));
    assert_eq!(seconds_since(start), 1);
    let client = PollingClient::open(&io).await;
    let answer = client.push("40").await;
    assert_eq!((answer.status, answer.header("x-first")), (200, Some("no")), "asked once");
    assert_nothing_is_left(&io).await;
}

/// Pages of other origins: refused with a text that says what to do, unless they are listed; then CORS lets them read.
#[tokio::test(start_paused = true)]
async fn origins_are_checked_on_every_request() {
    let from = |method: &str, origin: &str| {
        let mut request = request(method, "EIO=4&transport=polling", "");
        let headers = request.headers_mut();
        headers.insert("host", "a.example".parse().expect("valid"));
        headers.insert("origin", origin.parse().expect("valid"));
        headers.insert("access-control-request-method", "POST".parse().expect("valid"));
        headers.insert("access-control-request-headers", "x-y".parse().expect("valid"));
        request
    };
    let cors = |answer: &Answer| {
        let of = |name| answer.header(name).map(str::to_owned);
        (answer.status, of("access-control-allow-origin"), of("access-control-allow-credentials"))
    };
    let (same, page) = ("http://a.example", "https://app.example");
    let (io, _, _) = start(Config::new());
    assert_eq!(cors(&ask(&io.service(), from("GET", same)).await), (200, None, None));
    let refused = ask(&io.service(), from("GET", page)).await;
    assert_eq!(refused.status, 403);
    assert!(refused.body.contains("origins("), "{refused:?}");
    let (io, _, _) = start(Config::new().origins([page]));
    let allowed = (Some(page.to_owned()), Some("true".to_owned()));
    assert_eq!(
        cors(&ask(&io.service(), from("GET", page)).await),
        (200, allowed.0.clone(), allowed.1.clone())
    );
    let preflight = ask(&io.service(), from("OPTIONS", page)).await;
    assert_eq!(cors(&preflight), (204, allowed.0, allowed.1));
    assert_eq!(preflight.header("access-control-allow-methods"), Some("GET,POST"));
    assert_eq!(preflight.header("access-control-allow-headers"), Some("x-y"));
    let (io, _, _) = start(Config::new().any_origin());
    assert_eq!(cors(&ask(&io.service(), from("GET", page)).await), (200, Some(page.to_owned()), None));
}

#[tokio::test(start_paused = true)]
async fn places_are_counted() {
    let (io, _, _) = start(Config::new().max_sessions(1));
    let client = PollingClient::join(&io).await;
    assert_eq!(get(&io, "EIO=4&transport=polling").await.status, 503);
    client.push("1").await;
    client.poll().await;
    settle().await;
    assert_eq!(get(&io, "EIO=4&transport=polling").await.status, 200);
}

/// The checks have an order: each request has every fault that is looked for after the one it reports.
#[tokio::test(start_paused = true)]
async fn the_first_of_several_faults_is_told() {
    let builder = SocketIo::builder().discover_in(module_path!()).state(Log::default()).state(Gate::new());
    let io = builder.allow_request(|_| async { Err(Refused::default()) }).build().expect("no faults");
    let (foreign, same) = ("https://b.example", "http://a.example");
    for (method, query, origin, status, fault) in [
        ("POST", "transport=tobi&sid=x", foreign, 400, r#"{"code":0,"message":"Transport unknown"}"#),
        ("POST", "transport=websocket&sid=x", same, 400, r#"{"code":1,"message":"Session ID unknown"}"#),
        ("POST", "transport=websocket", same, 400, r#"{"code":2,"message":"Bad handshake method"}"#),
        ("GET", "transport=websocket", same, 400, r#"{"code":3,"message":"Bad request"}"#),
        ("GET", "transport=polling", same, 403, r#"{"code":4,"message":"Forbidden"}"#),
    ] {
        let answer =
            ask(&io.service(), with_headers(request(method, query, ""), &[("origin", origin)])).await;
        assert_eq!(answer.seen(), (status, fault), "{method} {query}");
        assert_eq!(answer.header("content-type"), Some("application/json"), "{method} {query}");
    }
    let request = with_headers(request("POST", "transport=polling&sid=x", ""), &[("origin", foreign)]);
    let refused = ask(&io.service(), request).await;
    assert_eq!((refused.status, refused.header("content-type")), (403, Some("text/plain; charset=utf-8")));
    assert_nothing_is_left(&io).await;
}

/// A client that asks for a WebSocket reads no JSON: the fault's text, and always 400.
#[tokio::test(start_paused = true)]
async fn a_faulty_upgrade_is_told_in_text() {
    let builder = SocketIo::builder().discover_in(module_path!()).state(Log::default()).state(Gate::new());
    let allow = |parts: http::request::Parts| async move {
        if parts.uri.query().unwrap_or_default().contains("deny") {
            Err(Refused::new("not you"))
        } else {
            Ok(())
        }
    };
    let io = builder.allow_request(allow).build().expect("no faults");
    for (query, text) in [
        ("EIO=4&transport=tobi", "Transport unknown"),
        ("EIO=4&transport=websocket&sid=x", "Session ID unknown"),
        ("EIO=4&transport=websocket&deny", "not you"),
        ("EIO=3&transport=websocket", "Unsupported protocol version"),
    ] {
        let upgrade = [
            ("connection", "keep-alive, Upgrade"),
            ("upgrade", "websocket"),
            ("sec-websocket-version", "13"),
            ("sec-websocket-key", "dGhlIHNhbXBsZSBub25jZQ=="),
        ];
        let answer = ask(&io.service(), with_headers(request("GET", query, ""), &upgrade)).await;
        assert_eq!(answer.seen(), (400, text), "{query}");
        assert_eq!(answer.header("content-type"), Some("text/html"), "{query}");
    }
    assert_nothing_is_left(&io).await;
}

/// A session's own faults of method harm nothing, not even the GET that waits.
#[tokio::test(start_paused = true)]
async fn other_methods_leave_a_session_alone() {
    let (io, _, _) = start(Config::new());
    let client = PollingClient::join(&io).await;
    let poll = client.start_poll().await;
    for method in ["PUT", "PATCH", "DELETE", "HEAD", "OPTIONS"] {
        let answer = client.request(method).await;
        assert_eq!(answer.seen(), (500, ""), "{method}");
        assert_eq!(answer.header("content-type"), None, "{method}");
    }
    client.push("42[\"echo\",\"a\"]").await;
    assert_eq!(poll.await.expect("no panic").seen(), (200, "42[\"echo\",\"a\"]"));
    assert_nothing_is_left(&io).await;
}

#[tokio::test(start_paused = true)]
async fn answers_of_a_session_have_the_references_headers() {
    let (io, _, _) = start(Config::new().session_cookie("io"));
    let client = PollingClient::open(&io).await;
    let characters = |sid: &str| sid.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'-' || b == b'_');
    assert!(client.sid.len() == 20 && characters(&client.sid), "{}", client.sid);
    let push = client.push("40").await;
    let poll = client.poll().await;
    for (answer, kind) in [(&push, "text/html"), (&poll, "text/plain; charset=UTF-8")] {
        assert_eq!(answer.header("content-type"), Some(kind));
        assert_eq!(answer.header("cache-control"), Some("no-store"), "{kind}");
        assert_eq!(answer.header("set-cookie"), None, "the cookie is the handshake's: {kind}");
        assert_eq!(answer.header("x-xss-protection"), None, "{kind}");
    }
    for (agent, expected) in [
        ("Mozilla/4.0 (compatible;MSIE 8.0)", Some("0")),
        ("Mozilla/5.0 (Windows NT 10.0; Trident/7.0)", Some("0")),
        ("Mozilla/5.0 Firefox", None),
    ] {
        let answer = client.push_with("user-agent", agent, "6").await;
        assert_eq!((answer.status, answer.header("x-xss-protection")), (200, expected), "{agent}");
    }
    assert_nothing_is_left(&io).await;
}

/// Whatever breaks the protocol of requests ends the session, and the GET that waits is
/// answered with the close packet.
#[tokio::test(start_paused = true)]
async fn the_waiting_get_is_told_of_a_violation() {
    let (io, log, _) = start(Config::new());
    let client = PollingClient::join(&io).await;
    let poll = client.start_poll().await;
    let first = client.start_push(endless()).await;
    assert_eq!(client.push("6").await.seen(), (400, ""));
    assert_eq!(poll.await.expect("no panic").seen(), (200, "1"), "a second POST");
    client.assert_gone().await;
    assert_eq!(first.await.expect("no panic").seen(), (408, ""));
    let client = PollingClient::join(&io).await;
    let poll = client.start_poll().await;
    let octets = client.push_with("content-type", "application/octet-stream", "42[\"log\",\"octets\"]").await;
    assert_eq!(octets.seen(), (400, ""));
    assert_eq!(poll.await.expect("no panic").seen(), (200, "1"), "octets");
    client.assert_gone().await;
    assert_eq!(log.lines(), ["gone: parse error", "gone: parse error"]);
    assert_nothing_is_left(&io).await;
}

/// What is too long is known before all of it is here, and does not end the session.
#[tokio::test(start_paused = true)]
async fn a_body_that_is_too_long_is_not_waited_for() {
    let (io, _, _) = start(Config::new().max_payload(100));
    let client = PollingClient::join(&io).await;
    let poll = client.start_poll().await;
    let start = Instant::now();
    assert_eq!(client.push(Body::new(Announced(101))).await.seen(), (413, ""), "as it says");
    let chunks = stream::iter((0..101).map(|_| Ok::<_, std::io::Error>("6")));
    let streamed = Body::from_stream(chunks.chain(stream::pending()));
    assert_eq!(client.push(streamed).await.seen(), (413, ""), "as it turns out");
    assert_eq!(start.elapsed(), Duration::ZERO);
    let exact = format!("42[\"echo\",\"{}\"]", "x".repeat(100 - 13));
    assert_eq!(exact.len(), 100);
    assert_eq!(client.push(exact.clone()).await.seen(), (200, "ok"));
    assert_eq!(poll.await.expect("no panic").seen(), (200, &*exact), "the session is as before");
    assert_nothing_is_left(&io).await;
}

/// A body has its time, to the second; after that another may come.
#[tokio::test(start_paused = true)]
async fn a_body_that_does_not_arrive_has_its_time() {
    let (io, log, _) = start(Config::new().body_timeout(Duration::from_secs(3)));
    let client = PollingClient::join(&io).await;
    let start = Instant::now();
    let started = stream::iter([Ok::<_, std::io::Error>("42[\"log\",\"half\"]\x1e42[\"lo")]);
    let answer = client.push(Body::from_stream(started.chain(stream::pending()))).await;
    assert_eq!((answer.seen(), start.elapsed()), ((408, ""), Duration::from_secs(3)));
    assert_eq!(client.push("42[\"log\",\"whole\"]").await.seen(), (200, "ok"));
    assert_eq!(log.lines(), ["whole"], "nothing of half a body");
    assert_nothing_is_left(&io).await;
}

/// The same without a GET: the session is gone at once, nothing is kept for a GET.
#[tokio::test(start_paused = true)]
async fn a_bad_payload_ends_a_session_that_nobody_polls() {
    for bad in [&b""[..], b"abc", b"2", b"2probe", b"\xff\xfe", b"b!", b"\x1e"] {
        let (io, log, _) = start(Config::new());
        let client = PollingClient::join(&io).await;
        assert_eq!(client.push(bad.to_vec()).await.seen(), (200, "ok"), "{bad:?}");
        client.assert_gone().await;
        assert_eq!(log.lines(), ["gone: parse error"], "{bad:?}");
        assert_nothing_is_left(&io).await;
    }
}

/// An unreadable packet of Socket.IO ends the session as well.
#[tokio::test(start_paused = true)]
async fn a_bad_packet_of_socket_io_ends_the_session() {
    for bad in ["4", "49", "42{}", "42[\"log\"", "42[]", "bAQID", "42[\"connect\"]"] {
        let (io, log, _) = start(Config::new());
        let client = PollingClient::join(&io).await;
        let poll = client.start_poll().await;
        let body = format!("42[\"log\",\"before\"]\x1e{bad}\x1e42[\"log\",\"behind\"]");
        assert_eq!(client.push(body).await.seen(), (200, "ok"), "{bad:?}");
        assert_eq!(poll.await.expect("no panic").seen(), (200, "1"), "{bad:?}");
        client.assert_gone().await;
        assert_eq!(log.lines(), ["before", "gone: parse error"], "{bad:?}");
        assert_nothing_is_left(&io).await;
    }
}

/// A stopping server waits for clients that do not poll as long as for any closing handshake.
#[tokio::test(start_paused = true)]
async fn who_does_not_poll_does_not_hold_up_the_end_for_long() {
    let (io, log, _) = start(Config::new().close_timeout(Duration::from_secs(2)));
    let client = PollingClient::join(&io).await;
    let start = Instant::now();
    io.close().await;
    assert_eq!(seconds_since(start), 2);
    client.assert_gone().await;
    assert_eq!(log.lines(), ["gone: server shutting down"]);
    assert_nothing_is_left(&io).await;
}

/// A client may know to the millisecond when it is dead. What it brings is a sign of life; what it fetches
/// is not.
#[tokio::test(start_paused = true)]
async fn only_what_a_client_brings_is_life() {
    let millis = Duration::from_millis;
    let (io, log, _) = start(Config::new().ping_interval(millis(300)).ping_timeout(millis(200)));
    let start = Instant::now();
    // a millisecond early rather than late
    let at = |expected: u64| {
        let now = start.elapsed();
        assert!((millis(expected - 1)..=millis(expected)).contains(&now), "{now:?} is not {expected} ms");
    };
    let client = PollingClient::join(&io).await;
    assert_eq!(client.poll().await.body, "2");
    at(300);
    sleep(millis(195)).await;
    assert_eq!(client.push("3").await.seen(), (200, "ok"), "within its time");
    assert_eq!(client.poll().await.body, "2");
    at(600);
    sleep(millis(150)).await;
    client.push("42[\"echo\",\"a\"]").await;
    assert_eq!(client.poll().await.body, "42[\"echo\",\"a\"]");
    assert_eq!(client.poll().await.body, "2", "an event is as good as an answer");
    at(900);
    for _ in 0..3 {
        let poll = client.start_poll().await;
        sleep(millis(50)).await;
        io.emit(event!("news"));
        assert_eq!(poll.await.expect("no panic").body, "42[\"news\"]");
    }
    assert_eq!(client.poll().await.body, "1");
    at(1100);
    client.assert_gone().await;
    at(1100);
    assert_eq!(log.lines(), ["gone: ping timeout"]);
    assert_nothing_is_left(&io).await;
}

/// How forms escape: `\n` is a line's end, `\\n` is what JSON writes for one, and any other backslash is itself.
#[tokio::test(start_paused = true)]
async fn forms_are_unescaped_as_the_reference_does() {
    let (io, log, _) = start(Config::new());
    let client = PollingClient::join(&io).await;
    for (packet, expected) in [
        (r#"42[\n"log",\n"line"]"#, "line"),
        (r#"42["log","a\\nb"]"#, "a\nb"),
        (r#"42["log","a\\\nb"]"#, "a\\nb"),
        (r#"42["log","\"q\" \\ +&=%é"]"#, "\"q\" \\ +&=%é"),
        ("42[\"log\",\"1\"]\x1e42[\"log\",\"2\"]", "2"),
    ] {
        let form = serde_urlencoded::to_string([("d", packet)]).expect("a form");
        let query = format!("EIO=4&transport=polling&sid={}&j=0", client.sid);
        let answer = ask(&io.service(), request("POST", &query, form)).await;
        assert_eq!(
            (answer.seen(), answer.header("content-type")),
            ((200, "ok"), Some("text/html")),
            "{packet}"
        );
        assert_eq!(log.lines().last().map(String::as_str), Some(expected), "{packet}");
    }
    assert_nothing_is_left(&io).await;
}

/// What ends a line in a script but not in JSON is escaped in a script, and only there.
#[tokio::test(start_paused = true)]
async fn a_script_holds_any_text() {
    let (io, _, _) = start(Config::new());
    let client = PollingClient::join(&io).await;
    let packet = "42[\"echo\",\"\u{2028}\u{2029}é'</script>\"]";
    client.push(packet).await;
    let answer = get(&io, &format!("EIO=4&transport=polling&sid={}&j=23", client.sid)).await;
    let script = r#"___eio[23]("42[\"echo\",\"\u2028\u2029é'</script>\"]");"#;
    assert_eq!(answer.seen(), (200, script));
    assert_eq!(answer.header("content-type"), Some("text/plain; charset=UTF-8"));
    client.push(packet).await;
    assert_eq!(client.poll().await.seen(), (200, packet));
    assert_nothing_is_left(&io).await;
}

/// A packet's attachments may come in POSTs of their own.
#[tokio::test(start_paused = true)]
async fn attachments_are_spread_over_posts() {
    let (io, log, _) = start(Config::new());
    let client = PollingClient::join(&io).await;
    let packet = r#"452-["pair",{"_placeholder":true,"num":1},{"_placeholder":true,"num":0}]"#;
    client.push(format!("{packet}\x1ebAQI=")).await;
    assert_eq!(log.lines(), [""; 0]);
    client.push("bAw==\x1e42[\"log\",\"behind\"]").await;
    assert_eq!(log.lines(), ["[3] [1, 2]", "behind"]);
    assert_nothing_is_left(&io).await;
}

/// A POST that waits for room holds up neither the GET nor the client's heartbeat.
#[tokio::test(start_paused = true)]
async fn a_waiting_post_holds_up_no_get() {
    let (io, log, gate) = start(Config::new().inbox_events(2));
    let client = PollingClient::join(&io).await;
    let post = client.start_push("42[\"wait\"]".to_owned() + &"\x1e42[\"log\",\"x\"]".repeat(10)).await;
    let poll = client.start_poll().await;
    io.emit(event!("news"));
    assert_eq!(poll.await.expect("no panic").body, "42[\"news\"]");
    sleep(Duration::from_secs(120)).await;
    assert!(!post.is_finished(), "however long it takes");
    assert_eq!(client.poll().await.body, "2");
    gate.open();
    assert_eq!(post.await.expect("no panic").seen(), (200, "ok"));
    assert_eq!(log.wait_for(10).await, ["x"; 10]);
    assert_nothing_is_left(&io).await;
}

/// The program is asked about new sessions only, and its headers are on every answer.
#[tokio::test(start_paused = true)]
async fn the_programs_hooks_see_what_they_should() {
    let asked = Arc::new(AtomicUsize::new(0));
    let counted = asked.clone();
    let builder = SocketIo::builder().discover_in(module_path!()).state(Log::default()).state(Gate::new());
    let io = builder
        .allow_request(move |_| {
            counted.fetch_add(1, Ordering::Relaxed);
            async { Ok(()) }
        })
        .response_headers(|headers, answering| {
            let seen = format!("{} {}", answering.parts.method, answering.is_first);
            headers.insert("x-seen", seen.parse().expect("a header's value"));
        })
        .build()
        .expect("no faults");
    let first = get(&io, "EIO=4&transport=polling").await;
    assert_eq!((first.status, first.header("x-seen")), (200, Some("GET true")));
    let client = PollingClient::join(&io).await;
    assert_eq!(asked.load(Ordering::Relaxed), 2);
    assert_eq!(client.push("42[\"echo\",\"a\"]").await.header("x-seen"), Some("POST false"));
    assert_eq!(client.poll().await.header("x-seen"), Some("GET false"));
    assert_eq!(client.request("PUT").await.header("x-seen"), Some("PUT false"), "faults as well");
    assert_eq!(get(&io, "EIO=3&transport=polling").await.header("x-seen"), Some("GET true"));
    assert_eq!(asked.load(Ordering::Relaxed), 3, "the version is looked at last");
    assert_nothing_is_left(&io).await;
}

/// A page must be able to read why it was refused, and caches must keep the answers of pages apart.
#[tokio::test(start_paused = true)]
async fn answers_of_every_kind_are_shared_with_listed_pages() {
    let page = "https://app.example";
    let (io, _, _) = start(Config::new().origins([page]));
    let client = PollingClient::join(&io).await;
    let session = format!("EIO=4&transport=polling&sid={}", client.sid);
    for (method, query, body, status) in [
        ("GET", "EIO=4&transport=polling", "", 200),
        ("GET", "EIO=4&transport=tobi", "", 400),
        ("GET", "EIO=4&transport=polling&sid=x", "", 400),
        ("POST", &*session, "42[\"echo\",\"a\"]", 200),
        ("GET", &*session, "", 200),
        ("PUT", &*session, "", 500),
    ] {
        let answer =
            ask(&io.service(), with_headers(request(method, query, body), &[("origin", page)])).await;
        assert_eq!(answer.status, status, "{method} {query}");
        for (name, value) in [
            ("access-control-allow-origin", page),
            ("access-control-allow-credentials", "true"),
            ("vary", "Origin"),
        ] {
            assert_eq!(answer.header(name), Some(value), "{method} {query}");
        }
    }
    assert_nothing_is_left(&io).await;
}

/// An origin that may not ask is not answered that it may.
#[tokio::test(start_paused = true)]
async fn preflights_are_answered_to_those_who_may_ask() {
    let asked = |origin| {
        let headers = [("host", "a.example"), ("origin", origin), ("access-control-request-method", "POST")];
        with_headers(request("OPTIONS", "EIO=4&transport=polling", ""), &headers)
    };
    let (listed, same, foreign) = ("https://app.example", "http://a.example", "https://b.example");
    for (config, origin, expected) in [
        (Config::new(), same, (204, None, None)),
        (Config::new(), foreign, (403, None, None)),
        (Config::new().origins([listed]), listed, (204, Some(listed), Some("true"))),
        (Config::new().origins([listed]), foreign, (403, None, None)),
        (Config::new().any_origin(), foreign, (204, Some(foreign), None)),
    ] {
        let (io, _, _) = start(config);
        let answer = ask(&io.service(), asked(origin)).await;
        let share = answer.header("access-control-allow-origin");
        let seen = (answer.status, share, answer.header("access-control-allow-credentials"));
        assert_eq!(seen, expected, "{origin}");
        let methods = (answer.status == 204).then_some("GET,POST");
        assert_eq!(answer.header("access-control-allow-methods"), methods, "{origin}");
        assert_nothing_is_left(&io).await;
    }
}

/// What a client does not fetch is kept or dropped as the policy says.
#[tokio::test(start_paused = true)]
async fn policies_hold_for_what_nobody_fetches() {
    let emit = |io: &SocketIo| (0..10).for_each(|i| io.emit(event!("n", i)));
    let kept = |range: std::ops::Range<i32>| {
        range.map(|i| format!("42[\"n\",{i}]")).collect::<Vec<_>>().join("\x1e")
    };
    for (overflow, expected) in [(Overflow::DropNewest, kept(0..4)), (Overflow::DropOldest, kept(6..10))] {
        let (io, log, _) = start(Config::new().outbox_messages(4).outbox_bytes(1000).overflow(overflow));
        let client = PollingClient::join(&io).await;
        emit(&io);
        settle().await;
        assert_eq!(client.poll().await.body, expected, "{overflow:?}");
        assert_eq!(log.lines(), [""; 0], "{overflow:?}");
        io.emit(event!("later"));
        assert_eq!(client.poll().await.body, "42[\"later\"]", "{overflow:?}: there is room again");
        assert_nothing_is_left(&io).await;
    }
    // a client that fetches is not slow, and bytes count as well
    let (io, log, _) = start(Config::new().outbox_messages(1000).outbox_bytes(100));
    let client = PollingClient::join(&io).await;
    for _ in 0..5 {
        (0..5).for_each(|i| io.emit(event!("n", i)));
        assert_eq!(client.poll().await.body, kept(0..5));
    }
    assert_eq!(log.lines(), [""; 0]);
    (0..2).for_each(|_| io.emit(event!("n", "x".repeat(60))));
    settle().await;
    assert_eq!(log.lines(), ["gone: forced close"]);
    assert_nothing_is_left(&io).await;
}

/// A body that says how long it is, and never comes.
struct Announced(u64);

impl HttpBody for Announced {
    type Data = axum::body::Bytes;
    type Error = std::convert::Infallible;

    fn poll_frame(
        self: Pin<&mut Self>,
        _: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Self::Data>, Self::Error>>> {
        Poll::Pending
    }

    fn size_hint(&self) -> SizeHint {
        SizeHint::with_exact(self.0)
    }
}

/// A body of which nothing arrives.
fn endless() -> Body {
    Body::from_stream(stream::pending::<Result<&'static str, std::io::Error>>())
}

fn with_headers(mut request: http::Request<Body>, headers: &[(&'static str, &str)]) -> http::Request<Body> {
    let usual = ("host", "a.example");
    for &(name, value) in std::iter::once(&usual).chain(headers) {
        request.headers_mut().insert(name, value.parse().expect("a header's value"));
    }
    request
}

/// The plain bus over Engine.IO: a message is the event `message`, no namespace is joined.
mod bus {
    use super::*;

    #[on("message")]
    fn message(socket: &Socket, message: Message) {
        socket.emit(message);
    }

    #[tokio::test(start_paused = true)]
    async fn the_plain_bus_runs_over_engine_io() {
        let io = SocketIo::builder().discover_in(module_path!()).build().expect("no faults");
        let client = PollingClient::open_at(&io, io.engine()).await;
        client.push("4hello\x1ebAQIDBA==").await;
        assert_eq!(client.poll().await.body, "4hello\x1ebAQIDBA==");
        let other = PollingClient { service: io.service(), ..client };
        other.assert_gone().await;
        assert_nothing_is_left(&io).await;
    }
}
