//! Handlers of all events, of those that nobody else handles, and listeners that are added at run time.

use std::sync::Arc;

use serde_json::{Value, json};

use crate::{
    Ack, ClientError, Config, DisconnectReason, Socket, SocketIo, State,
    emit::Rest,
    error::{FireError, ListenError, SocketError},
    event,
    extract::EventName,
    handler::Lifecycle,
    on,
    tests::kit::{Gate, Log, TestClient, assert_nothing_is_left, seconds_since, server},
};

#[on("known")]
fn known(count: u32, State(log): State<Log>) -> u32 {
    log.add(format!("known {count}"));
    count + 1
}

#[on(error)]
fn failed(error: &SocketError, State(log): State<Log>) {
    log.add(format!("error: {error}"));
}

mod any {
    use super::{ClientError, EventName, Log, Rest, State, on};

    #[on(any)]
    fn watch(name: EventName<'_>, rest: Rest, State(log): State<Log>) {
        log.add(format!("any {} {}", name.0, rest.0.len()));
    }

    #[on(any, priority = -1)]
    async fn fail(State(log): State<Log>) -> Result<(), ClientError> {
        tokio::task::yield_now().await;
        log.add("first");
        Err(ClientError::new("any", "it reaches nobody"))
    }
}

mod fallback {
    use super::{Ack, ClientError, EventName, Log, Rest, Socket, State, on};

    #[on(fallback)]
    async fn other(name: EventName<'_>, rest: Rest, State(log): State<Log>) -> Result<String, ClientError> {
        log.add(format!("fallback {}", name.0));
        match rest.0.len() {
            0 => Err(ClientError::new("empty", "say more")),
            many => Ok(format!("{many} of {}", name.0)),
        }
    }

    #[on(fallback, namespace = "/later")]
    fn later(socket: &Socket, ack: Ack<String>) {
        let name = socket.namespace().to_owned();
        tokio::spawn(async move { ack.send(&name) });
    }
}

/// A server with the handlers of these modules along with those of all tests.
fn with(modules: &[&str]) -> (SocketIo, Log) {
    let log = Log::default();

    let mut builder = SocketIo::builder().handlers(crate::handlers![known, failed]).state(log.clone());
    for module in modules {
        builder = builder.discover_in(&format!("{}::{module}", module_path!()));
    }
    (builder.build().expect("no faults"), log)
}

/// Every event is heard by the handlers of `any`, before its own; they do not answer, and what goes wrong in them is
/// not told.
#[tokio::test(start_paused = true)]
async fn any_hears_every_event_and_answers_none() {
    let (io, log) = with(&["any"]);
    let mut client = TestClient::plain(&io.websocket()).await;
    assert_eq!(client.ask("known", json!(4)).await, json!({ "ack": 1, "data": 5 }));
    let error = "error: event \"known\", handler `fail`: it reaches nobody";
    assert_eq!(log.wait_for(4).await, ["first", "any known 1", "known 4", error]);
    let unknown = client.ask("other", json!(4)).await;
    assert_eq!(unknown["error"]["code"], "unknown_event", "hearing is not handling");
    let lines = log.wait_for(8).await;
    assert_eq!(lines[4..6], ["first", "any other 1"]);
    assert_eq!(lines[7], "error: no handler for event \"other\"");
    let socket = io.sockets().pop().expect("one");
    assert_eq!(socket.fire(event!("nobody")), Err(FireError::NoHandler));
    assert_nothing_is_left(&io).await;
}

