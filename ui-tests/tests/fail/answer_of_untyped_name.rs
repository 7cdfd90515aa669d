//! The payload says which event it is, though the handler names it.

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

#[on("chat:message")]
async fn send(message: SendMessage) -> String {
    message.text
}

fn main() {}
