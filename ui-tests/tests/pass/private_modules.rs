//! Handlers and events may be as private as the program likes; a module may have a namespace.

mod admin {
    socketio::namespace!("/admin");

    mod inner {
        use serde::{Deserialize, Serialize};
        use socketio::{Event, on};

        #[derive(Serialize, Deserialize, Event)]
        #[event("kick")]
        pub(super) struct Kick {
            user: String,
        }

        #[on(Kick)]
        fn kick(kick: Kick) {
            drop(kick.user);
        }
    }

    use socketio::on;

    #[on(inner::Kick)]
    fn kicked() {}
}

fn main() {
    let io = socketio::SocketIo::builder().discover().build().expect("no faults");
    let table = io.table().to_string();
    assert!(table.contains("/admin") && table.contains("kicked"), "{table}");
}
