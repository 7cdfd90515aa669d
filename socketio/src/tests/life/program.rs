//! Guarantee 6 wherever code of the program is called: hooks, errors that cannot be shown, values that cannot be copied or
//! written, extractors. Neither the connection nor its neighbour suffers, and somebody hears of it.

use std::{error::Error, fmt, sync::Arc, time::Duration};

use axum::extract::FromRequestParts;
use http::{StatusCode, request::Parts};
use serde::{Deserialize, Deserializer, Serialize, Serializer};
use serde_json::json;

use crate::{
    ClientError, Config, Event, Payload, Socket, SocketIo, State,
    config::Deflate,
    error::{FieldErrors, IntoClientError, Refused, SocketError},
    event,
    extract::{Ack, Data, EventContext, FromEvent},
    on,
    tests::kit::{Log, PollingClient, TestClient, ask, assert_nothing_is_left, builder, request},
};

// --- what panics ---

#[derive(Debug, Payload)]
struct Unwritable;

impl Serialize for Unwritable {
    fn serialize<S: Serializer>(&self, _: S) -> Result<S::Ok, S::Error> {
        panic!("written")
    }
}

#[derive(Debug)]
struct Unreadable;

impl<'de> Deserialize<'de> for Unreadable {
    fn deserialize<D: Deserializer<'de>>(_: D) -> Result<Self, D::Error> {
        panic!("read")
    }
}

/// Its texts panic, and its destructor.
struct Unshowable;

impl fmt::Display for Unshowable {
    fn fmt(&self, _: &mut fmt::Formatter<'_>) -> fmt::Result {
        panic!("shown")
    }
}

impl fmt::Debug for Unshowable {
    fn fmt(&self, _: &mut fmt::Formatter<'_>) -> fmt::Result {
        panic!("shown")
    }
}

impl Error for Unshowable {}

impl Drop for Unshowable {
    fn drop(&mut self) {
        panic!("dropped")
    }
}

struct Unconvertible;

impl IntoClientError for Unconvertible {
    fn into_client_error(self) -> ClientError {
        panic!("converted")
    }
}

/// A state.
struct Uncopyable;

impl Clone for Uncopyable {
    fn clone(&self) -> Self {
        panic!("copied")
    }
}

struct Unextractable;

impl<'e, K> FromEvent<'e, K> for Unextractable {
    type Rejection = ClientError;

    fn from_event(_: &mut EventContext<'e>) -> Result<Self, ClientError> {
        panic!("extracted")
    }
}

impl<S: Sync> FromRequestParts<S> for Unextractable {
    type Rejection = StatusCode;

    async fn from_request_parts(_: &mut Parts, _: &S) -> Result<Self, StatusCode> {
        panic!("extracted")
    }
}

/// A request's extension: copied for each namespace that reads the request.
struct Extension(Arc<std::sync::atomic::AtomicBool>);

impl Clone for Extension {
    fn clone(&self) -> Self {
        assert!(!self.0.load(std::sync::atomic::Ordering::Relaxed), "copied");
        Self(self.0.clone())
    }
}

impl Drop for Extension {
    fn drop(&mut self) {
        assert!(std::thread::panicking() || Arc::strong_count(&self.0) > 100, "dropped");
    }
}

// --- handlers ---

#[on("value")]
fn value() -> u32 {
    1
}

#[derive(Debug, Serialize, Event)]
#[event("written")]
struct Written(Unwritable);

#[on("emit")]
fn emit(socket: &Socket) {
    socket.emit(&Written(Unwritable));
}

#[on("broadcast")]
fn broadcast(io: SocketIo) {
    io.emit(&Written(Unwritable));
}

#[on("emit later")]
async fn emit_later(socket: Socket) {
    let emitted = tokio::spawn(async move { socket.emit(&Written(Unwritable)) }).await;
    assert!(emitted.is_err(), "the task of the program has panicked");
}

#[on("returned")]
fn returned() -> Unwritable {
    Unwritable
}

#[on("acknowledged")]
fn acknowledged(ack: Ack<Unwritable>) {
    ack.send(&Unwritable);
}

#[on("data")]
fn data(socket: &Socket) {
    let _ = socket.set_data(&Unwritable);
}

#[on("details")]
fn details() -> Result<u32, ClientError> {
    Err(ClientError::new("a", "b").with_data(&Unwritable).expect("it panics before"))
}

#[on("read")]
fn read(_: Data<Unreadable>) -> u32 {
    2
}

/// Its validator panics.
#[derive(Debug, Serialize, Deserialize, Payload)]
#[payload(validate = check)]
struct Unchecked {}

fn check(_: &Unchecked) -> Result<(), FieldErrors> {
    panic!("checked")
}

#[on("check")]
fn checked(_: Unchecked) -> u32 {
    5
}

#[on("source")]
fn source() -> Result<u32, ClientError> {
    Err(ClientError::internal(Unshowable))
}

#[on("source later")]
async fn source_later() -> Result<u32, ClientError> {
    Err(ClientError::internal(Unshowable))
}

#[on("convert")]
fn convert() -> Result<u32, Unconvertible> {
    Err(Unconvertible)
}

