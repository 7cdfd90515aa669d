//! `load`: echo, acknowledge, broadcast, on both wires; the target of the load generator in `benches`.

use std::{borrow::Cow, error::Error};

use axum::Router;
use socketio::{Message, Socket, SocketIo, event, on};

/// The plain sockets: a namespace of their own, so that the broadcasts of the wires do not mix.
mod plain {
    use super::{Message, Socket, on};

    socketio::namespace! { "/load" }

    /// Every message is echoed; one that begins with `B` goes to everyone.
    #[on("message")]
    fn message(socket: &Socket, message: Message) {
        if message.as_text().is_some_and(|text| text.starts_with('B')) {
            socket.everyone().emit(message);
        } else {
            socket.emit(message);
        }
    }
}

/// Nothing but an echo, whatever a message begins with: for Autobahn.
mod echo {
    use super::{Message, Socket, on};

    socketio::namespace! { "/echo" }

    #[on("message")]
    fn message(socket: &Socket, message: Message) {
        socket.emit(message);
    }
}

mod packets {
    use super::{Cow, Socket, SocketIo, event, on};

    #[on("echo")]
    fn echo(socket: &Socket, x: Cow<'_, str>) {
        socket.emit(event!("echo", &x));
    }

    #[on("ack")]
    fn ack(x: Cow<'_, str>) -> Cow<'_, str> {
        x
    }

    #[on("broadcast")]
    fn broadcast(io: SocketIo, x: Cow<'_, str>) {
        io.emit(event!("broadcast", &x));
    }

    /// Acknowledged, so that the client knows when it has joined.
    #[on("join")]
    fn join(socket: &Socket, room: String) -> String {
        socket.join(room.as_str());
        room
    }

    /// To the sockets that joined `room`, not to the whole namespace.
    #[on("broadcast_room")]
    fn broadcast_room(io: SocketIo, x: Cow<'_, str>) {
        io.to("room").emit(event!("broadcast_room", &x));
    }
}

pub(crate) fn server() -> Result<(SocketIo, Router), Box<dyn Error>> {
    let io = SocketIo::builder().discover_in(module_path!()).config(crate::config()).build()?;
    let plain = io.websocket().messages().namespace("/load");
    let echo = io.websocket().messages().namespace("/echo");
    let app = Router::new().merge(io.router()).route_service("/ws", plain).route_service("/echo", echo);
    Ok((io, app))
}
