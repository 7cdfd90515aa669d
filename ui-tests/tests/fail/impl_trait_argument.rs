//! Which type to extract must be said.

use socketio::on;

#[on("chat:message")]
fn said(_: impl AsRef<str>) {}

fn main() {}
