//! A handler is not a method.

use socketio::on;

pub struct Chat;

impl Chat {
    #[on("chat:message")]
    fn said(&self, _: String) {}
}

fn main() {}
