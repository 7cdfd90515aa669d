//! Only what is declared with an acknowledgement is answered.

use serde::{Deserialize, Serialize};
use socketio::{Event, Socket, on};

#[derive(Serialize, Deserialize, Event)]
#[event("chat:typing")]
pub struct Typing {
    pub user: String,
}

#[on(connect)]
async fn connected(socket: &Socket) {
    let _ = socket.emit_with_ack(&Typing { user: "ann".to_owned() }).await;
}

fn main() {}
