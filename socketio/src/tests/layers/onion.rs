//! What layers see, in which order, and what becomes of answers and errors.

use std::{collections::BTreeMap, time::Duration};

use serde_json::Value;
use tokio::time::{sleep, timeout};

use super::{both, layered};
use crate::{
    Ack, ClientError, Payload, SocketIo, State,
    error::{FaultKind, SocketError},
    event,
    extract::Extension,
    middleware::{Call, Next, Outcome, Stop, Timeout},
    on,
    tests::kit::{Gate, Log},
};

#[on("add")]
fn add(a: i64, b: i64, State(log): State<Log>) -> i64 {
    log.add("add");
    a + b
}

#[on("listen")]
fn first(State(log): State<Log>) {
    log.add("first");
}

#[on("listen", priority = 1)]
async fn second(State(log): State<Log>) {
    log.add("second");
}

#[on("fails")]
fn fails() -> Result<i64, ClientError> {
    Err(ClientError::new("no", "never"))
}

#[on("panics")]
async fn panics() -> i64 {
    panic!("secret")
}

#[on("wait")]
async fn wait(State(gate): State<Gate>, State(log): State<Log>) -> i64 {
    struct Dropped(Log);
    impl Drop for Dropped {
        fn drop(&mut self) {
            self.0.add("dropped");
        }
    }
    let _dropped = Dropped(log);
    gate.pass().await;
    1
}

#[on("beside", concurrent)]
async fn beside(State(gate): State<Gate>) -> i64 {
    gate.pass().await;
    2
}

/// The `Ack` outlives the handler.
#[on("later")]
fn later(ack: Ack<i64>) {
    tokio::spawn(async move {
        sleep(Duration::from_secs(1)).await;
        ack.send(&7);
    });
}

/// Keeps the `Ack` while it waits, and loses it if it is dropped.
#[on("held")]
async fn held(ack: Ack<i64>) {
    sleep(Duration::from_secs(100)).await;
    ack.send(&7);
}

#[on("forgets")]
fn forgets(ack: Ack<i64>) {
    drop(ack);
}

#[on("moved on")]
fn moved_on(ack: Ack<i64>) -> Result<(), ClientError> {
    tokio::spawn(async move {
        sleep(Duration::from_secs(1)).await;
        ack.send(&7);
    });
    Err(ClientError::new("no", "not after all"))
}

/// A map whose keys are not strings has no JSON form.
#[derive(serde::Serialize, Payload)]
struct NotJson(BTreeMap<Vec<u8>, u8>);

#[on("not json")]
fn not_json() -> NotJson {
    NotJson([(vec![1], 2)].into())
}

#[on(error)]
fn failed(error: &SocketError, State(log): State<Log>) {
    // the clients of a test just go
    if !matches!(error, SocketError::Disconnected { .. }) {
        log.add(format!("error: {error}"));
    }
}

type Noted = std::pin::Pin<Box<dyn Future<Output = Outcome> + Send>>;

fn noted(name: &'static str) -> impl Fn(State<Log>, Call, Next) -> Noted + Send + Sync {
    move |State(log), call, next| {
        Box::pin(async move {
            if call.moment().is_some() {
                return next.run().await;
            }
            log.add(format!("{name} {}", call.event()));
            let outcome = next.run().await;
            log.add(format!("{name}' {}", outcome.error().map_or("ok", ClientError::code)));
            outcome
        })
    }
}

#[tokio::test(start_paused = true)]
async fn layers_are_an_onion_of_the_servers_and_then_the_namespaces() {
    let (server, log, _) = layered(module_path!(), |builder| {
        builder.namespace("/", |n| n.middleware(noted("c"))).middleware(noted("a")).middleware(noted("b"))
    });
    for mut client in both(&server).await {
        assert_eq!(client.ask_named::<i64>(event!("add", 1, 2)).await, Ok(3));
        assert_eq!(client.ask_named::<Value>(event!("listen")).await, Ok(Value::Null));
    }
    let once = [
        "a add", "b add", "c add", "add", "c' ok", "b' ok", "a' ok", "a listen", "b listen", "c listen",
        "first", "second", "c' ok", "b' ok", "a' ok",
    ];
    assert_eq!(log.lines(), [once, once].concat());
}

