//! The chat of gofiber's `socketio` documentation, line for line, without its races.
//!
//! `seed [PORT]`, on 127.0.0.1 (default 3000). Connect to `/ws/{user id}` and send
//! `{"from":"ann","to":"bob","event":"CUSTOM_EVENT","data":"hello"}`.

use std::{
    collections::{HashMap, HashSet},
    convert::Infallible,
    error::Error,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
};

use axum::{Router, extract::Path};
use serde::Deserialize;
use socketio::{
    Message, Socket, SocketId, SocketIo, State,
    emit::Dynamic,
    extract::{EventContext, FromEvent, Kind},
    on,
};
use tokio::net::TcpListener;

socketio::events! { EVENTS = ["message", "CUSTOM_EVENT"] }

/// The chat message object.
#[derive(Default, Deserialize)]
#[serde(default)]
struct MessageObject {
    data: String,
    event: String,
    to: String,
}

/// The users that are connected. A user may have several sockets; each is known by its own id.
#[derive(Clone, Default)]
struct Users(Arc<Mutex<HashMap<String, HashSet<SocketId>>>>);

impl Users {
    fn add(&self, user: &str, socket: SocketId) {
        self.lock().entry(user.to_owned()).or_default().insert(socket);
    }

    fn remove(&self, user: &str, socket: SocketId) {
        let mut users = self.lock();
        if let Some(sockets) = users.get_mut(user) {
            sockets.remove(&socket);
            if sockets.is_empty() {
                users.remove(user);
            }
        }
    }

    fn sockets_of(&self, user: &str) -> Vec<SocketId> {
        self.lock().get(user).into_iter().flatten().copied().collect()
    }

    fn lock(&self) -> MutexGuard<'_, HashMap<String, HashSet<SocketId>>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// The socket's attribute `user_id`, for any handler; empty before `connect`.
struct UserId(String);

impl<'e, K: Kind> FromEvent<'e, K> for UserId {
    type Rejection = Infallible;

    fn from_event(cx: &mut EventContext<'e>) -> Result<Self, Infallible> {
        Ok(Self(cx.socket().attribute("user_id").unwrap_or_default()))
    }
}

#[on(connect)]
fn connect(socket: &Socket, Path(user): Path<String>, State(users): State<Users>) {
    println!("Connection event 1 - User: {user}");
    users.add(&user, socket.id());
    socket.set_attribute("user_id", user.clone());
    let uuid = socket.uuid();
    socket.broadcast().emit(Message::text(format!("New user connected: {user} and UUID: {uuid}")));
    socket.emit(Message::text(format!("Hello user: {user} with UUID: {uuid}")));
}

#[on("CUSTOM_EVENT")]
fn custom(UserId(user): UserId) {
    println!("Custom event - User: {user}");
}

#[on("message")]
fn message(socket: &Socket, raw: Message, UserId(user): UserId, State(users): State<Users>) {
    println!("Message event - User: {user} - Message: {}", String::from_utf8_lossy(raw.as_bytes()));
    let message: MessageObject = match serde_json::from_slice(raw.as_bytes()) {
        Ok(message) => message,
        Err(error) => return println!("{error}"),
    };
    if !message.event.is_empty()
        && let Err(error) = fire(socket, message.event, message.data)
    {
        println!("{error}");
    }
    let sockets = users.sockets_of(&message.to);
    if sockets.is_empty() {
        println!("no such user: {}", message.to);
    }
    // a socket that has just disconnected is reported by the `error` event
    socket.emit_to_list(sockets, &raw);
}

/// The name comes from the client: `Dynamic` and `fire` refuse those of the life cycle.
fn fire(socket: &Socket, event: String, data: String) -> Result<(), Box<dyn Error>> {
    Ok(socket.fire(Dynamic::new(event, (data,))?)?)
}

#[on(disconnect)]
fn disconnect(socket: &Socket, UserId(user): UserId, State(users): State<Users>) {
    users.remove(&user, socket.id());
    println!("Disconnection event - User: {user}");
}

/// The server ended the socket. `disconnect` follows.
#[on(close)]
fn close(UserId(user): UserId) {
    println!("Close event - User: {user}");
}

#[on(error)]
fn error(UserId(user): UserId) {
    println!("Error event - User: {user}");
}

#[tokio::main]
async fn main() -> Result<(), Box<dyn Error>> {
    let port: u16 = std::env::args().nth(1).map_or(Ok(3000), |port| port.parse())?;
    let io = SocketIo::builder().discover().require(&EVENTS).state(Users::default()).build()?;
    let app = Router::new().route_service("/ws/{id}", io.websocket().messages());
    let listener = TcpListener::bind(("127.0.0.1", port)).await?;
    println!("seed on http://{}", listener.local_addr()?);
    let stop = async move {
        tokio::signal::ctrl_c().await.ok();
        io.close().await;
    };
    axum::serve(listener, app).with_graceful_shutdown(stop).await?;
    Ok(())
}
