//! An event has no request.

use axum::extract::Path;
use socketio::on;

#[on("chat:message")]
async fn said(_: Path<u64>, _: String) {}

fn main() {}
