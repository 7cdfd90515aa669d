//! The list stands where `#[on]` looks for it.

mod chat {
    socketio::events! { pub EVENTS = ["chat:message"] }
}

fn main() {}
