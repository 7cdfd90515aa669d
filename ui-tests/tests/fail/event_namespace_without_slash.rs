//! A namespace starts with a slash.

use serde::Serialize;
use socketio::Event;

#[derive(Serialize, Event)]
#[event("kicked", from = server, namespace = "admin")]
struct Kicked;

fn main() {}
