//! An event has a name.

use serde::Deserialize;
use socketio::Event;

#[derive(Deserialize, Event)]
pub struct SendMessage {
    pub text: String,
}

fn main() {}