#[tokio::test(start_paused = true)]
async fn a_gate_refuses_before_everything_after_it() {
    fn no(call: &Call) -> Result<(), ClientError> {
        let refused = call.event() == "add" && call.arg::<i64>() == Ok(13);
        if refused { Err(ClientError::new("unlucky", "not 13")) } else { Ok(()) }
    }
    let (server, log, _) = layered(module_path!(), |builder| {
        builder.middleware(noted("a")).gate(no).middleware(noted("b")).gate(|call: &Call| {
            match call.event() {
                "listen" => Err(Stop::Drop),
                _ => Ok(()),
            }
        })
    });
    for mut client in both(&server).await {
        let error = client.ask_named::<i64>(event!("add", 13, 1)).await.expect_err("refused");
        assert_eq!((error.code(), error.message()), ("unlucky", "not 13"));
        assert_eq!(client.ask_named::<i64>(event!("add", 1, 1)).await, Ok(2));
    }
    let name = std::any::type_name_of_val(&no);
    let error = format!("error: event \"add\", handler `{name}`: not 13");
    let once = ["a add", "a' unlucky", &error, "a add", "b add", "add", "b' ok", "a' ok"];
    assert_eq!(log.lines(), [once, once].concat());
    // what is dropped is not answered, and nobody hears of it
    let mut client = server.client().patience(Duration::from_secs(2)).connect().await.expect("accepted");
    client.emit(event!("listen")).await;
    client.expect_nothing().await;
    assert_eq!(log.lines()[16..], ["a listen", "b listen", "b' ok", "a' ok"]);
}

#[tokio::test(start_paused = true)]
async fn gates_alone_need_no_future() {
    let (server, log, _) = layered(module_path!(), |builder| {
        builder.gate(|call: &Call| match call.event() {
            "listen" => Err(Stop::Drop),
            "fails" => Err(ClientError::new("gate", "shut").into()),
            _ => Ok::<(), Stop>(()),
        })
    });
    for mut client in both(&server).await {
        assert_eq!(client.ask_named::<i64>(event!("add", 1, 2)).await, Ok(3));
        let error = client.ask_named::<i64>(event!("fails")).await.expect_err("refused");
        assert_eq!(error.code(), "gate");
        client.emit(event!("listen")).await;
        let error = client.ask_named::<i64>(event!("nobody")).await.expect_err("unknown");
        assert_eq!(error.code(), "unknown_event");
    }
    assert!(!log.lines().contains(&"first".to_owned()), "{:?}", log.lines());
}

/// The error of a panic, wherever it happens, reaches the client, the `error` event, and the layers outside.
#[tokio::test(start_paused = true)]
async fn panics_of_layers_are_caught_everywhere() {
    let at = |place: &'static str| {
        move |call: Call, next: Next| {
            let here = call.event() == "add" && call.arg::<String>().is_ok_and(|text| text == place);
            assert!(!(here && place == "before its future"), "{place}");
            async move {
                assert!(!(here && place == "before next"), "{place}");
                let outcome = next.run().await;
                assert!(!(here && place == "after next"), "{place}");
                outcome
            }
        }
    };
    let (server, log, _) = layered(module_path!(), |builder| {
        builder
            .gate(|call: &Call| {
                assert!(call.arg::<String>() != Ok("first gate".to_owned()), "first gate");
                Ok::<(), Stop>(())
            })
            .middleware(noted("a"))
            .middleware(at("before its future"))
            .middleware(at("before next"))
            .middleware(at("after next"))
            .gate(|call: &Call| {
                assert!(call.arg::<String>() != Ok("last gate".to_owned()), "last gate");
                Ok::<(), Stop>(())
            })
    });
    let mut seen = 0;
    for mut client in both(&server).await {
        for place in ["first gate", "before its future", "before next", "last gate"] {
            let error = client.ask_named::<i64>(event!("add", place)).await.expect_err(place);
            assert_eq!((error.code(), error.message()), ("panicked", "the handler failed"), "{place}");
            let lines = log.lines().split_off(seen);
            assert!(lines.iter().any(|line| line.ends_with(&format!("panicked: {place}"))), "{lines:?}");
            assert_eq!(lines.contains(&"a' panicked".to_owned()), place != "first gate", "{lines:?}");
            seen = log.lines().len();
        }
        let error = client.ask_named::<i64>(event!("panics")).await.expect_err("a panic");
        assert_eq!(error.code(), "panicked");
        seen = log.lines().len();
        assert_eq!(client.ask_named::<i64>(event!("add", 1, 2)).await, Ok(3), "the socket lives on");
    }
    let _ = seen;
}

