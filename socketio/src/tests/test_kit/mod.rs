//! The kit that programs test themselves with.

use std::{panic::AssertUnwindSafe, time::Duration};

use futures_util::FutureExt;
use serde::{Deserialize, Serialize};
use serde_json::json;

use crate::{
    Auth, Bytes, ClientError, Config, DisconnectReason, Event, Message, Payload, Socket, SocketIo, State,
    event, on,
    test::{Ended, TestClient, TestServer},
    tests::kit::Log,
};

#[derive(Serialize, Deserialize, Event)]
#[event("chat:send", from = client, ack = Receipt)]
struct SendMessage {
    text: String,
}

#[derive(Debug, PartialEq, Serialize, Deserialize, Payload)]
struct Receipt {
    length: usize,
}

#[derive(Debug, PartialEq, Serialize, Deserialize, Event)]
#[event("chat:message", from = server)]
struct Said {
    text: String,
}

#[derive(Debug, PartialEq, Serialize, Deserialize, Event)]
#[event("moved", from = server)]
struct Moved(i32, i32);

#[derive(Debug, PartialEq, Serialize, Deserialize, Event)]
#[event("picture")]
struct Picture {
    name: String,
    bytes: Bytes,
}

#[derive(Debug, PartialEq, Serialize, Deserialize, Event)]
#[event("ready?", from = server, ack = bool)]
struct Ready {
    round: u32,
}

#[derive(Deserialize, Serialize)]
struct Login {
    #[serde(default)]
    token: String,
}

#[on(connect)]
fn connected(Auth(login): Auth<Login>, socket: &Socket) -> Result<(), ClientError> {
    socket.join("all");
    match &*login.token {
        "bad" => Err(ClientError::new("unauthorized", "log in first").with_data(&7).expect("a number")),
        _ => Ok(()),
    }
}

#[on(SendMessage)]
fn send(SendMessage { text }: SendMessage, socket: &Socket) -> Result<Receipt, ClientError> {
    let length = text.len();
    if length == 0 {
        return Err(ClientError::new("empty", "say something"));
    }
    socket.broadcast().emit(&Said { text });
    Ok(Receipt { length })
}

#[on("move")]
fn moved(x: i32, y: i32, socket: &Socket) {
    socket.emit(&Moved(x, y));
}

#[on(Picture)]
fn picture(picture: Picture, socket: &Socket) {
    socket.emit(&picture);
}

#[on("ask me")]
async fn ask_me(socket: Socket, State(log): State<Log>) {
    let ready = socket.emit_with_ack(&Ready { round: 1 }).await;
    log.add(format!("{ready:?}"));
}

#[on("message")]
fn message(message: Message, socket: &Socket) {
    socket.emit(message);
}

#[on("leave me")]
fn leave_me(socket: &Socket) {
    socket.disconnect();
}

#[on("close me")]
fn close_me(socket: &Socket) {
    socket.close();
}

#[on(disconnect)]
fn gone(reason: DisconnectReason, State(log): State<Log>) {
    log.add(format!("gone: {reason}"));
}

#[on("where", namespace = "/admin")]
fn of_admin() -> &'static str {
    "admin"
}

fn server(config: Config) -> (TestServer, Log) {
    let log = Log::default();
    let builder = SocketIo::builder().discover_in(module_path!()).state(log.clone()).config(config);
    (TestServer::new(builder.build().unwrap_or_else(|error| panic!("{error}"))), log)
}

async fn both(server: &TestServer) -> [TestClient; 2] {
    [server.connect().await.expect("accepted"), server.plain().await.expect("accepted")]
}

#[tokio::test(start_paused = true)]
async fn clients_emit_ask_and_expect_on_both_wires() {
    let (server, _) = server(Config::new());
    for swapped in [false, true] {
        let [mut anna, mut ben] = both(&server).await;
        if swapped {
            std::mem::swap(&mut anna, &mut ben);
        }
        let receipt = anna.ask(&SendMessage { text: "hi".into() }).await;
        assert_eq!(receipt, Ok(Receipt { length: 2 }));
        assert_eq!(ben.expect::<Said>().await, Said { text: "hi".into() });
        ben.expect_nothing().await;
        let error = anna.ask(&SendMessage { text: String::new() }).await.expect_err("refused");
        assert_eq!((error.code(), error.message()), ("empty", "say something"));
        anna.emit(event!("move", 1, 2)).await;
        assert_eq!(anna.expect::<Moved>().await, Moved(1, 2));
        anna.emit(event!("move", 3, 4)).await;
        assert_eq!(anna.expect_named::<(i32, i32)>("moved").await, (3, 4));
        let picture = Picture { name: "cat".into(), bytes: vec![1, 2, 255].into() };
        anna.emit(&picture).await;
        assert_eq!(anna.expect::<Picture>().await, picture);
    }
}

