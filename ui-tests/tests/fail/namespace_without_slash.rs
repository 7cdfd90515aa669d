//! A namespace starts with a slash.

use socketio::on;

#[on("chat:message", namespace = "chat")]
fn said() {}

fn main() {}
