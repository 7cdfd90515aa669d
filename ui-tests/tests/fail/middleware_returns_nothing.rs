use socketio::{SocketIo, middleware::{Call, Next}, on};

#[on("hello")]
fn hello() {}

async fn audit(_: Call, next: Next) {
    next.run().await;
}

fn main() {
    let _ = SocketIo::builder().discover().middleware(audit);
}
