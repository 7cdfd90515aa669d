//! There is no way to list it.

use socketio::on;

struct Chat;

#[on]
impl Chat {
    #[on("say", manual)]
    fn say() {}
}

fn main() {}
