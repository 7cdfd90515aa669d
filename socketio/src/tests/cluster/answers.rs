//! Questions to all nodes, and what they answer.

use std::time::Duration;

use futures_util::StreamExt;
use serde_json::json;
use tokio::time::Instant;

use super::{AreYouReady, Ready, Servers};
use crate::{
    broadcast::Answerer,
    cluster::Memory,
    error::{Incomplete, RemoteError},
    event,
    tests::kit::{assert_at, settle},
};

#[tokio::test(start_paused = true)]
async fn the_clients_of_all_nodes_answer_a_broadcast() {
    let servers = Servers::start(Memory::seeded(3), 3).await;
    let (mut here, here_id) = servers.guest(0, &[]).await;
    let (mut there, _) = servers.guest(1, &[]).await;
    let (mut more, _) = servers.guest(1, &[]).await;
    let mut acks = servers.io(0).emit_with_ack(&AreYouReady);
    for client in [&mut here, &mut there, &mut more] {
        let question = client.text().await;
        let ack = question.replace("42", "43").replace(r#"["ready?"]"#, r#"[{"ready":true},"more"]"#);
        client.send(ack).await;
    }
    let mut answerers = vec![];
    while let Some((who, answer)) = acks.next().await {
        assert_eq!(answer, Ok(Ready { ready: true }));
        answerers.push(who);
    }
    let remote = Answerer::Remote(Some(servers.id(1).clone()));
    let own = Answerer::Local(here_id.parse().expect("an id"));
    assert_eq!(answerers.len(), 3, "{answerers:?}");
    assert_eq!(answerers.iter().filter(|who| **who == remote).count(), 2);
    assert!(answerers.contains(&own));
    assert_eq!(acks.missing(), 0);
    drop(acks);
    servers.close().await;
}

#[tokio::test(start_paused = true)]
async fn a_client_of_another_node_that_leaves_or_is_silent_is_counted() {
    let servers = Servers::start(Memory::new(), 2).await;
    let (mut silent, _) = servers.guest(1, &[]).await;
    let (mut leaves, _) = servers.guest(1, &[]).await;
    let acks = servers.io(0).timeout(Duration::from_secs(2)).emit_with_ack(&AreYouReady);
    silent.text().await;
    leaves.text().await;
    leaves.close().await;
    let start = Instant::now();
    let partial = acks.all().await.expect_err("one is silent, one has left");
    assert_at(start, 2000);
    assert_eq!((partial.missing, partial.silent_nodes, partial.failed.len()), (1, 0, 1));
    // the other node forgets the question as well
    tokio::time::sleep(Duration::from_secs(3)).await;
    let socket = &servers.io(1).sockets()[0];
    assert!(!socket.core().acks.are_pending());
    servers.close().await;
}

#[tokio::test(start_paused = true)]
async fn sockets_are_fetched_from_all_nodes_and_can_be_reached() {
    let servers = Servers::start(Memory::seeded(5), 3).await;
    let (_here, _) = servers.guest(0, &["a"]).await;
    let (mut there, id) = servers.guest(2, &["a", "b"]).await;
    there.send(r#"421["name","ann"]"#).await;
    there.text().await;
    let fetched = servers.io(0).to("b").fetch_sockets().await.expect("all answer");
    let [socket] = &fetched[..] else { panic!("one socket: {fetched:?}") };
    assert_eq!(socket.id().to_string(), id);
    assert_eq!(socket.node(), Some(servers.id(2)));
    assert_eq!(socket.data::<String>().as_deref(), Some("ann"));
    assert_eq!(socket.handshake().headers["user-agent"], "test");
    assert_eq!(socket.handshake().query["EIO"], "4");
    let mut rooms: Vec<_> = socket.rooms().iter().map(ToString::to_string).collect();
    rooms.sort();
    assert_eq!(rooms, ["a", "b"]);
    socket.emit(event!("hello"));
    socket.join("c");
    assert_eq!(there.text().await, r#"42["hello"]"#);
    settle().await;
    let ids = servers.io(1).fetch_sockets().await.expect("all answer").len();
    assert_eq!((ids, servers.io(1).local().fetch_sockets().await.expect("local").len()), (2, 0));
    let rooms = servers.io(1).rooms().await.expect("all answer");
    assert_eq!(rooms.len(), 5, "two ids and three rooms: {rooms:?}");
    assert!(["a", "b", "c", &*id].iter().all(|room| rooms.iter().any(|known| **known == **room)));
    socket.disconnect();
    assert_eq!(there.text().await, "41");
    servers.close().await;
}

/// A stopped process is there and says nothing: the answer of the others comes, with its name.
#[tokio::test(start_paused = true)]
async fn a_node_that_hangs_makes_an_answer_partial() {
    let servers = Servers::start(Memory::new(), 3).await;
    let (_there, _) = servers.guest(1, &[]).await;
    servers.memory.freeze(servers.id(2));
    let start = Instant::now();
    let error = servers.io(0).fetch_sockets().await.expect_err("one hangs");
    assert_at(start, 5000);
    let RemoteError::Partial(partial) = error else { panic!("{error}") };
    assert_eq!((partial.expected, partial.answered, partial.why), (2, 1, Incomplete::Deadline));
    assert_eq!(partial.silent, [servers.id(2).clone()]);
    assert_eq!(partial.answers.len(), 1);
    assert_eq!(partial.to_string(), "1 of 2 other nodes answered: the time is over");
    let start = Instant::now();
    let acks = servers.io(0).to("nobody").timeout(Duration::from_secs(1)).emit_with_ack(&AreYouReady);
    let partial = acks.all().await.expect_err("one hangs");
    assert_at(start, 1000);
    assert_eq!((partial.missing, partial.silent_nodes), (0, 1));
    // late answers harm nobody
    servers.memory.thaw(servers.id(2));
    settle().await;
    assert_eq!(servers.io(0).fetch_sockets().await.expect("all answer").len(), 1);
    servers.close().await;
}

/// A process that has ended is missed nobody: the answer is complete after the first recount.
#[tokio::test(start_paused = true)]
async fn a_node_that_dies_while_it_is_asked_does_not_make_an_answer_partial() {
    let servers = Servers::start(Memory::new(), 3).await;
    servers.memory.freeze(servers.id(2));
    let start = Instant::now();
    let io = servers.io(0).clone();
    let fetching = tokio::spawn(async move { io.fetch_sockets().await });
    settle().await;
    servers.memory.kill(servers.id(2));
    assert_eq!(fetching.await.expect("no panic").expect("all that are there answer").len(), 0);
    assert_at(start, 300);
}

#[tokio::test(start_paused = true)]
async fn a_node_that_is_cut_off_answers_at_once_with_what_it_knows() {
    let servers = Servers::start(Memory::new(), 2).await;
    let (mut here, _) = servers.guest(0, &[]).await;
    let (_there, _) = servers.guest(1, &[]).await;
    servers.memory.isolate(servers.id(0));
    let start = Instant::now();
    let error = servers.io(0).fetch_sockets().await.expect_err("cut off");
    let RemoteError::Partial(partial) = error else { panic!("{error}") };
    assert_eq!((partial.why, partial.answers.len()), (Incomplete::NotConnected, 1));
    let acks = tokio::spawn(servers.io(0).emit_with_ack(&AreYouReady).all());
    let question = here.text().await;
    here.send(question.replace("42", "43").replace(r#"["ready?"]"#, r#"[{"ready":false}]"#)).await;
    let partial = acks.await.expect("no panic").expect_err("cut off");
    assert_eq!(json!(partial.answers), json!([{"ready": false}]));
    assert!(start.elapsed() < Duration::from_millis(2), "at once: {:?}", start.elapsed());
    servers.close().await;
}
