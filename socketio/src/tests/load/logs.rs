//! Guarantee 7: `tracing` hears of everything, but a client cannot write our logs at line rate.

use std::sync::{Arc, Mutex};

use axum::body::Body;
use serde_json::Value;
use tracing::{
    Event, Level, Metadata, Subscriber,
    field::{Field, Visit},
    span,
    subscriber::DefaultGuard,
};

use crate::{
    Config,
    cluster::NotRecovered,
    observe::{self, Observer},
    on,
    tests::kit::{TestClient, ask, request, server},
};

#[on("value")]
fn value() -> u32 {
    1
}

/// Keeps what is logged: level and fields.
#[derive(Clone, Default)]
struct Capture(Arc<Mutex<Vec<(Level, String)>>>);

impl Capture {
    /// Keeps what is logged on this thread from here on.
    fn start() -> (Self, DefaultGuard) {
        let capture = Self::default();
        let guard = tracing::subscriber::set_default(capture.clone());
        // `tracing` remembers of each line of code who wants to hear it; one that another test reaches for the first time
        // at this very moment may not know of us
        let is_told = || {
            capture.clear();
            let lines = say_everything();
            capture.clear() == lines
        };
        while !is_told() {
            tracing::callsite::rebuild_interest_cache();
        }
        (capture, guard)
    }

    /// Forgets everything; returns how much there was.
    fn clear(&self) -> usize {
        std::mem::take(&mut *self.0.lock().expect("no panic under it")).len()
    }

    fn of(&self, level: Level) -> Vec<String> {
        let lines = self.0.lock().expect("no panic under it");
        lines.iter().filter(|line| line.0 == level).map(|line| line.1.clone()).collect()
    }
}

/// Says what the tests look for, each at its level and at `debug`; returns how many lines that is.
fn say_everything() -> usize {
    let observer = Observer::new();
    let one_too_many = 11;
    for _ in 0..one_too_many {
        observer.client_fault(0, &"");
        observer.client_faults(0, 0);
        observer.foreign_origin("");
        observer.handler_panicked(0, &"");
    }
    observer.left(0);
    observe::further_fault(0, &"");
    observe::not_recovered(0, "", NotRecovered::NoSession);
    4 * one_too_many + 3
}

impl Subscriber for Capture {
    fn enabled(&self, metadata: &Metadata<'_>) -> bool {
        metadata.target().starts_with("socketio")
    }

    fn event(&self, event: &Event<'_>) {
        let mut line = Line::default();
        event.record(&mut line);
        self.0.lock().expect("no panic under it").push((*event.metadata().level(), line.0));
    }

    fn new_span(&self, _: &span::Attributes<'_>) -> span::Id {
        span::Id::from_u64(1)
    }

