//! An administrator comes and goes.

use std::sync::Arc;

use socketio::{Auth, ClientError, Socket, SocketIo, State, event, namespace, on};

use crate::{login::Credentials, task::Shared};

namespace!("/admin");

#[on(connect, manual)]
pub(crate) async fn attach(
    socket: Socket,
    io: SocketIo,
    auth: Result<Auth<Credentials>, ClientError>,
    State(shared): State<Arc<Shared>>,
) -> Result<(), ClientError> {
    // another form is the same as no credentials
    let credentials = auth.map(|Auth(credentials)| credentials).unwrap_or_default();
    if let Some(session) = shared.login.check(credentials, socket.handshake()).await? {
        socket.try_emit(event!("session", session))?;
    }
    let features = serde_json::json!({ "supportedFeatures": shared.features() });
    socket.try_emit(event!("config", features))?;
    shared.add(&io, socket)
}

#[on(disconnect, manual)]
pub(crate) async fn detach(socket: Socket, State(shared): State<Arc<Shared>>) {
    // the last one waits for the task, so that closing the server does
    if let Some(task) = shared.remove(socket.id()) {
        let _ = task.await;
    }
}
