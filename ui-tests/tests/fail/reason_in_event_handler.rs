//! A reason is there when a socket ends.

use socketio::{DisconnectReason, on};

#[on("chat:message")]
fn said(_: DisconnectReason) {}

fn main() {}
