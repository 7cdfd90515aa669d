//! `connect` takes our extractors, and axum's of the request's parts.

use std::{collections::HashMap, convert::Infallible};

use axum::{
    extract::{FromRef, FromRequestParts, Path, Query},
    http::{HeaderMap, Method, request},
};
use serde::Deserialize;
use socketio::{Auth, ClientError, Socket, SocketIo, State, extract::{Extension, Parts}, on};

#[derive(Clone)]
struct App {
    key: u64,
}

struct Key(u64);

impl<S: Send + Sync> FromRequestParts<S> for Key
where
    App: FromRef<S>,
{
    type Rejection = Infallible;

    async fn from_request_parts(_: &mut request::Parts, state: &S) -> Result<Self, Infallible> {
        Ok(Self(App::from_ref(state).key))
    }
}

#[derive(Deserialize)]
struct Credentials<'a> {
    #[serde(borrow)]
    user: std::borrow::Cow<'a, str>,
}

#[on(connect)]
async fn connected(
    socket: &Socket,
    io: SocketIo,
    Auth(who): Auth<Credentials<'_>>,
    State(app): State<App>,
    user: Option<Extension<String>>,
    Path(id): Path<u64>,
    Query(query): Query<HashMap<String, String>>,
    headers: HeaderMap,
    method: Method,
    Parts(key, ..): Parts<Key, App>,
) -> Result<(), ClientError> {
    std::future::ready(()).await;
    let _ = (socket.id(), io.socket_count(), who.user, app.key, user, id, query, headers, method, key.0);
    Ok(())
}

#[on(connect, namespace = "/sync")]
fn sync(socket: Socket, method: Method) {
    let _ = (socket, method);
}

fn main() {
    let error = SocketIo::builder().discover().build().expect_err("no state");
    assert!(error.to_string().contains("App"), "{error}");
}