#[tokio::test(start_paused = true)]
async fn a_refused_client_learns_why_from_the_kit() {
    let (server, _) = server(Config::new());
    let refusal = server.connect_with(&json!({ "token": "bad" })).await.expect_err("refused");
    assert_eq!(refusal.code.as_deref(), Some("unauthorized"));
    assert_eq!(refusal.data, Some(json!(7)));
    assert_eq!(refusal.to_string(), "refused (unauthorized): log in first");
    let plain = server.client().query("token=bad").plain().await.expect_err("refused");
    assert_eq!((plain.code.as_deref(), &*plain.message), (Some("unauthorized"), "log in first"));
    let nowhere = server.client().namespace("/nowhere").refused().await;
    assert_eq!((nowhere.code, &*nowhere.message), (None, "Invalid namespace"));
    let mut admin = server.connect_at("/admin").await.expect("accepted");
    assert_eq!(admin.ask_named::<String>(event!("where")).await.as_deref(), Ok("admin"));
}

#[tokio::test(start_paused = true)]
async fn a_client_answers_what_it_is_asked() {
    let (server, log) = server(Config::new());
    let mut clients = both(&server).await;
    for (client, expected) in clients.iter_mut().zip(1..) {
        client.emit(event!("ask me")).await;
        let (ready, reply) = client.expect_asked::<Ready>().await;
        assert_eq!(ready, Ready { round: 1 });
        client.reply(reply, &true).await;
        assert_eq!(log.wait_for(expected).await.last().map(|line| &**line), Some("Ok(true)"));
    }
}

#[tokio::test(start_paused = true)]
async fn messages_are_frames_of_the_plain_wire() {
    let (server, _) = server(Config::new());
    let service = server.io().websocket().messages();
    let mut client = server.client().plain_at(&service).await.expect("accepted");
    client.send("hello").await;
    assert_eq!(client.expect_message().await, Message::text("hello"));
    client.send(Message::binary(vec![1, 2])).await;
    assert_eq!(client.expect_message().await, Message::binary(vec![1, 2]));
}

#[tokio::test(start_paused = true)]
async fn every_way_to_end_is_seen() {
    let (server, log) = server(Config::new());
    let [mut packets, mut plain] = both(&server).await;
    packets.emit(event!("leave me")).await;
    assert_eq!(packets.expect_disconnect().await, Ended::Disconnected);
    plain.emit(event!("close me")).await;
    let closed = Ended::Closed { code: 1000, reason: "Connection closed".into() };
    assert_eq!(plain.expect_disconnect().await, closed);
    let [mut packets, mut plain] = both(&server).await;
    packets.disconnect().await;
    plain.disconnect().await;
    let mut cut = server.connect().await.expect("accepted");
    cut.cut();
    assert_eq!(cut.expect_disconnect().await, Ended::Lost);
    let mut lines = log.wait_for(5).await;
    lines.sort();
    assert_eq!(
        lines,
        [
            "gone: client namespace disconnect",
            "gone: forced server close",
            "gone: server namespace disconnect",
            "gone: transport close",
            "gone: transport close",
        ]
    );
}

#[tokio::test(start_paused = true)]
async fn an_hour_of_paused_time_loses_no_idle_client() {
    let (server, _) = server(Config::new());
    let [mut packets, mut plain] = both(&server).await;
    server.advance(Duration::from_secs(3600)).await;
    assert_eq!(server.io().socket_count(), 2);
    packets.expect_nothing().await;
    assert!(packets.ask(&SendMessage { text: "still here".into() }).await.is_ok());
    assert_eq!(plain.expect::<Said>().await.text, "still here");
}

