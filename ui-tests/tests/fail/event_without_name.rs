//! An event has a name.

use serde::Deserialize;
use socketio::Event;

#[derive(Deserialize, Event)]
#[event(from = client)]
pub struct SendMessage {
    pub text: String,
}

fn main() {}
