//! There is one option.

use serde::{Deserialize, Serialize};
use socketio::{Payload, on};

#[derive(Serialize, Deserialize, Payload)]
#[payload(krate = socketio)]
pub struct Point {
    pub x: i64,
}

#[on("moved")]
fn moved(point: Point) -> Point {
    point
}

fn main() {}
