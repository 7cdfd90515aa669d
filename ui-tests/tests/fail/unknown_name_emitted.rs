//! The crate lists its events, and nothing on the list is like this name.

use socketio::{Socket, event, on};

socketio::events! { pub EVENTS = ["chat:message"] }

#[on(connect)]
fn connected(socket: &Socket) {
    socket.emit(event!("orders/new", 1));
}

fn main() {}
