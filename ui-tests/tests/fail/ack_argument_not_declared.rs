//! The event is not acknowledged.

use serde::{Deserialize, Serialize};
use socketio::{Ack, Event, on};

#[derive(Serialize, Deserialize, Event)]
#[event("chat:typing")]
pub struct Typing {
    pub user: String,
}

#[on(Typing)]
fn typing(typing: Typing, ack: Ack<String>) {
    ack.send(&typing.user);
}

fn main() {}
