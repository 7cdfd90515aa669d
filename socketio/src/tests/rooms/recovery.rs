//! Connection state recovery (`wire.md` 2.6; guarantees 4 and 12).

use std::time::Duration;

use serde_json::Value;
use tokio::time::sleep;

use crate::{
    ClientError, Config, DisconnectReason, Event, Socket, SocketIo, State, event, on,
    tests::kit::{Gate, Log, TestClient, assert_nothing_is_left, server, settle},
};

#[on(connect)]
async fn connected(
    socket: Socket,
    State(log): State<Log>,
    State(gate): State<Gate>,
) -> Result<(), ClientError> {
    log.add(format!("connect {}", socket.is_recovered()));
    socket.emit(event!("held", "by the handler"));
    match socket.data::<String>().as_deref() {
        Some("wait") => gate.pass().await,
        Some("refuse") => return Err(ClientError::new("no", "not again")),
        _ => {}
    }
    Ok(())
}

#[on(connect, namespace = "/org/{id}")]
fn joined() {}

#[on(disconnect)]
fn gone(reason: DisconnectReason, State(log): State<Log>) {
    log.add(format!("gone: {}", reason.as_str()));
}

#[on("set")]
fn set(socket: &Socket, data: String) {
    socket.set_data(&data).expect("JSON");
    socket.join("a");
}

#[on("me")]
fn me(socket: &Socket) {
    socket.emit(event!("direct", "x"));
}

#[on("volatile")]
fn volatile(socket: &Socket) {
    assert!(socket.volatile().try_emit(event!("volatile", "text")).is_ok());
}

#[derive(serde::Serialize, Event)]
#[event("asked", from = server, ack = u32)]
struct Asked;

#[on("ask")]
fn ask(socket: &Socket) {
    drop(socket.emit_with_ack(&Asked));
}

#[on("close")]
#[on(custom = "close")]
fn close(socket: &Socket) {
    socket.close();
}

#[on("kick")]
fn kick(socket: &Socket) {
    socket.disconnect();
}

fn start(config: Config) -> (SocketIo, Log, Gate) {
    server(module_path!(), config.recovery(Duration::from_secs(120)))
}

/// A client that keeps what it needs to recover.
struct Guest {
    client: TestClient,
    sid: String,
    pid: String,
    offset: Option<String>,
}

