//! A handler that does not wait is a plain function.

use socketio::{Socket, handlers, on};

#[on("sum")]
fn sum(socket: &Socket, a: i64, b: i64) -> i64 {
    socket.join("adders");
    a + b
}

fn main() {
    assert_eq!(handlers![sum][0].len(), 1);
}
