//! The program of the design: a listed crate, typed events both ways, names, states, a server.

use std::borrow::Cow;

use serde::{Deserialize, Serialize};
use socketio::{Auth, ClientError, Data, DisconnectReason, Event, Payload, Socket, SocketIo, State, on};

socketio::events! { pub EVENTS = [SendMessage, Typing, Joined, "CUSTOM_EVENT"] }

#[derive(Deserialize, Serialize, Event)]
#[event("chat:message", from = client, ack = Receipt)]
struct SendMessage<'a> {
    #[serde(borrow)]
    room: Cow<'a, str>,
    #[serde(borrow)]
    text: Cow<'a, str>,
}

#[derive(Serialize, Deserialize, Payload)]
struct Receipt {
    id: u64,
}

#[derive(Serialize, Deserialize, Event)]
#[event("chat:typing")]
struct Typing {
    user: String,
}

#[derive(Serialize, Event)]
#[event("chat:joined", from = server)]
struct Joined {
    user: String,
}

#[derive(Deserialize)]
struct Credentials {
    user: String,
}

#[derive(Clone)]
struct Db;

impl Db {
    async fn login(&self, who: &Credentials) -> Result<String, std::io::Error> {
        Ok(who.user.clone())
    }

    async fn store(&self, _room: &str, text: &str) -> u64 {
        text.len() as u64
    }
}

#[on(connect)]
async fn connected(
    socket: &Socket,
    Auth(who): Auth<Credentials>,
    State(db): State<Db>,
) -> Result<(), ClientError> {
    let user = db.login(&who).await.map_err(|_| ClientError::new("unauthorized", "unknown user"))?;
    socket.join("lobby");
    socket.broadcast().emit(&Joined { user: user.clone() });
    socket.extensions().insert(user);
    Ok(())
}

#[on(SendMessage)]
async fn send(
    message: SendMessage<'_>,
    socket: &Socket,
    State(db): State<Db>,
) -> Result<Receipt, ClientError> {
    let id = db.store(&message.room, &message.text).await;
    socket.to(&*message.room).emit(socketio::event!("CUSTOM_EVENT", 1, "two"));
    Ok(Receipt { id })
}

#[on(Typing)]
fn typing(socket: &Socket, typing: Typing) {
    socket.broadcast().emit(&typing);
}

#[on("CUSTOM_EVENT")]
fn custom(a: i64, Data(b): Data<i64>, c: Option<i64>) -> i64 {
    a + b + c.unwrap_or(0)
}

#[on(disconnect)]
fn gone(socket: &Socket, reason: DisconnectReason) {
    let _ = (socket.id(), reason);
}

fn main() {
    let io = SocketIo::builder().discover().require(&EVENTS).state(Db).build().expect("no faults");
    let _: axum::Router =
        axum::Router::new().merge(io.router()).route_service("/ws/{id}", io.websocket().events());
    assert!(EVENTS.names().eq(["chat:message", "chat:typing", "chat:joined", "CUSTOM_EVENT"]));
    assert!(EVENTS.incoming().eq(["chat:message", "chat:typing", "CUSTOM_EVENT"]));

    // every fault at once, each with its place
    let error = SocketIo::builder().discover().build().expect_err("no state");
    assert_eq!(error.faults().len(), 2);
    assert!(error.faults()[0].to_string().contains("program.rs:"));
}