    fn record(&self, _: &span::Id, _: &span::Record<'_>) {}
    fn record_follows_from(&self, _: &span::Id, _: &span::Id) {}
    fn enter(&self, _: &span::Id) {}
    fn exit(&self, _: &span::Id) {}
}

#[derive(Default)]
struct Line(String);

impl Visit for Line {
    fn record_debug(&mut self, field: &Field, value: &dyn std::fmt::Debug) {
        self.0 += &format!("{}={value:?} ", field.name());
    }
}

#[on("number")]
fn number(_: u8) {}

#[on("panics")]
fn panics(text: String) {
    panic!("{text}");
}

#[tokio::test(start_paused = true)]
async fn many_clients_share_what_one_may_write() {
    let (capture, _guard) = Capture::start();
    let (io, _, _) = server(module_path!(), Config::new());
    let mut clients = vec![];
    for _ in 0..40 {
        let mut client = TestClient::plain_at(&io.websocket(), "/ws").await;
        client.send("not an envelope").await;
        client.emit("panics", "again".into()).await;
        client.ask("value", Value::Null).await;
        clients.push(client);
    }
    for _ in 0..40 {
        let mut request = request("GET", "EIO=4&transport=polling", Body::empty());
        request.headers_mut().insert("host", "here.example".parse().expect("valid"));
        request.headers_mut().insert("origin", "https://elsewhere.example".parse().expect("valid"));
        assert_eq!(ask(&io.service(), request).await.status, 403);
    }
    for (level, text) in [
        (Level::WARN, "a client's fault;"),
        (Level::WARN, "another origin"),
        (Level::ERROR, "a handler panicked"),
    ] {
        let told = |level| capture.of(level).iter().filter(|line| line.contains(text)).count();
        assert_eq!((told(level), told(Level::DEBUG)), (10, 30), "{text}");
    }
    drop(clients);
    io.close().await;
}

#[tokio::test(start_paused = true)]
async fn a_refused_origin_is_named() {
    let (capture, _guard) = Capture::start();
    let (io, _, _) = server(module_path!(), Config::new());
    let long = format!("https://{}.example", "long".repeat(2000));
    for origin in ["https://elsewhere.example", &long] {
        let mut request = request("GET", "EIO=4&transport=polling", Body::empty());
        request.headers_mut().insert("host", "here.example".parse().expect("valid"));
        request.headers_mut().insert("origin", origin.parse().expect("valid"));
        assert_eq!(ask(&io.service(), request).await.status, 403);
    }
    let warnings = capture.of(Level::WARN);
    assert!(warnings[0].contains("origin=https://elsewhere.example "), "{warnings:?}");
    assert!(warnings[1].contains("origin=https://longlong") && warnings[1].len() < 512, "{warnings:?}");
}

#[tokio::test(start_paused = true)]
async fn the_logs_and_the_answers_hold_no_input() {
    let (capture, _guard) = Capture::start();
    let (io, _, _) = server(module_path!(), Config::new());
    let mut client = TestClient::plain_at(&io.websocket(), "/ws").await;
    let answer = client.ask("number", "hunter2 ".repeat(50_000).into()).await;
    assert_eq!(answer["error"]["message"], "argument 0: invalid type: string, expected u8");
    client.emit("panics", "long ".repeat(50_000).into()).await;
    client.ask("value", Value::Null).await;
    client.close().await;
    io.close().await;
    let lines = capture.0.lock().expect("no panic under it").clone();
    assert!(
        lines.iter().any(|(level, line)| *level == Level::ERROR && line.contains("long long")),
        "{lines:?}"
    );
    for (_, line) in lines {
        assert!(line.len() < 512 && !line.contains("hunter2"), "{line}");
    }
}

/// `serve` has returned, `main` ends: nobody can close the server any more.
#[tokio::test(start_paused = true)]
async fn dropping_the_last_handle_with_clients_connected_is_a_warning() {
    let (capture, _guard) = Capture::start();
    let warnings = || capture.of(Level::WARN);
    for closes in [false, true] {
        let (io, ..) = server(module_path!(), Config::new());
        let services = (io.websocket(), io.clone(), io.router::<()>());
        let mut client = TestClient::plain(&services.0).await;
        client.ask("value", Value::Null).await;
        // a handle from a socket is one as well
        let socket = io.sockets().remove(0);
        drop(io);
        drop(socket.io());
        assert_eq!(warnings().len(), usize::from(closes), "a service is left");
        if closes {
            services.1.close().await;
        }
        drop(services);
        assert_eq!(warnings().len(), 1, "{:?}", warnings());
        assert!(warnings()[0].contains("connections=1") && warnings()[0].contains("SocketIo::close"));
        assert_eq!(socket.is_connected(), !closes);
        if !closes {
            client.ask("value", Value::Null).await;
        }
    }
}

#[tokio::test(start_paused = true)]
async fn a_client_cannot_flood_the_logs() {
    let (capture, _guard) = Capture::start();
    let (io, _, _) = server(module_path!(), Config::new());
    let mut client = TestClient::plain_at(&io.websocket(), "/ws?token=hunter2").await;
    for _ in 0..50 {
        client.emit("nobody", Value::String("hunter2".to_owned())).await;
        client.send("not an envelope").await;
    }
    client.ask("value", Value::Null).await;
    assert_eq!(capture.of(Level::WARN).len(), 1, "the first: {:?}", capture.of(Level::WARN));
    assert_eq!(capture.of(Level::DEBUG).iter().filter(|line| line.contains("fault=")).count(), 99);
    client.close().await;
    io.close().await;
    let warnings = capture.of(Level::WARN);
    assert_eq!(warnings.len(), 2);
    assert!(warnings[1].contains("faults=100"), "the number in the end: {warnings:?}");
    let everything = format!("{:?}", capture.0.lock().expect("no panic under it"));
    assert!(!everything.contains("hunter2"), "neither payloads nor queries are logged");
}

/// And why: nobody but the one that debugs looks for a single client.
#[tokio::test(start_paused = true)]
async fn a_client_that_gets_a_fresh_socket_is_a_line_at_debug() {
    let (capture, _guard) = Capture::start();
    let (io, _, _) = server(module_path!(), Config::new().recovery(std::time::Duration::from_secs(60)));
    let mut client = TestClient::packets(&io).await;
    client.send(format!(r#"40{{"pid":"{}","offset":"x"}}"#, "A".repeat(20))).await;
    client.text().await;
    let lines = capture.of(Level::DEBUG);
    let line = lines.iter().find(|line| line.contains("wanted its socket back")).expect("a line");
    assert!(line.contains("namespace=/ ") && line.contains("it comes too late"), "{line}");
    assert!(!line.contains("AAAA"), "what proves who a client is must not get into logs: {line}");
    io.close().await;
}
