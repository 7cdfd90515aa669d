use serde::Deserialize;
use socketio::Payload;

#[derive(Deserialize, Payload)]
#[payload]
struct Note {
    text: String,
}

fn main() {}