/// Events without a handler of their own go to the fallback, which may answer; moments of the socket's life do not.
#[tokio::test(start_paused = true)]
async fn the_fallback_gets_what_nobody_else_handles() {
    let (io, log) = with(&["any", "fallback"]);
    let mut client = TestClient::plain(&io.websocket()).await;
    assert_eq!(client.ask("other", json!([1, 2])).await, json!({ "ack": 1, "data": "1 of other" }));
    assert_eq!(log.wait_for(3).await[..3], ["first", "any other 1", "fallback other"]);
    client.send(r#"{"event":"disconnect","id":7}"#).await;
    let refused = json!({ "ack": 7, "error": { "code": "empty", "message": "say more" } });
    assert_eq!(client.json().await, refused, "a name on the wire is not a moment");
    assert_eq!(client.ask("known", json!(0)).await["data"], 1);
    let socket = io.sockets().pop().expect("one");
    assert_eq!(socket.fire(event!("fired", 1)), Ok(()));
    client.ask("known", json!(0)).await;
    let heard = log.lines().into_iter().filter(|line| line.starts_with("fallback")).collect::<Vec<_>>();
    assert_eq!(heard, ["fallback other", "fallback disconnect", "fallback fired"]);
    let mut later = TestClient::plain(&io.websocket().namespace("/later")).await;
    assert_eq!(later.ask("x", Value::Null).await, json!({ "ack": 1, "data": "/later" }));
    assert!(io.table().to_string().contains("  any                      "), "{}", io.table());
    assert_nothing_is_left(&io).await;
}

/// A raw frame is the event `message`, for the fallback as well.
#[tokio::test(start_paused = true)]
async fn the_fallback_gets_raw_messages() {
    let (io, log) = with(&["fallback"]);
    let mut client = TestClient::plain(&io.websocket().messages()).await;
    client.send("[1,2]").await;
    assert_eq!(log.wait_for(1).await, ["fallback message"]);
    assert_nothing_is_left(&io).await;
}

/// Listeners run after the annotated handlers: the server's, then the socket's, each in the order in which they were
/// added, until they are removed.
#[tokio::test(start_paused = true)]
async fn added_listeners_run_in_order_until_they_are_removed() {
    let (io, log) = with(&[]);
    let mut client = TestClient::plain(&io.websocket()).await;
    client.ask("known", json!(0)).await;
    let socket = io.sockets().pop().expect("one");
    let note = |line: &'static str| {
        let log = log.clone();
        move |event: &crate::handler::IncomingEvent| {
            log.add(format!("{line} {}", event.arg::<u32>().expect("a number")));
        }
    };
    let own = socket.on("known", note("own")).expect("a name");
    let first = io.on("known", note("first")).expect("a name");
    let waiting = log.clone();
    io.on_async("known", move |event| {
        let log = waiting.clone();
        async move {
            tokio::task::yield_now().await;
            log.add(format!("{} waited", event.name()));
        }
    })
    .expect("a name");
    assert_eq!(client.ask("known", json!(1)).await["data"], 2, "the annotated handler answers");
    client.ask("nobody", Value::Null).await;
    assert_eq!(log.lines()[1..5], ["known 1", "first 1", "known waited", "own 1"]);
    assert!(first.off() && !first.off());
    assert_eq!(socket.off("known"), 1);
    assert!(!own.off());
    client.ask("known", json!(2)).await;
    client.ask("nobody", Value::Null).await;
    assert_eq!(log.lines()[6..8], ["known 2", "known waited"]);
    assert_eq!((io.off("known"), io.off("known")), (1, 0));
    assert_nothing_is_left(&io).await;
}

