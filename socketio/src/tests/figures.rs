//! Figures: what they count, and that no client makes a label.

use std::{collections::BTreeSet, time::Duration};

use serde::{Deserialize, Serialize};

use crate::{
    ClientError, Event, Socket, SocketIo,
    check::{EventSet, event_set, table},
    event,
    middleware::RateLimit,
    on,
    stats::{FIGURES, Kind},
    test::TestServer,
    tests::kit::{PollingClient, StreamClient, TestClient, packet, settle, stream_parts},
};

const NAMES: &[&str] = &["said"];
static SENT: EventSet = event_set(NAMES, &[false], &table::<2>(NAMES), &[]);

#[derive(Serialize, Deserialize, Event)]
#[event("ready?", from = server, ack = u32)]
struct Ready {}

#[on("say")]
fn say(socket: &Socket, text: String) -> usize {
    socket.io().emit(event!("said", &text));
    text.len()
}

#[on("slow")]
async fn slow() {
    tokio::time::sleep(Duration::from_millis(30)).await;
}

#[on("fail")]
fn fail() -> Result<(), ClientError> {
    Err(ClientError::new("no", "no"))
}

#[on("crash")]
fn crash() {
    panic!("as it should");
}

#[on("say", namespace = "/room/{id}")]
fn say_in_a_room() {}

#[on(connect, namespace = "/closed")]
fn closed() -> Result<(), ClientError> {
    Err(ClientError::new("closed", "closed"))
}

fn io() -> SocketIo {
    SocketIo::builder().discover_in(module_path!()).require(&SENT).build().expect("a server")
}

