//! Guarantee 2: connect handlers decide first, and everything waits for them.

use std::time::Duration;

use serde::Deserialize;
use serde_json::{Value, json};

use crate::{
    Auth, ClientError, Config, DisconnectReason, Message, Socket, State, event, on,
    tests::kit::{Gate, Got, Log, TestClient, assert_nothing_is_left, server},
};

#[derive(Deserialize)]
struct Ticket {
    #[serde(default)]
    how: String,
    #[serde(default)]
    seat: Option<u32>,
}

#[on(connect, priority = 1)]
async fn decide(
    socket: &Socket,
    Auth(ticket): Auth<Ticket>,
    State(gate): State<Gate>,
    State(log): State<Log>,
) -> Result<(), ClientError> {
    socket.emit(event!("held", 1));
    socket.join("room");
    socket.emit(event!("held", 2));
    assert!(!socket.is_connected());
    match ticket.how.as_str() {
        "wait" => gate.pass().await,
        "refuse" => {
            return Err(ClientError::new("no_ticket", "you need a ticket").with_data(&7).expect("JSON"));
        }
        "panic" => panic!("secret text"),
        "forever" => std::future::pending().await,
        _ => {}
    }
    log.add(format!("connect {:?}", ticket.seat));
    Ok(())
}

#[on(connect, priority = 2)]
fn second(State(log): State<Log>) {
    log.add("second");
}

#[on("ask")]
fn ask(State(log): State<Log>) -> u32 {
    log.add("ask");
    5
}

#[on(disconnect)]
fn gone(reason: DisconnectReason, State(log): State<Log>) {
    log.add(format!("gone: {reason}"));
}

/// Guarantee 2.
#[tokio::test(start_paused = true)]
async fn nothing_passes_a_deciding_connect_handler() {
    let (io, log, gate) = server(module_path!(), Config::new());
    let mut client = TestClient::plain_at(&io.websocket(), "/ws?how=wait&seat=3").await;
    client.emit("ask", Value::Null).await;
    gate.reached().await;
    tokio::time::sleep(Duration::from_secs(5)).await;
    assert_eq!(log.lines(), Vec::<String>::new());
    assert_eq!(io.sockets(), []);
    io.emit(event!("broadcast"));
    io.to("room").emit(event!("broadcast"));
    gate.open();
    assert_eq!(log.wait_for(3).await, ["connect Some(3)", "second", "ask"]);
    assert_eq!(client.json().await, json!({ "event": "held", "data": 1 }));
    assert_eq!(client.json().await, json!({ "event": "held", "data": 2 }));
    assert_eq!(io.socket_count(), 1);
    io.to("room").emit(event!("now"));
    assert_eq!(client.json().await, json!({ "event": "now" }));
    assert_nothing_is_left(&io).await;
}

async fn refused(how: &str, config: Config) -> (Value, (u16, String), Vec<String>) {
    let (io, log, _) = server(module_path!(), config);
    let mut client = TestClient::plain_at(&io.websocket(), &format!("/ws?{how}")).await;
    client.emit("ask", Value::Null).await;
    let told = client.json().await;
    let close = client.closed().await.expect("a close frame");
    io.to("room").emit(event!("never"));
    assert_nothing_is_left(&io).await;
    (told, close, log.lines())
}

/// Guarantee 2: a refusal drops what was held and joined, and is answered.
#[tokio::test(start_paused = true)]
async fn a_refused_client_receives_the_reason_and_nothing_else() {
    let (told, close, log) = refused("how=refuse", Config::new()).await;
    let error = json!({ "code": "no_ticket", "message": "you need a ticket", "data": 7 });
    assert_eq!(told, json!({ "event": "connect_error", "data": error }));
    assert_eq!(close, (1008, "you need a ticket".to_owned()));
    assert_eq!(log, Vec::<String>::new(), "no other connect handler, no event, no disconnect");
}

