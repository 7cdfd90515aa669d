use socketio::{SocketIo, on};

#[on("hello")]
fn hello() {}

fn main() {
    let _ = SocketIo::builder().discover().gate(socketio::middleware::Timeout::new(std::time::Duration::from_secs(1)));
}
