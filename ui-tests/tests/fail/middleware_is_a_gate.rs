use socketio::{SocketIo, middleware::Call, on};

#[on("hello")]
fn hello() {}

fn only_admins(_: &Call) -> Result<(), socketio::ClientError> {
    Ok(())
}

fn main() {
    let _ = SocketIo::builder().discover().middleware(only_admins);
}
