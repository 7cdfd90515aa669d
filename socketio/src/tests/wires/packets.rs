//! The first slice of the Socket.IO wire, on the same engine, table and outbox.

use serde::Deserialize;

use crate::{
    Auth, ClientError, Config, DisconnectReason, Event, Payload, Socket, SocketIo, State, event, on,
    tests::kit::{Gate, Got, Log, TestClient, assert_nothing_is_left, seconds_since, server},
};

#[derive(Deserialize)]
struct Ticket {
    #[serde(default)]
    token: Option<String>,
}

#[on(connect)]
async fn connected(
    socket: &Socket,
    Auth(ticket): Auth<Ticket>,
    State(gate): State<Gate>,
) -> Result<(), ClientError> {
    socket.emit(event!("held"));
    match ticket.token.as_deref() {
        Some("wrong") => Err(ClientError::new("unauthorized", "who are you?")),
        Some("wait") => {
            gate.pass().await;
            Ok(())
        }
        _ => Ok(()),
    }
}

#[derive(serde::Serialize, serde::Deserialize, Event)]
#[event("ask", ack = Answer)]
struct Ask {
    n: u32,
}

#[derive(serde::Serialize, serde::Deserialize, Payload)]
struct Answer(u32);

#[on(Ask)]
fn ask(ask: Ask) -> Answer {
    Answer(ask.n + 1)
}

#[on("interview")]
async fn interview(socket: &Socket) -> Result<u32, ClientError> {
    let answer = socket.emit_with_ack(&Ask { n: 1 }).await;
    answer.map(|answer| answer.0).map_err(|error| ClientError::new("no_answer", error.to_string()))
}

#[on("everyone")]
fn everyone(io: SocketIo, n: u32) {
    io.emit(event!("tick", n, "x"));
}

#[on("kick", namespace = "/admin")]
fn kick(socket: &Socket) {
    socket.disconnect();
}

#[on(disconnect, namespace = "/admin")]
#[on(disconnect)]
fn gone(socket: &Socket, reason: DisconnectReason, State(log): State<Log>) {
    log.add(format!("{} {reason}", socket.namespace()));
}

async fn joined(io: &SocketIo) -> TestClient {
    let mut client = TestClient::packets(io).await;
    client.send("40").await;
    let reply = client.text().await;
    assert!(reply.starts_with("40{\"sid\":\"") && reply.len() == 32, "{reply}");
    assert_eq!(client.text().await, "42[\"held\"]");
    client
}

#[tokio::test(start_paused = true)]
async fn events_and_acks_go_both_ways() {
    let (io, _, _) = server(module_path!(), Config::new());
    let mut client = joined(&io).await;
    client.send("427[\"ask\",{\"n\":4}]").await;
    assert_eq!(client.text().await, "437[5]");
    client.send("428[\"interview\"]").await;
    assert_eq!(client.text().await, "421[\"ask\",{\"n\":1}]");
    client.send("431[6]").await;
    assert_eq!(client.text().await, "438[6]");
    client.send("429[\"nobody\"]").await;
    assert_eq!(
        client.text().await,
        r#"439[{"error":{"code":"unknown_event","message":"no handler for event \"nobody\""}}]"#
    );
    assert_nothing_is_left(&io).await;
}

