mod admin {
    socketio::namespace!("/admin", guard(Admin));
}

fn main() {}
