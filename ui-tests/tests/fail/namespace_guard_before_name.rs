mod admin {
    socketio::namespace!(guard = Admin, "/admin");
}

fn main() {}
