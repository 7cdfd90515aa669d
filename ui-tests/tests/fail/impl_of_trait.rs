//! Handlers are no trait's functions.

use socketio::on;

struct Chat;

trait Says {
    fn say();
}

#[on]
impl Says for Chat {
    #[on("say")]
    fn say() {}
}

fn main() {}
