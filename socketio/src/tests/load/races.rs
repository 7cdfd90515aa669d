//! Verbs in every handler and from other tasks, while the peer leaves.

use std::sync::{
    Arc,
    atomic::{AtomicBool, Ordering},
};

use crate::{
    Config, DisconnectReason, Message, Socket, State,
    config::Overflow,
    error::{SetUuidError, SocketError},
    event, on,
    tests::kit::{
        Gate, Log, Raw, TestClient, assert_nothing_is_left, frame, plain_pipe, server, settle, with_sources,
    },
};

#[on("fires")]
fn fires(socket: &Socket, State(log): State<Log>) {
    log.add("fires");
    assert_eq!(socket.fire(event!("fired", 1)), Ok(()));
    assert_eq!(socket.fire(event!("fired", 2)), Ok(()));
    assert!(socket.emit_to("nobody", event!("x")).is_err());
    log.add("has fired");
}

#[on("fired")]
fn fired(n: u32, State(log): State<Log>) {
    log.add(format!("fired {n}"));
}

#[on("quick")]
fn quick(State(log): State<Log>) {
    log.add("quick");
}

#[on("wait")]
async fn wait(State(gate): State<Gate>) {
    gate.pass().await;
}

#[on(disconnect)]
async fn gone(reason: DisconnectReason, State(log): State<Log>) {
    log.add(format!("disconnect: {}", reason.as_str()));
    tokio::task::yield_now().await;
    log.add("disconnected");
}

#[on(error)]
fn failed(error: &SocketError, State(log): State<Log>) {
    match error {
        SocketError::Disconnected { dropped, .. } => log.add(format!("{dropped} dropped")),
        other => log.add(with_sources(other)),
    }
}

