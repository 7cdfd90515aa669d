//! Start-up: every fault that a compiler does not see, at once and with its place.

use std::time::Duration;

use crate::{
    Ack, Config, Event, Payload, Socket, SocketIo, State,
    config::SameSite,
    error::{Fault, FaultKind},
    handlers, on,
};

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

fn faults(builder: crate::SocketIoBuilder) -> Vec<Fault> {
    let error = builder.build().expect_err("faults");
    let lines: Vec<String> = error.faults().iter().map(|fault| format!("  {fault}")).collect();
    assert_eq!(error.to_string().lines().skip(1).collect::<Vec<_>>(), lines, "a line for each");
    error.faults().to_vec()
}

fn kinds(faults: &[Fault]) -> Vec<FaultKind> {
    faults.iter().map(Fault::kind).collect()
}

#[test]
fn all_faults_are_reported_at_once_with_their_places() {
    let faults = faults(
        SocketIo::builder()
            .discover_in("socketio::handler::tests")
            .require(&EVENTS)
            .state(1_u8)
            .state(2_u8)
            .config(Config::new().max_payload(0)),
    );
    let expected = [
        (FaultKind::StateTwice, "`.state(..)` was called twice with a value of type `u8`"),
        (FaultKind::Setting("max_payload"), "config: `max_payload` is at least 1 byte"),
        (
            FaultKind::MissingState,
            "handler `state` takes `State<socketio::handler::tests::Db>`, which the server does not have",
        ),
        (
            FaultKind::AnsweredTwice,
            "event \"bad:twice\" of namespace \"/\" is answered twice: by `two` and by `one` (socketio/src/handler/tests.rs:",
        ),
        (FaultKind::Unhandled, "event \"good:nobody\" has no handler: is the crate that holds it linked"),
    ];
    assert_eq!(faults.len(), expected.len(), "{faults:#?}");
    for (kind, start) in expected {
        let fault = faults.iter().find(|fault| fault.kind() == kind).expect("of each kind one");
        assert!(fault.message().starts_with(start), "{fault}");
        let is_of_handler = matches!(kind, FaultKind::MissingState | FaultKind::AnsweredTwice);
        let file = fault.location().map(|location| location.file);
        assert_eq!(file, is_of_handler.then_some("socketio/src/handler/tests.rs"), "{fault}");
    }
}

#[test]
fn a_fault_starts_with_its_place() {
    let faults = faults(SocketIo::builder().discover_in("socketio::handler::tests::bad").state(1_u8));
    let state = faults.iter().find(|fault| fault.kind() == FaultKind::MissingState).expect("one");
    let location = state.location().expect("of a handler");
    let start = format!("socketio/src/handler/tests.rs:{}: handler `state` takes", location.line);
    assert!(state.to_string().starts_with(&start), "{state}");
}

#[test]
fn a_server_without_handlers_does_not_start() {
    assert_eq!(kinds(&faults(SocketIo::builder())), [FaultKind::NoHandler]);
    let of_no_module = SocketIo::builder().discover_in("socketio::handler::test");
    assert_eq!(kinds(&faults(of_no_module)), [FaultKind::NoHandler], "a segment");
}

#[test]
fn config_faults_are_reported_at_once() {
    let config = Config::new()
        .path("socket.io")
        .ping_interval(Duration::ZERO)
        .write_timeout(Duration::MAX)
        .outbox_messages(0)
        .outbox_bytes(0)
        .inbox_events(0)
        .frames_per_turn(0)
        .max_namespaces(0)
        .max_payload(usize::MAX)
        .recovery(Duration::MAX)
        .recovery_events(0)
        .recovery_bytes(0)
        .session_cookie("a b")
        .session_cookie_same_site(SameSite::None)
        .trusted_proxies("x forwarded", 0)
        .share_per_address(101)
        .origins([
            "https://fine.example",
            "fine.example",
            "https://x.example/path",
            "https://a.example, https://b.example",
            "https://a.*.example",
            "*",
        ]);
    let faults = faults(SocketIo::builder().discover_in("socketio::handler::tests::good").config(config));
    let texts: Vec<String> = faults.iter().map(ToString::to_string).collect();
    let expected = [
        ("ping_interval", "`ping_interval` is at least 1 ms"),
        ("max_payload", "`max_payload` is at most 4_294_967_295 bytes"),
        ("max_namespaces", "`max_namespaces` is at least 1"),
        ("inbox_events", "`inbox_events` is at least 1"),
        ("frames_per_turn", "`frames_per_turn` is at least 1"),
        ("write_timeout", "`write_timeout` is at most 1 year"),
        ("share_per_address", "`share_per_address` is at most 100 percent"),
        ("path", "`path` starts with `/`"),
        ("outbox_messages", "`outbox_messages` is at least 1"),
        ("outbox_bytes", "`outbox_bytes` is at least 1 byte"),
        ("recovery", "`recovery` is at most 1 year"),
        ("recovery_events", "`recovery_events` is at least 1"),
        ("recovery_bytes", "`recovery_bytes` is at least 1 byte"),
        ("session_cookie", "`session_cookie` is a name of letters, digits, `-`, `_` and `.`"),
        (
            "session_cookie_same_site",
            "`session_cookie_same_site` is `SameSite::None` only with `session_cookie_secure(true)`: browsers drop such a cookie",
        ),
        ("trusted_proxies", "`trusted_proxies` names a header"),
        ("trusted_proxies", "`trusted_proxies` counts 1 to 16 proxies"),
        ("origins", "origin \"fine.example\" has the form `https://host[:port]`"),
        ("origins", "origin \"https://x.example/path\" has the form `https://host[:port]`"),
        (
            "origins",
            "origin \"https://a.example, https://b.example\" has a blank or a comma: each origin is a string of its own",
        ),
        (
            "origins",
            "origin \"https://a.*.example\" may have one `*`, as the first label of a host: `https://*.example.com`",
        ),
        ("origins", "origin \"*\" would be every page: that is `any_origin()`"),
    ];
    assert_eq!(texts, expected.map(|(_, text)| format!("config: {text}")));
    assert_eq!(kinds(&faults), expected.map(|(setting, _)| FaultKind::Setting(setting)));
}

#[test]
fn limits_that_contradict_each_other_are_faults() {
    let config = Config::new().outbox_bytes(20_000_000).outbox_ceiling(10_000_000).min_rate(0);
    let config = config.stall_timeout(Duration::MAX);
    let faults = faults(SocketIo::builder().discover_in("socketio::handler::tests::good").config(config));
    let texts: Vec<String> = faults.iter().map(ToString::to_string).collect();
    let expected = [
        "config: `min_rate` is at least 1 byte",
        "config: `outbox_ceiling` is at least `outbox_bytes`",
        "config: `stall_timeout` is at most 1 year",
    ];
    assert_eq!(texts, expected);
}

#[test]
fn the_settings_of_compression_are_checked() {
    let deflate = crate::config::Deflate::new().level(10).threshold(0);
    let builder = SocketIo::builder().discover_in("socketio::handler::tests::good").state(Db);
    let faults = faults(builder.config(Config::new().deflate(deflate)));
    let mut texts: Vec<String> = faults.iter().map(ToString::to_string).collect();
    if cfg!(not(feature = "deflate")) {
        let needed = "config: `deflate` needs the feature `deflate` of the crate `socketio`";
        assert_eq!(texts.pop().as_deref(), Some(needed));
    }
    assert_eq!(texts, ["config: `threshold` is at least 1 byte", "config: `level` is at most 9"]);
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
