use socketio::{SocketIo, middleware::{Call, Next, Outcome}, on};

#[on("hello")]
fn hello() {}

async fn audit(_: Call, next: Next) -> Outcome {
    next.run().await
}

fn main() {
    let _ = SocketIo::builder().discover().gate(audit);
}