#[tokio::test(start_paused = true)]
async fn a_stalled_client_is_lost_and_one_that_resumes_is_not() {
    let (server, log) = server(Config::new());
    let mut client = server.connect().await.expect("accepted");
    client.stall().await;
    server.advance(Duration::from_secs(40)).await;
    client.resume().await;
    assert!(client.ask(&SendMessage { text: "back".into() }).await.is_ok());
    client.stall().await;
    server.advance(Duration::from_secs(60)).await;
    assert_eq!(log.lines(), ["gone: ping timeout"]);
    client.resume().await;
    assert!(matches!(client.expect_disconnect().await, Ended::Closed { .. } | Ended::Lost));
}

#[tokio::test(start_paused = true)]
async fn a_client_that_was_cut_recovers_what_it_missed() {
    let (server, _) = server(Config::new().recovery(Duration::from_secs(60)));
    let mut anna = server.connect().await.expect("accepted");
    let mut ben = server.connect().await.expect("accepted");
    let id = anna.id().map(str::to_owned);
    ben.emit(&SendMessage { text: "one".into() }).await;
    assert_eq!(anna.expect::<Said>().await.text, "one");
    ben.emit(event!("move", 1, 2)).await;
    assert_eq!(ben.expect::<Moved>().await, Moved(1, 2), "the offset is not an argument");
    anna.cut();
    server.idle().await;
    ben.emit(&SendMessage { text: "two".into() }).await;
    server.idle().await;
    assert_eq!(anna.reconnect().await, Ok(true));
    assert_eq!(anna.id().map(str::to_owned), id);
    assert!(anna.is_recovered());
    assert_eq!(anna.expect::<Said>().await.text, "two");
    anna.expect_nothing().await;
    // a server without recovery gives a fresh socket
    let (server, _) = self::server(Config::new());
    let mut client = server.connect().await.expect("accepted");
    client.cut();
    assert_eq!(client.reconnect().await, Ok(false));
}

/// What a failed expectation says.
async fn failure(future: impl Future) -> String {
    let panic = AssertUnwindSafe(future).catch_unwind().await.err().expect("a failed expectation");
    panic.downcast_ref::<String>().cloned().unwrap_or_default()
}

#[tokio::test(start_paused = true)]
async fn a_failed_expectation_says_what_came_instead() {
    let (server, _) = server(Config::new());
    let mut client = server.connect().await.expect("accepted");
    client.emit(event!("move", 1, 2)).await;
    let text = failure(client.expect::<Said>()).await;
    assert!(text.contains("test_kit/mod.rs:"), "{text}");
    assert!(text.contains(r#"expected the event "chat:message", but the event "moved" came"#), "{text}");
    assert!(text.contains("> 42[\"move\",1,2]\n  < 42[\"moved\",1,2]"), "{text}");
    let text = failure(client.expect::<Said>()).await;
    assert!(text.contains("but nothing came in time"), "{text}");
    client.emit(event!("move", 1, 2)).await;
    let text = failure(client.expect_named::<String>("moved")).await;
    assert!(text.contains("it came, but is not of the type"), "{text}");
    client.emit(event!("move", 1, 2)).await;
    let text = failure(client.expect_nothing()).await;
    assert!(text.contains("expected nothing, but the event \"moved\" came"), "{text}");
    let text = failure(client.ask_named::<u32>(event!("chat:send", json!({ "text": "x" })))).await;
    assert!(text.contains("expected an answer to \"chat:send\""), "{text}");
}

#[tokio::test(start_paused = true)]
async fn several_servers_are_one_cluster_in_memory() {
    let cluster = crate::cluster::Memory::new();
    let node = || {
        let builder = SocketIo::builder().discover_in(module_path!()).state(Log::default());
        TestServer::new(builder.cluster(cluster.node()).build().expect("no fault"))
    };
    let (one, other) = (node(), node());
    one.io().cluster().ready().await.expect("it knows the other");
    let (mut anna, mut ben) =
        (one.connect().await.expect("accepted"), other.plain().await.expect("accepted"));
    let receipt = anna.ask(&SendMessage { text: "hi".into() }).await;
    assert_eq!(receipt, Ok(Receipt { length: 2 }));
    assert_eq!(ben.expect::<Said>().await, Said { text: "hi".into() });
    drop((anna, ben));
    for server in [one, other] {
        server.io().close().await;
    }
}
