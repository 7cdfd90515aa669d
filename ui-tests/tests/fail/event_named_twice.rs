//! An event has one name.

use serde::Deserialize;
use socketio::Event;

#[derive(Deserialize, Event)]
#[event("chat:message")]
#[event("chat:said")]
pub struct SendMessage {
    pub text: String,
}

fn main() {}
