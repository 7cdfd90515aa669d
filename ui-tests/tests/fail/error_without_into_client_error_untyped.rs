//! What the client receives of an error must be stated.

use socketio::on;

#[on("sum")]
fn sum(a: i64, b: i64) -> Result<i64, String> {
    a.checked_add(b).ok_or_else(|| "too large".to_owned())
}

fn main() {}
