//! One connection with many namespaces: each frame costs the same, and each socket lives as it would alone.

use std::time::Duration;

use tokio::runtime::Builder;

use super::account::cpu;
use crate::{
    Config, DisconnectReason, Socket, SocketIo, State, event, on,
    tests::kit::{self, Gate, Log, TestClient, assert_nothing_is_left, settle},
};

#[on(connect, namespace = "/slow/{id}")]
async fn deciding(State(gate): State<Gate>) {
    gate.pass().await;
}

#[on("wait", namespace = "/many/{id}")]
async fn wait(socket: Socket, State(gate): State<Gate>, State(log): State<Log>) {
    gate.pass().await;
    log.add(format!("{} went on", socket.namespace()));
}

#[on("note", namespace = "/many/{id}")]
fn note(socket: &Socket) {
    socket.emit(event!("noted"));
}

#[on("fire", namespace = "/many/{id}")]
fn fire(socket: &Socket) {
    socket.fire(event!("fired")).expect("live");
}

#[on("fired", namespace = "/many/{id}")]
fn fired(socket: &Socket) {
    socket.emit(event!("fired"));
}

#[on("go", namespace = "/many/{id}")]
fn go(socket: &Socket) {
    socket.disconnect();
}

#[on(pong, namespace = "/many/{id}")]
fn alive(State(log): State<Log>) {
    log.add("pong");
}

#[on(disconnect, namespace = "/many/{id}")]
async fn left(socket: Socket, reason: DisconnectReason, State(log): State<Log>) {
    log.add(format!("{} {reason:?}", socket.namespace()));
}

fn server(namespaces: usize) -> (SocketIo, Log, Gate) {
    let config = Config::new().max_namespaces(namespaces).max_own_namespaces(namespaces);
    // many handlers wait
    let config = config.inbox_events(10_000).handler_grace(Duration::from_secs(5));
    kit::server(module_path!(), config)
}

/// Joins this many; each has the number of its namespace as its name.
async fn join(io: &SocketIo, namespaces: usize) -> TestClient {
    let mut client = TestClient::packets(io).await;
    for n in 0..namespaces {
        client.send(format!("40/many/{n},")).await;
        assert!(client.text().await.starts_with(&format!("40/many/{n},")));
    }
    client
}

/// What a frame costs a connection with so many namespaces, each of which has a handler that waits or none, for each way of
/// using them.
fn cost(namespaces: usize, wait: bool) -> [Duration; 4] {
    const FRAMES: usize = 2000;
    let runtime = Builder::new_current_thread().enable_time().start_paused(true).build().expect("a runtime");
    runtime.block_on(async {
        let (io, ..) = server(namespaces + 2);
        let mut client = join(&io, namespaces).await;
        if wait {
            for n in 0..namespaces - 1 {
                client.send(format!("42/many/{n},[\"wait\"]")).await;
            }
            settle().await;
        }
        let last = namespaces - 1;
        let mut costs = [Duration::ZERO; 4];
        for (at, cost) in costs.iter_mut().enumerate() {
            let start = cpu();
            for _ in 0..FRAMES {
                match at {
                    // each in a turn of its own
                    0 => {
                        client.send(format!("42/many/{last},[\"note\"]")).await;
                        client.text().await;
                    }
                    1 => {
                        client.send(format!("42/many/{last},[\"fire\"]")).await;
                        client.text().await;
                    }
                    2 => {
                        client.send("40/many/x,").await;
                        client.text().await;
                        client.send("41/many/x,").await;
                    }
                    _ => client.send("3").await,
                }
                settle().await;
            }
            *cost = cpu() - start;
        }
        drop(client);
        io.close().await;
        costs
    })
}

