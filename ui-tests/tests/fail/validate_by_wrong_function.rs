use serde::Deserialize;
use socketio::Payload;

#[derive(Deserialize, Payload)]
#[payload(validate = check)]
struct Note {
    text: String,
}

fn check(note: &Note) -> bool {
    note.text.is_empty()
}

fn main() {}
