use serde::{Deserialize, Serialize};
use socketio::Event;

#[derive(Serialize, Deserialize, Event)]
#[event("note", validate = "check")]
struct Note {
    text: String,
}

fn check(note: &Note) -> Result<(), socketio::error::FieldErrors> {
    drop(note.text.len());
    Ok(())
}

fn main() {}
