//! An event between nodes has no socket.

use serde::{Deserialize, Serialize};
use socketio::{Event, Socket, on};

#[derive(Serialize, Deserialize, Event)]
#[event("cache:drop", from = node)]
struct CacheDrop;

// no client sent it, so there is no socket
#[on(CacheDrop)]
fn dropped(socket: &Socket, event: CacheDrop) {}

fn main() {}
