//! A type that has a schema cannot have a field of one that has none.

use schemars::JsonSchema;
use serde::Deserialize;
use socketio::Event;

#[derive(Deserialize)]
struct Place {
    x: f64,
}

#[derive(Deserialize, JsonSchema, Event)]
#[event("move", from = client)]
struct Move {
    to: Place,
}

fn main() {}