#[on("state")]
fn state(_: State<Uncopyable>) -> u32 {
    3
}

#[on("extract")]
fn extract(_: Unextractable) -> u32 {
    4
}

#[on(error)]
fn failed(error: &SocketError, State(log): State<Log>) {
    log.add(match error {
        SocketError::Panicked { event, message, .. } => format!("{event}: {message}"),
        SocketError::Failed { event, error, .. } => format!("{event} failed: {}", error.code()),
        _ => "another".to_owned(),
    });
}

#[on(connect, namespace = "/refused")]
fn refused() -> Result<(), ClientError> {
    Err(ClientError::internal(Unshowable))
}

#[on(connect, namespace = "/extracted")]
fn extracted(_: Unextractable) {}

#[on(connect, namespace = "/method")]
fn reads_the_request(_: http::Method) {}

struct Server {
    io: SocketIo,
    log: Log,
}

/// Asks `when`, if that can be: else there is nothing to be asked for.
fn compressing(when: impl Fn(&Parts) -> bool + Send + Sync + 'static) -> Config {
    if !cfg!(feature = "deflate") {
        // its destructor may panic
        std::mem::forget(when);
        return Config::new();
    }
    Config::new().deflate(Deflate::new().when(when))
}

fn start() -> Server {
    start_with(|builder| builder)
}

fn start_with(add: impl FnOnce(crate::SocketIoBuilder) -> crate::SocketIoBuilder) -> Server {
    let (builder, log, _) = builder(module_path!());
    let io = add(builder.state(Uncopyable)).build().unwrap_or_else(|error| panic!("{error}"));
    Server { io, log }
}

/// A client asks each of these; it goes on, and so does its neighbour. Returns what the `error` handlers have heard.
async fn ask_each(events: &[(&str, &str)]) -> Vec<String> {
    let Server { io, log } = start();
    let mut neighbour = TestClient::plain(&io.websocket()).await;
    let mut client = TestClient::plain(&io.websocket()).await;
    for (event, code) in events {
        let answer = client.ask(event, json!(null)).await;
        assert_eq!(answer["error"]["code"], *code, "{event}: {answer}");
        assert_eq!(client.ask("value", json!(null)).await["data"], 1, "{event}: the connection goes on");
        assert_eq!(neighbour.ask("value", json!(null)).await["data"], 1, "{event}: the neighbour");
        io.emit(event!("all"));
        for client in [&mut client, &mut neighbour] {
            assert_eq!(client.json().await["event"], "all", "{event}: broadcasts go on");
        }
    }
    drop((client, neighbour));
    assert_nothing_is_left(&io).await;
    log.lines()
}

#[tokio::test(start_paused = true)]
async fn a_serializer_that_panics_is_a_panic_of_its_handler() {
    let events = ["emit", "broadcast", "returned", "acknowledged", "data", "details"];
    let heard = ask_each(&events.map(|event| (event, "panicked"))).await;
    assert_eq!(heard, events.map(|event| format!("{event}: written")));
    // in a task of the program it is that task's
    let Server { io, .. } = start();
    let mut client = TestClient::plain(&io.websocket()).await;
    assert_eq!(client.ask("emit later", json!(null)).await["error"], json!(null));
    assert_eq!(client.ask("value", json!(null)).await["data"], 1);
    drop(client);
    assert_nothing_is_left(&io).await;
}

#[tokio::test(start_paused = true)]
async fn what_is_extracted_copied_or_converted_may_panic() {
    let heard = ask_each(&[
        ("read", "panicked"),
        ("state", "panicked"),
        ("extract", "panicked"),
        ("convert", "panicked"),
    ])
    .await;
    assert_eq!(heard, ["read: read", "state: copied", "extract: extracted", "convert: converted"]);
    // a validator has something to look at
    let Server { io, log } = start();
    let mut client = TestClient::plain(&io.websocket()).await;
    assert_eq!(client.ask("check", json!({})).await["error"]["code"], "panicked");
    assert_eq!(client.ask("value", json!(null)).await["data"], 1);
    assert_eq!(log.lines(), ["check: checked"]);
    drop(client);
    assert_nothing_is_left(&io).await;
}

#[tokio::test(start_paused = true)]
async fn an_error_that_cannot_be_shown_or_dropped_is_answered() {
    let heard = ask_each(&[("source", "internal"), ("source later", "internal")]).await;
    assert_eq!(heard, ["source failed: internal", "source later failed: internal"]);
    // as the reason of a refusal
    let Server { io, .. } = start();
    let mut client = TestClient::packets(&io).await;
    for _ in 0..2 {
        client.send("40/refused,").await;
        assert!(client.text().await.contains("internal"));
    }
    client.send("40").await;
    assert!(client.text().await.starts_with("40{"));
    drop(client);
    assert_nothing_is_left(&io).await;
}

#[tokio::test(start_paused = true)]
async fn an_extractor_of_the_request_that_panics_is_a_refusal() {
    let Server { io, .. } = start();
    let mut client = TestClient::packets(&io).await;
    client.send("40/extracted,").await;
    assert!(client.text().await.contains("panicked"));
    client.send("40").await;
    assert!(client.text().await.starts_with("40{"));
    drop(client);
    assert_nothing_is_left(&io).await;
}