#[test]
fn a_frame_costs_the_same_however_many_namespaces_are_joined() {
    for wait in [false, true] {
        let mut best = [f64::MAX; 4];
        for _ in 0..5 {
            let (few, many) = (cost(100, wait), cost(800, wait));
            for ((best, few), many) in best.iter_mut().zip(few).zip(many) {
                *best = best.min(many.as_secs_f64() / few.as_secs_f64());
            }
            if best.iter().all(|ratio| *ratio < EIGHT_TIMES) {
                break;
            }
        }
        println!("eight times the namespaces, handlers wait: {wait}: {best:.2?} times the work");
        assert!(best.iter().all(|ratio| *ratio < EIGHT_TIMES), "handlers wait: {wait}, {best:?}");
    }
}

/// A walk over all would be near to eight.
const EIGHT_TIMES: f64 = 1.6;

/// More sockets than are walked: each goes on when its own handler does, and no sooner.
#[tokio::test(start_paused = true)]
async fn sockets_of_many_namespaces_live_as_they_would_alone() {
    let (io, log, gate) = server(64);
    let mut client = join(&io, 40).await;
    // handlers that wait hold up their own sockets only
    for n in 0..20 {
        client.send(format!("42/many/{n},[\"wait\"]")).await;
        client.send(format!("42/many/{n},[\"note\"]")).await;
    }
    for n in 20..40 {
        client.send(format!("42/many/{n},[\"fire\"]")).await;
        assert_eq!(client.text().await, format!("42/many/{n},[\"fired\"]"));
    }
    assert_eq!(log.lines().len(), 0);
    for n in 1..=20 {
        gate.open();
        assert_eq!(log.wait_for(n).await.len(), n);
        assert!(client.text().await.ends_with("[\"noted\"]"));
    }
    log.take();
    // by a handler, by another task, by the client
    client.send("42/many/39,[\"go\"]").await;
    assert_eq!(client.text().await, "41/many/39,");
    let other = io.of("/many/38").expect("there").sockets().pop().expect("one");
    other.disconnect();
    assert_eq!(client.text().await, "41/many/38,");
    client.send("41/many/37,").await;
    let mut lines = log.wait_for(3).await;
    lines.sort();
    assert_eq!(
        lines,
        ["/many/37 ClientDisconnect", "/many/38 ServerDisconnect", "/many/39 ServerDisconnect"]
    );
    // a place that was left is used again, also while the handlers of the last one still decide
    for n in 0..6 {
        client.send(format!("40/slow/{n},")).await;
    }
    client.send("40/many/39,").await;
    assert!(client.text().await.starts_with("40/many/39,"));
    for _ in 0..6 {
        gate.open();
        assert!(client.text().await.starts_with("40/slow/"));
    }
    log.take();
    // another task fires at one of them
    let one = io.of("/many/5").expect("there").sockets().pop().expect("one");
    one.fire(event!("fired")).expect("live");
    assert_eq!(client.text().await, "42/many/5,[\"fired\"]");
    client.send("3").await;
    assert_eq!(log.wait_for(38).await.len(), 38, "each hears the pong");
    for _ in 0..100 {
        client.send("3").await;
    }
    settle().await;
    assert_eq!(log.take().len(), 38, "a flood of them is one");
    client.send("42/many/0,[\"wait\"]").await;
    settle().await;
    client.cut();
    tokio::time::sleep(Duration::from_secs(20)).await;
    assert_eq!(log.take().len(), 38, "all have ended, the one whose handler was dropped as well");
    assert_nothing_is_left(&io).await;
}

/// Connect handlers that do not decide have their time, each its own.
#[tokio::test(start_paused = true)]
async fn each_of_many_that_decide_has_its_time() {
    let (io, _, gate) = server(64);
    let mut client = join(&io, 1).await;
    for n in 0..30 {
        client.send(format!("40/slow/{n},")).await;
        tokio::time::sleep(Duration::from_millis(100)).await;
    }
    for n in 0..30 {
        let mut refused = client.text().await;
        if refused == "2" {
            refused = client.text().await;
        }
        assert!(refused.starts_with(&format!("44/slow/{n},")) && refused.contains("timeout"), "{refused}");
    }
    gate.open_all();
    client.send("42/many/0,[\"note\"]").await;
    assert_eq!(client.text().await, "42/many/0,[\"noted\"]");
    drop(client);
    assert_nothing_is_left(&io).await;
}
