//! Binary values on the Socket.IO wire (`wire.md` 2.5).

use serde::{Deserialize, Serialize};
use tokio::time::Instant;
use tokio_tungstenite::tungstenite::Message as WsMessage;

use crate::{
    Bytes, Config, Data, Event, Message, Payload, Socket, SocketIo, State,
    config::Overflow,
    emit::{Args, Rest},
    event, on,
    tests::kit::{Gate, Got, Log, TestClient, assert_nothing_is_left, seconds_since, server, settle},
};

#[derive(Debug, Serialize, Deserialize, Payload)]
struct File {
    name: String,
    parts: Vec<Bytes>,
    thumbnail: Option<Bytes>,
}

#[on("file")]
fn file(file: File) -> File {
    file
}

#[derive(Deserialize)]
#[serde(tag = "kind")]
enum Tagged {
    Image { data: Bytes },
}

#[on("tagged")]
fn tagged(Data(Tagged::Image { data }): Data<Tagged>) -> usize {
    data.len()
}

#[on("message")]
fn message(socket: &Socket, message: Message) {
    socket.emit(message);
}

#[on("rest")]
fn rest(socket: &Socket, rest: Rest) -> Rest {
    socket.emit(event!("rest", ..rest.clone()));
    rest
}

#[on("pair")]
fn pair(Args((first, second)): Args<(Bytes, u32)>) -> Args<(u32, Bytes)> {
    Args((second, first))
}

#[derive(Serialize, Event)]
#[event("question", from = server, ack = Bytes)]
struct Question;

#[on("ask")]
async fn ask(socket: Socket) {
    let answer = socket.emit_with_ack(&Question).await;
    socket.emit(event!("answer", answer.map_or(0, |bytes| bytes.len())));
}

/// The same memory twice: nothing was copied.
#[on("same")]
fn same(first: Bytes, State(log): State<Log>) -> bool {
    log.add(format!("{:p}", first.as_ptr()));
    true
}

#[on("same")]
fn same_again(first: Bytes, State(log): State<Log>) {
    log.add(format!("{:p}", first.as_ptr()));
}

#[on("many")]
fn many(socket: &Socket) -> bool {
    let eleven: Vec<Bytes> = (0..11).map(|i| Bytes::from(vec![i])).collect();
    socket.try_emit(event!("many", eleven)).is_err()
}

async fn joined(config: Config) -> (SocketIo, Log, TestClient) {
    let (io, log, _): (_, _, Gate) = server(module_path!(), config);
    let mut client = TestClient::packets(&io).await;
    client.send("40").await;
    client.text().await;
    (io, log, client)
}

async fn bytes(client: &mut TestClient, bytes: &[u8]) {
    client.send_raw(WsMessage::binary(bytes.to_vec())).await;
}

const ONE: &str = r#"{"_placeholder":true,"num":0}"#;
const TWO: &str = r#"{"_placeholder":true,"num":1}"#;
const THREE: &str = r#"{"_placeholder":true,"num":2}"#;

