//! A handler's future moves between threads.

use socketio::{Socket, on};

#[on("chat:message")]
async fn said(_: &Socket) {
    let shared = std::rc::Rc::new(1);
    std::future::ready(()).await;
    drop(shared);
}

fn main() {}
