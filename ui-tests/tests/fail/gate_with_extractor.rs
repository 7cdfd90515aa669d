use socketio::{SocketIo, middleware::Call, on};

#[on("hello")]
fn hello() {}

fn only_admins(_: socketio::Socket, _: &Call) -> Result<(), socketio::ClientError> {
    Ok(())
}

fn main() {
    let _ = SocketIo::builder().discover().gate(only_admins);
}