/// Wherever bytes are in a payload, they travel after the packet, in depth-first order.
#[tokio::test(start_paused = true)]
async fn bytes_may_be_anywhere_in_a_payload() {
    let (io, _, mut client) = joined(Config::new()).await;
    client.send(format!(r#"453-1["file",{{"name":"a","parts":[{ONE},{THREE}],"thumbnail":{TWO}}}]"#)).await;
    for part in [&[1][..], &[2, 2], &[3, 3, 3]] {
        bytes(&mut client, part).await;
    }
    let answer = format!(r#"463-1[{{"name":"a","parts":[{ONE},{TWO}],"thumbnail":{THREE}}}]"#);
    assert_eq!(client.text().await, answer);
    for part in [&[1][..], &[3, 3, 3], &[2, 2]] {
        assert_eq!(client.next().await, Got::Binary(part.to_vec()));
    }
    client.send(format!(r#"451-2["tagged",{{"kind":"Image","data":{ONE}}}]"#)).await;
    bytes(&mut client, &[0; 9]).await;
    assert_eq!(client.text().await, "432[9]");
    client.send(format!(r#"451-3["pair",{ONE},7]"#)).await;
    bytes(&mut client, &[5]).await;
    assert_eq!(client.text().await, format!("461-3[7,{ONE}]"));
    assert_eq!(client.next().await, Got::Binary(vec![5]));
    assert_nothing_is_left(&io).await;
}

/// `message` is a text or bytes; `Rest` keeps every argument as it is.
#[tokio::test(start_paused = true)]
async fn values_of_any_type_keep_their_bytes() {
    let (_io, _, mut client) = joined(Config::new()).await;
    client.send(format!(r#"451-["message",{ONE}]"#)).await;
    bytes(&mut client, &[1]).await;
    assert_eq!(client.text().await, format!(r#"451-["message",{ONE}]"#));
    assert_eq!(client.next().await, Got::Binary(vec![1]));
    client.send(r#"42["message","a\nb"]"#).await;
    assert_eq!(client.text().await, r#"42["message","a\nb"]"#);
    let args = format!(r#"1,null,"2",{{"b":{ONE},"a":[true,1.5]}},{TWO}"#);
    client.send(format!(r#"452-8["rest",{args}]"#)).await;
    bytes(&mut client, &[1]).await;
    bytes(&mut client, &[2]).await;
    assert_eq!(client.text().await, format!(r#"452-["rest",{args}]"#));
    assert_eq!(client.next().await, Got::Binary(vec![1]));
    assert_eq!(client.next().await, Got::Binary(vec![2]));
    assert_eq!(client.text().await, format!("462-8[{args}]"));
}

#[tokio::test(start_paused = true)]
async fn an_acknowledgement_of_the_client_may_be_binary() {
    let (_io, _, mut client) = joined(Config::new()).await;
    client.send(r#"42["ask"]"#).await;
    assert_eq!(client.text().await, r#"421["question"]"#);
    client.send(format!("461-1[{ONE}]")).await;
    bytes(&mut client, &[1, 2, 3]).await;
    assert_eq!(client.text().await, r#"42["answer",3]"#);
}

/// What a client sends is not copied on its way to handlers.
#[tokio::test(start_paused = true)]
async fn attachments_share_the_memory_they_were_read_into() {
    let (_io, log, mut client) = joined(Config::new()).await;
    client.send(format!(r#"451-4["same",{ONE}]"#)).await;
    bytes(&mut client, &[7; 1000]).await;
    assert_eq!(client.text().await, "434[true]");
    let lines = log.wait_for(2).await;
    assert_eq!(lines[0], lines[1]);
}

#[tokio::test(start_paused = true)]
async fn packets_that_do_not_fit_together_end_the_connection() {
    let texts: [&[&str]; 6] = [
        &[r#"451-["file",{"_placeholder":true,"num":0}]"#, r#"42["file"]"#],
        &[r#"451-["file",{"_placeholder":true,"num":1}]"#],
        &[r#"451-["file",{"_placeholder":true,"num":"0"}]"#],
        &[r#"4511-["file"]"#],
        &[r#"450-["file"]"#],
        &[r#"451-/nobody,["file"]"#],
    ];
    for packets in texts {
        let (_io, _, mut client) = joined(Config::new()).await;
        for packet in packets {
            client.send(*packet).await;
        }
        assert_eq!(client.closed().await, Some((1005, String::new())), "{packets:?}");
    }
    let (_io, _, mut client) = joined(Config::new()).await;
    bytes(&mut client, &[1]).await;
    assert_eq!(client.closed().await, Some((1005, String::new())), "no code is due");
    let (io, _, _): (_, Log, Gate) = server(module_path!(), Config::new());
    let mut client = TestClient::packets(&io).await;
    client.send(r#"451-["file"]"#).await;
    assert_eq!(client.closed().await, Some((1005, String::new())), "before CONNECT");
}

/// Attachments have a time and a total size; heartbeats go on meanwhile.
#[tokio::test(start_paused = true)]
async fn attachments_have_their_limits() {
    let (_io, _, mut client) = joined(Config::new()).await;
    client.send(r#"452-["file"]"#).await;
    let start = Instant::now();
    bytes(&mut client, &[1]).await;
    client.send("3").await;
    client.closed().await;
    assert_eq!(seconds_since(start), 30);
    // ten times the longest message is what a packet may have: ten attachments of that length fit
    let (_io, _, mut client) = joined(Config::new().max_payload(100)).await;
    client.send(r#"4510-5["same"]"#).await;
    for _ in 0..10 {
        bytes(&mut client, &[0; 100]).await;
    }
    assert!(client.text().await.starts_with("435[{\"error\""), "no argument, but whole");
    client.send(r#"451-["same"]"#).await;
    bytes(&mut client, &[0; 101]).await;
    assert_eq!(client.closed().await.map(|close| close.0), Some(1009));
}

#[tokio::test(start_paused = true)]
async fn more_attachments_than_a_client_takes_are_an_error_of_the_emitter() {
    let (_io, _, mut client) = joined(Config::new()).await;
    client.send(r#"421["many"]"#).await;
    assert_eq!(client.text().await, "431[true]");
}

/// A packet with its attachments is dropped as a whole or not at all.
#[tokio::test(start_paused = true)]
async fn policies_do_not_tear_packets_apart() {
    let config = Config::new().outbox_messages(8).outbox_bytes(4000).overflow(Overflow::DropOldest);
    let (io, _, mut client) = joined(config).await;
    // more than the pipe holds, so that the client does not take what follows
    io.emit(event!("n", "x".repeat(100_000)));
    settle().await;
    for i in 0..2000_u32 {
        io.emit(event!("n", i, Bytes::from(vec![0; 200])));
    }
    io.emit(event!("end"));
    assert_eq!(client.text().await.len(), 100_000 + 10);
    let mut seen = 0;
    loop {
        let text = client.text().await;
        if text == r#"42["end"]"# {
            break;
        }
        assert!(text.starts_with("451-[\"n\","), "{text}");
        assert_eq!(client.next().await, Got::Binary(vec![0; 200]));
        seen += 1;
    }
    assert!(seen < 2000, "some were dropped");
}

/// A client that takes text only (`b64=1`) sends and gets binary as base64.
#[tokio::test(start_paused = true)]
async fn clients_that_take_text_only_get_base64() {
    let (io, _, _): (_, Log, Gate) = server(module_path!(), Config::new());
    let mut client = TestClient::packets_at(&io, "&b64=1").await;
    client.send("40").await;
    client.text().await;
    client.send(format!(r#"451-1["pair",{ONE},7]"#)).await;
    client.send("bAQID").await;
    assert_eq!(client.text().await, format!("461-1[7,{ONE}]"));
    assert_eq!(client.text().await, "bAQID");
    io.emit(event!("all", Bytes::from(vec![4])));
    assert_eq!(client.text().await, format!(r#"451-["all",{ONE}]"#));
    assert_eq!(client.text().await, "bBA==");
    for sent in ["bAQ\nID\n", "bAQID=", "bAQID \r\n"] {
        client.send(format!(r#"451-1["pair",{ONE},7]"#)).await;
        client.send(sent).await;
        assert_eq!(client.text().await, format!("461-1[7,{ONE}]"), "{sent:?}");
        assert_eq!(client.text().await, "bAQID");
    }
    client.send("b%%%").await;
    assert_eq!(client.closed().await, Some((1005, String::new())));
}
