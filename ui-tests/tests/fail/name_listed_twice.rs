//! A type and a name of the list are the same event.

use serde::{Deserialize, Serialize};
use socketio::Event;

socketio::events! { pub EVENTS = [Typing, "chat:message", "chat:typing"] }

#[derive(Serialize, Deserialize, Event)]
#[event("chat:typing")]
pub struct Typing {
    pub user: String,
}

fn main() {}