/// The request is copied for each namespace whose handlers read it, in the owner task; its extensions are the program's.
#[tokio::test(start_paused = true)]
async fn extensions_of_a_request_that_cannot_be_copied_or_dropped_end_no_connection() {
    let Server { io, .. } = start();
    let service = io.service();
    let bomb = Arc::new(std::sync::atomic::AtomicBool::new(false));
    // dropping what the request itself had is not ours
    let alive: Vec<_> = (0..200).map(|_| bomb.clone()).collect();
    let mut request = request("GET", "EIO=4&transport=polling", "");
    request.extensions_mut().insert(Extension(bomb.clone()));
    let answer = ask(&service, request).await;
    assert_eq!(answer.status, 200);
    let open: serde_json::Value = serde_json::from_str(&answer.body[1..]).expect("an open packet");
    let sid = open["sid"].as_str().expect("an id").to_owned();
    let client = PollingClient { service, sid, hub: io.hub().clone() };
    drop(alive);
    assert_eq!(client.push("40/method,").await.seen(), (200, "ok"));
    assert!(client.poll().await.body.starts_with("40/method,"), "a copy that panics when it is dropped");
    bomb.store(true, std::sync::atomic::Ordering::Relaxed);
    assert_eq!(client.push("41/method,\x1e40/method,").await.seen(), (200, "ok"));
    assert!(client.poll().await.body.starts_with("40/method,"), "and one that cannot be made");
    drop(client);
    assert_nothing_is_left(&io).await;
}

// --- hooks ---

fn asked(query: &str) -> impl Fn(&Parts) -> bool + use<'_> {
    move |parts| parts.uri.query().is_some_and(|asked| asked.contains(query))
}

#[tokio::test(start_paused = true)]
async fn a_hook_that_panics_is_answered_with_500() {
    let Server { io, .. } = start_with(|builder| {
        builder
            .config(compressing(|parts| {
                assert!(!asked("compress")(parts), "a hook");
                true
            }))
            .allow_request(|parts| {
                assert!(!asked("at_once")(&parts), "a hook");
                async move {
                    tokio::time::sleep(Duration::from_millis(1)).await;
                    assert!(!asked("later")(&parts), "a hook");
                    if asked("refuse")(&parts) { Err(Refused::default()) } else { Ok(()) }
                }
            })
            .response_headers(|headers, answering| {
                headers.insert("x-hook", http::HeaderValue::from_static("1"));
                assert!(!asked("headers")(answering.parts), "a hook");
            })
    });
    let service = io.service();
    let open = |query: &str| request("GET", &format!("EIO=4&transport=polling&{query}"), "");
    let client = PollingClient::join(&io).await;
    for hook in ["at_once", "later", "headers"] {
        let answer = ask(&service, open(hook)).await;
        assert_eq!(answer.status, 500, "{hook}: {answer:?}");
        assert_eq!(answer.header("x-content-type-options"), Some("nosniff"), "{hook}");
        assert!(!answer.body.contains("hook"), "{hook}: the text stays here");
    }
    assert_eq!(ask(&service, open("refuse")).await.status, 403);
    assert_eq!(ask(&service, open("compress")).await.status, 200, "it is not compressed");
    let mut socket = TestClient::packets_at(&io, "&compress").await;
    socket.send("40").await;
    assert!(socket.text().await.starts_with("40{"));
    assert_eq!(client.push("42[\"value\"]").await.seen(), (200, "ok"), "the others go on");
    drop((client, socket));
    assert_nothing_is_left(&io).await;
}

/// What a program builds a server with is dropped with it, wherever the last handle is.
#[tokio::test(start_paused = true)]
async fn hooks_gates_and_middleware_whose_destructors_panic_are_dropped() {
    struct Bomb;
    impl Drop for Bomb {
        fn drop(&mut self) {
            panic!("a destructor");
        }
    }
    let bombs: [Bomb; 6] = std::array::from_fn(|_| Bomb);
    let [allow, headers, gate, middleware, error, compress] = bombs;
    let Server { io, log } = start_with(|builder| {
        builder
            .config(compressing(move |_| {
                let _ = &compress;
                true
            }))
            .allow_request(move |_| {
                let _ = &allow;
                async { Ok(()) }
            })
            .response_headers(move |_, _| {
                let _ = &headers;
            })
            .gate(move |_: &crate::middleware::Call| -> Result<(), ClientError> {
                let _ = &gate;
                Ok(())
            })
            .middleware(move |_: crate::middleware::Call, next: crate::middleware::Next| {
                let _ = &middleware;
                next.run()
            })
            .map_error(move |told, _| {
                let _ = &error;
                told
            })
    });
    let upgrade = Bomb;
    let bus = io.websocket().on_upgrade(move |_| {
        let _ = &upgrade;
        async {}
    });
    let mut client = TestClient::plain(&bus).await;
    assert_eq!(client.ask("value", json!(null)).await["data"], 1);
    drop(client);
    assert_nothing_is_left(&io).await;
    drop((bus, io, log));
}
