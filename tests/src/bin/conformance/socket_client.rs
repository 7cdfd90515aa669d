//! `socket-client`: what the official client's own suite expects of its server.

use std::{
    collections::BTreeMap,
    time::{Duration, SystemTime},
};

use axum::Router;
use serde::{Deserialize, Serialize};
use serde_json::{Value as Json, json};
use socketio::{
    Ack, Auth, Bytes, ClientError, Data, Socket, SocketIo,
    emit::{Args, Value},
    event,
    extract::Extension,
    on,
};

use crate::Made;

/// What the client sent with CONNECT.
struct Sent(Json);

#[on(connect)]
fn connected(socket: &Socket, Auth(auth): Auth<Json>) -> Result<(), ClientError> {
    if query(socket).contains_key("fail") {
        return Err(ClientError::new("refused", "Auth failed (main namespace)"));
    }
    socket.extensions().insert(Sent(auth));
    Ok(())
}

#[on(connect, namespace = "/abc")]
fn show_handshake(socket: &Socket, Auth(auth): Auth<Json>) {
    socket.emit(event!("handshake", handshake(socket, &auth)));
}

#[on(connect, namespace = "/no")]
fn refuse() -> Result<(), ClientError> {
    Err(ClientError::new("refused", "Auth failed (custom namespace)"))
}

#[on(connect, namespace = "/foo")]
#[on(connect, namespace = "/timeout_socket")]
#[on(connect, namespace = "/valid")]
#[on(connect, namespace = "/asd")]
fn exists() {}

#[on("hi")]
fn hi(socket: &Socket) {
    socket.emit(event!("hi"));
}

#[on("echo")]
fn echo(x: Option<Value>) -> Option<Value> {
    x
}

/// Not acknowledged itself, even if the client asks: in this mode an `Ack` that is dropped sends nothing. The client's
/// answer may never come, so nothing waits for it here.
#[on("ack")]
fn ack(socket: &Socket, _unused: Ack<()>) {
    let (socket, answer) = (socket.clone(), socket.ask::<Args<(Json, Json)>>(event!("ack")));
    tokio::spawn(async move {
        if answer.await.is_ok_and(|Args(answer)| answer == (json!(5), json!({ "test": true }))) {
            socket.emit(event!("got it"));
        }
    });
}

#[on("getAckDate")]
fn ack_date(_data: Data<Json>) -> String {
    now()
}

#[on("getDate")]
fn date(socket: &Socket) {
    socket.emit(event!("takeDate", now()));
}

#[on("getDateObj")]
fn date_object(socket: &Socket) {
    socket.emit(event!("takeDateObj", json!({ "date": now() })));
}

#[on("getUtf8")]
fn utf8(socket: &Socket) {
    for text in ["てすと", "Я Б Г Д Ж Й", "Ä ä Ü ü ß", "utf8 — string", "utf8 — string"] {
        socket.emit(event!("takeUtf8", text));
    }
}

#[on("false")]
fn falsehood(socket: &Socket) {
    socket.emit(event!("false", false));
}

#[on("doge")]
fn doge(socket: &Socket) {
    socket.emit(event!("doge", Bytes::from(b"asdfasdf".to_vec())));
}

#[on("getbin")]
fn binary(socket: &Socket) {
    socket.emit(event!("takebin", Bytes::from(b"asdfasdf".to_vec())));
}

#[on("buffa")]
fn buffa(socket: &Socket, _bytes: Bytes) {
    socket.emit(event!("buffack"));
}

#[derive(Deserialize)]
struct Wrapped {
    hello: String,
    message: Bytes,
    goodbye: String,
}

#[on("jsonbuff")]
fn jsonbuff(socket: &Socket, Data(wrapped): Data<Wrapped>) {
    if wrapped.hello == "lol" && !wrapped.message.is_empty() && wrapped.goodbye == "gotcha" {
        socket.emit(event!("jsonbuff-ack"));
    }
}

/// The binary event came before the text.
struct First;

#[on("abuff1")]
fn abuff1(socket: &Socket, _bytes: Bytes) {
    socket.extensions().insert(First);
}

#[on("abuff2")]
fn abuff2(socket: &Socket, _text: Data<Json>, _first: Extension<First>) {
    socket.emit(event!("abuff2-ack"));
}

#[on("getHandshake")]
fn get_handshake(socket: &Socket, sent: Extension<Sent>) -> Json {
    handshake(socket, &sent.0.0)
}

#[on("getId")]
#[on("getId", namespace = "/foo")]
fn id(socket: &Socket) -> String {
    socket.id().to_string()
}

/// As the reference shows it.
#[derive(Serialize)]
struct Shown<'a> {
    headers: BTreeMap<&'a str, &'a str>,
    time: String,
    address: String,
    xdomain: bool,
    secure: bool,
    issued: u128,
    query: BTreeMap<String, String>,
    auth: &'a Json,
}

fn handshake(socket: &Socket, auth: &Json) -> Json {
    let handshake = socket.handshake();
    let issued = handshake.issued();
    let shown = Shown {
        headers: handshake.headers().collect(),
        time: httpdate::fmt_http_date(issued),
        address: handshake.address().map(|address| address.ip().to_string()).unwrap_or_default(),
        xdomain: handshake.header("origin").is_some(),
        secure: false,
        issued: issued.duration_since(SystemTime::UNIX_EPOCH).unwrap_or_default().as_millis(),
        query: query(socket),
        auth,
    };
    json!(shown)
}

fn query(socket: &Socket) -> BTreeMap<String, String> {
    serde_urlencoded::from_str(socket.handshake().query()).unwrap_or_default()
}

/// `2024-01-02T03:04:05.678Z`
fn now() -> String {
    humantime::format_rfc3339_millis(SystemTime::now()).to_string()
}

pub(crate) fn server() -> Made {
    let config = crate::config()
        .ping_interval(Duration::from_secs(2))
        .recovery(Duration::from_secs(120))
        .error_acks(false)
        .any_origin();
    let io = SocketIo::builder()
        .discover_in(module_path!())
        .config(config)
        .allow_request(|_| async {
            tokio::time::sleep(Duration::from_millis(10)).await;
            Ok(())
        })
        .build()?;
    let app = Router::new().merge(io.router());
    Ok((io, app))
}
