//! Layers at the beginning and at the end of a socket's life.

use std::time::Duration;

use tokio::time::sleep;

use super::{both, layered};
use crate::{
    Auth, ClientError, Config, DisconnectReason, Socket, SocketIo, State,
    extract::Extension,
    handler::Lifecycle,
    middleware::{Call, NamespaceBuilder, Next, Outcome},
    on,
    test::TestServer,
    tests::kit::{Gate, Log},
};

struct User;

#[derive(serde::Deserialize)]
struct Login {
    #[serde(default)]
    token: String,
}

#[on(connect)]
fn connected(Auth(login): Auth<Login>, socket: &Socket, State(log): State<Log>) -> Result<(), ClientError> {
    log.add("connected");
    match &*login.token {
        "user" => drop(socket.extensions().insert(User)),
        "bad" => return Err(ClientError::new("unauthorized", "log in first")),
        _ => {}
    }
    Ok(())
}

#[on("hello")]
fn hello() -> u8 {
    1
}

#[on(disconnect)]
fn gone(reason: DisconnectReason, State(log): State<Log>) {
    log.add(format!("gone: {reason}"));
}

#[on("hello", namespace = "/quiet")]
fn quiet() {}

#[tokio::test(start_paused = true)]
async fn a_gate_refuses_a_client_before_the_connect_handlers() {
    fn closed(call: &Call) -> Result<(), ClientError> {
        if call.is_connect() { Err(ClientError::new("closed", "try again tomorrow")) } else { Ok(()) }
    }
    let (server, log, _) = layered(module_path!(), |builder| builder.gate(closed));
    let refusal = server.client().refused().await;
    assert_eq!((refusal.code.as_deref(), &*refusal.message), (Some("closed"), "try again tomorrow"));
    let refusal = server.plain().await.expect_err("refused");
    assert_eq!(refusal.code.as_deref(), Some("closed"));
    assert_eq!(log.lines(), [""; 0]);
}

#[tokio::test(start_paused = true)]
async fn a_guard_looks_at_what_the_connect_handlers_have_done() {
    let (server, log, _) =
        layered(module_path!(), |builder| builder.namespace("/", NamespaceBuilder::guard::<Extension<User>>));
    let mut user =
        server.client().auth(&serde_json::json!({ "token": "user" })).connect().await.expect("a user");
    assert_eq!(user.ask_named::<u8>(crate::event!("hello")).await, Ok(1));
    let mut plain = server.client().query("token=user").plain().await.expect("a user");
    assert_eq!(plain.ask_named::<u8>(crate::event!("hello")).await, Ok(1));
    let refusal = server.client().refused().await;
    assert_eq!(refusal.code.as_deref(), Some("rejected"));
    assert_eq!(log.lines(), ["connected"; 3], "nobody who was refused has a `disconnect`");
    // it is looked at before each event
    user.socket().expect("it lives").extensions().remove::<User>();
    let error = user.ask_named::<u8>(crate::event!("hello")).await.expect_err("no user");
    assert_eq!(error.code(), "rejected");
}

#[tokio::test(start_paused = true)]
async fn middleware_around_connect_may_wait_and_refuse_and_sees_refusals() {
    async fn seen(State(log): State<Log>, call: Call, next: Next) -> Outcome {
        if !call.is_connect() {
            return next.run().await;
        }
        sleep(Duration::from_secs(1)).await;
        if call.arg::<Login>().is_ok_and(|login| login.token == "never") {
            return Outcome::failed(ClientError::new("never", "never"));
        }
        let outcome = next.run().await;
        log.add(format!("{:?}", outcome.error().map(ClientError::code)));
        outcome
    }
    let (server, log, _) = layered(module_path!(), |builder| builder.middleware(seen));
    server.connect().await.expect("accepted");
    let code = |token: &str| server.client().auth(&serde_json::json!({ "token": token })).refused();
    assert_eq!(code("bad").await.code.as_deref(), Some("unauthorized"));
    assert_eq!(code("never").await.code.as_deref(), Some("never"));
    server.idle().await;
    assert_eq!(
        log.lines(),
        ["connected", "None", "gone: transport close", "connected", "Some(\"unauthorized\")"]
    );
}

