use serde::Deserialize;
use socketio::Payload;

#[derive(Deserialize, Payload)]
#[payload(validate = |_| Ok(()))]
struct Note {
    text: String,
}

fn main() {}
