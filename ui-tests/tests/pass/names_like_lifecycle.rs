//! Words of their own are not words of the life cycle misspelt.
#![deny(warnings)]

#[socketio::on("ring", "pin", "song", "king", "pings", "lose", "clone", "closed", "errors", "connected", "reconnect")]
fn words() {}

// and a warning can be silenced where it stands
#[socketio::on("conect")]
#[allow(deprecated)]
fn meant() {}

fn main() {}
