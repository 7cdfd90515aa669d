//! A namespace starts with a slash.

socketio::namespace!("chat");

fn main() {}
