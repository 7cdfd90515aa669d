//! A comma ends a namespace in the protocol.

use socketio::on;

#[on("chat:message", namespace = "/chat,news")]
fn said() {}

fn main() {}
