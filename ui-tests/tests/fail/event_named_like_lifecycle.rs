//! A name that looks like a word of the life cycle is said to be meant.

use serde::Deserialize;
use socketio::Event;

#[derive(Deserialize, Event)]
#[event("ping", from = client)]
pub struct Ping;

fn main() {}
