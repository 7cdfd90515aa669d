//! The macros that look like functions have one option.

use socketio::{Socket, on};

socketio::namespace!(crat = socketio; "/chat");

#[on("say")]
fn say(socket: &Socket) {
    socket.emit(socketio::event!(krate = socketio; "said", 1));
}

fn main() {
    let _: &[&[socketio::handler::Handler]] = socketio::handlers![create = socketio; say];
}
