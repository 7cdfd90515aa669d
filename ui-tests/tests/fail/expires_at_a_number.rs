use socketio::{Socket, on};

#[on(connect)]
fn connected(socket: &Socket) {
    let exp: u64 = 1_900_000_000;
    socket.expires_at(exp);
}

fn main() {}
