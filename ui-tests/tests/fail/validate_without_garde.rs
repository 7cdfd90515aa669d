use serde::Deserialize;
use socketio::Payload;

#[derive(Deserialize, Payload)]
#[payload(validate)]
struct Note {
    text: String,
}

fn main() {
    let _ = Note { text: String::new() }.text;
}
