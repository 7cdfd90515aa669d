//! A company's crate hands ours on, as a module or with everything else of it; each macro can find us.
#![deny(warnings)]

mod facade {
    pub mod everything {
        pub use socketio::*;
    }
    pub use socketio as realtime;
}

mod elsewhere {
    // what is called `facade` here is not what is called so in the root
    use crate::facade::everything as facade;
    use facade::{Data, Event, Payload, Socket, event, handlers, namespace, on};
    use serde::{Deserialize, Serialize};

    namespace!(crate = facade; "/company");

    #[derive(Serialize, Deserialize, Payload)]
    #[payload(crate = facade)]
    pub struct Point {
        x: i64,
    }

    #[derive(Serialize, Deserialize, Event)]
    #[event("moved", ack = Point, crate = facade)]
    pub struct Moved(Point);

    #[on(Moved, crate = facade)]
    async fn moved(Moved(point): Moved, socket: &Socket) -> Point {
        socket.emit(event!(crate = facade; "told", point.x));
        point
    }

    #[on("told", "conect", crate = self::facade)]
    fn told(Data(x): Data<i64>) {
        let _ = x;
    }

    pub struct Room;

    #[on(crate = facade)]
    impl Room {
        #[on("enter")]
        fn enter() {}

        #[on("leave", crate = crate::facade::realtime)]
        fn leave() {}
    }

    pub fn lists() -> usize {
        handlers![crate = facade; moved, told].len()
    }
}

facade::realtime::events! {
    crate = facade::realtime;
    pub EVENTS = [elsewhere::Moved, "told", "conect", "enter", "leave"]
}

fn main() {
    let _ = elsewhere::Room;
    assert_eq!(elsewhere::lists(), 2);
    assert_eq!(EVENTS.names().count(), 5);
}
