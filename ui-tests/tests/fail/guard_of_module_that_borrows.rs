//! A guard of a module owns what it extracts: nothing of the event is kept.

mod admin {
    use socketio::on;

    socketio::namespace!("/admin", guard = &'static socketio::Socket);

    #[on("hello")]
    fn hello() {}
}

fn main() {}
