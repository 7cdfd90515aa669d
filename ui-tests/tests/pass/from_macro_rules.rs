//! A handler may come out of a macro of the user's, with names and types from its arguments.

use socketio::{Data, Socket, handlers, on};

macro_rules! counter {
    ($function:ident, $event:literal, $ty:ty) => {
        #[on($event)]
        async fn $function(socket: &Socket, Data(by): Data<$ty>) -> $ty {
            let _ = socket;
            by + 1
        }
    };
}

counter!(up, "count:up", i64);
counter!(wide, "count:wide", u64);

fn main() {
    assert_eq!(handlers![up, wide].len(), 2);
}
