use serde::{Deserialize, Serialize};
use socketio::Event;

#[derive(Serialize, Deserialize, Event)]
#[event("note", namespace)]
struct Note {
    text: String,
}

fn main() {}
