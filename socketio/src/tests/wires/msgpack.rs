//! Socket.IO with the MessagePack parser (`wire.md` 2.7).

use serde::{Deserialize, Serialize};
use tokio_tungstenite::tungstenite::Message as WsMessage;

use crate::{
    Auth, Bytes, ClientError, Config, Data, Socket, SocketIo, State,
    config::Parser,
    emit::Rest,
    event, on,
    tests::kit::{Gate, Got, Log, TestClient, assert_nothing_is_left, server},
};

#[derive(Deserialize, Default)]
#[serde(default)]
struct Login {
    fail: bool,
}

#[on(connect)]
fn connected(Auth(login): Auth<Login>) -> Result<(), ClientError> {
    if login.fail { Err(ClientError::new("no", "not you")) } else { Ok(()) }
}

#[derive(Serialize, Deserialize)]
struct Mixed {
    text: String,
    bytes: Bytes,
}

#[on("mixed")]
fn mixed(socket: &Socket, Data(mixed): Data<Mixed>) {
    socket.emit(event!("mixed", mixed, 300, -1));
}

#[on("ack")]
fn ack(rest: Rest) -> Rest {
    rest
}

#[on("log")]
fn log(text: Option<String>, State(log): State<Log>) {
    log.add(format!("{text:?}"));
}

#[on("leave")]
fn leave(socket: &Socket) {
    socket.disconnect();
}

fn start(config: Config) -> (SocketIo, Log, Gate) {
    server(module_path!(), config.parser(Parser::MessagePack))
}

async fn send(client: &mut TestClient, packet: &[u8]) {
    client.send_raw(WsMessage::binary(packet.to_vec())).await;
}

async fn packet(client: &mut TestClient) -> Vec<u8> {
    match client.next().await {
        Got::Binary(packet) => packet,
        other => panic!("expected a packet, got {other:?}"),
    }
}

/// As the official client connects without auth: `data` is `undefined`.
const CONNECT: &[u8] = b"\x83\xa4type\x00\xa4data\xd4\x00\x00\xa3nsp\xa1/";

async fn joined(io: &SocketIo) -> TestClient {
    let mut client = TestClient::packets(io).await;
    send(&mut client, CONNECT).await;
    let reply = packet(&mut client).await;
    assert!(reply.starts_with(b"\x83\xa4type\x00\xa3nsp\xa1/\xa4data\x81\xa3sid\xb4"), "{reply:?}");
    client
}

#[tokio::test(start_paused = true)]
async fn events_and_acknowledgements_are_maps() {
    let (io, log, _) = start(Config::new());
    let mut client = joined(&io).await;
    send(&mut client, b"\x84\xa4type\x02\xa4data\x92\xa5mixed\x82\xa4text\xa1a\xa5bytes\xc4\x02\x07\x08\xa7options\x81\xa8compress\xc3\xa3nsp\xa1/").await;
    let event = packet(&mut client).await;
    let expected: &[u8] = b"\x83\xa4type\x02\xa3nsp\xa1/\xa4data\x94\xa5mixed\x82\xa4text\xa1a\xa5bytes\xc4\x02\x07\x08\xcd\x01\x2c\xff";
    assert_eq!(event, expected);
    send(&mut client, b"\x84\xa4type\x02\xa4data\x93\xa3ack\x01\xc4\x01\x09\xa2id\x05\xa3nsp\xa1/").await;
    assert_eq!(
        packet(&mut client).await,
        b"\x84\xa4type\x03\xa3nsp\xa1/\xa2id\x05\xa4data\x92\x01\xc4\x01\x09"
    );
    // a date is its text, and what is undefined is nothing
    send(
        &mut client,
        b"\x83\xa4type\x02\xa4data\x92\xa3log\xd7\x00\x00\x00\x01\x8c\xc2\x51\xf4\x00\xa3nsp\xa1/",
    )
    .await;
    send(&mut client, b"\x83\xa4type\x02\xa4data\x92\xa3log\xd4\x00\x00\xa3nsp\xa1/").await;
    assert_eq!(log.wait_for(2).await, [r#"Some("2024-01-01T00:00:00.000Z")"#, "None"]);
    send(&mut client, b"\x83\xa4type\x02\xa4data\x91\xa5leave\xa3nsp\xa1/").await;
    assert_eq!(packet(&mut client).await, b"\x82\xa4type\x01\xa3nsp\xa1/");
    assert_nothing_is_left(&io).await;
}

#[tokio::test(start_paused = true)]
async fn refusals_are_maps() {
    let (io, _, _) = start(Config::new());
    let mut client = TestClient::packets(&io).await;
    send(&mut client, b"\x83\xa4type\x00\xa4data\x81\xa4fail\xc3\xa3nsp\xa1/").await;
    let refusal = packet(&mut client).await;
    assert!(
        refusal.starts_with(b"\x83\xa4type\x04\xa3nsp\xa1/\xa4data\x82\xa7message\xa7not you"),
        "{refusal:?}"
    );
    send(&mut client, b"\x82\xa4type\x00\xa3nsp\xa5/nope").await;
    let refusal = packet(&mut client).await;
    assert!(refusal.ends_with(b"\x81\xa7message\xb1Invalid namespace"), "{refusal:?}");
}

#[tokio::test(start_paused = true)]
async fn text_packets_and_malformed_maps_end_the_connection() {
    let (io, _, _) = start(Config::new());
    let mut client = joined(&io).await;
    client.send("42[\"log\"]").await;
    assert_eq!(client.closed().await, Some((1005, String::new())));
    for bad in [&b"\xc0"[..], b"", b"\x81\xa4type\x02", b"\x83\xa4type\x09\xa3nsp\xa1/\xa4data\x91\xa3log"] {
        let mut client = joined(&io).await;
        send(&mut client, bad).await;
        assert_eq!(client.closed().await, Some((1005, String::new())), "{bad:?}");
    }
}

#[tokio::test(start_paused = true)]
async fn an_offset_is_the_last_value_of_the_map() {
    let (io, _, _) = start(Config::new().recovery(std::time::Duration::from_secs(120)));
    let mut client = TestClient::packets(&io).await;
    send(&mut client, CONNECT).await;
    let reply = packet(&mut client).await;
    assert!(reply.windows(4).any(|key| key == b"\xa3pid"), "{reply:?}");
    io.emit(event!("n", 1));
    let event = packet(&mut client).await;
    let (head, offset) = event.split_at(event.len() - 12);
    assert_eq!(head, b"\x83\xa4type\x02\xa3nsp\xa1/\xa4data\x93\xa1n\x01\xac");
    assert!(offset.iter().all(|byte| byte.is_ascii_alphanumeric() || b"-_".contains(byte)), "{offset:?}");
}