#[tokio::test(start_paused = true)]
async fn middleware_may_answer_instead_and_each_request_gets_one_answer() {
    async fn instead(call: Call, next: Next) -> Outcome {
        match call.event() {
            "listen" => call.answer(&42),
            "add" if call.args::<(i64, i64)>() == Ok((0, 0)) => Outcome::done(),
            // an answer after that of the handler is one too many
            "add" => {
                let _ = next.run().await;
                let _ = call.answer(&43);
                call.answer(&44)
            }
            // so is an error
            "wait" => {
                let _ = next.run().await;
                Outcome::failed(ClientError::new("late", "too late"))
            }
            // and one of a task that runs what follows
            "fails" => {
                tokio::spawn(next.run());
                call.answer(&45)
            }
            _ => next.run().await,
        }
    }
    let (server, _, gate) = layered(module_path!(), |builder| builder.middleware(instead));
    gate.open();
    gate.open();
    for mut client in both(&server).await {
        assert_eq!(client.ask_named::<i64>(event!("listen")).await, Ok(42));
        assert_eq!(client.ask_named::<i64>(event!("add", 1, 2)).await, Ok(3));
        assert_eq!(client.ask_named::<Value>(event!("add", 0, 0)).await, Ok(Value::Null));
        assert_eq!(client.ask_named::<i64>(event!("wait")).await, Ok(1));
        assert_eq!(client.ask_named::<i64>(event!("fails")).await, Ok(45));
        client.expect_nothing_for(Duration::from_secs(10)).await;
    }
}

#[tokio::test(start_paused = true)]
async fn an_ack_argument_answers_inside_middleware_as_without() {
    let (server, _, _) =
        layered(module_path!(), |builder| builder.middleware(noted("a")).middleware(noted("b")));
    for mut client in both(&server).await {
        assert_eq!(client.ask_named::<i64>(event!("later")).await, Ok(7));
        let code = |answer: Result<i64, ClientError>| answer.expect_err("an error").code().to_owned();
        assert_eq!(code(client.ask_named(event!("forgets")).await), "unanswered");
        // the error is the answer, and the `Ack` that lives on gives no second one
        assert_eq!(code(client.ask_named(event!("moved on")).await), "no");
        assert_eq!(code(client.ask_named(event!("not json")).await), "internal");
        assert_eq!(code(client.ask_named(event!("fails")).await), "no");
        client.expect_nothing_for(Duration::from_secs(10)).await;
    }
}

#[tokio::test(start_paused = true)]
async fn a_time_out_drops_the_handler_and_answers() {
    let (server, log, _) = layered(module_path!(), |builder| {
        builder.middleware(Timeout::new(Duration::from_secs(5))).middleware(noted("a"))
    });
    for mut client in both(&server).await {
        for name in ["wait", "held"] {
            let asked = crate::emit::Dynamic::new(name, ()).expect("a name");
            let error = client.ask_named::<i64>(asked).await.expect_err("a time-out");
            assert_eq!((error.code(), error.message()), ("timeout", "it took too long"));
        }
        client.expect_nothing_for(Duration::from_secs(200)).await;
        assert_eq!(client.ask_named::<i64>(event!("add", 1, 2)).await, Ok(3));
    }
    assert_eq!(log.lines().iter().filter(|line| *line == "dropped").count(), 2);
    assert!(
        log.lines().iter().any(|line| line.contains("error: event \"wait\", handler `socketio::middleware"))
    );
}

#[tokio::test(start_paused = true)]
async fn errors_are_reported_where_they_happen_and_may_be_changed() {
    async fn change(call: Call, next: Next) -> Outcome {
        let outcome = next.run().await;
        match call.event() {
            "fails" => Outcome::done(), // swallows it
            _ => outcome.map_error(|error| ClientError::new(format!("my {}", error.code()), "changed")),
        }
    }
    let (server, log, _) = layered(module_path!(), |builder| {
        builder.middleware(change).map_error(|error, socket| {
            ClientError::new(error.code().to_owned(), socket.namespace().to_owned())
        })
    });
    for mut client in both(&server).await {
        assert_eq!(client.ask_named::<Value>(event!("fails")).await, Ok(Value::Null));
        let error = client.ask_named::<i64>(event!("panics")).await.expect_err("an error");
        assert_eq!((error.code(), error.message()), ("my panicked", "/"));
        let error = client.ask_named::<i64>(event!("nobody")).await.expect_err("an error");
        assert_eq!((error.code(), error.message()), ("my unknown_event", "/"));
        let error = client.ask_named::<i64>(event!("add", "x")).await.expect_err("an error");
        assert_eq!((error.code(), error.message()), ("my bad_payload", "/"));
    }
    let once = [
        "error: event \"fails\", handler `fails`: never",
        "error: event \"panics\", handler `panics` panicked: secret",
        "error: no handler for event \"nobody\"",
        "error: event \"add\", handler `add`: argument 0: invalid type: string, expected i64",
    ];
    assert_eq!(log.lines(), [once, once].concat());
}

