//! The event is not acknowledged, and the handler returns a value.

use serde::{Deserialize, Serialize};
use socketio::{Event, on};

#[derive(Serialize, Deserialize, Event)]
#[event("chat:typing")]
pub struct Typing {
    pub user: String,
}

#[on(Typing)]
fn typing(typing: Typing) -> String {
    typing.user
}

fn main() {}
