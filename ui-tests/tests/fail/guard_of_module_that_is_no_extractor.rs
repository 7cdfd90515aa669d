//! A guard of a module is an extractor for every kind of event.

struct Admin;

mod admin {
    use socketio::on;

    socketio::namespace!("/admin", guard = super::Admin);

    #[on("hello")]
    fn hello() {}
}

fn main() {}
