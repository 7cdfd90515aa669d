//! A name is emitted through `event!`.

use socketio::{Socket, on};

#[on(connect)]
fn connected(socket: &Socket) {
    socket.emit("hello");
}

fn main() {}
