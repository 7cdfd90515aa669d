//! An enum is one event, and has one name.

use serde::{Deserialize, Serialize};
use socketio::Event;

#[derive(Serialize, Deserialize, Event)]
#[event(from = client)]
enum Command {
    Start,
    Stop,
}

fn main() {}
