use socketio::{SocketIo, middleware::{Call, Outcome}, on};

#[on("hello")]
fn hello() {}

async fn audit(_: Call) -> Outcome {
    todo!()
}

fn main() {
    let _ = SocketIo::builder().discover().middleware(audit);
}
