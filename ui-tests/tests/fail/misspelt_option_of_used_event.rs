//! A mistake in an event is one message, however much the event is used.

use serde::{Deserialize, Serialize};
use socketio::{Ack, Event, Payload, Socket, handlers, on};

#[derive(Serialize, Deserialize, Payload)]
pub struct Receipt {
    pub id: u64,
}

#[derive(Serialize, Deserialize, Event)]
#[event("chat:message", akc = Receipt, from = client)]
pub struct SendMessage {
    pub text: String,
}

#[on(SendMessage)]
async fn send(message: SendMessage) -> Receipt {
    drop(message);
    Receipt { id: 1 }
}

#[on(SendMessage)]
fn listens(_: SendMessage, socket: &Socket, ack: Ack<Receipt>) {
    let _ = (socket, ack);
}

fn main() {
    let _: &[&[socketio::handler::Handler]] = handlers![send, listens];
}
