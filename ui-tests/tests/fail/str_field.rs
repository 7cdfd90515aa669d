//! A JSON string with an escape cannot be borrowed.

use serde::Deserialize;
use socketio::Event;

#[derive(Deserialize, Event)]
#[event("chat:message", from = client)]
pub struct Said<'a> {
    pub text: &'a str,
}

fn main() {}
