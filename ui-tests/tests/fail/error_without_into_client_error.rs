//! What the client receives of an error must be stated.

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
async fn send(_: SendMessage) -> Result<Receipt, std::io::Error> {
    Ok(Receipt { id: 1 })
}

fn main() {}
