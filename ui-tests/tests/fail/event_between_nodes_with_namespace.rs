//! What nodes send each other belongs to no namespace.

use serde::{Deserialize, Serialize};
use socketio::Event;

#[derive(Serialize, Deserialize, Event)]
#[event("reload", from = node, namespace = "/admin")]
struct Reload;

fn main() {}
