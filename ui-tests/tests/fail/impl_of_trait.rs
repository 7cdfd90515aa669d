//! Handlers are not functions of a trait.

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
