//! What is listened to stands on the functions.

use socketio::on;

struct Chat;

#[on("say")]
impl Chat {
    #[on("say")]
    fn say() {}
}

fn main() {}
