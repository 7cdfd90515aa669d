//! An annotated `impl` holds handlers.

use socketio::on;

struct Chat;

#[on]
impl Chat {
    fn say() {}
}

fn main() {
    Chat::say();
}
