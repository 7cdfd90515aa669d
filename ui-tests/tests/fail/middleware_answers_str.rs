use socketio::{SocketIo, middleware::{Call, Next, Outcome}, on};

#[on("hello")]
fn hello() {}

async fn audit(call: Call, _: Next) -> Outcome {
    call.answer("1.0")
}

fn main() {
    let _ = SocketIo::builder().discover().middleware(audit);
}
