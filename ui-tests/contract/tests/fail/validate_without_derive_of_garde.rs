//! `validate` alone asks garde, which knows the type by a derive of its own.

use serde::Deserialize;
use socketio::Payload;

#[derive(Deserialize, Payload)]
#[payload(validate)]
struct Note {
    text: String,
}

fn main() {}
