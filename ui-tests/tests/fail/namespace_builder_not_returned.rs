use socketio::{SocketIo, on};

#[on("hello")]
fn hello() {}

fn main() {
    let _ = SocketIo::builder().discover().namespace("/", |n| { n.guard::<socketio::Socket>(); });
}
