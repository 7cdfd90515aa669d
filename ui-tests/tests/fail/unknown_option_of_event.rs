//! There is no such option.

use serde::Deserialize;
use socketio::Event;

#[derive(Deserialize, Event)]
#[event("chat:message", colour = "red")]
pub struct SendMessage {
    pub text: String,
}

fn main() {}
