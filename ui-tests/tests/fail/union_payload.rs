//! A union is not a payload.

use socketio::Payload;

#[derive(Payload)]
pub union Bits {
    pub int: u32,
    pub float: f32,
}

fn main() {}
