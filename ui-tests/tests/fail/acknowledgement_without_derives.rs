//! A type without any derive is reported once for each place that needs them.

use serde::{Deserialize, Serialize};
use socketio::{Event, on};

pub struct Plain;

#[derive(Serialize, Deserialize, Event)]
#[event("plain", ack = Plain)]
pub struct Ask;

#[on(Ask)]
fn ask(_ask: Ask) -> Plain {
    Plain
}

fn main() {}
