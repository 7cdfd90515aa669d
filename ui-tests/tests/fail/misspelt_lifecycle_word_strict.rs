//! The crate lists its events; a word of the life cycle is misspelt.

use socketio::{Socket, on};

socketio::events! { pub EVENTS = ["chat:message"] }

#[on("conect")]
fn connected(_: &Socket) {}

fn main() {}
