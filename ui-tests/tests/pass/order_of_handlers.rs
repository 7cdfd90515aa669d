//! The handlers of one event run in the order of the source, whatever wrote them.

use socketio::{SocketIo, on};

struct Chat;

#[on]
impl Chat {
    #[on("of impl")]
    fn validate() {}

    #[on("of impl")]
    fn broadcast() {}

    #[on("of impl")]
    async fn archive() {}
}

/// The names come from the call.
macro_rules! named_by_call {
    ($event:literal: $($name:ident)*) => { $(#[on($event)] fn $name() {})* };
}
named_by_call!("of call":
    zoom
    yell
    act
);

/// The names come from the definition, and so does the import: rustc expands these last to first.
macro_rules! named_by_definition {
    ($event:literal) => {
        mod from_definition {
            use socketio::on;
            #[on($event)]
            fn validate() {}
            #[on($event)]
            async fn broadcast() {}
            pub(super) struct Room;
            #[on]
            impl Room {
                #[on($event)]
                fn store() {}
                #[on($event)]
                fn answer() {}
            }
        }
    };
}
named_by_definition!("of definition");

/// One `impl` for each type.
macro_rules! rooms {
    ($($room:ident)*) => {
        $(
            struct $room;
            #[on]
            impl $room {
                #[on("of rooms")]
                fn second() {}
                #[on("of rooms")]
                fn first() {}
            }
        )*
    };
}
rooms!(Lobby Garden);

fn main() {
    let _ = (Chat, from_definition::Room, Lobby, Garden);
    let io = SocketIo::builder().discover().build().expect("no faults");
    let table = io.table().to_string();
    for (event, expected) in [
        ("of impl", &["Chat::validate", "Chat::broadcast", "Chat::archive"][..]),
        ("of call", &["zoom", "yell", "act"]),
        ("of definition", &["validate", "broadcast", "Room::store", "Room::answer"]),
        ("of rooms", &["Lobby::second", "Lobby::first", "Garden::second", "Garden::first"]),
    ] {
        let lines: Vec<&str> = table.lines().filter(|line| line.contains(event)).collect();
        let are_in_order = lines.iter().zip(expected).all(|(line, name)| line.contains(&format!("::{name} at ")));
        assert!(are_in_order && lines.len() == expected.len(), "{event}: {table}");
    }
    // each is found at a line of its own, unless a macro made its name
    for (name, line) in [("Chat::validate", 10), ("Chat::broadcast", 13), ("Chat::archive", 16), ("zoom", 24), ("act", 26)] {
        let end = format!("order_of_handlers.rs:{line}");
        let is_there = |text: &str| text.contains(&format!("::{name} at ")) && text.ends_with(&end);
        assert!(table.lines().any(is_there), "{name} {end}\n{table}");
    }
}
