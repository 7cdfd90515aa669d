//! The end of a socket's time carries no payload.

use socketio::on;

#[on(expired)]
fn expired(_: String) {}

fn main() {}
