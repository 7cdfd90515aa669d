//! Operators: many sockets at once, on both wires.

use std::time::Duration;

use futures_util::StreamExt;
use serde::{Deserialize, Serialize};

use crate::{
    Config, Event, Payload, Socket, SocketIo,
    error::AckError,
    event, on,
    tests::kit::{Gate, Log, TestClient, assert_nothing_is_left, server, settle},
};

#[derive(Serialize, Event)]
#[event("ready?", from = server, ack = Ready)]
struct AreYouReady;

#[derive(Debug, PartialEq, Serialize, Deserialize, Payload)]
struct Ready {
    ready: bool,
}

#[on("join")]
fn join(socket: &Socket, room: String) -> usize {
    socket.join(room);
    socket.rooms().len()
}

fn start() -> SocketIo {
    let (io, _, _): (_, Log, Gate) = server(module_path!(), Config::new());
    io
}

/// A Socket.IO client in these rooms, and its id.
async fn guest(io: &SocketIo, rooms: &[&str]) -> (TestClient, String) {
    let mut client = TestClient::packets(io).await;
    client.send("40").await;
    let reply: serde_json::Value = serde_json::from_str(&client.text().await[2..]).expect("JSON");
    for room in rooms {
        client.send(format!(r#"421["join","{room}"]"#)).await;
        client.text().await;
    }
    (client, reply["sid"].as_str().expect("an id").to_owned())
}

/// The events of a client up to the event `end`.
async fn heard(client: &mut TestClient) -> Vec<String> {
    let mut events = vec![];
    loop {
        match client.text().await {
            end if end == r#"42["end"]"# => return events,
            event => events.push(event),
        }
    }
}

/// Each socket of a union of rooms is reached once; exceptions are applied last.
#[tokio::test(start_paused = true)]
async fn rooms_that_overlap_reach_each_socket_once() {
    let io = start();
    let (mut both, _) = guest(&io, &["a", "b"]).await;
    let (mut one, id) = guest(&io, &["b"]).await;
    let (mut none, _) = guest(&io, &[]).await;
    assert_eq!(io.to("a").to("b").try_emit(event!("union")), Ok(2));
    assert_eq!(io.to("b").except("a").try_emit(event!("except")), Ok(1));
    assert_eq!(io.except("b").try_emit(event!("rest")), Ok(1));
    assert_eq!(io.to(&*id).try_emit(event!("own")), Ok(1), "everyone is in the room of its id");
    assert_eq!(io.to("nowhere").try_emit(event!("void")), Ok(0));
    assert_eq!(io.of("/").expect("always").local().try_emit(event!("end")), Ok(3));
    assert_eq!(heard(&mut both).await, [r#"42["union"]"#]);
    assert_eq!(heard(&mut one).await, [r#"42["union"]"#, r#"42["except"]"#, r#"42["own"]"#]);
    assert_eq!(heard(&mut none).await, [r#"42["rest"]"#]);
}

/// A room that is another live socket's id cannot be joined.
#[tokio::test(start_paused = true)]
async fn the_room_of_an_id_belongs_to_its_socket_alone() {
    let io = start();
    let (_first, id) = guest(&io, &[]).await;
    let (mut second, _) = guest(&io, &[]).await;
    second.send(format!(r#"422["join","{id}"]"#)).await;
    assert_eq!(second.text().await, "432[0]");
}

/// One message for all, one id for all, which every client can hold; answers come as they come.
#[tokio::test(start_paused = true)]
async fn everyone_answers_a_broadcast() {
    let io = start();
    let (mut first, _) = guest(&io, &[]).await;
    let (mut second, _) = guest(&io, &[]).await;
    let answers = tokio::spawn(io.emit_with_ack(&AreYouReady).all());
    let question = first.text().await;
    let id: u32 = question["42".len()..question.len() - r#"["ready?"]"#.len()].parse().expect("an id");
    assert!((1 << 30..1 << 31).contains(&id), "{id}");
    assert_eq!(second.text().await, question);
    second.send(format!(r#"43{id}[{{"ready":false}}]"#)).await;
    settle().await;
    first.send(format!(r#"43{id}[{{"ready":true}}]"#)).await;
    let answers = answers.await.expect("no panic").expect("everyone");
    assert_eq!(answers, [Ready { ready: false }, Ready { ready: true }]);
    assert_eq!(io.to("nowhere").emit_with_ack(&AreYouReady).await, Ok(vec![]));
}

/// What is missing at the end of the time is reported, with the answers that came.
#[tokio::test(start_paused = true)]
async fn a_broadcast_may_be_answered_in_part() {
    let io = start();
    let (mut first, first_id) = guest(&io, &[]).await;
    let (second, second_id) = guest(&io, &[]).await;
    let (mut third, _) = guest(&io, &[]).await;
    let (mut fourth, fourth_id) = guest(&io, &[]).await;
    let waiting = io.timeout(Duration::from_secs(2)).emit_with_ack(&AreYouReady);
    assert_eq!(waiting.missing(), 4);
    let question = first.text().await;
    third.text().await;
    let ack = question.replace("42", "43").replace(r#"["ready?"]"#, "");
    first.send(format!(r#"{ack}[{{"ready":true}}]"#)).await;
    fourth.send(format!("{ack}[5]")).await;
    settle().await;
    second.cut();
    let partial = waiting.all().await.expect_err("not everyone");
    assert_eq!((partial.answers, partial.missing), (vec![Ready { ready: true }], 1));
    let mut failed = partial.failed;
    failed.sort_by_key(|(id, _)| id.to_string() != fourth_id);
    assert!(matches!(&failed[0].1, AckError::Decode(_)), "{failed:?}");
    assert_eq!((failed[1].0.to_string(), &failed[1].1), (second_id, &AckError::Disconnected));
    let mut stream = io.to(first_id).emit_with_ack(&AreYouReady);
    first.text().await;
    drop(third);
    assert!(io.sockets().iter().any(|socket| socket.core().acks.are_pending()));
    assert!(tokio::time::timeout(Duration::from_secs(1), stream.next()).await.is_err());
    drop(stream);
    assert!(!io.sockets().iter().any(|socket| socket.core().acks.are_pending()), "nothing is kept");
    assert_nothing_is_left(&io).await;
}

#[tokio::test(start_paused = true)]
async fn selections_can_be_moved_and_disconnected() {
    let io = start();
    let (mut first, id) = guest(&io, &["a"]).await;
    let (mut second, _) = guest(&io, &["a"]).await;
    io.sockets()[0].set_data(&5).expect("JSON");
    let fetched = io.to("a").fetch_sockets().await.expect("one node");
    assert_eq!(fetched.len(), 2);
    let remote = fetched.iter().find(|socket| socket.id().to_string() == id).expect("the first");
    assert_eq!(remote.rooms(), [std::sync::Arc::from("a")]);
    assert!(fetched.iter().any(|socket| socket.data::<u32>() == Some(5)));
    remote.emit(event!("direct"));
    assert_eq!(first.text().await, r#"42["direct"]"#);
    remote.leave("a");
    io.to("a").join("c");
    assert_eq!((io.to("a").sockets().len(), io.to("c").sockets().len()), (1, 1));
    io.to("c").leave("c");
    assert_eq!(io.to("c").sockets().len(), 0);
    io.to("a").disconnect();
    assert_eq!(second.text().await, "41");
    remote.disconnect();
    assert_eq!(first.text().await, "41");
    assert_eq!(io.socket_count(), 0);
}

/// Guarantee 4: all members see all broadcasts in one order, whichever task sends them.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn broadcasts_have_one_order() {
    let io = start();
    let (mut first, _) = guest(&io, &["a"]).await;
    let (mut second, _) = guest(&io, &["a"]).await;
    let senders = (0..4_u32).map(|sender| {
        let io = io.clone();
        tokio::spawn(async move {
            for i in 0..100_u32 {
                if i % 2 == 0 {
                    io.emit(event!("n", sender, i));
                } else {
                    io.to("a").emit(event!("n", sender, i));
                }
                tokio::task::yield_now().await;
            }
        })
    });
    for sender in senders.collect::<Vec<_>>() {
        sender.await.expect("no panic");
    }
    io.emit(event!("end"));
    let heard_first = heard(&mut first).await;
    assert_eq!(heard_first.len(), 400);
    assert_eq!(heard_first, heard(&mut second).await);
}

/// Both wires are in one namespace: a broadcast reaches both.
#[tokio::test(start_paused = true)]
async fn both_wires_hear_a_broadcast() {
    let io = start();
    let (mut guest, _) = guest(&io, &[]).await;
    let mut plain = TestClient::plain(&io.websocket()).await;
    settle().await;
    assert_eq!(io.try_emit(event!("both", crate::Bytes::from(vec![1]))), Ok(2));
    assert_eq!(guest.text().await, r#"451-["both",{"_placeholder":true,"num":0}]"#);
    assert_eq!(plain.text().await, r#"{"event":"both","data":"AQ=="}"#);
}
