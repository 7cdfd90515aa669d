//! The protocol keeps some names for itself.

use socketio::on;

#[on("disconnecting")]
fn gone() {}

fn main() {}
