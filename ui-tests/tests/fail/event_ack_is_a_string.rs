use serde::{Deserialize, Serialize};
use socketio::Event;

#[derive(Serialize, Deserialize, Event)]
#[event("note", ack = "u32")]
struct Note {
    text: String,
}

fn main() {}
