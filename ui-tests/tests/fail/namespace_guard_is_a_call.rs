mod admin {
    socketio::namespace!("/admin", guard = Admin::new());
}

fn main() {}
