use serde::Deserialize;
use socketio::Payload;

#[derive(Deserialize)]
#[payload(validate = check)]
struct Note {
    text: String,
}

fn check(note: &Note) -> Result<(), socketio::error::FieldErrors> {
    drop(note.text.len());
    Ok(())
}

fn main() {}
