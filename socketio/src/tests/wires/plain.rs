//! The plain wire, as a client sees it.

use std::borrow::Cow;

use serde_json::{Value, json};
use tokio_tungstenite::tungstenite::Message as WsMessage;

use crate::{
    Bytes, Config, Data, Event, Message, Payload, Socket, SocketIo, State,
    emit::Dynamic,
    event, on,
    tests::kit::{
        Got, Log, TestClient, assert_nothing_is_left, client_frame, exchange, plain_pipe, server, settle,
    },
};

#[derive(serde::Serialize, serde::Deserialize, Event)]
#[event("point")]
struct Point(i32, i32);

#[derive(serde::Serialize, serde::Deserialize, Event)]
#[event("tick", from = server)]
struct Tick;

#[derive(serde::Serialize, serde::Deserialize, Payload)]
struct Blob {
    name: String,
    data: Bytes,
}

#[on(Point)]
fn point(socket: &Socket, point: Point) {
    socket.emit(&Point(point.1, point.0));
    socket.emit(&Tick);
    socket.emit(event!("three", 1, "two", json!([3])));
    socket.emit(Dynamic::new("dyn \"amic\"", (true,)).expect("allowed"));
    socket.emit(Message::text("raw"));
    socket.emit(Message::binary(vec![1, 2]));
}

#[on("message")]
fn message(socket: &Socket, message: Message) {
    socket.emit(message);
}

#[on("text", "message", namespace = "/text")]
fn text(socket: &Socket, text: Cow<'_, str>, State(log): State<Log>) {
    log.add(format!("{} {text}", matches!(text, Cow::Borrowed(_))));
    socket.emit(event!("text", &text));
}

#[derive(serde::Serialize, serde::Deserialize)]
struct Json {
    a: u8,
}

#[on("message", namespace = "/json")]
fn json_message(socket: &Socket, Data(json): Data<Json>) {
    socket.emit(event!("a", json.a));
}

#[on("blob")]
fn blob(blob: Blob) -> Blob {
    assert_eq!(&*blob.data, [0, 255, 7]);
    blob
}

#[on(ping)]
fn pinged(payload: Bytes, State(log): State<Log>) {
    log.add(format!("ping {payload:?}"));
}

#[on(pong)]
fn ponged(State(log): State<Log>) {
    log.add("pong");
}

#[on(custom = "ping")]
fn event_named_ping() -> &'static str {
    "an event, not the slot"
}

#[on("everyone")]
fn everyone(socket: &Socket, io: SocketIo) {
    socket.broadcast().emit(event!("others"));
    io.emit(event!("all"));
    io.to("room").emit(event!("room"));
    socket.to("room").emit(event!("room, others"));
    io.to("room").to("hall").except("quiet").emit(event!("rooms"));
    socket.emit(event!("done"));
}

#[on("join")]
fn join(socket: &Socket, rooms: Vec<String>) -> u32 {
    for room in rooms {
        socket.join(room);
    }
    socket.rooms().len() as u32
}

async fn client(
    module: &str,
    service: impl FnOnce(&SocketIo) -> crate::service::WebSocketService,
) -> (SocketIo, Log, TestClient) {
    let (io, log, _) = server(module, Config::new());
    let client = TestClient::plain(&service(&io)).await;
    (io, log, client)
}

