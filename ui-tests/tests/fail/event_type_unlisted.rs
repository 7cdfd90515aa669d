//! The crate lists its events, and declares one that it does not list.

use serde::{Deserialize, Serialize};
use socketio::Event;

socketio::events! { pub EVENTS = ["chat:message"] }

#[derive(Serialize, Deserialize, Event)]
#[event("chat:typing")]
pub struct Typing {
    pub user: String,
}

fn main() {}
