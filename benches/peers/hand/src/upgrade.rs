//! The WebSocket handshake, and the way from hyper's connection to a bare `TcpStream`.

use axum::{
    body::Body,
    extract::{Request, State},
    http::{HeaderMap, StatusCode, header},
    response::Response,
};
use hyper::upgrade::OnUpgrade;
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

use crate::{connection, least};

pub(crate) async fn upgrade(
    State(everyone): State<broadcast::Sender<Utf8Bytes>>,
    request: Request,
) -> Result<Response, StatusCode> {
    accept(request, move |stream, early| async move {
        let socket = websocket(stream, early).await;
        // a task of its own, so that the locals of the handshake do not stay for the life of the connection
        tokio::spawn(connection::serve(socket, everyone));
    })
}

pub(crate) async fn least(request: Request) -> Result<Response, StatusCode> {
    // nothing comes early: the load waits for the answer
    accept(request, |stream, _| async { drop(tokio::spawn(least::serve(stream))) })
}

fn accept<Served: Future<Output = ()> + Send>(
    mut request: Request,
    serve: impl FnOnce(TcpStream, Vec<u8>) -> Served + Send + 'static,
) -> Result<Response, StatusCode> {
    let accept = accept_key(request.headers()).ok_or(StatusCode::BAD_REQUEST)?;
    let on_upgrade = request.extensions_mut().remove::<OnUpgrade>().ok_or(StatusCode::UPGRADE_REQUIRED)?;
    tokio::spawn(async move {
        let Ok(upgraded) = on_upgrade.await else { return };
        let Ok(parts) = downcast::<TokioIo<TcpStream>>(upgraded) else { return };
        let stream = parts.io.into_inner();
        if stream.set_nodelay(true).is_ok() {
            serve(stream, parts.read_buf.to_vec()).await;
        }
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

async fn websocket(stream: TcpStream, early: Vec<u8>) -> WebSocketStream<TcpStream> {
    // tungstenite's own default is a read buffer of 128 KiB for each connection
    let config = WebSocketConfig::default()
        .read_buffer_size(1024)
        .max_write_buffer_size(1 << 20)
        .max_message_size(Some(1_000_000));
    WebSocketStream::from_partially_read(stream, early, Role::Server, Some(config)).await
}