/// Both wires meet in one namespace: the same handlers, one broadcast, encoded once for each.
#[tokio::test(start_paused = true)]
async fn both_wires_share_handlers_and_broadcasts() {
    let (io, _, _) = server(module_path!(), Config::new());
    let mut packets = joined(&io).await;
    let mut plain = TestClient::plain(&io.websocket()).await;
    assert_eq!(plain.json().await["event"], "held");
    assert_eq!(io.socket_count(), 2);
    plain.emit("everyone", 1.into()).await;
    assert_eq!(packets.text().await, "42[\"tick\",1,\"x\"]");
    assert_eq!(plain.text().await, r#"{"event":"tick","args":[1,"x"]}"#);
    packets.send("42[\"everyone\",2]").await;
    assert_eq!(packets.text().await, "42[\"tick\",2,\"x\"]");
    assert_eq!(plain.text().await, r#"{"event":"tick","args":[2,"x"]}"#);
}

#[tokio::test(start_paused = true)]
async fn namespaces_are_joined_and_left_one_by_one() {
    let (io, log, _) = server(module_path!(), Config::new());
    let mut client = joined(&io).await;
    client.send("40/nope,").await;
    assert_eq!(client.text().await, "44/nope,{\"message\":\"Invalid namespace\"}");
    client.send("40/admin,").await;
    assert!(client.text().await.starts_with("40/admin,{\"sid\":\""));
    client.send("42/admin,[\"kick\"]").await;
    assert_eq!(client.text().await, "41/admin,");
    client.send("420[\"ask\",{\"n\":1}]").await;
    assert_eq!(client.text().await, "430[2]", "the other namespace stays");
    client.send("40/admin,").await;
    assert!(client.text().await.starts_with("40/admin,{\"sid\":\""), "and it may rejoin");
    client.send("41/admin,").await;
    log.wait_for(2).await;
    client.send("41").await;
    assert_eq!(
        log.wait_for(3).await,
        [
            "/admin server namespace disconnect",
            "/admin client namespace disconnect",
            "/ client namespace disconnect"
        ]
    );
    assert_nothing_is_left(&io).await;
}

#[tokio::test(start_paused = true)]
async fn a_refused_connect_is_answered_and_the_connection_stays() {
    let (io, log, _) = server(module_path!(), Config::new());
    let mut client = TestClient::packets(&io).await;
    client.send("40{\"token\":\"wrong\"}").await;
    assert_eq!(client.text().await, r#"44{"message":"who are you?","data":{"code":"unauthorized"}}"#);
    client.send("40{\"token\":\"right\"}").await;
    assert!(client.text().await.starts_with("40{\"sid\":"));
    client.cut();
    assert_eq!(log.wait_for(1).await, ["/ transport close"]);
}

#[tokio::test(start_paused = true)]
async fn violations_end_the_connection() {
    for violation in ["4", "47", "2", "nonsense", "42[\"before connect\"]", "40[]", "431[]", "451-[\"x\"]"] {
        let (io, _, _) = server(module_path!(), Config::new());
        let mut client = TestClient::packets(&io).await;
        client.send(violation).await;
        assert_eq!(client.closed().await.map(|close| close.0), Some(1005), "{violation}");
        assert_nothing_is_left(&io).await;
    }
    for violation in ["40", "42[\"connect\"]", "42[]", "42{", "42/other,[\"x\"]"] {
        let (io, log, _) = server(module_path!(), Config::new());
        let mut client = joined(&io).await;
        client.send(violation).await;
        assert_eq!(client.closed().await.map(|close| close.0), Some(1005), "{violation}");
        assert!(log.wait_for(1).await[0].starts_with("/ parse error"), "{violation}");
    }
}

/// An event that comes after CONNECT and before the decision is a violation as in the reference.
#[tokio::test(start_paused = true)]
async fn an_event_before_the_reply_is_a_violation() {
    let (io, _, gate) = server(module_path!(), Config::new());
    let mut client = TestClient::packets(&io).await;
    client.send("40{\"token\":\"wait\"}").await;
    gate.reached().await;
    client.send("42[\"ask\",{\"n\":1}]").await;
    assert_eq!(client.closed().await.map(|close| close.0), Some(1005));
    gate.open();
    assert_nothing_is_left(&io).await;
}

#[tokio::test(start_paused = true)]
async fn heartbeats_are_packets() {
    let (io, log, _) = server(module_path!(), Config::new());
    let mut client = joined(&io).await;
    let start = tokio::time::Instant::now();
    assert_eq!(client.next().await, Got::Text("2".to_owned()));
    assert_eq!(seconds_since(start), 25);
    client.send("3").await;
    assert_eq!(client.next().await, Got::Text("2".to_owned()));
    assert_eq!(client.next().await, Got::End, "an unanswered one is the end");
    assert_eq!(seconds_since(start), 70);
    assert_eq!(log.wait_for(1).await, ["/ ping timeout"]);
}

#[tokio::test(start_paused = true)]
async fn a_client_that_joins_nothing_is_disconnected() {
    let (io, _, _) = server(module_path!(), Config::new());
    let mut client = TestClient::packets(&io).await;
    let start = tokio::time::Instant::now();
    assert_eq!(client.next().await, Got::Text("2".to_owned()));
    client.send("3").await;
    assert_eq!(client.next().await, Got::Close(1005, String::new()));
    assert_eq!(seconds_since(start), 45);
    assert_nothing_is_left(&io).await;
}
