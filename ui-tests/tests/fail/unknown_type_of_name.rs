//! The crate lists its events; the event's type is misspelt.

use serde::{Deserialize, Serialize};
use socketio::{Event, on};

socketio::events! { pub EVENTS = [Typing] }

#[derive(Serialize, Deserialize, Event)]
#[event("chat:typing")]
pub struct Typing {
    pub user: String,
}

#[on(Typing)]
fn typing() {}

fn main() {}
