//! The plain bus over Engine.IO: a message is the event `message`, no namespace is joined.

use crate::{
    Message, Socket, SocketIo, on,
    tests::kit::{PollingClient, assert_nothing_is_left},
};

#[on("message")]
fn message(socket: &Socket, message: Message) {
    socket.emit(message);
}

#[tokio::test(start_paused = true)]
async fn the_plain_bus_runs_over_engine_io() {
    let io = SocketIo::builder().discover_in(module_path!()).build().expect("no faults");
    let client = PollingClient::open_at(&io, io.engine()).await;
    assert_eq!(client.exchange("4hello\x1ebAQIDBA==").await, "4hello\x1ebAQIDBA==");
    let other = PollingClient { service: io.service(), ..client };
    other.assert_gone().await;
    assert_nothing_is_left(&io).await;
}
