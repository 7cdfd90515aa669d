//! A connection is not acknowledged with a value.

use socketio::{Socket, on};

#[on(connect)]
async fn connected(_: &Socket) -> u64 {
    1
}

fn main() {}
