//! JSON that JavaScript writes and reads, and serde_json does not: lossy at worst, never the end of a connection.

use serde_json::Value;
use tokio_tungstenite::tungstenite::Message as WsMessage;

use crate::{
    Auth, Config, Data, Event, Socket, State,
    emit::Rest,
    error::SocketError,
    extract::EventName,
    on,
    tests::kit::{Log, TestClient, assert_nothing_is_left, server},
};

#[on(connect)]
fn connected(Auth(auth): Auth<Value>, State(log): State<Log>) {
    log.add(format!("auth {auth}"));
}

#[on("say")]
fn say(text: String) -> String {
    text
}

#[on("rest")]
fn rest(rest: Rest) -> Rest {
    rest
}

#[on("data")]
fn data(Data(value): Data<Value>) -> Value {
    value
}

#[on("float")]
fn float(number: f64) -> f64 {
    number
}

#[on("whole")]
fn whole(number: i32) -> i32 {
    number
}

#[on(fallback)]
fn fallback(EventName(name): EventName<'_>, State(log): State<Log>) {
    log.add(format!("event {name}"));
}

#[on(error)]
fn failed(error: &SocketError, State(log): State<Log>) {
    log.add(format!("error {error}"));
}

#[derive(serde::Serialize, Event)]
#[event("asked", from = server, ack = String)]
struct Asked;

#[on("ask")]
async fn ask(socket: &Socket, State(log): State<Log>) {
    match socket.emit_with_ack(&Asked).await {
        Ok(answer) => log.add(format!("answer {answer}")),
        Err(error) => log.add(format!("no answer: {error:?}")),
    }
}

/// An event, the argument that a client sends with it, and that of the answer, on the JSON wires.
const ECHOES: &[(&str, &str, &str)] = &[
    ("say", r#""hi \ud83d""#, "\"hi \u{fffd}\""),
    ("say", r#""\udc00\uD83D\ud83d\ude00""#, "\"\u{fffd}\u{fffd}\u{1f600}\""),
    ("say", r#""\\ud83d""#, r#""\\ud83d""#),
    ("data", r#"{"\ud83d":["\ud83d"]}"#, "{\"\u{fffd}\":[\"\u{fffd}\"]}"),
    ("rest", r#""\ud83d""#, "\"\u{fffd}\""),
    ("rest", "-0", "0"),
    ("rest", "1e400", "1.7976931348623157e308"),
    ("float", "1e400", "1.7976931348623157e308"),
    ("float", "-1e400", "-1.7976931348623157e308"),
    ("float", "123456789012345678901234567890", "1.2345678901234568e29"),
    ("float", "-0", "0.0"),
    ("float", "1e-400", "0.0"),
    ("float", "7", "7.0"),
    ("whole", "-0", "0"),
    ("whole", "5.0", "5"),
    ("whole", "1e3", "1000"),
];

#[tokio::test(start_paused = true)]
async fn what_javascript_reads_is_read() {
    let (io, _, _) = server(module_path!(), Config::new());
    let mut client = TestClient::packets(&io).await;
    client.send("40").await;
    client.text().await;
    let mut plain = TestClient::plain(&io.websocket()).await;
    for (event, argument, answer) in ECHOES {
        client.send(format!(r#"427["{event}",{argument}]"#)).await;
        // the written form of a number is serde_json's
        assert_eq!(client.text().await.replace("e+", "e"), format!("437[{answer}]"), "{event} {argument}");
        plain.send(format!(r#"{{"event":"{event}","data":{argument},"id":7}}"#)).await;
        let got = plain.text().await.replace("e+", "e");
        let field =
            if *event == "rest" { format!("\"args\":[{answer}]") } else { format!("\"data\":{answer}") };
        assert_eq!(got, format!(r#"{{"ack":7,{field}}}"#), "{event} {argument}");
    }
    assert_nothing_is_left(&io).await;
}

#[tokio::test(start_paused = true)]
async fn half_a_character_ends_no_connection_wherever_it_stands() {
    let (io, log, _) = server(module_path!(), Config::new());
    let mut client = TestClient::packets(&io).await;
    client.send(r#"40{"token":"\ud83d"}"#).await;
    assert!(client.text().await.starts_with("40{"));
    client.send(r#"42["\ud83d",1]"#).await;
    client.send(r#"42["ask"]"#).await;
    assert_eq!(client.text().await, r#"421["asked"]"#);
    client.send(r#"431["\ud83d"]"#).await;
    // in a packet with attachments
    client.send(r#"451-7["rest",{"_placeholder":true,"num":0},"\ud83d"]"#).await;
    client.send_raw(WsMessage::binary(vec![1])).await;
    assert_eq!(client.text().await, "461-7[{\"_placeholder\":true,\"num\":0},\"\u{fffd}\"]");
    client.next().await;
    let mut plain = TestClient::plain(&io.websocket()).await;
    plain.send(r#"{"event":"\ud83d"}"#).await;
    plain.send(r#"{"event":"ask"}"#).await;
    let id = plain.json().await["id"].clone();
    plain.send(format!(r#"{{"ack":{id},"error":"\ud83d"}}"#)).await;
    assert_eq!(
        log.wait_for(6).await,
        [
            "auth {\"token\":\"\u{fffd}\"}",
            "event \u{fffd}",
            "answer \u{fffd}",
            "auth {}",
            "event \u{fffd}",
            "no answer: Refused(String(\"\u{fffd}\"))",
        ]
    );
    assert_nothing_is_left(&io).await;
}

/// serde_json reads 128 levels: beyond, the client that asked and the `error` event learn of it.
#[tokio::test(start_paused = true)]
async fn depth_is_an_error_and_not_the_end() {
    let (io, log, _) = server(module_path!(), Config::new());
    let mut client = TestClient::packets(&io).await;
    client.send("40").await;
    client.text().await;
    let mut plain = TestClient::plain(&io.websocket()).await;
    for depth in [100, 126, 127, 128, 129, 130, 131, 1000, 100_000] {
        let deep = "[".repeat(depth) + &"]".repeat(depth);
        client.send(format!(r#"427["data",{deep}]"#)).await;
        let packets = client.text().await;
        client.send(format!(r#"451-7["data",{deep}]"#)).await;
        client.send_raw(WsMessage::binary(vec![1])).await;
        assert_eq!(client.text().await, packets, "{depth}: with an attachment");
        plain.send(format!(r#"{{"event":"data","data":{deep},"id":7}}"#)).await;
        let plain = plain.text().await;
        if depth < 128 {
            assert_eq!((packets, plain), (format!("437[{deep}]"), format!(r#"{{"ack":7,"data":{deep}}}"#)));
        } else {
            for answer in [packets, plain] {
                assert!(answer.contains("\"bad_payload\"") && answer.contains("recursion limit"), "{answer}");
            }
        }
    }
    let errors = log.lines().iter().filter(|line| line.starts_with("error ")).count();
    assert_eq!(errors, 3 * 6, "{:?}", log.lines());
    assert_nothing_is_left(&io).await;
}
