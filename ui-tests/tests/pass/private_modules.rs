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

mod shop {
    socketio::namespace!("/shop");

    mod orders {
        // the namespace comes with everything else
        #[allow(unused_imports)]
        use super::*;

        #[socketio::on("order")]
        fn ordered() {}
    }
}

fn main() {
    let io = socketio::SocketIo::builder().discover().build().expect("no faults");
    let table = io.table().to_string();
    let line = |text| table.lines().position(|line| line.contains(text)).expect(text);
    let order = ["namespace /\n", "inner::kick ", "namespace /admin", "kicked ", "namespace /shop", "ordered "];
    assert!(order.map(|text| line(text.trim_end())).is_sorted(), "{table}");
}