#[tokio::test(start_paused = true)]
async fn connect_handlers_inside_middleware_have_their_time_limit() {
    async fn forever(call: Call, next: Next) -> Outcome {
        if call.is_connect() {
            std::future::pending::<()>().await;
        }
        next.run().await
    }
    let (server, _, _) = layered(module_path!(), |builder| builder.middleware(forever));
    assert_eq!(server.client().refused().await.code.as_deref(), Some("timeout"));
}

#[tokio::test(start_paused = true)]
async fn nothing_refuses_the_end() {
    async fn no(State(log): State<Log>, call: Call, next: Next) -> Outcome {
        match call.moment() {
            Some(Lifecycle::Disconnect) => {
                log.add("a disconnect");
                Outcome::failed(ClientError::new("no", "stay"))
            }
            _ => next.run().await,
        }
    }
    async fn yes(State(log): State<Log>, call: Call, next: Next) -> Outcome {
        let outcome = next.run().await;
        if call.moment() == Some(Lifecycle::Disconnect) {
            log.add("after it");
        }
        outcome
    }
    fn never(call: &Call) -> Result<(), ClientError> {
        if call.is_connect() { Ok(()) } else { Err(ClientError::new("never", "never")) }
    }
    let (server, log, _) = layered(module_path!(), |builder| builder.gate(never).middleware(no));
    for mut client in both(&server).await {
        client.disconnect().await;
    }
    server.idle().await;
    server.io().close().await;
    let lines = log.lines();
    assert_eq!(lines.iter().filter(|line| line.starts_with("gone")).count(), 2, "{lines:?}");
    assert_eq!(lines.iter().filter(|line| *line == "a disconnect").count(), 2, "{lines:?}");

    let (server, log, _) = layered(module_path!(), |builder| builder.middleware(yes));
    for mut client in both(&server).await {
        client.disconnect().await;
    }
    server.idle().await;
    let lines = log.lines();
    assert_eq!(lines.iter().filter(|line| line.starts_with("gone")).count(), 2, "{lines:?}");
    assert_eq!(lines.iter().filter(|line| *line == "after it").count(), 2, "{lines:?}");
}

/// A namespace without handlers of `connect` and `disconnect` has layers all the same.
#[tokio::test(start_paused = true)]
async fn layers_see_moments_that_nobody_handles() {
    async fn seen(State(log): State<Log>, call: Call, next: Next) -> Outcome {
        log.add(call.event().to_owned());
        next.run().await
    }
    let (server, log, _) =
        layered(module_path!(), |builder| builder.namespace("/quiet", |n| n.middleware(seen)));
    let mut client = server.connect_at("/quiet").await.expect("accepted");
    client.disconnect().await;
    server.idle().await;
    assert_eq!(log.lines(), ["connect", "disconnect"]);
}

#[tokio::test(start_paused = true)]
async fn the_grace_after_the_end_holds_for_middleware() {
    async fn slow(State(gate): State<Gate>, call: Call, next: Next) -> Outcome {
        if call.moment().is_none() {
            gate.pass().await;
        }
        next.run().await
    }
    let (log, gate) = (Log::default(), Gate::new());
    let config = Config::new().handler_grace(Duration::from_secs(3));
    let builder = SocketIo::builder().discover_in(module_path!()).state(log.clone()).state(gate.clone());
    let server = TestServer::new(builder.config(config).middleware(slow).build().expect("no fault"));
    let mut client = server.connect().await.expect("accepted");
    client.emit(crate::event!("hello")).await;
    gate.reached().await;
    client.cut();
    server.advance(Duration::from_secs(2)).await;
    assert_eq!(log.lines(), ["connected"], "it has its grace");
    server.advance(Duration::from_secs(2)).await;
    assert_eq!(log.lines(), ["connected", "gone: transport close"]);
}
