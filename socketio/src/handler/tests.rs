//! Start-up: every fault that a compiler does not see, at once and with its place.

use std::time::Duration;

use crate::{Ack, Config, Event, Payload, Socket, SocketIo, State, handlers, on};

#[derive(Clone)]
struct Db;

mod good {
    use super::*;

    #[derive(serde::Serialize, serde::Deserialize, Event)]
    #[event("good:ask", from = client, ack = Answer)]
    pub(super) struct Ask;

    #[derive(serde::Serialize, serde::Deserialize, Payload)]
    pub(super) struct Answer;

    #[on(Ask)]
    pub(super) fn ask() -> Answer {
        Answer
    }

    #[on("good:ask", priority = -1)]
    fn listens_first(_socket: &Socket) {}

    #[on("good:listed", manual)]
    pub(super) fn listed(_db: State<Db>) {}

    #[on(connect, namespace = "/admin")]
    fn admin() {}
}

mod bad {
    use super::*;

    #[on("bad:twice")]
    fn one() -> u32 {
        1
    }

    #[on("bad:twice")]
    fn two(ack: Ack<u32>) {
        ack.send(&2);
    }

    #[on("bad:state")]
    fn state(_db: State<Db>) {}
}

const NAMES: &[&str] = &["good:ask", "good:nobody", "good:emitted"];
static EVENTS: crate::handler::EventSet =
    crate::private::event_set(NAMES, &[true, true, false], &crate::private::table::<8>(NAMES), &[]);

fn faults(builder: crate::SocketIoBuilder) -> Vec<String> {
    let error = builder.build().expect_err("faults");
    for fault in error.faults() {
        assert!(error.to_string().contains(fault));
    }
    error.faults().to_vec()
}

#[test]
fn all_faults_are_told_at_once_with_their_places() {
    let faults = faults(
        SocketIo::builder()
            .discover_in("socketio::handler::tests")
            .require(&EVENTS)
            .state(1_u8)
            .state(2_u8)
            .config(Config::new().max_payload(0)),
    );
    let expected = [
        "`.state(..)` was called twice with a value of type `u8`",
        "config: `max_payload` is at least 1 byte",
        "handler `state` takes `State<socketio::handler::tests::Db>`, which the server does not have",
        "event \"bad:twice\" of namespace \"/\" is answered twice: by `two` and by `one` (socketio/src/handler/tests.rs:",
        "event \"good:nobody\" has no handler: is the crate that holds it linked",
    ];
    assert_eq!(faults.len(), expected.len(), "{faults:#?}");
    for part in expected {
        assert!(faults.iter().any(|fault| fault.contains(part)), "{part}: {faults:#?}");
    }
    let placed = faults.iter().filter(|fault| fault.starts_with("socketio/src/handler/tests.rs:")).count();
    assert_eq!(placed, 2, "{faults:#?}");
}

#[test]
fn a_server_without_handlers_does_not_start() {
    assert!(faults(SocketIo::builder())[0].starts_with("no handler was found"));
    assert!(
        faults(SocketIo::builder().discover_in("socketio::handler::test"))[0].starts_with("no handler"),
        "a segment"
    );
}

#[test]
fn config_faults_are_told_at_once() {
    let config = Config::new()
        .path("socket.io")
        .ping_interval(Duration::ZERO)
        .write_timeout(Duration::MAX)
        .outbox_messages(0)
        .outbox_bytes(0)
        .inbox_events(0)
        .frames_per_turn(0)
        .max_namespaces(0)
        .origins(["https://fine.example", "fine.example", "https://x.example/path"]);
    let faults = faults(SocketIo::builder().discover_in("socketio::handler::tests::good").config(config));
    for part in [
        "`path`",
        "`ping_interval` is at least 1 ms",
        "`write_timeout` is at most a year",
        "`outbox_messages`",
        "`outbox_bytes`",
        "`inbox_events`",
        "`frames_per_turn`",
        "`max_namespaces`",
        "origin \"fine.example\"",
        "origin \"https://x.example/path\"",
    ] {
        assert!(
            faults.iter().any(|fault| fault.starts_with("config: ") && fault.contains(part)),
            "{part}: {faults:#?}"
        );
    }
    assert_eq!(faults.len(), 10, "{faults:#?}");
}

#[test]
fn the_table_shows_who_handles_what_in_order() {
    // listed, and one of them discovered as well: that is once
    let io = SocketIo::builder()
        .discover_in("socketio::handler::tests::good")
        .handlers(handlers![good::listed, good::ask])
        .state(Db)
        .build()
        .expect("no fault");
    let table = io.table().to_string();
    let lines: Vec<&str> = table.lines().map(|line| line.split(" at ").next().unwrap_or_default()).collect();
    assert_eq!(
        lines,
        [
            "namespace /",
            "  \"good:ask\"               socketio::handler::tests::good::listens_first",
            "  \"good:ask\"               socketio::handler::tests::good::ask (answers)",
            "  \"good:listed\"            socketio::handler::tests::good::listed",
            "namespace /admin",
            "  connect                  socketio::handler::tests::good::admin",
        ],
        "{table}"
    );
    assert!(table.contains("at socketio/src/handler/tests.rs:"));
}
