//! The acknowledgement has the declared type.

use serde::{Deserialize, Serialize};
use socketio::{Event, Payload, Socket, on};

#[derive(Serialize, Deserialize, Payload)]
pub struct Receipt {
    pub id: u64,
}

#[derive(Serialize, Deserialize, Event)]
#[event("chat:message", ack = Receipt)]
pub struct SendMessage {
    pub text: String,
}

#[on("ask")]
async fn ask(socket: &Socket) {
    if let Ok(receipt) = socket.emit_with_ack(&SendMessage { text: "hello".to_owned() }).await {
        let _: u64 = receipt;
    }
}

fn main() {}
