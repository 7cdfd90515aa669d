//! A chat on typed events: `cargo run --release -p examples --bin chat [PORT] [FOLDER]`.
//!
//! The page speaks the plain wire. With the folder of the official client's files (`dist` of the npm package
//! `socket.io-client`) it speaks Socket.IO, and has a switch between the two: the handlers are the same.

#[cfg(test)]
mod contract;
mod page;
mod people;

use std::{
    error::Error,
    sync::atomic::{AtomicU64, Ordering},
    time::SystemTime,
};

use axum::Router;
use serde::{Deserialize, Serialize};
use socketio::{
    Auth, ClientError, Event, Payload, Socket, SocketIo, State, error::BuildError, extract::Extension, on,
};
use tokio::net::TcpListener;

use crate::people::{Name, People};

socketio::events! { EVENTS = [Say, Typing, Enter, Said, IsTyping, Online, Welcome] }

// --- what the page sends ---

/// A message to everyone in the room.
#[derive(Deserialize, Event)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
#[event("say", from = client, ack = Receipt)]
struct Say {
    text: String,
}

/// The message was sent.
#[derive(Serialize, Deserialize, Payload)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
struct Receipt {
    id: u64,
    /// Milliseconds since 1970.
    at: u64,
}

/// Somebody is typing, or has stopped.
#[derive(Deserialize, Event)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
#[event("typing", from = client)]
struct Typing {
    now: bool,
}

/// Go to another room. Everybody is in exactly one.
#[derive(Deserialize, Event)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
#[event("enter", from = client, ack = Room)]
struct Enter {
    room: String,
}

/// The room that a person is in.
#[derive(Debug, Clone, Serialize, Deserialize, Payload)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
struct Room {
    room: String,
}

// --- what the server sends ---

#[derive(Serialize, Event)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
#[event("said", from = server)]
struct Said<'a> {
    id: u64,
    at: u64,
    name: &'a str,
    text: String,
}

#[derive(Serialize, Event)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
#[event("is typing", from = server)]
struct IsTyping<'a> {
    name: &'a str,
    now: bool,
}

/// Who is online, and who has just arrived or left.
#[derive(Serialize, Event)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
#[event("online", from = server)]
struct Online<'a> {
    names: Vec<String>,
    came: Option<&'a str>,
    went: Option<&'a str>,
}

/// The first event that a newcomer receives.
#[derive(Serialize, Event)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
#[event("welcome", from = server)]
struct Welcome<'a> {
    name: &'a str,
    names: Vec<String>,
}

// --- the handlers ---

#[derive(Deserialize)]
struct Login {
    #[serde(default)]
    name: String,
}

#[on(connect)]
fn come(socket: &Socket, Auth(login): Auth<Login>, State(people): State<People>) -> Result<(), ClientError> {
    let name = Name::new(&login.name)?;
    let names = people.enter(&name)?;
    socket.emit(&Welcome { name: name.as_str(), names: names.clone() });
    socket.broadcast().emit(&Online { names, came: Some(name.as_str()), went: None });
    socket.extensions().insert(name);
    socket.extensions().insert(Room { room: LOBBY.to_owned() });
    socket.join(LOBBY);
    Ok(())
}

#[on(Enter)]
fn enter(socket: &Socket, enter: Enter) -> Result<Room, ClientError> {
    let room = enter.room.trim().to_lowercase();
    if room.is_empty() || room.chars().count() > MAX_ROOM {
        return Err(ClientError::new("bad_room", format!("A room's name has 1 to {MAX_ROOM} characters.")));
    }
    let room = Room { room };
    socket.leave_all();
    socket.join(&*room.room);
    socket.extensions().insert(room.clone());
    Ok(room)
}

#[on(disconnect)]
fn leave(socket: &Socket, name: Extension<Name>, State(people): State<People>) {
    let names = people.leave(&name);
    socket.broadcast().emit(&Online { names, came: None, went: Some(name.as_str()) });
}

#[on(Say)]
fn say(
    socket: &Socket,
    say: Say,
    name: Extension<Name>,
    room: Extension<Room>,
) -> Result<Receipt, ClientError> {
    static LAST: AtomicU64 = AtomicU64::new(0);

    let text = say.text.trim();
    if text.is_empty() {
        return Err(ClientError::new("empty", "A message needs some text."));
    }
    if text.chars().count() > MAX_TEXT {
        return Err(ClientError::new("too_long", format!("A message has at most {MAX_TEXT} characters.")));
    }
    let id = LAST.fetch_add(1, Ordering::Relaxed) + 1;
    let at = now();
    socket.to(&*room.room).emit(&Said { id, at, name: name.as_str(), text: text.to_owned() });
    Ok(Receipt { id, at })
}

#[on(Typing)]
fn typing(socket: &Socket, typing: Typing, name: Extension<Name>, room: Extension<Room>) {
    socket.to(&*room.room).emit(&IsTyping { name: name.as_str(), now: typing.now });
}

/// The longest message, in characters.
const MAX_TEXT: usize = 500;
/// The longest name of a room, in characters.
const MAX_ROOM: usize = 24;
/// Where everybody starts.
const LOBBY: &str = "lobby";

fn now() -> u64 {
    let since = SystemTime::now().duration_since(SystemTime::UNIX_EPOCH).unwrap_or_default();
    u64::try_from(since.as_millis()).unwrap_or(u64::MAX)
}

fn server() -> Result<SocketIo, BuildError> {
    SocketIo::builder().discover().require(&EVENTS).state(People::default()).build()
}

#[tokio::main]
async fn main() -> Result<(), Box<dyn Error>> {
    tracing_subscriber::fmt().with_writer(std::io::stderr).init();
    let mut args = std::env::args().skip(1);
    let port = args.next().map_or(Ok(3000), |port| port.parse())?;
    let client = args.next().map(|folder| page::official_client(&folder)).transpose()?;
    let io = server()?;
    let app =
        Router::new().merge(page::routes(client)).merge(io.router()).route_service("/ws", io.websocket());
    let listener = TcpListener::bind(("127.0.0.1", port)).await?;
    println!("chat on http://{}", listener.local_addr()?);
    let stop = async move {
        tokio::signal::ctrl_c().await.ok();
        io.close().await;
    };
    axum::serve(listener, app).with_graceful_shutdown(stop).await?;
    Ok(())
}
