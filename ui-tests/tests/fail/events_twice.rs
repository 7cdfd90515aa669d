//! A crate has one list.

socketio::events! { pub CHAT = ["chat:message"] }
socketio::events! { pub SHOP = ["orders:new"] }

fn main() {}
