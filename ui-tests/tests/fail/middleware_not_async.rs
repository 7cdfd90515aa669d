use socketio::{SocketIo, middleware::{Call, Next, Outcome}, on};

#[on("hello")]
fn hello() {}

fn audit(_: Call, _: Next) -> Outcome {
    todo!()
}

fn main() {
    let _ = SocketIo::builder().discover().middleware(audit);
}
