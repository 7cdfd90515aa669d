use socketio::{SocketIo, on};

#[on("hello")]
fn hello() {}

fn main() {
    let _ = SocketIo::builder().discover().on_emit(|event, size| println!("{event}: {size}"));
}
