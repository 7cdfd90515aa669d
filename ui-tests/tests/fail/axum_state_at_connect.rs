//! The states are the server's own: `socketio::State`.

use axum::extract::State;
use socketio::on;

#[on(connect)]
async fn connected(_: State<u64>) {}

fn main() {}