#[tokio::test(start_paused = true)]
async fn every_form_of_emit_has_its_frame() {
    let (_io, _, mut client) = client(module_path!(), SocketIo::websocket).await;
    client.send(r#"{"event":"point","args":[1,2]}"#).await;
    for expected in [
        r#"{"event":"point","args":[2,1]}"#,
        r#"{"event":"tick"}"#,
        r#"{"event":"three","args":[1,"two",[3]]}"#,
        r#"{"event":"dyn \"amic\"","data":true}"#,
        "raw",
    ] {
        assert_eq!(client.next().await, Got::Text(expected.to_owned()));
    }
    assert_eq!(client.next().await, Got::Binary(vec![1, 2]));
}

#[tokio::test(start_paused = true)]
async fn a_frame_is_a_message_in_messages_mode() {
    let (_io, _, mut client) = client(module_path!(), |io| io.websocket().messages()).await;
    client.send(r#"{"event":"point","args":[1,2]}"#).await;
    assert_eq!(
        client.next().await,
        Got::Text(r#"{"event":"point","args":[1,2]}"#.to_owned()),
        "not an envelope here"
    );
    client.send_raw(WsMessage::binary(vec![9])).await;
    let _text_event = client.next().await;
}

#[tokio::test(start_paused = true)]
async fn text_is_borrowed_where_it_can_be() {
    let (_io, log, mut client) =
        client(module_path!(), |io| io.websocket().messages().namespace("/text")).await;
    client.send("as it \"is\"\n").await;
    assert_eq!(client.json().await, json!({ "event": "text", "data": "as it \"is\"\n" }));
    assert_eq!(log.lines(), ["true as it \"is\"\n"]);

    let (_io, log, mut client) = self::client(module_path!(), |io| io.websocket().namespace("/text")).await;
    client.emit("text", json!("plain")).await;
    client.emit("text", json!("with \n")).await;
    client.json().await;
    client.json().await;
    assert_eq!(log.lines(), ["true plain", "false with \n"]);
}

#[tokio::test(start_paused = true)]
async fn other_payloads_of_a_message_are_json() {
    let (_io, _, mut client) =
        client(module_path!(), |io| io.websocket().messages().namespace("/json")).await;
    client.send(r#"{"a":5}"#).await;
    assert_eq!(client.json().await, json!({ "event": "a", "data": 5 }));
    client.send("{").await;
    client.send_raw(WsMessage::binary(vec![1])).await;
    client.send(r#"{"a":6} "#).await;
    assert_eq!(client.json().await, json!({ "event": "a", "data": 6 }), "faults do not end the connection");
}

#[tokio::test(start_paused = true)]
async fn bytes_are_base64_inside_envelopes() {
    let (_io, _, mut client) = client(module_path!(), SocketIo::websocket).await;
    let answer = client.ask("blob", json!({ "name": "x", "data": "AP8H" })).await;
    assert_eq!(answer["data"], json!({ "name": "x", "data": "AP8H" }));
    let answer = client.ask("blob", json!({ "name": "x", "data": "AP\n8H\n" })).await;
    assert_eq!(answer["data"], json!({ "name": "x", "data": "AP8H" }), "lines, as Java writes them");
    let answer = client.ask("blob", json!({ "name": "x", "data": "not base64!" })).await;
    assert_eq!(answer["error"]["code"], "bad_payload");
}

#[tokio::test(start_paused = true)]
async fn the_words_of_the_life_cycle_are_not_event_names() {
    let (_io, log, mut client) = client(module_path!(), SocketIo::websocket).await;
    assert_eq!(client.ask("ping", Value::Null).await["data"], "an event, not the slot");
    assert_eq!(client.ask("pong", Value::Null).await["error"]["code"], "unknown_event");
    client.send_raw(WsMessage::Ping("hi".into())).await;
    assert_eq!(client.next().await, Got::Pong(b"hi".to_vec()));
    assert_eq!(log.wait_for(1).await, ["ping Bytes(b\"hi\")"]);
    assert_eq!(client.next().await, Got::Ping);
    let answered = client.ask("ping", Value::Null).await;
    assert_eq!(answered["data"], "an event, not the slot");
    assert_eq!(log.wait_for(2).await[1], "pong");
}

#[tokio::test(start_paused = true)]
async fn a_selection_contains_each_socket_once() {
    let (io, _, mut one) = client(module_path!(), SocketIo::websocket).await;
    let service = io.websocket();
    let mut two = TestClient::plain(&service).await;
    let mut three = TestClient::plain(&service).await;
    assert_eq!(one.ask("join", json!(["room"])).await["data"], 1);
    assert_eq!(two.ask("join", json!(["room", "hall", "hall"])).await["data"], 2);
    assert_eq!(three.ask("join", json!(["hall", "quiet"])).await["data"], 2);
    one.emit("everyone", Value::Null).await;
    let seen = async |client: &mut TestClient, count| {
        let mut seen = vec![];
        for _ in 0..count {
            seen.push(client.json().await["event"].as_str().expect("a name").to_owned());
        }
        client.ask("join", json!([])).await;
        seen
    };
    assert_eq!(seen(&mut one, 4).await, ["all", "room", "rooms", "done"]);
    assert_eq!(seen(&mut two, 5).await, ["others", "all", "room", "room, others", "rooms"]);
    assert_eq!(seen(&mut three, 2).await, ["others", "all"]);
    // a socket's own id is a room with it alone, which no other socket can join
    let sockets = io.sockets();
    io.to(sockets[0].id().to_string()).emit(event!("own"));
    assert_eq!(one.json().await["event"], "own");
    assert_eq!(two.ask("join", json!([sockets[0].id().to_string()])).await["data"], 2);
    two.close().await;
    while io.socket_count() == 3 {
        tokio::task::yield_now().await;
    }
    assert_eq!(io.to("room").sockets(), [sockets[0].clone()]);
    sockets[0].leave("room");
    assert_eq!(io.to("room").sockets(), []);
    sockets[2].leave_all();
    assert_eq!(sockets[2].rooms(), Vec::<std::sync::Arc<str>>::new());
}

/// A long text in pieces is refused as soon as it is certain that it is not UTF-8.
#[tokio::test(start_paused = true)]
async fn text_is_refused_as_soon_as_it_cannot_become_utf_8() {
    use tokio::io::AsyncWriteExt;

    let (io, _, _) = server(module_path!(), Config::new());
    for (piece, refused) in
        [(&b"caf\xc3"[..], false), (b"\xa9 is fine", false), (b"caf\xc3(", true), (b"\xf0\x9f\x92", false)]
    {
        let mut pipe = plain_pipe(&io.websocket(), "/ws", 1024);
        let mut frame = client_frame(1, &[b'x'; 60]);
        let header = frame.len() - 60;
        frame.truncate(header);
        frame.extend(client_frame(1, piece)[6..].iter());
        if refused {
            let frames = exchange(pipe, &frame).await;
            let code = u16::from_be_bytes(frames[0].1[..2].try_into().expect("a code"));
            assert_eq!((frames[0].0, code), (0x88, 1007), "{piece:?}");
        } else {
            pipe.write_all(&frame).await.expect("open");
            settle().await;
            assert_eq!(io.hub().connections(), 1, "{piece:?}");
            drop(pipe);
            while io.hub().connections() > 0 {
                tokio::time::sleep(std::time::Duration::from_millis(1)).await;
            }
        }
    }
    assert_nothing_is_left(&io).await;
}
