//! What never waits holds up nobody.

use socketio::on;

#[on("chat:message", concurrent)]
fn message() {}

fn main() {}
