//! `Ack` answers, so the returned value cannot.

use serde::{Deserialize, Serialize};
use socketio::{Ack, Event, Payload, on};

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
async fn send(_: SendMessage, ack: Ack<Receipt>) -> Receipt {
    drop(ack);
    Receipt { id: 1 }
}

fn main() {}
