//! Events between nodes.

use std::time::Duration;

use serde::{Deserialize, Serialize};
use tokio::time::Instant;

use super::Servers;
use crate::{
    ClientError, Event, SocketIo, State,
    cluster::{Memory, NodeId},
    error::{AckError, Incomplete, RemoteError, code},
    extract::EventName,
    on,
    tests::kit::{Log, TestClient, assert_at, settle},
};

#[derive(Serialize, Deserialize, Event)]
#[event("cache:drop", from = node, ack = usize)]
struct CacheDrop {
    prefix: String,
}

#[on(CacheDrop)]
async fn dropped(
    event: CacheDrop,
    io: SocketIo,
    State(log): State<Log>,
    from: NodeId,
) -> Result<usize, ClientError> {
    log.add(format!("{from} {}", event.prefix));
    match &*event.prefix {
        "slow" => tokio::time::sleep(Duration::from_secs(1)).await,
        "never" => std::future::pending().await,
        "error" => return Err(ClientError::new("busy", "not now")),
        "panic" => panic!("on purpose"),
        _ => {}
    }
    log.add(format!("{} done", event.prefix));
    Ok(io.socket_count())
}

#[derive(Serialize, Deserialize, Event)]
#[event("sum", from = node)]
struct Sum(u32, u32);

#[on(Sum)]
fn summed(Sum(a, b): Sum, State(log): State<Log>, EventName(name): EventName<'_>) {
    log.add(format!("{name} {}", a + b));
}

#[derive(Serialize, Deserialize, Event)]
#[event("nobody", from = node, ack = bool)]
struct Nobody;

fn drop_of(prefix: &str) -> CacheDrop {
    CacheDrop { prefix: prefix.to_owned() }
}

#[tokio::test(start_paused = true)]
async fn an_event_between_nodes_runs_on_every_other_node_and_each_answers() {
    let servers = Servers::start(Memory::seeded(1), 3).await;
    let (_guest, _) = servers.guest(2, &[]).await;
    let mut answers = servers.io(0).server_side_emit_with_ack(&drop_of("a")).await.expect("both answer");
    answers.sort_unstable();
    assert_eq!(answers, [0, 1]);
    servers.io(1).server_side_emit(&Sum(1, 2));
    settle().await;
    tokio::time::sleep(Duration::from_secs(1)).await;
    assert_eq!(servers.log(0).take(), ["sum 3"]);
    assert_eq!(servers.log(1).take(), ["node-1 a", "a done"], "not on the node that asks");
    assert_eq!(servers.log(2).take(), ["node-1 a", "a done", "sum 3"]);
    servers.close().await;
}

#[tokio::test(start_paused = true)]
async fn events_of_one_node_are_handled_one_after_another_and_those_of_others_do_not_wait() {
    let servers = Servers::start(Memory::new(), 3).await;
    let start = Instant::now();
    servers.io(0).server_side_emit(&drop_of("slow"));
    servers.io(0).server_side_emit(&drop_of("next"));
    settle().await;
    servers.io(1).server_side_emit(&drop_of("other"));
    settle().await;
    assert_eq!(servers.log(2).take(), ["node-1 slow", "node-2 other", "other done"]);
    servers.io(0).server_side_emit_with_ack(&drop_of("last")).await.expect("all answer");
    assert_at(start, 1000);
    assert_eq!(servers.log(2).take(), ["slow done", "node-1 next", "next done", "node-1 last", "last done"]);
    servers.close().await;
}

#[tokio::test(start_paused = true)]
async fn an_error_a_panic_and_a_missing_handler_are_answers() {
    let servers = Servers::start(Memory::new(), 2).await;
    let code_of = |error: RemoteError<usize>| {
        let RemoteError::Partial(partial) = error else { panic!("{error}") };
        assert_eq!((partial.why, partial.answered), (Incomplete::Failed, 1));
        let [(Some(_), AckError::Refused(error))] = &partial.failed[..] else { panic!("{partial:?}") };
        error["code"].as_str().expect("a code").to_owned()
    };
    let start = Instant::now();
    let error = servers.io(0).server_side_emit_with_ack(&drop_of("error")).await.expect_err("refused");
    assert_eq!(code_of(error), "busy");
    let error = servers.io(0).server_side_emit_with_ack(&drop_of("panic")).await.expect_err("panicked");
    assert_eq!(code_of(error), code::PANICKED);
    let error = servers.io(0).server_side_emit_with_ack(&Nobody).await.expect_err("nobody listens");
    let RemoteError::Partial(partial) = error else { panic!("{error}") };
    assert!(matches!(&partial.failed[..], [(Some(_), AckError::Refused(_))]), "{partial:?}");
    assert!(start.elapsed() < Duration::from_millis(2), "at once: {:?}", start.elapsed());
    servers.close().await;
}

#[tokio::test(start_paused = true)]
async fn more_events_between_nodes_than_may_wait_are_refused() {
    let servers = Servers::start(Memory::new(), 2).await;
    servers.io(0).server_side_emit(&drop_of("never"));
    settle().await;
    // in the lanes, and in the channel before them
    for _ in 0..2 * 1024 {
        servers.io(0).server_side_emit(&Sum(0, 0));
    }
    settle().await;
    let error = servers.io(0).server_side_emit_with_ack(&drop_of("more")).await.expect_err("overloaded");
    let RemoteError::Partial(partial) = error else { panic!("{error}") };
    assert!(
        matches!(&partial.failed[..], [(_, AckError::Refused(error))] if error["code"] == code::OVERLOADED),
        "{partial:?}"
    );
    assert!(servers.io(1).cluster().figures().overloaded > 0);
    servers.close().await;
}

/// Events between nodes have a table of their own.
#[tokio::test(start_paused = true)]
async fn a_client_cannot_send_an_event_between_nodes() {
    let servers = Servers::start(Memory::new(), 1).await;
    let mut client = TestClient::plain(&servers.io(0).websocket()).await;
    let answer = client.ask("cache:drop", serde_json::json!({"prefix": "x"})).await;
    assert_eq!(answer["error"]["code"], code::UNKNOWN_EVENT);
    assert_eq!(servers.log(0).take(), [""; 0]);
    assert_eq!(
        servers.io(0).server_side_emit_with_ack(&drop_of("x")).await,
        Ok(vec![]),
        "there are no others"
    );
    assert!(servers.io(0).table().to_string().contains(r#""cache:drop" (node)"#));
    servers.close().await;
}
