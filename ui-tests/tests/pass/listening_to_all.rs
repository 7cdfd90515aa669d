//! Events of any name; handlers alongside each other; associated functions.

#![forbid(unsafe_code)]
#![deny(warnings)]

use socketio::{Ack, ClientError, Data, Message, Socket, SocketIo, emit::Rest, extract::EventName, on};

#[on(any)]
fn watch(name: EventName<'_>, _: Rest) {
    println!("{}", name.0);
}

#[on(any, namespace = "/x")]
async fn watch_and_fail(_: Option<u8>) -> Result<(), ClientError> {
    Ok(())
}

#[on(fallback)]
async fn other(name: EventName<'_>, message: Message) -> Result<String, ClientError> {
    Ok(format!("{} {}", name.0, message.is_binary()))
}

#[on(fallback, namespace = "/x", concurrent)]
async fn later(ack: Ack<String>, Data(_): Data<Option<u8>>, _: Option<u8>, _: Option<u8>, _: Rest) {
    ack.send(&"later".to_owned());
}

#[on("any", "fallback", concurrent)]
async fn named_so(_: Socket) {}

pub struct Chat;

#[on]
impl Chat {
    /// Documented.
    #[on("say", priority = 2)]
    #[must_use]
    pub async fn say(socket: &Socket, text: String) -> usize {
        socket.emit(Message::text(&*text));
        Self::count(&text)
    }

    fn count(text: &str) -> usize {
        text.len()
    }

    #[cfg(any())]
    #[on("not there")]
    fn not_there(_: NoSuchType) {}
}

mod nested {
    pub(super) mod deep {
        pub(in super::super) struct Other<'a>(pub(in super::super) &'a str);
    }

    #[socketio::on]
    impl deep::Other<'_> {
        #[socketio::on(disconnect)]
        async fn gone() {}
    }
}

fn main() {
    assert_eq!(nested::deep::Other("x").0, "x");
    let io = SocketIo::builder().discover().build().expect("no faults");
    let table = io.table().to_string();
    for line in ["any  ", "fallback  ", "\"any\"  ", "\"fallback\"  ", "Chat::say", "deep :: Other < '_ >::gone"] {
        assert!(table.contains(line), "{line}: {table}");
    }
}
