use socketio::{SocketIo, on};

struct Admin;

#[on("hello")]
fn hello() {}

fn main() {
    let _ = SocketIo::builder().discover().namespace("/", |n| n.guard::<Admin>());
}
