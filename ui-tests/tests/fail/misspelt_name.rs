//! The crate lists its events, and this name is nearly one of them.

use socketio::{Socket, on};

socketio::events! { pub EVENTS = ["chat:message", "chat:typing"] }

#[on("chat:mesage")]
fn said(_: &Socket) {}

fn main() {}
