//! The WebSocket handshake, and the way from hyper's connection to a bare `TcpStream`.

use axum::{
    body::Body,
    extract::{Request, State},
    http::{HeaderMap, StatusCode, header},
    response::Response,
};
use hyper::upgrade::{OnUpgrade, Upgraded};
use hyper_util::{rt::TokioIo, server::conn::auto::upgrade::downcast};
use tokio::{net::TcpStream, sync::broadcast};
use tokio_tungstenite::{
    WebSocketStream,
    tungstenite::{
        Utf8Bytes,
        handshake::derive_accept_key,
        protocol::{Role, WebSocketConfig},
    },
};

use crate::connection;

pub(crate) async fn upgrade(
    State(everyone): State<broadcast::Sender<Utf8Bytes>>,
    mut request: Request,
) -> Result<Response, StatusCode> {
    let accept = accept_key(request.headers()).ok_or(StatusCode::BAD_REQUEST)?;
    let on_upgrade = request.extensions_mut().remove::<OnUpgrade>().ok_or(StatusCode::UPGRADE_REQUIRED)?;
    tokio::spawn(async move {
        let Ok(upgraded) = on_upgrade.await else { return };
        let Some(socket) = websocket(upgraded).await else { return };
        // a task of its own, so that the locals of the handshake do not stay for the life of the connection
        tokio::spawn(connection::serve(socket, everyone));
    });
    Response::builder()
        .status(StatusCode::SWITCHING_PROTOCOLS)
        .header(header::CONNECTION, "Upgrade")
        .header(header::UPGRADE, "websocket")
        .header(header::SEC_WEBSOCKET_ACCEPT, accept)
        .body(Body::empty())
        .map_err(|_| StatusCode::INTERNAL_SERVER_ERROR)
}

/// The answer to the client's key, if the request asks for WebSocket version 13.
fn accept_key(headers: &HeaderMap) -> Option<String> {
    let is_websocket = headers.get(header::UPGRADE)?.as_bytes().eq_ignore_ascii_case(b"websocket");
    let is_13 = headers.get(header::SEC_WEBSOCKET_VERSION)? == "13";
    let key = headers.get(header::SEC_WEBSOCKET_KEY)?;
    (is_websocket && is_13).then(|| derive_accept_key(key.as_bytes()))
}

async fn websocket(upgraded: Upgraded) -> Option<WebSocketStream<TcpStream>> {
    let parts = downcast::<TokioIo<TcpStream>>(upgraded).ok()?;
    let stream = parts.io.into_inner();
    stream.set_nodelay(true).ok()?;
    // tungstenite's own default is a read buffer of 128 KiB for each connection
    let config = WebSocketConfig::default()
        .read_buffer_size(1024)
        .max_write_buffer_size(1 << 20)
        .max_message_size(Some(1_000_000));
    let early = parts.read_buf.to_vec();
    Some(WebSocketStream::from_partially_read(stream, early, Role::Server, Some(config)).await)
}
