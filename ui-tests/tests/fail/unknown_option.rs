//! An option is misspelt.

use socketio::on;

#[on("chat:message", namespce = "/chat")]
fn said() {}

fn main() {}
