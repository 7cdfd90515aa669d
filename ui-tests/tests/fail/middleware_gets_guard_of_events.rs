use socketio::{SocketIo, middleware::{Call, Next, Outcome}, on};

#[on("hello")]
fn hello() {}

async fn audit(_: Admin, _: Call, next: Next) -> Outcome {
    next.run().await
}

struct Admin;

fn main() {
    let _ = SocketIo::builder().discover().middleware(audit);
}
