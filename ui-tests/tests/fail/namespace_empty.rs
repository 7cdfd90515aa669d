mod admin {
    socketio::namespace!();
}

fn main() {}
