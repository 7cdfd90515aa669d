//! An event comes from clients, from the server, or from both.

use serde::Deserialize;
use socketio::Event;

#[derive(Deserialize, Event)]
#[event("chat:message", from = peer)]
pub struct SendMessage {
    pub text: String,
}

fn main() {}
