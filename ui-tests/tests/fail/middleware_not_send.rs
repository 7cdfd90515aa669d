use socketio::{SocketIo, middleware::{Call, Next, Outcome}, on};

#[on("hello")]
fn hello() {}

async fn audit(_: Call, next: Next) -> Outcome {
    let count = std::rc::Rc::new(1);
    let outcome = next.run().await;
    drop(count);
    outcome
}

fn main() {
    let _ = SocketIo::builder().discover().middleware(audit);
}
