//! A function in an `impl` is found if the `impl` is annotated as well.

use socketio::{Socket, on};

struct Chat;

impl Chat {
    #[on("say", "shout")]
    async fn say(socket: &Socket, text: String) {
        socket.emit(socketio::event!("said", text));
    }
}

fn main() {}