/// An event that only listeners hear is known: it is acknowledged with nothing, and can be fired. They are the
/// socket's own, and end with it.
#[tokio::test(start_paused = true)]
async fn a_sockets_listeners_are_its_own() {
    let (io, log) = with(&["fallback"]);
    let service = io.websocket().on_upgrade({
        let log = log.clone();
        move |socket: Socket| {
            let (log, kept) = (log.clone(), socket.clone());
            async move {
                let told = log.clone();
                // the listener holds its socket: that keeps nothing alive
                let on = kept.on("own", move |event| {
                    assert_eq!(event.socket(), &socket);
                    told.add(format!("own {:?}", event.args::<(u8, String)>()));
                });
                on.expect("a name");
                for moment in [Lifecycle::Connect, Lifecycle::Disconnect] {
                    let log = log.clone();
                    kept.on(moment, move |event| {
                        log.add(format!("{} {:?}", event.name(), event.reason().map(DisconnectReason::code)));
                    })
                    .expect("a moment");
                }
            }
        }
    });
    let mut client = TestClient::plain(&service).await;
    client.send(r#"{"event":"own","args":[1,"a"],"id":3}"#).await;
    assert_eq!(client.json().await, json!({ "ack": 3 }), "nothing");
    let socket = io.sockets().pop().expect("one");
    let core = Arc::downgrade(socket.shared());
    socket.fire(event!("own", 2, "b")).expect("it is known");
    client.ask("known", json!(1)).await;
    let mut other = TestClient::plain(&io.websocket()).await;
    assert_eq!(other.ask("own", json!(1)).await["data"], "1 of own", "another's fallback");
    client.send_raw(tokio_tungstenite::tungstenite::Message::Close(None)).await;
    socket.disconnected().await;
    assert_eq!(
        log.wait_for(6).await,
        [
            "connect None",
            "own Ok((1, \"a\"))",
            "own Ok((2, \"b\"))",
            "known 1",
            "fallback own",
            "disconnect Some(1005)",
        ]
    );
    assert_nothing_is_left(&io).await;
    assert!(!socket.on("own", |_| {}).expect("a name").off(), "nobody listens on a socket that has ended");
    drop((socket, io, service));
    assert_eq!(core.strong_count(), 0, "its listeners are dropped with it");
}

/// A panic in a listener is caught, and the next one runs. It is reported, and it does not answer.
#[tokio::test(start_paused = true)]
async fn a_panic_in_a_listener_touches_nobody() {
    let (io, log) = with(&[]);
    let mut client = TestClient::plain(&io.websocket()).await;
    io.on("known", |_| panic!("one")).expect("a name");
    io.on_async("known", |_| async { panic!("two") }).expect("a name");
    let told = log.clone();
    io.on("known", move |_| told.add("three")).expect("a name");
    assert_eq!(client.ask("known", json!(1)).await["data"], 2);
    let panicked = |text| format!("error: event \"known\", handler `(added by `on`)` panicked: {text}");
    assert_eq!(log.wait_for(4).await, ["known 1", "three", &panicked("one"), &panicked("two")]);
    assert_nothing_is_left(&io).await;
}

#[test]
fn what_never_comes_cannot_be_listened_to() {
    let (io, _) = with(&[]);
    for (name, error) in [
        ("connect_error", ListenError::Reserved),
        ("newListener", ListenError::Reserved),
        ("", ListenError::Length),
        (&"x".repeat(257), ListenError::Length),
    ] {
        assert_eq!(io.on(name, |_| {}).expect_err("no event has it"), error, "{name:?}");
    }
    assert!(io.on("disconnect", |_| {}).is_ok(), "a word of the life cycle");
}

/// Listeners may come and go while events are handled; an event is heard by those that were there when it began.
#[tokio::test(start_paused = true)]
async fn listeners_may_change_while_an_event_is_handled() {
    let (io, log) = with(&[]);
    let mut client = TestClient::plain(&io.websocket()).await;
    let (told, server) = (log.clone(), io.clone());
    io.on("known", move |_| {
        let told = told.clone();
        server.off("known");
        server.on("known", move |_| told.add("new")).expect("a name");
    })
    .expect("a name");
    let told = log.clone();
    io.on("known", move |_| told.add("old")).expect("a name");
    for i in 0..3 {
        client.ask("known", json!(i)).await;
    }
    client.ask("nobody", Value::Null).await;
    assert_eq!(log.lines()[..5], ["known 0", "old", "known 1", "new", "known 2"]);
    assert_nothing_is_left(&io).await;
}

mod concurrent {
    use super::{Gate, Log, Socket, State, event, on};

    #[on("beside", concurrent)]
    async fn beside(number: u32, socket: Socket, State(log): State<Log>, State(gate): State<Gate>) -> u32 {
        log.add(format!("beside {number}"));
        gate.pass().await;
        socket.emit(event!("passed", number));
        log.add(format!("passed {number}"));
        number
    }

    #[on("serial")]
    fn serial(State(log): State<Log>) {
        log.add("serial");
    }

    #[on("mixed", concurrent)]
    async fn mixed(State(gate): State<Gate>) {
        gate.pass().await;
    }

    #[on("mixed", priority = 1)]
    fn behind(State(log): State<Log>) {
        log.add("behind mixed");
    }

    #[on(disconnect)]
    fn gone(State(log): State<Log>) {
        log.add("gone");
    }
}

fn concurrent(config: Config) -> (SocketIo, Log, Gate) {
    server(concat!(module_path!(), "::concurrent"), config)
}

/// Guarantee 1: a concurrent handler that waits holds up nothing, up to a bound; each answers for itself.
#[tokio::test(start_paused = true)]
async fn concurrent_handlers_run_alongside_others_up_to_a_bound() {
    let (io, log, gate) = concurrent(Config::new().max_concurrent(3));
    let mut client = TestClient::plain(&io.websocket()).await;
    for number in 0..5 {
        client.send(json!({ "event": "beside", "data": number, "id": number }).to_string()).await;
    }
    client.emit("serial", Value::Null).await;
    for _ in 0..4 {
        gate.reached().await;
    }
    assert_eq!(log.lines(), ["beside 0", "beside 1", "beside 2", "beside 3"], "the fourth holds up the rest");
    gate.open();
    gate.reached().await;
    let lines = log.wait_for(6).await;
    assert_eq!(lines[4..], ["passed 0", "beside 4"], "there is room for one more");
    (0..4).for_each(|_| gate.open());
    let lines = log.wait_for(11).await;
    assert!(lines[6..].contains(&"serial".to_owned()), "{lines:?}");
    let mut answered = vec![];
    while answered.len() < 5 {
        let told = client.json().await;
        if told["ack"].is_u64() {
            assert_eq!(told["ack"], told["data"]);
            answered.push(told["ack"].as_u64().expect("a number"));
        }
    }
    answered.sort_unstable();
    assert_eq!(answered, [0, 1, 2, 3, 4]);
    assert_nothing_is_left(&io).await;
}

/// Guarantee 1: events after a concurrent handler go on at once.
#[tokio::test(start_paused = true)]
async fn events_after_a_concurrent_handler_go_on() {
    let (io, log, gate) = concurrent(Config::new());
    let mut client = TestClient::plain(&io.websocket()).await;
    client.emit("beside", json!(1)).await;
    client.ask("serial", Value::Null).await;
    assert_eq!(log.lines(), ["beside 1", "serial"]);
    // a listener after it that is not concurrent keeps its place
    client.emit("mixed", Value::Null).await;
    client.emit("serial", Value::Null).await;
    gate.reached().await;
    gate.reached().await;
    assert_eq!(log.lines().len(), 2);
    gate.open();
    gate.open();
    let lines = log.wait_for(5).await;
    let at = |line: &str| lines.iter().skip(2).position(|known| known == line);
    assert!(at("behind mixed") < at("serial"), "{lines:?}");
    assert_nothing_is_left(&io).await;
}

/// Guarantee 3: `disconnect` comes after concurrent handlers as well, and they have their grace period.
#[tokio::test(start_paused = true)]
async fn disconnect_waits_for_concurrent_handlers() {
    let grace = std::time::Duration::from_secs(3);
    for opened in [true, false] {
        let (io, log, gate) = concurrent(Config::new().handler_grace(grace));
        let mut client = TestClient::plain(&io.websocket()).await;
        client.emit("beside", json!(1)).await;
        client.emit("beside", json!(2)).await;
        gate.reached().await;
        gate.reached().await;
        let socket = io.sockets().pop().expect("one");
        client.close().await;
        socket.disconnected().await;
        let ended = tokio::time::Instant::now();
        let expected: &[&str] = if opened {
            gate.open();
            gate.open();
            &["beside 1", "beside 2", "passed 1", "passed 2", "gone"]
        } else {
            &["beside 1", "beside 2", "gone"]
        };
        assert_eq!(log.wait_for(expected.len()).await, expected);
        assert_eq!(seconds_since(ended), if opened { 0 } else { 3 });
        assert_nothing_is_left(&io).await;
    }
}

/// What a concurrent handler holds counts for the bound of what is read.
#[tokio::test(start_paused = true)]
async fn concurrent_handlers_count_for_the_inbox() {
    let (io, log, gate) = concurrent(Config::new().inbox_events(4));
    let mut client = TestClient::plain(&io.websocket()).await;
    for number in 0..8 {
        client.emit("beside", json!(number)).await;
    }
    for _ in 0..4 {
        gate.reached().await;
    }
    tokio::time::sleep(std::time::Duration::from_secs(1)).await;
    assert_eq!(log.lines().len(), 4);
    (0..8).for_each(|_| gate.open());
    log.wait_for(16).await;
    assert_nothing_is_left(&io).await;
}

mod associated {
    use super::{Log, Socket, SocketError, State, event, on};

    struct Chat(u32);

    #[on]
    impl Chat {
        const LIMIT: u32 = 3;

        #[on("say", priority = 1)]
        async fn say(
            socket: &Socket,
            text: String,
            State(log): State<Log>,
        ) -> Result<usize, crate::ClientError> {
            log.add("say");
            socket.emit(event!("said", &text));
            Self::count(&text)
        }

        fn count(text: &str) -> Result<usize, crate::ClientError> {
            let limit = Self(Self::LIMIT).0 as usize;
            (text.len() <= limit)
                .then_some(text.len())
                .ok_or_else(|| crate::ClientError::new("long", "too long"))
        }

        #[on("say")]
        #[on(error)]
        fn listens(State(log): State<Log>) {
            log.add("listens");
        }

        #[on(disconnect)]
        fn gone(_: Option<crate::extract::Extension<Self>>, State(log): State<Log>) {
            log.add("gone");
        }
    }

    #[on(error)]
    fn failed(error: &SocketError, State(log): State<Log>) {
        log.add(error.to_string());
    }
}

/// Associated functions are handlers where their `impl` is annotated.
#[tokio::test(start_paused = true)]
async fn associated_functions_may_be_handlers() {
    let (io, log, _) = server(concat!(module_path!(), "::associated"), Config::new());
    let mut client = TestClient::plain(&io.websocket()).await;
    client.send(r#"{"event":"say","data":"abc","id":1}"#).await;
    assert_eq!(client.json().await, json!({ "event": "said", "data": "abc" }));
    assert_eq!(client.json().await, json!({ "ack": 1, "data": 3 }));
    client.emit("say", json!("four")).await;
    client.close().await;
    let failed = "event \"say\", handler `Chat::say`: too long";
    assert_eq!(log.wait_for(7).await, ["listens", "say", "listens", "say", "listens", failed, "gone"]);
    assert_nothing_is_left(&io).await;
}
