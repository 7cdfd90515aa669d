use serde::{Deserialize, Serialize};
use socketio::Event;

#[derive(Serialize, Deserialize, Event)]
#[event(name = "note")]
struct Note {
    text: String,
}

fn main() {}
