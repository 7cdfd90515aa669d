use serde::{Deserialize, Serialize};
use socketio::Event;

#[derive(Serialize, Deserialize, Event)]
#[event(NOTE)]
struct Note {
    text: String,
}

const NOTE: &str = "note";

fn main() {}
