//! A client that connects sends no event.

use serde::{Deserialize, Serialize};
use socketio::{Event, Socket, on};

#[derive(Serialize, Deserialize, Event)]
#[event("chat:typing")]
pub struct Typing {
    pub user: String,
}

#[on(connect)]
async fn connected(_: &Socket, _: Typing) {}

fn main() {}
