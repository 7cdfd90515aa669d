mod admin {
    socketio::namespace!("/admin", middleware = audit);
}

fn main() {}
