use serde::Serialize;
use socketio::{SocketIo, middleware::{Call, Next, Outcome}, on};

#[on("hello")]
fn hello() {}

#[derive(Serialize)]
struct Version(u32);

async fn audit(call: Call, _: Next) -> Outcome {
    call.answer(&Version(1))
}

fn main() {
    let _ = SocketIo::builder().discover().middleware(audit);
}
