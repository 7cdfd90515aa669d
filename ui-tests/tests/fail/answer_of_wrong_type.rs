//! The event is acknowledged with something else.

use serde::{Deserialize, Serialize};
use socketio::{Event, Payload, on};

#[derive(Serialize, Deserialize, Payload)]
pub struct Receipt {
    pub id: u64,
}

#[derive(Serialize, Deserialize, Event)]
#[event("chat:message", ack = Receipt)]
pub struct SendMessage {
    pub text: String,
}

#[on(SendMessage)]
async fn send(message: SendMessage) -> String {
    message.text
}

fn main() {}
