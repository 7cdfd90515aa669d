use serde::{Deserialize, Serialize};
use socketio::Event;

#[derive(Serialize, Deserialize, Event)]
#[event("note", ack)]
struct Note {
    text: String,
}

fn main() {}