impl Guest {
    async fn new(io: &SocketIo) -> Self {
        let (mut guest, before) = Self::connect(io, None).await;
        assert_eq!(before, [""; 0]);
        assert_eq!(guest.event().await, r#"["held","by the handler"]"#);
        guest
    }

    /// Connects, with what is known of an earlier socket; returns the events before the reply.
    async fn connect(io: &SocketIo, known: Option<(&str, Value)>) -> (Self, Vec<String>) {
        let mut client = TestClient::packets(io).await;
        match &known {
            None => client.send("40").await,
            Some((pid, offset)) => {
                client.send(format!("40{}", serde_json::json!({ "pid": pid, "offset": offset }))).await;
            }
        }
        let mut guest = Self { client, sid: String::new(), pid: String::new(), offset: None };
        let mut before = vec![];
        loop {
            let packet = guest.client.text().await;
            match packet.strip_prefix("40") {
                None => before.push(guest.strip(&packet)),
                Some(reply) => {
                    let reply: Value = serde_json::from_str(reply).expect("JSON");
                    guest.sid = reply["sid"].as_str().expect("an id").to_owned();
                    guest.pid = reply["pid"].as_str().expect("a private id").to_owned();
                    return (guest, before);
                }
            }
        }
    }

    /// Reconnects with what it knows.
    async fn back(&self, io: &SocketIo) -> (Self, Vec<String>) {
        let offset = self.offset.clone().map_or(Value::Null, Value::String);
        Self::connect(io, Some((&self.pid, offset))).await
    }

    /// Breaks the connection.
    async fn cut(mut self) -> Self {
        let client = std::mem::replace(&mut self.client, TestClient::over(tokio::io::duplex(1).0).await);
        client.cut();
        settle().await;
        self
    }

    async fn send(&mut self, event: &str) {
        self.client.send(format!("42[{event}]")).await;
    }

    /// The next event, without its offset, which is noted.
    async fn event(&mut self) -> String {
        let packet = self.client.text().await;
        self.strip(&packet)
    }

    fn strip(&mut self, packet: &str) -> String {
        let json = packet.strip_prefix("42").unwrap_or_else(|| panic!("an event, not {packet}"));
        let mut args: Vec<Value> =
            serde_json::from_str(json).unwrap_or_else(|_| panic!("an event: {packet}"));
        self.offset = Some(args.pop().and_then(|last| Some(last.as_str()?.to_owned())).expect("an offset"));
        serde_json::to_string(&args).expect("JSON")
    }
}

/// Missed events, then the reply, then what the connect handler has emitted; id, rooms and data are those from before.
#[tokio::test(start_paused = true)]
async fn a_client_that_reconnects_gets_exactly_what_it_missed() {
    let (io, log, _) = start(Config::new());
    let mut guest = Guest::new(&io).await;
    let mut other = Guest::new(&io).await;
    guest.send(r#""set","kept""#).await;
    guest.send(r#""me""#).await;
    assert_eq!(guest.event().await, r#"["direct","x"]"#);
    io.emit(event!("all", 1));
    assert_eq!(guest.event().await, r#"["all",1]"#);
    let guest = guest.cut().await;
    io.to("a").emit(event!("room"));
    io.to("b").emit(event!("not for it"));
    io.except("a").emit(event!("nor this"));
    io.emit_to(&guest.sid, event!("direct")).expect_err("it is not there");
    io.emit(event!("all", 2));
    other.event().await;
    let (mut back, missed) = guest.back(&io).await;
    assert_eq!(missed, [r#"["room"]"#, r#"["all",2]"#]);
    assert_eq!((&back.sid, &back.pid), (&guest.sid, &guest.pid));
    assert_eq!(back.event().await, r#"["held","by the handler"]"#);
    let socket = io.socket(&*back.sid).expect("the same id");
    assert_eq!(socket.rooms(), [std::sync::Arc::from("a")]);
    assert_eq!(socket.data::<String>().as_deref(), Some("kept"));
    io.to("a").emit(event!("room", 2));
    assert_eq!(back.event().await, r#"["room",2]"#);
    assert_eq!(log.lines(), ["connect false", "connect false", "gone: transport close", "connect true"]);
    assert_nothing_is_left(&io).await;
}

/// A client that has had no event yet has no offset: it starts where it was accepted.
#[tokio::test(start_paused = true)]
async fn a_client_without_an_offset_recovers() {
    let (io, _, _) = start(Config::new());
    io.emit(event!("before"));
    let mut guest = Guest::new(&io).await;
    guest.offset = None;
    let guest = guest.cut().await;
    io.emit(event!("after"));
    let (_back, missed) = guest.back(&io).await;
    assert_eq!(
        missed,
        [r#"["held","by the handler"]"#, r#"["after"]"#],
        "the held one may have been lost as well"
    );
}

/// What is not for it does not push a quiet client's place out of the log.
#[tokio::test(start_paused = true)]
async fn a_quiet_client_recovers() {
    let (io, _, _) = start(Config::new().recovery_events(10).recovery_bytes(100_000));
    let guest = Guest::new(&io).await;
    let (mut quiet, _) = (Guest::new(&io).await, guest);
    quiet.send(r#""set","quiet""#).await;
    quiet.send(r#""me""#).await;
    quiet.event().await;
    (0..100).for_each(|i| io.except("a").emit(event!("noise", i)));
    let quiet = quiet.cut().await;
    io.emit(event!("news"));
    let (_back, missed) = quiet.back(&io).await;
    assert_eq!(missed, [r#"["news"]"#]);
}

/// A volatile event is not kept, but carries an offset: clients take any last text for one. What is to be
/// acknowledged carries none.
#[tokio::test(start_paused = true)]
async fn volatile_and_acknowledged_events_do_not_disturb_the_offset() {
    let (io, _, _) = start(Config::new());
    let mut guest = Guest::new(&io).await;
    guest.send(r#""volatile""#).await;
    let before = guest.offset.clone();
    assert_eq!(guest.event().await, r#"["volatile","text"]"#);
    assert_eq!(guest.offset, before);
    guest.send(r#""ask""#).await;
    assert_eq!(guest.client.text().await, r#"421["asked"]"#);
    let guest = guest.cut().await;
    io.volatile().emit(event!("volatile", "text"));
    io.emit(event!("news"));
    let (back, missed) = guest.back(&io).await;
    assert_eq!((missed, back.sid), (vec![r#"["news"]"#.to_owned()], guest.sid));
}

/// A socket that was ended on purpose is not given back; a claim with anything else gets a fresh one.
#[tokio::test(start_paused = true)]
async fn everybody_else_gets_a_fresh_socket() {
    let (io, _, _) = start(Config::new());
    for end in [r#""close""#, r#""kick""#] {
        let mut guest = Guest::new(&io).await;
        guest.send(end).await;
        assert_eq!(guest.client.text().await, "41");
        settle().await;
        assert_ne!(guest.back(&io).await.0.sid, guest.sid, "{end}");
    }
    let mut guest = Guest::new(&io).await;
    guest.client.send("41").await;
    let guest = guest.cut().await;
    assert_ne!(guest.back(&io).await.0.sid, guest.sid, "the client has left");
    let guest = Guest::new(&io).await.cut().await;
    let offset = guest.offset.clone().expect("an offset");
    for (pid, offset) in [
        ("nope", Value::from(&*offset)),
        (&*guest.pid, Value::from("nope")),
        (&*guest.pid, Value::from(12)),
        (&*guest.sid, Value::from(&*offset)),
    ] {
        assert_ne!(Guest::connect(&io, Some((pid, offset))).await.0.sid, guest.sid);
    }
    assert_eq!(guest.back(&io).await.0.sid, guest.sid, "and then the right one");
}

#[tokio::test(start_paused = true)]
async fn the_time_and_the_log_are_bounded() {
    let (io, _, _) = start(Config::new().recovery_events(10).recovery_bytes(1000));
    let guest = Guest::new(&io).await.cut().await;
    sleep(Duration::from_secs(121)).await;
    assert_ne!(guest.back(&io).await.0.sid, guest.sid, "the time is over");
    let guest = Guest::new(&io).await.cut().await;
    (0..11).for_each(|i| io.emit(event!("n", i)));
    let (back, missed) = guest.back(&io).await;
    assert_ne!(back.sid, guest.sid, "more events than are kept");
    assert_eq!(missed, [""; 0], "all or nothing");
    let guest = Guest::new(&io).await.cut().await;
    (0..3).for_each(|_| io.emit(event!("n", "x".repeat(400))));
    assert_ne!(guest.back(&io).await.0.sid, guest.sid, "more bytes than are kept");
}

/// A client that reconnects before its old connection is known to be dead takes its socket along.
#[tokio::test(start_paused = true)]
async fn a_client_moves_over_from_a_connection_that_is_half_dead() {
    let (io, log, _) = start(Config::new());
    let mut guest = Guest::new(&io).await;
    io.emit(event!("lost on the way"));
    let (mut back, missed) = guest.back(&io).await;
    assert_eq!((&back.sid, missed), (&guest.sid, vec![r#"["lost on the way"]"#.to_owned()]));
    settle().await;
    assert_eq!(log.lines(), ["connect false", "connect true", "gone: transport error"]);
    guest.client.closed().await;
    assert_eq!(back.event().await, r#"["held","by the handler"]"#);
    assert_eq!(io.socket_count(), 1);
    assert_nothing_is_left(&io).await;
}

/// A claim whose connection breaks before the handlers have accepted is not used up; a refusal uses it up.
#[tokio::test(start_paused = true)]
async fn a_claim_is_used_once() {
    let (io, _, gate) = start(Config::new());
    let mut guest = Guest::new(&io).await;
    guest.send(r#""set","wait""#).await;
    guest.send(r#""me""#).await;
    guest.event().await;
    let guest = guest.cut().await;
    let mut broken = TestClient::packets(&io).await;
    let claim = serde_json::json!({ "pid": guest.pid, "offset": guest.offset });
    broken.send(format!("40{claim}")).await;
    gate.reached().await;
    broken.cut();
    settle().await;
    gate.open();
    settle().await;
    gate.open();
    let (mut back, _) = guest.back(&io).await;
    assert_eq!(back.sid, guest.sid, "a third connection");
    back.send(r#""set","refuse""#).await;
    back.send(r#""me""#).await;
    while back.event().await != r#"["direct","x"]"# {}
    let back = back.cut().await;
    let mut refused = TestClient::packets(&io).await;
    refused.send(format!("40{}", serde_json::json!({ "pid": back.pid, "offset": back.offset }))).await;
    assert!(refused.text().await.starts_with("44{\"message\":\"not again\""));
    assert_ne!(back.back(&io).await.0.sid, back.sid);
    assert_nothing_is_left(&io).await;
}

/// What was missed does not count as slow reading, however much it is.
#[tokio::test(start_paused = true)]
async fn much_that_was_missed_does_not_overflow() {
    let (io, _, _) = start(Config::new().outbox_messages(16).outbox_bytes(10_000));
    let guest = Guest::new(&io).await.cut().await;
    let text = "x".repeat(1000);
    (0..3000).for_each(|i| io.emit(event!("n", i, &text)));
    let (mut back, missed) = guest.back(&io).await;
    assert_eq!((missed.len(), &back.sid), (3000, &guest.sid));
    io.emit(event!("still there"));
    assert_eq!(back.event().await, r#"["held","by the handler"]"#);
    assert_eq!(back.event().await, r#"["still there"]"#);
}

/// Without a cluster there are three reasons for a fresh socket.
#[cfg(feature = "stats")]
#[tokio::test(start_paused = true)]
async fn reasons_for_a_fresh_socket_are_counted_apart() {
    let (io, _, _) = start(Config::new().recovery_events(10));
    let count = || {
        let stats = io.stats();
        ["restored", "no_session", "foreign_offset", "trimmed"]
            .map(|outcome| stats.get("socketio_recoveries_total", &[("outcome", outcome)]))
    };
    let guest = Guest::new(&io).await.cut().await;
    let expired = Guest::new(&io).await.cut().await;
    guest.back(&io).await;
    assert_eq!(count(), [Some(1), Some(0), Some(0), Some(0)]);
    sleep(Duration::from_secs(121)).await;
    assert_ne!(expired.back(&io).await.0.sid, expired.sid);
    assert_eq!(count(), [Some(1), Some(1), Some(0), Some(0)]);
    let guest = Guest::new(&io).await.cut().await;
    assert_ne!(Guest::connect(&io, Some((&guest.pid, "nope".into()))).await.0.sid, guest.sid);
    assert_eq!(count(), [Some(1), Some(1), Some(1), Some(0)]);
    for number in 0..20 {
        io.emit(event!("more than is kept", number));
    }
    assert_ne!(guest.back(&io).await.0.sid, guest.sid);
    assert_eq!(count(), [Some(1), Some(1), Some(1), Some(1)]);
}

/// The end of a server does not end recovery: 1001 without `41`, so that clients reconnect.
#[tokio::test(start_paused = true)]
async fn a_shutdown_lets_clients_reconnect() {
    let (io, _, _) = start(Config::new());
    let mut guest = Guest::new(&io).await;
    io.close().await;
    assert_eq!(guest.client.closed().await.map(|close| close.0), Some(1001));
}

/// What one client makes the server say to it pushes nothing out of the logs that others have missed.
#[tokio::test(start_paused = true)]
async fn a_flood_to_one_client_costs_the_others_nothing() {
    let (io, _, _) = start(Config::new().recovery_events(100));
    let (guest, mut other) = (Guest::new(&io).await, Guest::new(&io).await);
    // sent, and lost on the way: its offset is that of the event before
    other.client.send(r#"42["me"]"#).await;
    settle().await;
    let (guest, other) = (guest.cut().await, other.cut().await);
    io.emit(event!("news"));
    let mut flood = Guest::new(&io).await;
    for _ in 0..1000 {
        flood.send(r#""me""#).await;
        assert_eq!(flood.event().await, r#"["direct","x"]"#);
    }
    let (back, missed) = guest.back(&io).await;
    assert_eq!((missed, back.sid), (vec![r#"["news"]"#.to_owned()], guest.sid));
    let (back, missed) = other.back(&io).await;
    assert_eq!((missed.len(), back.sid), (2, other.sid), "{missed:?}");
    assert_eq!(missed, [r#"["direct","x"]"#, r#"["news"]"#], "in order, out of both logs");
    // and the flood itself has what it may have
    let flood = flood.cut().await;
    assert_eq!(flood.back(&io).await.0.sid, flood.sid);
    assert_nothing_is_left(&io).await;
}

/// All namespaces have one bound; the one that says most loses first.
#[tokio::test(start_paused = true)]
async fn the_logs_of_all_namespaces_have_one_bound() {
    let (io, _, _) = start(Config::new().recovery_bytes(10_000).recovery_events(1000));
    let guest = Guest::new(&io).await.cut().await;
    io.emit(event!("news"));
    let mut clients = vec![];
    for id in 0..24 {
        let mut client = TestClient::packets(&io).await;
        client.send(format!("40/org/{id},")).await;
        client.text().await;
        clients.push(client);
    }
    for round in 0..100 {
        for id in 0..24 {
            io.of(&format!("/org/{id}")).expect("it lives").emit(event!("tick", round, "x".repeat(id * 10)));
        }
        let [_, bytes, ..] = io.hub().namespaces().logs().counts();
        assert!(bytes <= 10_000, "{bytes} in round {round}");
    }
    let (back, missed) = guest.back(&io).await;
    assert_eq!((missed, back.sid), (vec![r#"["news"]"#.to_owned()], guest.sid));
    assert_nothing_is_left(&io).await;
}

/// Whether anything else happens or not: logs, sockets and namespaces go when their time is over.
#[tokio::test(start_paused = true)]
async fn what_nobody_can_ask_for_is_freed_by_time() {
    let (io, _, _) = start(Config::new());
    let guest = Guest::new(&io).await;
    let mut members = vec![];
    for id in 0..24 {
        let mut client = TestClient::packets(&io).await;
        client.send(format!("40/org/{id},")).await;
        client.text().await;
        io.of(&format!("/org/{id}")).expect("it lives").emit(event!("tick", "x".repeat(1000)));
        members.push(client);
    }
    io.emit(event!("news"));
    let logs = || io.hub().namespaces().logs().counts();
    assert_eq!(logs()[0], 25);
    members.into_iter().for_each(TestClient::cut);
    let guest = guest.cut().await;
    assert_eq!(io.hub().namespaces().dynamic(), 24, "they may be asked for");
    sleep(Duration::from_secs(151)).await;
    assert_eq!(io.hub().namespaces().dynamic(), 0);
    sleep(Duration::from_secs(60)).await;
    assert_eq!(logs(), [0, 0, 0, 0, 1]);
    assert_eq!(io.hub().counts(), crate::hub::Counts::default(), "not even the task that looked for them");
    assert_ne!(guest.back(&io).await.0.sid, guest.sid);
    assert_nothing_is_left(&io).await;
}
