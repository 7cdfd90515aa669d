use socketio::on;

#[on("kick", namespace)]
fn kick() {}

fn main() {}
