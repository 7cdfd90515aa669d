//! The protocol's own names are no events.

socketio::events! { pub EVENTS = ["chat:message", "disconnecting"] }

fn main() {}
