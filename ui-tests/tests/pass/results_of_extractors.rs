//! `Result<T, T::Rejection>` is an extractor wherever `T` is one.

use std::{collections::HashMap, convert::Infallible};

use axum::{
    extract::{Path, Query, rejection::PathRejection},
    http::HeaderMap,
};
use serde::{Deserialize, Serialize};
use socketio::{
    Ack, Auth, Bytes, ClientError, Data, DisconnectReason, Event, Message, Payload, Socket, SocketIo, State,
    emit::{Args, Rest, Value},
    error::SocketError,
    extract::{EventContext, EventName, Extension, FromEvent, Handshake, Kind, NamespaceParams, Parts},
    on,
};

#[derive(Clone)]
struct App;

#[derive(Serialize, Deserialize, Event)]
#[event("ask", ack = Answer)]
struct Ask<'a> {
    #[serde(borrow)]
    text: std::borrow::Cow<'a, str>,
}

#[derive(Serialize, Deserialize, Payload)]
struct Answer(u32);

/// An extractor of the program's, with a rejection of its own.
struct User;

impl<'e, K: Kind> FromEvent<'e, K> for User {
    type Rejection = Infallible;

    fn from_event(_: &mut EventContext<'e>) -> Result<Self, Infallible> {
        Ok(Self)
    }
}

#[on(connect)]
async fn connected(
    socket: Result<Socket, ClientError>,
    auth: Result<Auth<HashMap<String, String>>, ClientError>,
    user: Result<User, Infallible>,
    state: Result<State<App>, ClientError>,
    path: Result<Path<u32>, PathRejection>,
    Query(_): Query<HashMap<String, String>>,
    _: HeaderMap,
    _: Result<Parts<axum::extract::State<App>, App>, axum::response::Response>,
) {
    let _ = (socket, auth, user, state, path);
}

#[on(Ask<'_>)]
fn ask(ask: Result<Ask<'_>, ClientError>, name: Result<EventName<'_>, ClientError>) -> Answer {
    let _ = name;
    Answer(ask.map_or(0, |ask| ask.text.len() as u32))
}

#[on("later")]
fn later(
    socket: Result<&Socket, ClientError>,
    a: Result<u32, ClientError>,
    b: Result<Data<Vec<u8>>, ClientError>,
    c: Result<Option<String>, ClientError>,
    ack: Result<Ack<u32>, ClientError>,
) {
    let _ = (socket, a, b, c);
    if let Ok(ack) = ack {
        ack.send(&1);
    }
}

#[on("kinds")]
fn kinds(
    value: Result<Value, ClientError>,
    bytes: Result<Bytes, ClientError>,
    message: Result<Message, ClientError>,
    extension: Result<Extension<User>, ClientError>,
    handshake: Result<&Handshake, ClientError>,
    params: Result<NamespaceParams<HashMap<String, String>>, ClientError>,
    rest: Result<Rest, ClientError>,
) -> usize {
    let _ = (value, bytes, message, extension, handshake, params);
    rest.map_or(0, |rest| rest.0.len())
}

#[on("all")]
async fn all(args: Result<Args<(u32, String)>, ClientError>, io: Result<SocketIo, ClientError>) -> bool {
    args.is_ok() && io.is_ok()
}

#[on(disconnect)]
fn gone(reason: Result<DisconnectReason, ClientError>) {
    let _ = reason;
}

#[on(error)]
fn failed(error: Result<&SocketError, ClientError>) {
    let _ = error;
}

fn main() {
    assert!(SocketIo::builder().discover().state(App).build().is_ok());
}
