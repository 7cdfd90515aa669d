//! axum's extractors in connect handlers, over real routes.

use std::net::SocketAddr;

use axum::{
    Router,
    extract::{ConnectInfo, FromRef, FromRequestParts, Path, Query, rejection::PathRejection},
    http::{HeaderMap, StatusCode, request::Parts as RequestParts},
};
use serde::Deserialize;
use serde_json::{Value, json};
use socketio::{Socket, SocketIo, State, event, extract::Parts, on};
use tests::{Client, Server, request, serve, upgrade};

#[derive(Deserialize)]
struct Search {
    q: String,
    page: Option<u32>,
}

/// A user's own extractor, which awaits something and may refuse.
struct Session {
    user: String,
}

impl<S: Send + Sync> FromRequestParts<S> for Session {
    type Rejection = (StatusCode, &'static str);

    async fn from_request_parts(parts: &mut RequestParts, _: &S) -> Result<Self, Self::Rejection> {
        tokio::task::yield_now().await;
        let cookie = parts.headers.get("cookie").and_then(|cookie| cookie.to_str().ok());
        let user = cookie.and_then(|cookie| cookie.strip_prefix("user="));
        let user = user.ok_or((StatusCode::UNAUTHORIZED, "log in first"))?.to_owned();
        Ok(Self { user })
    }
}

/// The application's state, and a part of it.
#[derive(Clone)]
struct App {
    greeting: Greeting,
}

#[derive(Clone)]
struct Greeting(&'static str);

impl FromRef<App> for Greeting {
    fn from_ref(app: &App) -> Self {
        app.greeting.clone()
    }
}

#[on(connect, namespace = "/all")]
async fn all(
    socket: &Socket,
    Path(id): Path<u32>,
    Query(search): Query<Search>,
    headers: HeaderMap,
    ConnectInfo(address): ConnectInfo<SocketAddr>,
    session: Session,
    State(app): State<App>,
    greeting: Parts<axum::extract::State<Greeting>, App>,
) {
    socket.emit(event!(
        "extracted",
        id,
        &search.q,
        search.page,
        headers.get("x-tenant").and_then(|tenant| tenant.to_str().ok()),
        address.ip().is_loopback(),
        &session.user,
        app.greeting.0,
        greeting.into_inner().0.0,
    ));
}

#[on(connect, namespace = "/strict")]
fn strict(socket: &Socket, Path(id): Path<u32>) {
    socket.emit(event!("strict", id));
}

#[on(connect, namespace = "/lenient")]
fn lenient(socket: &Socket, path: Result<Path<u32>, PathRejection>) {
    match path {
        Ok(Path(id)) => socket.emit(event!("number", id)),
        Err(rejection) => socket.emit(event!("no number", rejection.status().as_u16())),
    }
}

#[on(connect, namespace = "/session")]
async fn with_session(socket: &Socket, session: Session) {
    socket.emit(event!("user", &session.user));
}

/// A Socket.IO client's connect handler reads the request that opened its connection.
#[on(connect)]
fn root(socket: &Socket, Query(query): Query<Vec<(String, String)>>, headers: HeaderMap) {
    let host = headers.get("host").and_then(|host| host.to_str().ok());
    socket.emit(event!("asked", query, host));
}

async fn served() -> Server {
    let io = SocketIo::builder()
        .discover_in(module_path!())
        .state(App { greeting: Greeting("welcome") })
        .build()
        .expect("a server");
    let ws = |namespace| io.websocket().namespace(namespace);
    let app = Router::new()
        .merge(io.router())
        .route_service("/all/{id}", ws("/all"))
        .route_service("/strict/{id}", ws("/strict"))
        .route_service("/lenient/{id}", ws("/lenient"))
        .route_service("/session", ws("/session"));
    serve(&io, app).await
}

async fn open(server: &Server, path: &str, headers: &[(&str, &str)]) -> Client {
    Client::of(request(server.address, upgrade(path, headers).as_bytes()).await).await
}

/// A refused connection: the error is sent, then the connection is closed with its message.
async fn refused(mut client: Client) -> (Value, String) {
    let error = client.json().await;
    assert_eq!(error["event"], "connect_error");
    let (code, reason) = client.closed().await;
    assert_eq!(code, 1008);
    let message = error["data"]["message"].as_str().expect("a message");
    assert!(message.starts_with(&reason) && !reason.is_empty(), "{reason}");
    (error["data"]["code"].clone(), message.to_owned())
}

#[tokio::test]
async fn connect_handlers_take_what_axum_extracts() {
    let server = served().await;
    let headers = [("X-Tenant", "acme"), ("Cookie", "user=ann")];
    let mut client = open(&server, "/all/7?q=a%20b&page=2", &headers).await;
    let expected = json!([7, "a b", 2, "acme", true, "ann", "welcome", "welcome"]);
    assert_eq!(client.json().await, json!({ "event": "extracted", "args": expected }));
}

#[tokio::test]
async fn a_rejection_refuses_the_connection() {
    let server = served().await;
    let mut client = open(&server, "/strict/7", &[]).await;
    assert_eq!(client.json().await, json!({ "event": "strict", "data": 7 }));
    let (code, message) = refused(open(&server, "/strict/seven", &[]).await).await;
    assert_eq!(code, "rejected");
    assert!(message.starts_with("400 Bad Request: Invalid URL"), "{message}");
    let (_, message) = refused(open(&server, "/session", &[]).await).await;
    assert_eq!(message, "401 Unauthorized: log in first");
    let mut client = open(&server, "/session", &[("Cookie", "user=bob")]).await;
    assert_eq!(client.json().await, json!({ "event": "user", "data": "bob" }));
}

#[tokio::test]
async fn a_handler_may_take_the_rejection_itself() {
    let server = served().await;
    let mut client = open(&server, "/lenient/7", &[]).await;
    assert_eq!(client.json().await, json!({ "event": "number", "data": 7 }));
    let mut client = open(&server, "/lenient/seven", &[]).await;
    assert_eq!(client.json().await, json!({ "event": "no number", "data": 400 }));
}

#[tokio::test]
async fn packets_have_the_request_of_their_connection() {
    let server = served().await;
    let mut client = Client::packets(server.address).await;
    let asked = r#"42["asked",[["EIO","4"],["transport","websocket"]],"127.0.0.1"]"#;
    assert_eq!(client.text().await, asked);
    // each namespace of the connection has it
    client.send("40/session,").await;
    let reply = client.text().await;
    assert_eq!(
        reply,
        r#"44/session,{"message":"401 Unauthorized: log in first","data":{"code":"rejected"}}"#
    );
}
