//! A JSON string with an escape cannot be borrowed.

use socketio::on;

#[on("chat:message")]
fn said(_: &str) {}

fn main() {}
