//! What clients send must be deserialized.

use serde::Serialize;
use socketio::{Payload, on};

#[derive(Serialize, Payload)]
pub struct Receipt {
    pub id: u64,
}

#[on("receipt")]
fn receipt(_: Receipt) {}

fn main() {}
