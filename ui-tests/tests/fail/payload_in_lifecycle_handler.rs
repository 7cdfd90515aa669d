//! A disconnect carries no payload.

use serde::{Deserialize, Serialize};
use socketio::{Event, Socket, on};

#[derive(Serialize, Deserialize, Event)]
#[event("chat:typing")]
pub struct Typing {
    pub user: String,
}

#[on(disconnect)]
fn gone(_: &Socket, _: Typing) {}

fn main() {}
