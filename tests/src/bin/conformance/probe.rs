//! `probe` and `probe-recovery`: the server that the wire probe was recorded from (`tests/node/wire_probe`).

use std::time::Duration;

use axum::Router;
use socketio::{
    ClientError, Config, Socket, SocketIo,
    emit::{Args, Rest, Value},
    event, on,
};

use crate::Made;

#[on("message")]
#[on("message", namespace = "/custom")]
fn message(socket: &Socket, args: Rest) {
    socket.emit(event!("message-back", ..args));
}

#[on("message-with-ack")]
fn message_with_ack(args: Rest) -> Rest {
    args
}

#[on("ask")]
async fn ask(socket: Socket) {
    if let Ok(Args((answer,))) = socket.ask::<Args<(Value,)>>(event!("question", 1)).await {
        socket.emit(event!("answer", answer));
    }
}

#[on("bye")]
fn bye(socket: &Socket, whole_connection: bool) {
    if whole_connection {
        socket.close();
    } else {
        socket.disconnect();
    }
}

#[on(connect, namespace = "/deny")]
fn deny() -> Result<(), ClientError> {
    Err(ClientError::new("7", "nope"))
}

pub(crate) fn plain() -> Made {
    server(config())
}

pub(crate) fn with_recovery() -> Made {
    server(config().recovery(Duration::from_secs(120)))
}

fn config() -> Config {
    Config::new()
        .max_payload(1000)
        .connect_timeout(Duration::from_millis(800))
        .upgrade_timeout(Duration::from_millis(700))
        .error_acks(false)
        .jsonp(true)
}

fn server(config: Config) -> Made {
    let io = SocketIo::builder().discover_in(module_path!()).config(config).build()?;
    let app = Router::new().merge(io.router());
    Ok((io, app))
}
