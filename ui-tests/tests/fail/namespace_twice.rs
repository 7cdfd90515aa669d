mod admin {
    socketio::namespace!("/admin");
    socketio::namespace!("/chat");
}

fn main() {}
