//! The handlers say in which namespaces clients send an event.

use serde::Deserialize;
use socketio::Event;

#[derive(Deserialize, Event)]
#[event("kick", from = client, namespace = "/admin")]
struct Kick;

fn main() {}
