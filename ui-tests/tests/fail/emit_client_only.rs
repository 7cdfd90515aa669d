//! The server cannot emit what only clients send.

use serde::Deserialize;
use socketio::{Event, Socket, on};

#[derive(Deserialize, Event)]
#[event("chat:message", from = client)]
pub struct SendMessage {
    pub text: String,
}

#[on(connect)]
fn connected(socket: &Socket) {
    socket.emit(&SendMessage { text: "hello".to_owned() });
}

fn main() {}
