//! `socket` and `socket-msgpack`: what the suite of the Socket.IO protocol expects of its server.

use std::time::Duration;

use axum::Router;
use serde_json::Value;
use socketio::{Auth, ClientError, Socket, SocketIo, config::Parser, emit::Rest, event, on};

use crate::Made;

#[on(connect)]
#[on(connect, namespace = "/custom")]
fn connected(socket: Socket, Auth(auth): Auth<Value>) {
    // Emitted here it would be written together with the reply to CONNECT; the suite starts to listen for the one when it
    // has received the other, and its WebSocket library delivers at once what arrives at once.
    tokio::spawn(async move {
        tokio::time::sleep(Duration::from_millis(5)).await;
        socket.emit(event!("auth", auth));
    });
}

#[on("message")]
#[on("message", namespace = "/custom")]
fn message(socket: &Socket, args: Rest) {
    socket.emit(event!("message-back", ..args));
}

#[on("message-with-ack")]
#[on("message-with-ack", namespace = "/custom")]
fn message_with_ack(args: Rest) -> Rest {
    args
}

#[on("emit-with-ack")]
#[on("emit-with-ack", namespace = "/custom")]
async fn emit_with_ack(socket: Socket, args: Rest) -> Result<(), ClientError> {
    let answer = socket.ask::<Rest>(event!("emit-with-ack", ..args)).await;
    let answer = answer.map_err(|error| ClientError::new("no_answer", error.to_string()))?;
    socket.emit(event!("emit-with-ack", ..answer));
    Ok(())
}

pub(crate) fn json() -> Made {
    server(Parser::Json)
}

pub(crate) fn message_pack() -> Made {
    server(Parser::MessagePack)
}

fn server(parser: Parser) -> Made {
    let config = crate::config()
        .ping_interval(Duration::from_millis(300))
        .ping_timeout(Duration::from_millis(200))
        .connect_timeout(Duration::from_secs(1))
        .parser(parser)
        .any_origin();
    let io = SocketIo::builder().discover_in(module_path!()).config(config).build()?;
    let app = Router::new().merge(io.router());
    Ok((io, app))
}
