//! A client that connects sends no body.

use axum::Json;
use socketio::{Socket, on};

#[on(connect)]
async fn connected(_: &Socket, _: Json<u64>) {}

fn main() {}
