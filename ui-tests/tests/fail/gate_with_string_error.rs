use socketio::{SocketIo, middleware::Call, on};

#[on("hello")]
fn hello() {}

fn only_admins(_: &Call) -> Result<(), String> {
    Ok(())
}

fn main() {
    let _ = SocketIo::builder().discover().gate(only_admins);
}
