//! An event between nodes is handled by its type.

use serde::{Deserialize, Serialize};
use socketio::{Event, on};

#[derive(Serialize, Deserialize, Event)]
#[event("cache:drop", from = node)]
struct CacheDrop;

// by its name alone, it would be an event that clients send
#[on("cache:drop")]
fn dropped(event: CacheDrop) {}

fn main() {}
