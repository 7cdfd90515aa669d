//! Roles, limits and an audit, once for all handlers, and an error type of the program's own:
//! `cargo run -p examples --bin roles [PORT]`; its tests: `cargo test -p examples --bin roles`.

use std::{
    env,
    error::Error,
    sync::{Arc, Mutex},
    time::Duration,
};

use axum::Router;
use serde::{Deserialize, Serialize};
use socketio::{
    Auth, ClientError, Event, Socket, SocketIo, State,
    error::{BuildError, IntoClientError},
    extract::{EventContext, FromEvent, Kind},
    middleware::{Call, NamespaceBuilder, Next, Outcome, RateLimit, Timeout},
    on,
};
use tokio::net::TcpListener;

#[derive(Deserialize)]
struct Credentials {
    #[serde(default)]
    token: String,
}

struct User {
    name: String,
    is_admin: bool,
}

/// A guard is an extractor: it runs before the handler, and its rejection is the answer.
struct Admin(Arc<User>);

impl<'e, K: Kind> FromEvent<'e, K> for Admin {
    type Rejection = ClientError;

    fn from_event(cx: &mut EventContext<'e>) -> Result<Self, ClientError> {
        match cx.socket().extensions().get::<User>() {
            Some(user) if user.is_admin => Ok(Self(user)),
            _ => Err(ClientError::new("forbidden", "only for administrators")),
        }
    }
}

#[derive(Debug, IntoClientError)]
enum DoorError {
    #[client_error(code = "no_such_door")]
    NoSuchDoor {
        #[client_error(data)]
        doors: u8,
    },
    /// What happened inside stays inside.
    #[client_error(code = "unavailable", message = "try again later")]
    Lock,
}

impl From<std::io::Error> for DoorError {
    fn from(error: std::io::Error) -> Self {
        eprintln!("{error}");
        Self::Lock
    }
}

#[derive(Serialize, Deserialize, Event)]
#[event("door:open", from = client, ack = String)]
struct OpenDoor(u8);

/// The doors that were opened, and the users that did it.
#[derive(Clone, Default)]
struct Audit(Arc<Mutex<Vec<String>>>);

/// In `/` everybody logs in; in `/admin` administrators do.
#[on(connect)]
#[on(connect, namespace = "/admin")]
fn connected(Auth(credentials): Auth<Credentials>, socket: &Socket) -> Result<(), ClientError> {
    let (name, is_admin) = match &*credentials.token {
        "ann's token" => ("Ann", true),
        "bob's token" => ("Bob", false),
        _ => return Err(ClientError::new("unauthorized", "the token is not valid")),
    };
    socket.extensions().insert(User { name: name.to_owned(), is_admin });
    Ok(())
}

/// One handler that needs a role takes the guard as an argument.
#[on(OpenDoor)]
fn open(door: OpenDoor, Admin(user): Admin) -> Result<String, DoorError> {
    match door.0 {
        1 => Ok(format!("{} is in", user.name)),
        2 => Err(std::io::Error::other("the lock at 10.0.0.7 does not answer"))?,
        _ => Err(DoorError::NoSuchDoor { doors: 2 }),
    }
}

#[on("look")]
fn look() -> &'static str {
    "two doors"
}

/// In a namespace that has the guard, no handler needs to name it.
#[on("audit", namespace = "/admin")]
fn audit(State(audit): State<Audit>) -> Vec<String> {
    audit.0.lock().map(|lines| lines.clone()).unwrap_or_default()
}

/// Middleware: extractors first, then what is called and what follows.
async fn write_down(State(audit): State<Audit>, call: Call, next: Next) -> Outcome {
    let user = call.socket().extensions().get::<User>();
    let event = call.event().to_owned();
    let outcome = next.run().await;
    if let (Some(user), None) = (user, call.moment()) {
        let line = format!("{} {event}: {}", user.name, outcome.error().map_or("ok", ClientError::code));
        if let Ok(mut lines) = audit.0.lock() {
            lines.push(line);
        }
    }
    outcome
}

fn server() -> Result<SocketIo, BuildError> {
    let second = Duration::from_secs(1);
    SocketIo::builder()
        .discover()
        .state(Audit::default())
        .gate(RateLimit::per_socket(20, second).event("look", 2, second))
        .middleware(write_down)
        .middleware(Timeout::new(5 * second))
        .namespace("/admin", NamespaceBuilder::guard::<Admin>)
        .build()
}

#[tokio::main]
async fn main() -> Result<(), Box<dyn Error>> {
    let port: u16 = env::args().nth(1).map_or(Ok(3000), |port| port.parse())?;
    let io = server()?;
    let listener = TcpListener::bind(("127.0.0.1", port)).await?;
    println!("roles on http://{}", listener.local_addr()?);
    Ok(axum::serve(listener, Router::new().merge(io.router())).await?)
}

#[cfg(test)]
mod tests {
    use serde_json::json;
    use socketio::{
        event,
        test::{TestClient, TestServer},
    };

    use super::*;

    async fn log_in(
        server: &TestServer,
        namespace: &str,
        token: &str,
    ) -> Result<TestClient, socketio::test::Refusal> {
        server.client().namespace(namespace).auth(&json!({ "token": token })).connect().await
    }

    #[tokio::test(start_paused = true)]
    async fn a_role_opens_the_door() {
        let server = TestServer::new(server().expect("no fault"));
        let mut ann = log_in(&server, "/", "ann's token").await.expect("accepted");
        let mut bob = log_in(&server, "/", "bob's token").await.expect("accepted");
        assert_eq!(ann.ask(&OpenDoor(1)).await.as_deref(), Ok("Ann is in"));
        assert_eq!(bob.ask(&OpenDoor(1)).await.expect_err("no role").code(), "forbidden");
        let error = ann.ask(&OpenDoor(2)).await.expect_err("no lock");
        assert_eq!((error.code(), error.message()), ("unavailable", "try again later"));
        let error = ann.ask(&OpenDoor(3)).await.expect_err("no door");
        assert_eq!((error.code(), error.data()), ("no_such_door", Some(&json!({ "doors": 2 }))));

        let mut admin = log_in(&server, "/admin", "ann's token").await.expect("accepted");
        let audit = admin.ask_named::<Vec<String>>(event!("audit")).await.expect("an answer");
        assert_eq!(
            audit,
            [
                "Ann door:open: ok",
                "Bob door:open: forbidden",
                "Ann door:open: unavailable",
                "Ann door:open: no_such_door",
            ]
        );
        let refusal = log_in(&server, "/admin", "bob's token").await.expect_err("no role");
        assert_eq!(refusal.code.as_deref(), Some("forbidden"));
        let refusal = log_in(&server, "/", "mallory's token").await.expect_err("no user");
        assert_eq!(refusal.code.as_deref(), Some("unauthorized"));
    }

    #[tokio::test(start_paused = true)]
    async fn one_who_looks_too_often_has_to_wait() {
        let server = TestServer::new(server().expect("no fault"));
        let mut bob = log_in(&server, "/", "bob's token").await.expect("accepted");
        for _ in 0..2 {
            assert_eq!(bob.ask_named::<String>(event!("look")).await.as_deref(), Ok("two doors"));
        }
        let error = bob.ask_named::<String>(event!("look")).await.expect_err("too often");
        assert_eq!((error.code(), error.data()), ("rate_limited", Some(&json!({ "retry_after_ms": 500 }))));
        server.advance(Duration::from_millis(500)).await;
        assert!(bob.ask_named::<String>(event!("look")).await.is_ok());
    }
}
