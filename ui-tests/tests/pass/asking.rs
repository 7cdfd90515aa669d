//! An event with a type says what is answered; of one with a name, the caller does.

use serde::{Deserialize, Serialize};
use socketio::{ClientError, Event, Socket, event, on};

#[derive(Serialize, Deserialize, Event)]
#[event("question", ack = u32)]
struct Question {
    text: String,
}

#[on(connect)]
async fn connected(socket: &Socket) -> Result<(), ClientError> {
    let answer = socket.ask(&Question { text: String::new() }).await?;
    println!("{answer} {}", answer + 1);
    let named: u32 = socket.ask(event!("question", "why")).await?;
    println!("{named}");
    let _ = socket.ask(&Question { text: String::new() }).await;
    Ok(())
}

fn main() {}
