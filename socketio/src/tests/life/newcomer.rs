//! What a connect handler sends to everyone is for its own socket as well, after the CONNECT reply.

use std::time::Duration;

use serde_json::Value;

use crate::{
    Auth, ClientError, Config, DisconnectReason, Event, Socket, SocketIo, State, event, on,
    tests::kit::{Gate, Log, TestClient, assert_nothing_is_left, server},
};

#[derive(serde::Deserialize)]
struct How {
    #[serde(default)]
    how: String,
}

#[derive(serde::Serialize, Event)]
#[event("ask", from = server, ack = u32)]
struct Ask;

#[on(connect)]
async fn connected(
    io: SocketIo,
    socket: &Socket,
    Auth(auth): Auth<How>,
    State(log): State<Log>,
    State(gate): State<Gate>,
) -> Result<(), ClientError> {
    socket.emit(event!("own", 1));
    io.emit(event!("users", io.socket_count()));
    socket.broadcast().emit(event!("joined"));
    socket.join("lobby");
    io.to("lobby").emit(event!("lobby"));
    io.to("other").emit(event!("other"));
    io.except("lobby").emit(event!("not the lobby"));
    io.volatile().emit(event!("volatile"));
    if auth.how == "ask" {
        // it would wait for itself
        let answers = io.emit_with_ack(&Ask).await.map_err(|_| ClientError::new("late", "no answers"))?;
        log.add(format!("{} answers", answers.len()));
    }
    assert!(io.emit_to(socket.id(), event!("by id")).is_ok());
    let fetched = io.to("lobby").fetch_sockets().await.expect("here");
    log.add(format!("{} {} {}", io.sockets().len(), fetched.len(), io.socket(socket.id()).is_some()));
    match &*auth.how {
        "wait" => gate.pass().await,
        "refuse" => return Err(ClientError::new("no", "no")),
        "leave" => socket.leave("lobby"),
        "disconnect" => socket.disconnect(),
        "disconnect and refuse" => {
            socket.disconnect();
            return Err(ClientError::new("no", "no"));
        }
        "disconnect and wait" => {
            socket.disconnect();
            gate.pass().await;
        }
        _ => {}
    }
    socket.everyone().emit(event!("last"));
    Ok(())
}

#[on(disconnect)]
fn gone(reason: DisconnectReason, State(log): State<Log>) {
    log.add(format!("gone: {reason}"));
}

async fn texts(client: &mut TestClient, count: usize) -> Vec<String> {
    let mut texts = vec![];
    for _ in 0..count {
        texts.push(client.text().await);
    }
    texts
}

