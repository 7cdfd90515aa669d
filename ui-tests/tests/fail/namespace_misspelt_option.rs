//! What a namespace cannot have.

mod admin {
    socketio::namespace!("/admin", gaurd = Admin);
}

mod other {
    socketio::namespace!("/other", guard);
}

fn main() {}
