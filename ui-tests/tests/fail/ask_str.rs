use serde::{Deserialize, Serialize};
use socketio::{ClientError, Event, Socket, on};

#[derive(Serialize, Deserialize, Event)]
#[event("question", ack = u32)]
struct Question {
    text: String,
}

#[on(connect)]
async fn connected(socket: &Socket) -> Result<(), ClientError> {
    let answer: u32 = socket.ask("question").await?;
    println!("{answer}");
    Ok(())
}

fn main() {}
