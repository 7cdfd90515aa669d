//! What administrators do to sockets.

use std::sync::Arc;

use socketio::{
    ClientError, SocketIo, State,
    broadcast::Broadcast,
    emit::{Dynamic, Rest, Value},
    namespace, on,
};

use crate::task::Shared;

namespace!("/admin");

/// `(namespace, filter, event, ..arguments)`
#[on("emit", manual)]
pub(crate) fn emit(
    Rest(args): Rest,
    io: SocketIo,
    State(shared): State<Arc<Shared>>,
) -> Result<(), ClientError> {
    let mut args = args.into_iter();
    let (namespace, filter, event) = (args.next(), args.next(), args.next());
    let sockets = sockets(&io, &shared, namespace, filter)?;
    let event = text(event, "the name of an event")?;
    if event.len() > MAX_NAME {
        return Err(ClientError::new("invalid", "the name of the event is too long"));
    }
    sockets.try_emit(Dynamic::new(event, Rest(args.collect()))?)?;
    Ok(())
}

/// `(namespace, room, filter)`
#[on("join", manual)]
pub(crate) fn join(
    Rest(args): Rest,
    io: SocketIo,
    State(shared): State<Arc<Shared>>,
) -> Result<(), ClientError> {
    let mut args = args.into_iter();
    let (namespace, room, filter) = (args.next(), args.next(), args.next());
    let sockets = sockets(&io, &shared, namespace, filter)?;
    let joined = sockets.try_join(text(room, "a room")?);
    joined.map(drop).map_err(|error| ClientError::new("invalid", error.to_string()))
}

/// `(namespace, room, filter)`
#[on("leave", manual)]
pub(crate) fn leave(
    Rest(args): Rest,
    io: SocketIo,
    State(shared): State<Arc<Shared>>,
) -> Result<(), ClientError> {
    let mut args = args.into_iter();
    let (namespace, room, filter) = (args.next(), args.next(), args.next());
    let sockets = sockets(&io, &shared, namespace, filter)?;
    sockets.leave(&text(room, "a room")?);
    Ok(())
}

/// `(namespace, close, filter)`: the sockets leave the namespace; `close` is not distinguished, they may have others.
#[on("_disconnect", manual)]
pub(crate) fn disconnect(
    Rest(args): Rest,
    io: SocketIo,
    State(shared): State<Arc<Shared>>,
) -> Result<(), ClientError> {
    let mut args = args.into_iter();
    let (namespace, _close, filter) = (args.next(), args.next(), args.next());
    sockets(&io, &shared, namespace, filter)?.disconnect();
    Ok(())
}

/// Names are of this length at most, as those of clients are by default.
const MAX_NAME: usize = 128;

/// The sockets that a command is for, of all nodes.
fn sockets(
    io: &SocketIo,
    shared: &Shared,
    namespace: Option<Value>,
    filter: Option<Value>,
) -> Result<Broadcast, ClientError> {
    if shared.read_only {
        return Err(ClientError::new("read_only", "administrators of this server only look"));
    }
    let namespace = text(namespace, "a namespace")?;
    let Some(all) = io.of(&namespace) else {
        return Err(ClientError::new("invalid", "there is no such namespace"));
    };
    // what is not a text must not mean everybody
    match filter {
        None | Some(Value::Null) => Ok(all),
        filter => Ok(all.to(text(filter, "a room or the id of a socket")?)),
    }
}

fn text(value: Option<Value>, what: &str) -> Result<String, ClientError> {
    match value {
        Some(Value::Text(text)) => Ok(text),
        _ => Err(ClientError::new("invalid", format!("{what} is missing, or not a text"))),
    }
}
