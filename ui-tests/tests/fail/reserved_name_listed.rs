//! The protocol's own names are not events.

socketio::events! { pub EVENTS = ["chat:message", "disconnecting"] }

fn main() {}
