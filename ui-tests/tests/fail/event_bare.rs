use serde::{Deserialize, Serialize};
use socketio::Event;

#[derive(Serialize, Deserialize, Event)]
#[event]
struct Note {
    text: String,
}

fn main() {}
