//! A handler stands in a module.

use socketio::on;

pub struct Chat;

impl Chat {
    #[on("chat:message")]
    fn said(_: String) {}
}

fn main() {}
