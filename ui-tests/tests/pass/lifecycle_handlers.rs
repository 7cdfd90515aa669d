//! The words of the life cycle, as words and as strings, and what each of them carries.

use std::sync::Arc;

use socketio::{Bytes, ClientError, DisconnectReason, Socket, error::SocketError, handlers, on};

#[on("connect")]
fn connected(_: &Socket) {}

#[on(disconnect)]
async fn gone(_: DisconnectReason) {}

#[on(close)]
fn closing(_: Socket, _: DisconnectReason) {}

#[on(expired)]
async fn over(_: &Socket) -> Result<(), ClientError> {
    Ok(())
}

#[on(error)]
fn failed(_: &SocketError) {}

#[on("error")]
async fn told(_: Arc<SocketError>) {}

#[on(ping)]
fn pinged(_: Bytes) {}

#[on(pong)]
fn ponged() {}

fn main() {
    assert_eq!(handlers![connected, gone, closing, over, failed, told, pinged, ponged].len(), 8);
}
