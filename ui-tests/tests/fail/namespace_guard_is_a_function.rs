mod admin {
    socketio::namespace!("/admin", guard = super::only_admins);
}

fn only_admins() {}

fn main() {}
