//! A payload has no name of its own.

use serde::Deserialize;
use socketio::{Payload, on};

#[derive(Deserialize, Payload)]
pub struct Receipt {
    pub id: u64,
}

#[on(Receipt)]
fn receipt() {}

fn main() {}
