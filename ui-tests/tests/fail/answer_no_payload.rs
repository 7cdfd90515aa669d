//! What is returned for a name alone must be a payload.

use socketio::on;

pub struct Plain;

#[on("plain")]
fn plain() -> Plain {
    Plain
}

fn main() {}
