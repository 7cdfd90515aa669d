use socketio::{SocketIo, on};

#[on("hello")]
fn hello() {}

fn main() {
    let _ = SocketIo::builder().discover().middleware(socketio::middleware::RateLimit::per_socket(50, std::time::Duration::from_secs(1)));
}
