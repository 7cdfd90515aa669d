use socketio::on;

#[on("kick", priority)]
fn kick() {}

fn main() {}