#[tokio::test(start_paused = true)]
async fn a_panic_while_connecting_is_a_refusal_without_its_text() {
    let (told, close, log) = refused("how=panic", Config::new()).await;
    assert_eq!(told["data"]["code"], "panicked");
    assert!(!told.to_string().contains("secret"));
    assert_eq!((close.0, log.len()), (1008, 0));
}

#[tokio::test(start_paused = true)]
async fn a_failed_extractor_is_a_refusal() {
    let (told, close, log) = refused("seat=first", Config::new()).await;
    assert_eq!(told["data"]["code"], "bad_payload");
    assert_eq!((close.0, log.len()), (1008, 0));
}

#[tokio::test(start_paused = true)]
async fn connect_handlers_have_a_time_limit() {
    let (told, close, log) =
        refused("how=forever", Config::new().connect_handler_timeout(Duration::from_secs(3))).await;
    assert_eq!(told["data"]["code"], "timeout");
    assert_eq!((close.0, log.len()), (1008, 0));
}

/// A client that leaves while it is decided upon: the handler finishes, then `disconnect` makes up for it.
#[tokio::test(start_paused = true)]
async fn a_client_that_leaves_while_connecting_is_disconnected_after_the_decision() {
    let (io, log, gate) = server(module_path!(), Config::new());
    let client = TestClient::plain_at(&io.websocket(), "/ws?how=wait").await;
    gate.reached().await;
    client.cut();
    tokio::time::sleep(Duration::from_secs(1)).await;
    assert_eq!(io.socket_count(), 0);
    gate.open();
    assert_eq!(log.wait_for(3).await, ["connect None", "second", "gone: transport close"]);
    assert_nothing_is_left(&io).await;
}

#[on("message", namespace = "/callback")]
fn echo(socket: &Socket, message: Message) {
    socket.emit(message);
}

#[on(connect, namespace = "/callback")]
fn after(State(log): State<Log>) {
    log.add("connect");
}

/// The seed's order: callback, `connect`, messages; what the callback emits comes first, even 500 messages.
#[tokio::test(start_paused = true)]
async fn the_upgrade_callback_runs_before_connect() {
    let (io, log, _) = server(module_path!(), Config::new());
    let seen = log.clone();
    let service = io.websocket().messages().namespace("/callback").on_upgrade(move |socket| {
        let log = seen.clone();
        async move {
            for n in 0..500 {
                socket.emit(Message::text(n.to_string()));
            }
            tokio::task::yield_now().await;
            log.add("callback");
        }
    });
    let mut client = TestClient::plain(&service).await;
    client.send("hello").await;
    for n in 0..500 {
        assert_eq!(client.next().await, Got::Text(n.to_string()));
    }
    assert_eq!(client.next().await, Got::Text("hello".to_owned()));
    assert_eq!(log.lines(), ["callback", "connect"]);
    assert_nothing_is_left(&io).await;
}

#[tokio::test(start_paused = true)]
async fn a_socket_closed_in_the_callback_gets_its_messages_and_goes() {
    let (io, _, _) = server(module_path!(), Config::new());
    let service = io.websocket().messages().namespace("/callback").on_upgrade(|socket| async move {
        socket.emit(Message::text("sorry"));
        socket.close();
        socket.emit(Message::text("never"));
    });
    let mut client = TestClient::plain(&service).await;
    assert_eq!(client.next().await, Got::Text("sorry".to_owned()));
    assert_eq!(client.next().await, Got::Close(1000, "Connection closed".to_owned()));
    assert_nothing_is_left(&io).await;
}

#[tokio::test(start_paused = true)]
async fn a_panic_in_the_callback_is_a_refusal() {
    let (io, _, _) = server(module_path!(), Config::new());
    let service = io.websocket().namespace("/callback").on_upgrade(|_| async { panic!("secret") });
    let mut client = TestClient::plain(&service).await;
    assert_eq!(client.json().await["event"], "connect_error");
    assert_eq!(client.closed().await.map(|close| close.0), Some(1008));
    assert_nothing_is_left(&io).await;
}
