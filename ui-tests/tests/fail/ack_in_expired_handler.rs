use socketio::on;

#[on(expired)]
fn expired(_: socketio::Ack<u32>) {}

fn main() {}
