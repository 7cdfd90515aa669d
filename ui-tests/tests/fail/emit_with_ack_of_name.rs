use socketio::{Socket, event, on};

#[on(connect)]
async fn connected(socket: &Socket) {
    let _ = socket.emit_with_ack(event!("question")).await;
}

fn main() {}
