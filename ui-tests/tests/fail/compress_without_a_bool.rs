//! Whether an event is compressed is `true` or `false`.

use serde::Serialize;
use socketio::Event;

#[derive(Serialize, Event)]
#[event("secret", from = server, compress = no)]
pub struct Secret {
    pub token: String,
}

fn main() {}
