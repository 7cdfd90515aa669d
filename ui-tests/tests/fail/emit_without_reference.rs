//! An event is emitted by reference.

use serde::{Deserialize, Serialize};
use socketio::{Event, Socket, on};

#[derive(Serialize, Deserialize, Event)]
#[event("chat:typing")]
pub struct Typing {
    pub user: String,
}

#[on(connect)]
fn connected(socket: &Socket) {
    socket.emit(Typing { user: "ann".to_owned() });
}

fn main() {}
