use serde::{Deserialize, Serialize};
use socketio::{ClientError, Event, Socket, on};

#[derive(Serialize, Deserialize, Event)]
#[event("remark")]
struct Remark {
    text: String,
}

#[on(connect)]
async fn connected(socket: &Socket) -> Result<(), ClientError> {
    let answer: u32 = socket.ask(&Remark { text: String::new() }).await?;
    println!("{answer}");
    Ok(())
}

fn main() {}
