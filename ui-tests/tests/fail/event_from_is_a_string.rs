use serde::{Deserialize, Serialize};
use socketio::Event;

#[derive(Serialize, Deserialize, Event)]
#[event("note", from = "client")]
struct Note {
    text: String,
}

fn main() {}
