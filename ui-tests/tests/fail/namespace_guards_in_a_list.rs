mod admin {
    socketio::namespace!("/admin", guard = [A, B]);
}

fn main() {}