/// What carries a connection has a figure of its own, from the start and after a change.
#[tokio::test(start_paused = true)]
async fn connections_are_counted_by_what_carries_them() {
    let io = io();
    let open = || {
        let stats = io.stats();
        ["websocket", "polling", "webtransport"].map(|transport| {
            stats.get("socketio_connections", &[("wire", "socket.io"), ("transport", transport)])
        })
    };
    assert_eq!(open(), [Some(0); 3]);
    let _websocket = TestClient::packets(&io).await;
    let polling = PollingClient::join(&io).await;
    let stream = StreamClient::join(&io).await;
    assert_eq!(open(), [Some(1); 3]);
    assert_eq!(io.sockets().iter().filter(|socket| socket.transport() == "webtransport").count(), 1);
    let first = packet(format!(r#"0{{"sid":"{}"}}"#, polling.sid).as_bytes());
    let (mut other, opened) = StreamClient::begin(&io, stream_parts(&[]), &first, 64 * 1024).await;
    assert_eq!(opened, Ok(()));
    other.send("2probe").await;
    assert_eq!(other.text().await, "3probe");
    other.send("5").await;
    settle().await;
    assert_eq!(open(), [Some(1), Some(0), Some(2)]);
    drop((stream, other));
    settle().await;
    assert_eq!(open(), [Some(1), Some(0), Some(0)]);
}

#[tokio::test(start_paused = true)]
async fn figures_count_what_has_happened() {
    let server = TestServer::new(io());
    let mut anna = server.connect().await.expect("accepted");
    let mut ben = server.plain().await.expect("accepted");
    assert_eq!(anna.ask_named::<usize>(event!("say", "four")).await, Ok(4));
    anna.ask_named::<Option<u32>>(event!("slow")).await.expect("an answer");
    anna.ask_named::<Option<u32>>(event!("fail")).await.expect_err("an error");
    anna.ask_named::<Option<u32>>(event!("crash")).await.expect_err("an error");
    ben.expect_named::<String>("said").await;
    server.client().namespace("/closed").connect().await.expect_err("refused");
    server.client().namespace("/nowhere").connect().await.expect_err("refused");
    let _room = server.connect_at("/room/7").await.expect("accepted");

    let stats = server.io().stats();
    let get = |name: &str, labels: &[(&str, &str)]| stats.get(name, labels);
    let of = |event| [("namespace", "/"), ("event", event)];
    assert_eq!(get("socketio_events_received_total", &of("say")), Some(1));
    assert_eq!(get("socketio_events_sent_total", &of("said")), Some(2), "one for each receiver");
    assert_eq!(get("socketio_panics_total", &of("crash")), Some(1));
    let took = |event, outcome| {
        let labels = [("namespace", "/"), ("event", event), ("outcome", outcome)];
        stats.of("socketio_handler_duration_seconds").find(|sample| sample.labels == labels).cloned()
    };
    assert_eq!(took("fail", "error").expect("it has failed").value.count(), 1);
    assert_eq!(took("fail", "ok"), None);
    let crate::stats::Value::Histogram { counts, sum } = took("slow", "ok").expect("it has run").value else {
        panic!("a histogram")
    };
    assert_eq!(counts.iter().position(|count| *count == 1), Some(11), "between 25 and 50 ms: {counts:?}");
    assert!(sum >= Duration::from_millis(30), "{sum:?}");
    let connects = |namespace, outcome| {
        get("socketio_connects_total", &[("namespace", namespace), ("outcome", outcome)])
    };
    assert_eq!(connects("/", "accepted"), Some(2));
    assert_eq!(connects("/closed", "refused"), Some(1));
    assert_eq!(connects("other", "unknown"), Some(1));
    assert_eq!(get("socketio_sockets", &[("namespace", "/room/{id}")]), Some(1), "by its pattern");
    let plain = [("wire", "plain"), ("transport", "websocket")];
    assert_eq!(get("socketio_connections", &plain), Some(1));
    assert!(get("socketio_received_bytes_total", &[("wire", "socket.io")]).is_some_and(|bytes| bytes > 40));
    assert!(get("socketio_sent_bytes_total", &[("wire", "plain")]).is_some_and(|bytes| bytes > 10));

    anna.disconnect().await;
    server.idle().await;
    let stats = server.io().stats();
    assert_eq!(stats.get("socketio_disconnects_total", &[("reason", "client_disconnect")]), Some(1));
    assert_eq!(stats.get("socketio_sockets", &[("namespace", "/")]), Some(1));
}

#[tokio::test(start_paused = true)]
async fn acknowledgements_are_counted_by_their_outcome() {
    let server = TestServer::new(io());
    let mut anna = server.connect().await.expect("accepted");
    let socket = anna.socket().expect("it is live");
    let asked = tokio::spawn(socket.ask::<u32>(&Ready {}));
    let (_, reply) = anna.expect_asked::<Ready>().await;
    anna.reply(reply, &1_u32).await;
    assert_eq!(asked.await.expect("it has run"), Ok(1));
    let late = socket.ask::<u32>(&Ready {}).timeout(Duration::from_secs(1)).await;
    late.expect_err("nobody answers");
    let lost = tokio::spawn(socket.ask::<u32>(&Ready {}));
    server.idle().await;
    anna.cut();
    lost.await.expect("it has run").expect_err("nobody is there");
    let stats = server.io().stats();
    let acks = |outcome| stats.get("socketio_acks_total", &[("outcome", outcome)]);
    assert_eq!([acks("answered"), acks("missed"), acks("left")], [Some(1); 3]);
}

#[tokio::test(start_paused = true)]
async fn no_client_makes_a_label() {
    let limit = RateLimit::new().event("say", 1, Duration::from_secs(60));
    let builder = SocketIo::builder().discover_in(module_path!()).require(&SENT).gate(limit);
    let server = TestServer::new(builder.build().expect("a server"));
    let labels = |server: &TestServer| -> BTreeSet<_> {
        let stats = server.io().stats();
        // a histogram has a line once there is a value
        let counters = stats.samples().iter().filter(|sample| !sample.name.contains("duration"));
        counters.map(|sample| (sample.name, sample.labels.clone())).collect()
    };
    let before = labels(&server);
    let mut anna = server.connect().await.expect("accepted");
    for i in 0..200 {
        anna.emit(crate::emit::Dynamic::new(format!("made-up-{i}"), ()).expect("a name")).await;
        server.client().namespace(format!("/made/up/{i}")).connect().await.expect_err("refused");
        let room = server.client().namespace(format!("/room/{i}")).connect().await;
        drop(room);
    }
    let _ = anna.ask_named::<usize>(event!("say", "")).await;
    anna.ask_named::<usize>(event!("say", "")).await.expect_err("too much");
    server.idle().await;
    assert_eq!(labels(&server), before);
    let stats = server.io().stats();
    assert_eq!(
        stats.get("socketio_events_received_total", &[("namespace", "/"), ("event", "other")]),
        Some(200)
    );
    assert_eq!(
        stats.get("socketio_connects_total", &[("namespace", "other"), ("outcome", "unknown")]),
        Some(200)
    );
    assert_eq!(stats.get("socketio_rate_limited_total", &[("namespace", "/"), ("event", "say")]), Some(1));
}

/// The table of the guide has exactly the figures that there are, with their units and labels.
#[test]
fn the_guide_lists_every_figure() {
    let guide = include_str!("../docs/guide/observability.md");
    let rows = guide.lines().filter(|line| line.starts_with("| `socketio_"));
    let listed: Vec<_> = rows.map(|row| row.split('|').map(str::trim).collect::<Vec<_>>()).collect();
    let there = FIGURES.iter().map(|figure| {
        let kind = match figure.kind {
            Kind::Counter => "counter",
            Kind::Gauge => "gauge",
            Kind::Histogram => "histogram",
        };
        let labels: Vec<_> = figure.labels.iter().map(|label| format!("`{label}`")).collect();
        (format!("`{}`", figure.name), kind, figure.unit, labels.join(" "), figure.help)
    });
    for (row, (name, kind, unit, labels, help)) in listed.iter().zip(there) {
        assert_eq!(row[1..6], [&*name, kind, unit, &*labels, help]);
    }
    assert_eq!(listed.len(), FIGURES.len());
}

/// And every figure has values, with those labels.
#[tokio::test(start_paused = true)]
async fn every_figure_is_emitted_with_its_labels() {
    let server = TestServer::new(io());
    let mut anna = server.connect().await.expect("accepted");
    anna.ask_named::<usize>(event!("say", "")).await.expect("an answer");
    let stats = server.io().stats();
    for sample in stats.samples() {
        let figure = FIGURES.iter().find(|figure| figure.name == sample.name);
        let figure = figure.unwrap_or_else(|| panic!("{} is not listed", sample.name));
        let labels: Vec<_> = sample.labels.iter().map(|(label, _)| *label).collect();
        assert_eq!(labels, figure.labels, "{}", sample.name);
    }
    for figure in FIGURES {
        assert!(stats.of(figure.name).next().is_some(), "{} has no value", figure.name);
    }
}

#[cfg(feature = "metrics")]
#[tokio::test(start_paused = true)]
async fn a_recorder_that_is_installed_late_gets_the_totals() {
    use super::kit::recorder::Recorder;

    let server = TestServer::new(io());
    let mut anna = server.connect().await.expect("accepted");
    for _ in 0..3 {
        anna.ask_named::<usize>(event!("say", "")).await.expect("an answer");
    }
    let recorder = Recorder::default();
    let name = "socketio_events_received_total{namespace=/,event=say}";
    let took = "socketio_handler_duration_seconds{namespace=/,event=say,outcome=ok}";
    metrics::with_local_recorder(&recorder, || server.io().report_metrics());
    assert_eq!([recorder.get(name), recorder.get(took)], [3.0, 3.0]);
    anna.ask_named::<usize>(event!("say", "")).await.expect("an answer");
    metrics::with_local_recorder(&recorder, || {
        server.io().report_metrics();
        server.io().report_metrics();
    });
    assert_eq!([recorder.get(name), recorder.get(took)], [4.0, 4.0], "each duration once");
}
