use std::time::Duration;

use socketio::{SocketIo, middleware::RateLimit, on};

#[on("hello")]
fn hello() {}

fn main() {
    let _ = SocketIo::builder().discover().gate(RateLimit::per_key(50, Duration::from_secs(1), |call| call.event().to_owned()));
}
