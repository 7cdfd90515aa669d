//! A mistake in a handler is one message, though it is listed.

use socketio::{SocketIo, handlers, on};

#[on("say", colour = "red")]
fn say() {}

fn main() {
    let _ = SocketIo::builder().handlers(handlers![say]).build();
}
