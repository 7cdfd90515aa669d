//! `event!` makes a tuple, and tuples have an end.

use socketio::{Socket, event, on};

#[on(connect)]
fn connected(socket: &Socket) {
    socket.emit(event!("numbers", 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13));
}

fn main() {}
