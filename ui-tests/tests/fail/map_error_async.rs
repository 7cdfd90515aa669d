use socketio::{SocketIo, on};

#[on("hello")]
fn hello() {}

fn main() {
    let _ = SocketIo::builder().discover().map_error(async |error, _| error);
}
