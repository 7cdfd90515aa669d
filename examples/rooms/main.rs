//! Rooms: `cargo run -p examples --bin rooms [PORT]`.

use std::{env, error::Error};

use axum::Router;
use serde::{Deserialize, Serialize};
use socketio::{ClientError, DisconnectReason, Event, Socket, SocketIo, event, on};
use tokio::net::TcpListener;

#[derive(Deserialize, Event)]
#[event("say", from = client, ack = usize)]
struct Say {
    room: String,
    text: String,
}

#[derive(Serialize, Event)]
#[event("said", from = server)]
struct Said {
    room: String,
    text: String,
}

/// Acknowledged, so that the client knows from when on it receives what the room receives.
#[on("join")]
fn join(socket: &Socket, room: String) -> Result<(), ClientError> {
    // a room exists as long as it has members: decide which names you want to have
    if !["kitchen", "garden"].contains(&room.as_str()) {
        return Err(ClientError::new("no_such_room", format!("there is no {room}")));
    }
    socket.join(room);
    Ok(())
}

#[on("leave")]
fn leave(socket: &Socket, room: String) {
    socket.leave(&room);
}

/// To the members of the room, except for the sender; answers how many those are.
#[on(Say)]
fn say(socket: &Socket, Say { room, text }: Say) -> Result<usize, ClientError> {
    if !socket.rooms().iter().any(|joined| **joined == *room) {
        return Err(ClientError::new("not_a_member", format!("join the {room} first")));
    }
    let members = socket.to(&*room);
    let sent = members.try_emit(&Said { room, text });
    sent.map_err(|error| ClientError::new("not_sent", error.to_string()))
}

/// To everyone, except for those in the garden: `io` includes the sender, `socket.broadcast()` does not.
#[on("ring the bell")]
fn ring(io: SocketIo) {
    io.except("garden").emit(event!("bell"));
}

/// A socket leaves its rooms by itself when it ends. Here they are still known.
#[on(disconnect)]
fn gone(socket: &Socket, reason: DisconnectReason) {
    println!("a member of {:?} is gone: {reason}", socket.rooms());
}

#[tokio::main]
async fn main() -> Result<(), Box<dyn Error>> {
    let port: u16 = env::args().nth(1).map_or(Ok(3000), |port| port.parse())?;
    let io = SocketIo::builder().discover().build()?;
    let listener = TcpListener::bind(("127.0.0.1", port)).await?;
    println!("rooms on http://{}", listener.local_addr()?);
    Ok(axum::serve(listener, Router::new().merge(io.router())).await?)
}
