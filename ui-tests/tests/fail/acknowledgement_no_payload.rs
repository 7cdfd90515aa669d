//! What an event is acknowledged with is a payload.

use serde::{Deserialize, Serialize};
use socketio::Event;

#[derive(Serialize, Deserialize)]
pub struct Plain;

#[derive(Serialize, Deserialize, Event)]
#[event("plain", ack = Plain)]
pub struct Ask;

fn main() {}
