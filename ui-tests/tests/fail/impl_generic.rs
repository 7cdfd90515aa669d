//! Which type should be registered?

use socketio::on;

struct Chat<T>(T);

#[on]
impl<T> Chat<T> {
    #[on("say")]
    fn say() {}
}

fn main() {}
