mod admin {
    socketio::namespace!("/admin", guard = Option<socketio::extract::Extension<u32>>);
}

fn main() {}
