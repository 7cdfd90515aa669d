//! Engine.IO over HTTP (`wire.md` 2.1, 2.2), without a network and on a paused clock.

use std::time::Duration;

use axum::body::Body;
use futures_util::stream;
use tokio::time::{Instant, sleep};

use super::{Gate, Log, assert_nothing_is_left, seconds_since, server};
use crate::{
    Bytes, Config, DisconnectReason, Message, Refused, Socket, SocketIo, State, event, on,
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
    socket.emit_volatile(event!("volatile"));
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

/// The order of the checks decides which fault a client is told: transport, session, method, upgrade, version.
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

/// Packets before the bad one are handled, those behind it are not; the POST is answered all the same.
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

/// A GET is no life, a packet is. The end is never late: a client knows when it comes.
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

/// Whoever does not poll is a slow client; what is volatile does not wait for it.
#[tokio::test(start_paused = true)]
async fn an_outbox_that_nobody_fetches_is_bounded() {
    let (io, log, _) = start(Config::new().outbox(4, 1000));
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
        .response_headers(|headers, _, is_first| {
            headers.insert("x-first", http::HeaderValue::from_static(if is_first { "yes" } else { "no" }));
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