fn event(name: &str) -> Vec<u8> {
    frame(0x81, format!(r#"{{"event":"{name}"}}"#))
}

/// What is fired runs when the current handler has returned: before what follows in the same read.
#[tokio::test(start_paused = true)]
async fn what_is_fired_runs_before_what_was_read() {
    let (io, log, _) = server(module_path!(), Config::new());
    let mut raw = Raw::over(plain_pipe(&io.websocket(), "/ws", 4096));
    raw.send(&[event("fires"), event("quick"), event("quick")].concat()).await;
    let lines = log.wait_for(7).await;
    let faults = "cannot emit to nobody: the socket is closed";
    assert_eq!(lines, ["fires", "has fired", "fired 1", "fired 2", faults, "quick", "quick"]);
    drop(raw);
    assert_nothing_is_left(&io).await;
}

/// An abnormal end drops what was fired just before it, as everything that waits; an orderly one handles it.
#[tokio::test(start_paused = true)]
async fn an_abnormal_end_drops_what_was_fired_as_well() {
    let (io, log, _) = server(module_path!(), Config::new());
    let mut raw = Raw::over(plain_pipe(&io.websocket(), "/ws", 4096));
    raw.send(&[event("fires"), frame(0x83, b"")].concat()).await;
    raw.rest().await;
    drop(raw);
    assert_nothing_is_left(&io).await;
    assert_eq!(log.lines(), ["fires", "has fired", "disconnect: parse error", "disconnected", "2 dropped"]);

    let (io, log, _) = server(module_path!(), Config::new());
    let mut raw = Raw::over(plain_pipe(&io.websocket(), "/ws", 4096));
    raw.send(&[event("fires"), frame(0x88, b"")].concat()).await;
    raw.rest().await;
    drop(raw);
    assert_nothing_is_left(&io).await;
    let lines = log.lines();
    assert_eq!(lines[2..4], ["fired 1", "fired 2"]);
    assert_eq!(lines[5..], ["disconnect: transport close", "disconnected"], "{lines:?}");
}

/// Two that connect at once do not get the same name; it is free again when its socket is refused, or leaves.
#[tokio::test(start_paused = true)]
async fn names_are_unique_among_those_who_connect() {
    let (io, log, gate) = server(module_path!(), Config::new());
    let (told, pass) = (log.clone(), gate.clone());
    let service = io.websocket().on_upgrade(move |socket| {
        let (log, gate) = (told.clone(), pass.clone());
        async move {
            let taken = socket.set_uuid("ann").err();
            log.add(format!("{taken:?} {}", socket.uuid() == "ann"));
            gate.pass().await;
            assert!(socket.handshake().query() != "refuse", "no");
        }
    });
    let duplicate = format!("{:?} false", Some(SetUuidError::Duplicate));
    let refused = TestClient::plain_at(&service, "/ws?refuse").await;
    log.wait_for(1).await;
    let other = TestClient::plain(&service).await;
    assert_eq!(log.wait_for(2).await, ["None true", &duplicate]);
    assert!(io.socket("ann").is_none(), "neither is accepted");
    gate.open();
    gate.open();
    settle().await;
    refused.cut();
    assert_eq!(io.socket_count(), 1, "one is refused, the other is in without the name");
    assert!(io.socket("ann").is_none());

    let first = TestClient::plain(&service).await;
    assert_eq!(log.wait_for(3).await[2], "None true", "the one that was refused has left it");
    let second = TestClient::plain(&service).await;
    assert_eq!(log.wait_for(4).await[3], duplicate);
    gate.open();
    gate.open();
    settle().await;
    assert_eq!(io.socket_count(), 3);
    let named = io.socket("ann").expect("the first");
    assert_eq!(named.uuid(), "ann");
    second.close().await;
    settle().await;
    assert_eq!(io.socket("ann"), Some(named), "the other one had no name to take along");
    first.close().await;
    other.close().await;
    settle().await;
    assert!(io.socket("ann").is_none());
    assert_nothing_is_left(&io).await;
}

/// What is emitted before a socket is accepted is bounded by the ceiling, and there by the same policy.
#[tokio::test(start_paused = true)]
async fn emits_beyond_the_outbox_while_connecting() {
    for overflow in [Overflow::Disconnect, Overflow::DropNewest, Overflow::DropOldest] {
        let (io, log, _) = server(
            module_path!(),
            Config::new().outbox_messages(100).outbox_bytes(1000).outbox_ceiling(10_000).overflow(overflow),
        );
        let told = log.clone();
        let service = io.websocket().messages().on_upgrade(move |socket| {
            let log = told.clone();
            async move {
                let taken = (0..5000).filter(|n| socket.try_emit(Message::text(n.to_string())).is_ok());
                log.add(format!("{} taken", taken.count()));
            }
        });
        let mut raw = Raw::over(plain_pipe(&service, "/ws", 64 * 1024));
        let numbers = |range: std::ops::Range<u32>| range.map(|n| (0x81, n.to_string().into_bytes()));
        match overflow {
            Overflow::Disconnect => {
                let mut frames = raw.rest().await;
                let (first, close) = frames.pop().expect("a close frame");
                assert_eq!((first, &close[..2]), (0x88, &1013_u16.to_be_bytes()[..]));
                assert!(frames.into_iter().eq(numbers(0..146)), "what was taken comes before");
                drop(raw);
                assert_nothing_is_left(&io).await;
                assert_eq!(
                    log.lines(),
                    ["146 taken", "disconnect: forced close", "disconnected", "0 dropped"]
                );
                continue;
            }
            Overflow::DropNewest => {
                for number in numbers(0..146) {
                    assert_eq!(raw.frame().await, Some(number));
                }
                assert_eq!(log.lines(), ["146 taken"]);
            }
            Overflow::DropOldest => {
                for number in numbers(4858..5000) {
                    assert_eq!(raw.frame().await, Some(number));
                }
                assert_eq!(log.lines(), ["5000 taken"]);
            }
        }
        io.emit(Message::text("live"));
        assert_eq!(raw.frame().await, Some((0x81, b"live".to_vec())), "{overflow:?}");
        drop(raw);
        assert_nothing_is_left(&io).await;
    }
}

mod many_rooms {
    use super::{DisconnectReason, Log, Socket, State, on};

    #[on(connect, namespace = "/rooms")]
    fn connected(socket: &Socket) {
        (0..200).for_each(|n| socket.join(n.to_string()));
    }

    #[on(close, namespace = "/rooms")]
    #[on(disconnect, namespace = "/rooms")]
    fn gone(socket: &Socket, reason: DisconnectReason, State(log): State<Log>) {
        let left = socket.io().of("/rooms").is_some_and(|all| all.sockets().is_empty());
        log.add(format!("{} {} {left}", socket.rooms().len(), reason.code()));
    }
}

/// However a socket ends, and even if several end it: its last handlers find it ended, and in all its rooms.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_last_handlers_see_the_end_complete() {
    let (io, log, _) = server(module_path!(), Config::new());
    let service = io.websocket().namespace("/rooms");
    let all = io.of("/rooms").expect("it has handlers");
    for _ in 0..200 {
        let raw = Raw::over(plain_pipe(&service, "/ws", 4096));
        let socket = loop {
            match all.sockets().pop() {
                Some(socket) => break socket,
                None => tokio::task::yield_now().await,
            }
        };
        let closing = tokio::task::spawn_blocking(move || socket.close());
        drop(raw);
        closing.await.expect("no panic");
        while io.hub().connections() > 0 {
            tokio::task::yield_now().await;
        }
    }
    assert_nothing_is_left(&io).await;
    let lines = log.lines();
    assert!(
        lines.len() >= 200 && lines.iter().all(|line| line.starts_with("200 ") && line.ends_with(" true"))
    );
}

/// RFC 6455 5.5.1: nothing follows a close frame, whatever is emitted while the peer's is answered.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn nothing_follows_a_close_frame() {
    let (io, _, _) = server(module_path!(), Config::new());
    let service = io.websocket();
    let (done, all) = (Arc::new(AtomicBool::new(false)), io.clone());
    let over = done.clone();
    let emits = std::thread::spawn(move || {
        while !over.load(Ordering::Relaxed) {
            all.emit(event!("tick"));
        }
    });
    for _ in 0..1000 {
        let mut raw = Raw::over(plain_pipe(&service, "/ws", 256 * 1024));
        assert_eq!(raw.frame().await.expect("a tick").0, 0x81);
        raw.send(&frame(0x88, b"")).await;
        let frames = raw.rest().await;
        let close = frames.iter().position(|(first, _)| *first == 0x88).expect("a close frame");
        assert_eq!(close + 1, frames.len(), "{:?}", frames[close..].first());
    }
    done.store(true, Ordering::Relaxed);
    emits.join().expect("no panic");
    assert_nothing_is_left(&io).await;
}
