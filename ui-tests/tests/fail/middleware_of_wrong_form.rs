use socketio::{SocketIo, middleware::{Call, Next, Outcome}, on};

#[on("hello")]
fn hello() {}

async fn audit(next: Next, _: Call) -> Outcome {
    next.run().await
}

fn main() {
    let _ = SocketIo::builder().discover().middleware(audit);
}