#[tokio::test(start_paused = true)]
async fn the_newcomer_hears_the_broadcasts_of_its_own_connect_handler() {
    let (io, log, _) = server(module_path!(), Config::new());
    let mut client = TestClient::packets(&io).await;
    client.send("40").await;
    assert!(client.text().await.starts_with("40{"), "the reply comes first");
    let own = [r#"42["own",1]"#, r#"42["users",1]"#, r#"42["lobby"]"#, r#"42["by id"]"#, r#"42["last"]"#];
    assert_eq!(texts(&mut client, 5).await, own);
    let mut plain = TestClient::plain(&io.websocket()).await;
    let own: Vec<Value> = vec![plain.json().await, plain.json().await, plain.json().await];
    assert_eq!(own[1], serde_json::json!({ "event": "users", "data": 2 }));
    assert_eq!(own[2], serde_json::json!({ "event": "lobby" }));
    let others =
        [r#"42["users",2]"#, r#"42["joined"]"#, r#"42["lobby"]"#, r#"42["volatile"]"#, r#"42["last"]"#];
    assert_eq!(texts(&mut client, 5).await, others);
    assert_eq!(log.wait_for(2).await, ["1 1 true", "2 2 true"]);
    let mut alone = TestClient::plain_at(&io.websocket(), "/ws?how=ask").await;
    while !client.text().await.ends_with(r#"["ask"]"#) {}
    client.send("431073741824[1]").await;
    while plain.json().await["event"] != "ask" {}
    plain.send(r#"{"ack":1073741824,"data":2}"#).await;
    assert_eq!(alone.json().await["event"], "own");
    assert_eq!(log.wait_for(4).await[2..], ["2 answers", "3 3 true"]);
    assert_nothing_is_left(&io).await;
}

/// It counts whether it is selected when it is accepted.
#[tokio::test(start_paused = true)]
async fn the_newcomer_is_selected_when_it_is_accepted() {
    let (io, _, gate) = server(module_path!(), Config::new());
    let mut client = TestClient::packets(&io).await;
    client.send(r#"40{"how":"leave"}"#).await;
    client.text().await;
    let got = texts(&mut client, 5).await;
    assert_eq!(
        got,
        [r#"42["own",1]"#, r#"42["users",1]"#, r#"42["not the lobby"]"#, r#"42["by id"]"#, r#"42["last"]"#]
    );
    // what others send meanwhile is not for it
    let mut client = TestClient::packets(&io).await;
    client.send(r#"40{"how":"wait"}"#).await;
    gate.reached().await;
    io.emit(event!("from outside"));
    assert_eq!(io.socket_count(), 1);
    gate.open();
    client.text().await;
    assert_eq!(texts(&mut client, 5).await[4], r#"42["last"]"#);
    // and nothing is for one that is refused
    let mut client = TestClient::packets(&io).await;
    client.send(r#"40{"how":"refuse"}"#).await;
    assert_eq!(client.text().await, r#"44{"message":"no","data":{"code":"no"}}"#);
    assert_nothing_is_left(&io).await;
}

/// Its copy has an offset of its own, after what it held before; one that recovers gets it from the log, once.
#[tokio::test(start_paused = true)]
async fn a_newcomer_that_can_recover_hears_them_once() {
    let (io, _, _) = server(module_path!(), Config::new().recovery(Duration::from_secs(120)));
    let mut client = TestClient::packets(&io).await;
    client.send("40").await;
    let reply: Value = serde_json::from_str(&client.text().await[2..]).expect("JSON");
    let read = |text: String| -> (String, String) {
        let event: Vec<Value> = serde_json::from_str(&text[2..]).expect("JSON");
        (event[0].to_string(), event.last().expect("an offset").to_string())
    };
    let mut offsets = vec![];
    for name in ["own", "users", "lobby", "by id", "last"] {
        let (event, offset) = read(client.text().await);
        assert_eq!(event, format!("\"{name}\""));
        offsets.push(offset);
    }
    assert!(offsets.is_sorted(), "{offsets:?}");
    client.cut();
    while io.socket_count() > 0 {
        tokio::task::yield_now().await;
    }
    let mut client = TestClient::packets(&io).await;
    client.send(format!(r#"40{{"pid":{},"offset":{}}}"#, reply["pid"], offsets[4])).await;
    let mut heard = vec![];
    loop {
        let text = client.text().await;
        if text.starts_with("40") {
            break;
        }
        heard.push(read(text).0);
    }
    // of the log, before the reply: what its own connect handler has just sent
    assert_eq!(heard, ["\"users\"", "\"lobby\"", "\"last\""]);
    let mut held = vec![];
    for _ in 0..2 {
        held.push(read(client.text().await).0);
    }
    assert_eq!(held, ["\"own\"", "\"by id\""]);
    io.emit(event!("end"));
    assert_eq!(read(client.text().await).0, "\"end\"");
    assert_nothing_is_left(&io).await;
}

/// An official client that is only disconnected waits forever for `connect` or `connect_error`. What `Ok` has begun, the
/// `disconnect` handler ends all the same.
#[tokio::test(start_paused = true)]
async fn disconnect_in_a_connect_handler_is_a_refusal() {
    let (io, log, gate) = server(module_path!(), Config::new());
    for how in ["disconnect", "disconnect and wait", "disconnect and refuse"] {
        let mut client = TestClient::packets(&io).await;
        client.send(format!(r#"40{{"how":"{how}"}}"#)).await;
        let mut refusal = r#"44{"message":"disconnected by the server","data":{"code":"disconnected"}}"#;
        match how {
            "disconnect and wait" => {
                gate.reached().await;
                // at once, not when the handler has returned
                assert_eq!(client.text().await, refusal);
                gate.open();
            }
            "disconnect and refuse" => {
                refusal = r#"44{"message":"no","data":{"code":"no"}}"#;
                assert_eq!(client.text().await, refusal);
            }
            _ => assert_eq!(client.text().await, refusal),
        }
        // the connection stays, and nothing else of that socket comes
        client.send("40").await;
        assert!(client.text().await.starts_with("40{"));
        client.close().await;
    }
    let ends: Vec<String> = log.lines().into_iter().filter(|line| line.starts_with("gone")).collect();
    let server = "gone: server namespace disconnect";
    assert_eq!(ends.iter().filter(|line| *line == server).count(), 2, "{ends:?}");
    assert_eq!(ends.len(), 5, "{ends:?}");
    assert_nothing_is_left(&io).await;
}
