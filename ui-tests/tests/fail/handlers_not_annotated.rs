//! `handlers!` lists what `#[on]` has annotated.

use socketio::handlers;

fn said(_: String) {}

fn list() {
    let _: &[&[socketio::handler::Handler]] = handlers![said];
}

fn main() {}
