use socketio::{SocketIo, on};

#[on("hello")]
fn hello() {}

struct Admin;

fn main() {
    let _ = SocketIo::builder().discover().gate(Admin);
}
