//! The crate lists its events, and nothing on the list is like this name.

use socketio::{Socket, on};

socketio::events! { pub EVENTS = ["chat:message", "chat:typing"] }

#[on("orders/new")]
fn ordered(_: &Socket) {}

fn main() {}