#[tokio::test(start_paused = true)]
async fn middleware_extracts_and_a_missing_value_is_the_outcome() {
    struct User;
    async fn users_only(_: SocketIo, _: Extension<User>, call: Call, next: Next) -> Outcome {
        let _ = call;
        next.run().await
    }
    let (server, log, _) = layered(module_path!(), |builder| {
        builder
            .middleware(async |call: Call, next: Next| match call.moment() {
                Some(_) => Outcome::done(),
                None => next.run().await,
            })
            .namespace("/", |n| n.middleware(users_only))
    });
    for mut client in both(&server).await {
        let error = client.ask_named::<i64>(event!("add", 1, 2)).await.expect_err("no user");
        assert_eq!(error.code(), "rejected");
        client.socket().expect("it lives").extensions().insert(User);
        assert_eq!(client.ask_named::<i64>(event!("add", 1, 2)).await, Ok(3));
    }
    assert!(log.lines()[0].contains("users_only"), "{:?}", log.lines());
}

/// Guarantee 1 holds with layers: one at a time and in order, unless the handlers are concurrent.
#[tokio::test(start_paused = true)]
async fn events_inside_middleware_keep_their_order_and_concurrent_ones_run_alongside() {
    async fn slow(call: Call, next: Next) -> Outcome {
        if call.event() == "listen" {
            sleep(Duration::from_secs(1)).await;
        }
        next.run().await
    }
    let (server, log, gate) = layered(module_path!(), |builder| builder.middleware(slow));
    for mut client in both(&server).await {
        let before = log.lines().len();
        client.emit(event!("listen")).await;
        assert_eq!(client.ask_named::<i64>(event!("add", 1, 2)).await, Ok(3));
        assert_eq!(log.lines()[before..], ["first", "second", "add"]);
        client.emit(event!("beside")).await;
        gate.reached().await;
        let answer = timeout(Duration::from_secs(5), client.ask_named::<i64>(event!("add", 1, 3))).await;
        assert_eq!(answer, Ok(Ok(4)), "it does not wait for the concurrent one");
        gate.open();
    }
}

#[tokio::test(start_paused = true)]
async fn a_call_says_what_it_is() {
    fn look(call: &Call) -> Result<(), ClientError> {
        let State(log) = call.get::<State<Log>>()?;
        let handlers: Vec<_> = call.handlers().collect();
        log.add(format!("{} {} {:?} {handlers:?}", call.namespace(), call.event(), call.moment()));
        Ok(())
    }
    let (server, log, _) = layered(module_path!(), |builder| builder.gate(look));
    let mut client = server.connect().await.expect("accepted");
    client.emit(event!("listen")).await;
    client.emit(event!("nobody")).await;
    server.idle().await;
    assert_eq!(log.lines()[..2], ["/ connect Some(Connect) []", "/ listen None [\"first\", \"second\"]"],);
    assert!(log.lines().contains(&"/ nobody None []".to_owned()), "{:?}", log.lines());
}

#[test]
fn what_middleware_lacks_is_a_fault() {
    struct Db;
    impl Clone for Db {
        fn clone(&self) -> Self {
            Self
        }
    }
    async fn store(State(_): State<Db>, _: Call, next: Next) -> Outcome {
        next.run().await
    }
    let builder = SocketIo::builder().discover_in(module_path!()).state(Log::default()).state(Gate::new());
    let error = builder
        .middleware(store)
        .namespace("/nowhere", |n| n.gate(|_: &Call| Ok::<(), Stop>(())).guard::<State<u8>>())
        .build()
        .expect_err("three faults");
    let kinds: Vec<_> = error.faults().iter().map(crate::error::Fault::kind).collect();
    assert_eq!(kinds, [FaultKind::MissingState, FaultKind::MissingState, FaultKind::UnknownNamespace]);
    assert!(error.to_string().contains("store` takes `State<"), "{error}");
}
