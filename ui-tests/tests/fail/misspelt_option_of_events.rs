//! There is one option.

socketio::events! {
    crete = socketio;
    pub EVENTS = ["say"]
}

#[socketio::on("say")]
fn say() {}

fn main() {}
