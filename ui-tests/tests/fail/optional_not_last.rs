//! What may be missing stands last.

use socketio::{Socket, on};

#[on("sum")]
fn sum(a: i64, b: Option<i64>, _: &Socket, c: i64) -> i64 {
    a + b.unwrap_or_default() + c
}

fn main() {}
